"""SKUs that Excel has changed: zeros it dropped, digits it rounded away, seen from the org.

Excel takes a code of digits for a number: 0042 becomes 42, 123456789012 becomes 1.23E+11. What
was meant can only be told by the SKUs that the org has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fulfillment_bridge.domain.org_schema import OrgSchema, ResolvedPath
from fulfillment_bridge.mapping.cells import Cell, number_text
from fulfillment_bridge.mapping.contents import Workbook
from fulfillment_bridge.mapping.findings import Finding, did_you_mean
from fulfillment_bridge.mapping.paths import resolve

LONGEST_CODE = 14
"""A barcode has no more digits, so no more zeros can have been in front."""
MOST_VALUES = 10_000
MOST_BEGINNINGS = 200
"""What is asked about in three calls; a check has ten in all."""
_DIGITS = re.compile(r"[0-9]{1,14}")
_POWER = re.compile(r"([0-9])(?:[.,]([0-9]{1,14}))?E\+?([0-9]{1,2})", re.IGNORECASE)


@dataclass(frozen=True)
class SkuQuestion:
    """Which SKUs to look for in the org, and in which field of which object.

    ``left_out`` are cells that one check is too short for.
    """

    object_name: str
    field: str
    values: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()
    cells: tuple[Cell, ...] = ()
    left_out: tuple[Cell, ...] = ()


def sku_question(workbook: Workbook, schema: OrgSchema) -> SkuQuestion | None:
    """What to ask the org about the SKUs of a workbook; None where it names none."""
    cells = workbook.sku_cells
    place = _where_skus_are(workbook, schema)
    if place is None or not cells:
        return None
    values, beginnings, count = set[str](), set[str](), 0
    for cell in cells:
        possible, start = set(_possible(cell)), _beginning(cell)
        if len(values) + len(possible) > MOST_VALUES or len(beginnings) == MOST_BEGINNINGS:
            break
        values |= possible
        beginnings |= {start} if start else set()
        count += 1
    asked, left_out = cells[:count], cells[count:]
    return SkuQuestion(*place, frozenset(values), frozenset(beginnings), asked, left_out)


def sku_findings(question: SkuQuestion, known: Collection[str]) -> Iterator[Finding]:
    """A fault where Excel has eaten something, a warning where the org has no such SKU."""
    where = f"{question.object_name}.{question.field}"
    if question.left_out:
        first, many = question.left_out[0], len(question.left_out)
        message = f"from here on SKUs were not compared with those of {where}: {many} are too many"
        yield Finding("warning", first.sheet, first.ref, message)
    bare = {each.lstrip("0"): each for each in sorted(known) if each.isdigit()}
    for cell in question.cells:
        if isinstance(cell.value, str) and cell.text in known:
            continue
        meant = _meant(cell, bare)
        eaten = meant or _POWER.fullmatch(cell.text) or not isinstance(cell.value, str)
        message = f"{where} has no '{cell.text}'"
        if eaten:
            message += "; Excel has eaten zeros or digits of it"
        yield Finding(
            "fault" if eaten else "warning",
            cell.sheet,
            cell.ref,
            message,
            cell.text,
            did_you_mean(meant) or ("the SKU, typed into a cell that is Text" if eaten else ""),
        )


def _where_skus_are(workbook: Workbook, schema: OrgSchema) -> tuple[str, str] | None:
    """The field of products, where the lines or the stock lead there; else that of stock."""
    places = [
        (workbook.setting("line_object"), path)
        for row in workbook.line_fields if row.ours.key == "sku" for path in row.source.paths
    ]  # fmt: skip
    stock = workbook.target(workbook.inventory_fields, "sku")
    if stock is not None:
        places.append((workbook.setting("inventory_object"), stock.path))
    found = [
        (known.object_name, known.field.name)
        for base, path in sorted(places, key=lambda place: "." not in place[1])
        if base and isinstance(known := resolve(schema, base, path), ResolvedPath)
        if known.field.filterable
    ]
    far = [place for place in found if place[0] != workbook.setting("line_object")]
    return next(iter(far), None)


def _possible(cell: Cell) -> Iterator[str]:
    text = _as_typed(cell)
    yield text
    if _DIGITS.fullmatch(text):
        yield from (text.zfill(length) for length in range(len(text) + 1, LONGEST_CODE + 1))


def _beginning(cell: Cell) -> str:
    """The digits that are left of a number in powers of ten."""
    power = _POWER.fullmatch(cell.text)
    if power is None:
        return ""
    return (power.group(1) + (power.group(2) or "")).rstrip("0")


def _meant(cell: Cell, bare: Mapping[str, str]) -> Sequence[str]:
    """SKUs of the org that Excel would have made this of; ``bare`` are those of digits, by their
    digits without zeros in front.
    """
    text, start = _as_typed(cell), _beginning(cell)
    power = _POWER.fullmatch(cell.text)
    if power:
        length = int(power.group(3)) + 1
        like = [one for one in bare if one.startswith(start) and len(one) == length]
        return [bare[one] for one in like][:3]
    found = bare.get(text.lstrip("0")) if _DIGITS.fullmatch(text) else None
    return (found,) if found else ()


def _as_typed(cell: Cell) -> str:
    return number_text(cell.value) if isinstance(cell.value, Decimal) else cell.text
