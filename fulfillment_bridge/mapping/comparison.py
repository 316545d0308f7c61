"""What differs between two workbooks, row by row: the order of rows and columns is no difference.

It also tells what a workbook says as plain rows, for people who look at a loaded version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fulfillment_bridge.mapping.layout import READ_ME, SHEETS, SheetLayout
from fulfillment_bridge.mapping.package import read_bytes
from fulfillment_bridge.mapping.sheets import Findings, Row, read_tables

Kind = Literal["added", "removed", "changed"]
_NAMING = ("setting", "our_field", "map", "from", "from_2", "from_3", "salesforce_sku")
"""Columns that say what a row is about; where a sheet has none of them, all of a row does."""


@dataclass(frozen=True)
class SaidRow:
    """One filled row: what it is about, and what its other columns say, by heading."""

    sheet: str
    cell: str
    about: str
    says: Mapping[str, str]

    @property
    def text(self) -> str:
        """``Salesforce field: ShippingCity, Required: yes``."""
        return ", ".join(f"{heading}: {text}" for heading, text in self.says.items())


@dataclass(frozen=True)
class Change:
    """One row that two workbooks do not share; ``old`` or ``new`` is empty where it is missing."""

    kind: Kind
    sheet: str
    about: str
    old: str
    new: str


def said_rows(source: bytes | Path) -> list[SaidRow]:
    """Every row that says something, in the order of the sheets. Notes are left out."""
    tables = read_tables(read_bytes(source), Findings(), loose_sheet=READ_ME)
    rows = ((layout, row) for layout in SHEETS for row in tables.rows[layout.name])
    return [said for layout, row in rows if (said := _said(layout, row)).says]


def differences(old: bytes | Path, new: bytes | Path) -> list[Change]:
    """What changed from the one to the other."""
    before, after = _by_name(said_rows(old)), _by_name(said_rows(new))
    return [*_changes(before, after)]


def _said(layout: SheetLayout, row: Row) -> SaidRow:
    naming = [column for column in layout.columns if column.key in _NAMING]
    others = [column for column in layout.columns if column not in naming]
    says = {
        column.heading: row[column.key].text
        for column in others
        if column.key != "notes" and not row[column.key].is_blank
    }
    about = " · ".join(_named([row[column.key].name for column in naming]))
    if not naming:
        about = " ".join(says.values())
    return SaidRow(layout.name, f"A{row.number}", about, says)


def _named(names: list[str]) -> list[str]:
    """Without the empty cells at the end; in front of another an empty one fits everything."""
    while names and not names[-1]:
        names = names[:-1]
    return [name or "(anything)" for name in names]


def _by_name(rows: list[SaidRow]) -> dict[tuple[str, str, int], SaidRow]:
    """Rows by what they are about; the same twice is told apart by its turn."""
    found: dict[tuple[str, str, int], SaidRow] = {}
    turns: Counter[tuple[str, str]] = Counter()
    for row in rows:
        name = (row.sheet, row.about.casefold())
        found[*name, turns[name]] = row
        turns[name] += 1
    return found


def _changes(
    before: Mapping[tuple[str, str, int], SaidRow], after: Mapping[tuple[str, str, int], SaidRow]
) -> Iterator[Change]:
    for layout in SHEETS:
        names = dict.fromkeys(name for name in (*before, *after) if name[0] == layout.name)
        for name in names:
            old, new = before.get(name), after.get(name)
            if old and new and old.says != new.says:
                yield Change("changed", layout.name, new.about, *_what_differs(old, new))
            elif old and not new:
                yield Change("removed", layout.name, old.about, old.text, "")
            elif new and not old:
                yield Change("added", layout.name, new.about, "", new.text)


def _what_differs(old: SaidRow, new: SaidRow) -> tuple[str, str]:
    """The columns that differ, as they were and as they are."""
    headings = [
        heading
        for heading in dict.fromkeys((*old.says, *new.says))
        if old.says.get(heading) != new.says.get(heading)
    ]
    told = (
        ", ".join(f"{heading}: {row.says.get(heading) or '(blank)'}" for heading in headings)
        for row in (old, new)
    )
    was, now = told
    return was, now
