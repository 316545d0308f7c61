"""How a cell is marked, and how it gets back the note and the color that it had before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from openpyxl.cell.cell import Cell as BookCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import Color

from fulfillment_bridge.mapping.findings import Finding

AUTHOR = "fulfillment-bridge check"
_MARK = "--- mapping check ---"
_BEFORE = "--- color before: "
_COLORS = {"fault": "FF9A98", "warning": "FFE18B"}
"""Colors that nobody else is likely to use: a cell that has one was marked by us."""
_LONGEST = 4_000
_FILL = re.compile(
    rf"{_BEFORE}([A-Za-z0-9]+) ((?:rgb|theme|indexed)=\S+) ((?:rgb|theme|indexed)=\S+) ---"
)
_COLOR = re.compile(r"(rgb|theme|indexed)=([0-9A-Fa-f]{1,8})(?:,(-?[0-9.]{1,20}))?")


def mark(cell: BookCell, findings: Sequence[Finding]) -> None:
    """Color the cell, and say in its note what is wrong with it; the old note stays above."""
    worst = "fault" if any(one.severity == "fault" for one in findings) else "warning"
    lines = [f"{one.severity.capitalize()}: {one.text()}" for one in findings]
    said = cell.comment.text.strip() + "\n" if cell.comment else ""
    before = _fill_text(cell)
    room = _LONGEST - len(before) - 1
    text = f"{said}{_MARK}\n" + "\n".join(lines)
    text = "\n".join(part for part in (text[:room], before) if part)
    cell.comment = Comment(text, AUTHOR, width=380, height=60 + 40 * len(lines))
    cell.fill = PatternFill("solid", start_color=_COLORS[worst])


def unmark(cell: BookCell) -> None:
    """Take away what an earlier check said and colored; anything else stays as it is."""
    was_marked = cell.comment is not None and _MARK in cell.comment.text
    if cell.comment is not None and was_marked:
        before, _, ours = cell.comment.text.partition(_MARK)
        fill = _fill_of(ours)
        author = cell.comment.author
        cell.comment = Comment(before.strip(), author) if before.strip() else None
        if _has_our_color(cell):
            cell.fill = fill
    elif _has_our_color(cell):
        cell.fill = PatternFill()  # somebody has deleted the note, which knew the color


def _has_our_color(cell: BookCell) -> bool:
    color = cell.fill.start_color if cell.has_style and cell.fill.fill_type == "solid" else None
    return color is not None and str(color.rgb)[-6:] in _COLORS.values()


def _fill_text(cell: BookCell) -> str:
    """The pattern of the cell in one line of its note; nothing where it has none."""
    if not cell.has_style or not isinstance(cell.fill.fill_type, str):
        return ""
    fill = cell.fill
    if not isinstance(getattr(fill, "patternType", None), str):
        return ""  # a gradient, which no line can tell
    return f"{_BEFORE}{fill.fill_type} {_color_text(fill.fgColor)} {_color_text(fill.bgColor)} ---"


def _color_text(color: Color) -> str:
    tint = f",{color.tint}" if color.tint else ""
    return f"{color.type}={color.value}{tint}"


def _fill_of(text: str) -> PatternFill:
    found = _FILL.search(text)
    if found is None:
        return PatternFill()
    pattern: Any = found.group(1)  # PatternFill itself refuses what is none
    front, back = (_color_of(found.group(place)) for place in (2, 3))
    try:
        return PatternFill(pattern, fgColor=front, bgColor=back)
    except ValueError:  # somebody has edited the note
        return PatternFill()


def _color_of(text: str) -> Color:
    found = _COLOR.fullmatch(text)
    if found is None:
        return Color()
    kind, value, tint = found.groups()
    shade = float(tint or 0) if re.fullmatch(r"-?[0-9]*\.?[0-9]+", tint or "0") else 0.0
    if kind == "rgb":
        return Color(rgb=value.rjust(8, "0"), tint=shade)
    number = int(value) if value.isdigit() and len(value) < 3 else 0
    return Color(theme=number, tint=shade) if kind == "theme" else Color(indexed=number, tint=shade)
