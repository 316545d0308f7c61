"""Reading the sheets Value maps and SKU aliases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import Alias
from fulfillment_bridge.mapping.layout import ANYTHING_ELSE, BLANK, HOLD, UNCHANGED
from fulfillment_bridge.mapping.sheets import Findings, Row
from fulfillment_bridge.mapping.value_maps import (
    HOLD_VALUE,
    UNCHANGED_VALUE,
    MapRow,
    ValueMap,
    band_of,
)

_POWER_OF_TEN = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_MEANINGS = {BLANK: "", UNCHANGED: UNCHANGED_VALUE, HOLD: HOLD_VALUE, "hold the order": HOLD_VALUE}
EATEN = "Excel may have eaten zeros or digits: format the column as Text and type it again"


def is_eaten(cell: Cell) -> bool:
    """Whether Excel made a number of something that was a code."""
    return _POWER_OF_TEN.fullmatch(cell.text) is not None or (
        cell.is_number and len(cell.text) > 15
    )


@dataclass
class _MapDraft:
    """The rows of one map, as far as they are read."""

    name: str
    rows: list[tuple[tuple[str, str, str], str]] = field(default_factory=list)
    targets: list[Cell] = field(default_factory=list)

    def finished(self) -> ValueMap:
        """The map; single words are looked up, everything else is gone through in turn."""
        width = max((_width(found) for found, _ in self.rows), default=1)
        if width > 1:
            # The row for anything else counts last, wherever it stands.
            ordered = sorted(self.rows, key=lambda row: row[0] == (ANYTHING_ELSE, "", ""))
            rows = tuple(MapRow(found[:width], becomes) for found, becomes in ordered)
            return ValueMap(self.name, rows=rows, width=width, targets=tuple(self.targets))
        pairs = {found[0]: becomes for found, becomes in self.rows}
        special = {key for key in pairs if key in (BLANK, ANYTHING_ELSE)}
        bands = {key for key in pairs if key not in special and band_of(key)}
        return ValueMap(
            self.name,
            {key: new for key, new in pairs.items() if key not in special | bands},
            blank=pairs.get(BLANK),
            other=pairs.get(ANYTHING_ELSE),
            rows=tuple(MapRow((key,), pairs[key]) for key in pairs if key in bands),
            targets=tuple(self.targets),
        )


def _width(found: tuple[str, str, str]) -> int:
    return max(place for place, text in enumerate(found, 1) if text or place == 1)


def value_maps_of(rows: tuple[Row, ...], findings: Findings) -> Mapping[str, ValueMap]:
    """Every map of the sheet, by its name in small letters."""
    drafts: dict[str, _MapDraft] = {}
    places: dict[tuple[str, ...], Cell] = {}
    for row in rows:
        texts = _map_row(row, findings)
        if texts is None:
            continue
        name = row["map"].name
        place = (name.lower(), *texts)
        if place in places:
            findings.fault(row["from"], f"this value stands in {places[place].ref} already")
            continue
        places[place] = row["from"]
        draft = drafts.setdefault(name.lower(), _MapDraft(name))
        draft.rows.append((texts, _meaning(row["to"])))
        draft.targets.append(row["to"])
    return {key: draft.finished() for key, draft in drafts.items() if key}


def _map_row(row: Row, findings: Findings) -> tuple[str, str, str] | None:
    """What the row looks for, in small letters; None where Excel has spoiled it."""
    found, becomes = row["from"], row["to"]
    others = (row["from_2"], row["from_3"])
    usable = [is_text(cell, findings) for cell in (found, becomes)]
    if not all([*usable, *(_is_usable(cell, findings) for cell in others)]):
        return None
    for cell, what in ((row["map"], "no name of a map"), (found, "no value to look for")):
        if cell.is_blank:
            expected = (
                f"a name, or {BLANK} or {ANYTHING_ELSE}"
                if cell is found
                else "the name used in map(NAME)"
            )
            findings.fault(cell, what, expected=expected)
    if becomes.is_blank:
        findings.fault(becomes, "no new value", expected=f"a value, {BLANK}, {UNCHANGED} or {HOLD}")
    return found.text.casefold(), others[0].text.casefold(), others[1].text.casefold()


def _is_usable(cell: Cell, findings: Findings) -> bool:
    """A limit of a band may well be a number; a date is nothing to compare with."""
    return cell.is_number or is_text(cell, findings)


def _meaning(cell: Cell) -> str:
    return _MEANINGS.get(cell.name.lower(), cell.text)


def is_text(cell: Cell, findings: Findings) -> bool:
    """Whether a code is still what somebody typed; a number or date is what Excel made of it."""
    if isinstance(cell.value, str | bool | None) and not _POWER_OF_TEN.fullmatch(cell.text):
        return True
    findings.fault(cell, EATEN, expected="text")
    return False


def aliases_of(rows: tuple[Row, ...], findings: Findings) -> Mapping[str, Alias]:
    """The SKUs that the warehouse calls by another name, by the merchant's own."""
    found: dict[str, Alias] = {}
    for row in rows:
        mine, theirs = row["salesforce_sku"], row["warehouse_sku"]
        usable = is_text(mine, findings) and is_text(theirs, findings)
        for cell in (mine, theirs):
            if cell.is_blank:
                findings.fault(cell, "no SKU", expected="the SKU under both names")
        units = _units(row["units"], findings)
        if mine.text in found:
            findings.fault(mine, f"this SKU stands in {found[mine.text].cell.ref} already")
        elif usable and units and mine.text and theirs.text:
            found[mine.text] = Alias(mine.text, theirs.text, units, mine)
    return found


def _units(cell: Cell, findings: Findings) -> Decimal | None:
    if cell.is_blank:
        return Decimal(1)
    text = cell.text
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,6})?", text) or not Decimal(text):
        findings.fault(cell, "not a number of units", expected="a number above 0, such as 12")
        return None
    return Decimal(text)
