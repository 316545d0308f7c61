"""Reading the sheets of a workbook as tables: headings found by their text, rows as cells."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from lxml.etree import XMLSyntaxError
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from fulfillment_bridge.mapping.cells import Cell, Scalar, without_description
from fulfillment_bridge.mapping.findings import Finding, did_you_mean, nearest
from fulfillment_bridge.mapping.layout import (
    SHEETS,
    SHOWN_HEADINGS,
    Column,
    SheetLayout,
    names_a_field,
)
from fulfillment_bridge.mapping.package import check_package, refused

MAX_COLUMNS = 40
LONGEST_TEXT = 8_000
_EXCEL_ROWS = 1_048_576
_HEADING_WITHIN = 10
_SHEET = re.compile(rb"<(?:\w+:)?sheet[\s/>]")


@dataclass
class Findings:
    """What turned up while reading, in the order of the sheets."""

    all: list[Finding] = field(default_factory=list)

    def fault(self, cell: Cell, message: str, *, expected: str = "", found: str = "") -> None:
        """Note a fault in a cell; what is found there is told unless ``found`` says otherwise."""
        self.all.append(
            Finding("fault", cell.sheet, cell.ref, message, found or cell.text, expected)
        )

    def warning(self, cell: Cell, message: str, *, expected: str = "") -> None:
        """Note something worth knowing about a cell."""
        self.all.append(Finding("warning", cell.sheet, cell.ref, message, cell.text, expected))


@dataclass(frozen=True)
class Row:
    """One row of a table: a cell for every column of the layout, blank where the sheet has none."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]

    def __getitem__(self, key: str) -> Cell:
        return self.cells.get(key) or Cell(self.sheet, f"{self.number}:{self.number}")


@dataclass(frozen=True)
class Tables:
    """The rows of every sheet we know, by sheet name, and the other sheets' names."""

    rows: Mapping[str, tuple[Row, ...]]
    loose: Mapping[str, tuple[tuple[Cell, ...], ...]]
    others: tuple[str, ...]


def read_tables(content: bytes, findings: Findings, *, loose_sheet: str) -> Tables:
    """Every sheet as rows of cells. Raises WorkbookFault where the file itself is no good.

    ``loose_sheet`` has no headings: its rows are given as they are.
    """
    check_package(content)
    try:
        return _read(content, findings, loose_sheet)
    except (
        InvalidFileException,
        DefusedXmlException,
        ParseError,
        XMLSyntaxError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
        EOFError,
    ) as error:
        # openpyxl meets a malformed part with whatever Python raises on the way.
        raise refused(
            "it is damaged, or was not written by Excel",
            "Open it in Excel or LibreOffice, save it as .xlsx, and try again.",
        ) from error


def _read(content: bytes, findings: Findings, loose_sheet: str) -> Tables:
    book = openpyxl.load_workbook(BytesIO(content), read_only=True, keep_links=False)
    try:
        if len(book.sheetnames) != _sheets_named(content):
            raise ValueError("openpyxl left a sheet out")  # it only warns of a damaged one
        names = {title.strip().lower(): title for title in book.sheetnames}
        rows: dict[str, tuple[Row, ...]] = {}
        known = {loose_sheet.lower()}
        for layout in SHEETS:
            known.add(layout.name.lower())
            title = names.get(layout.name.lower())
            if title is None:
                _missing_sheet(layout, book.sheetnames, findings)
                rows[layout.name] = ()
            else:
                _hidden(layout, book[title], findings)
                grid = _grid(book[title], layout.name, limit=layout.most_rows + 1)
                rows[layout.name] = _table(layout, grid, findings)
                _merged_cells(layout, _part(content, book[title]), findings)
        loose = names.get(loose_sheet.lower())
        found = tuple(_grid(book[loose], loose_sheet, limit=500)) if loose else ()
        others = tuple(title for lowered, title in names.items() if lowered not in known)
    finally:
        book.close()
    return Tables(rows, {loose_sheet: tuple(cells for _, cells in found)}, others)


def _hidden(layout: SheetLayout, sheet: Any, findings: Findings) -> None:
    """What nobody sees counts all the same, so it is told."""
    if sheet.sheet_state != "visible":
        message = "this sheet is hidden, and what it says counts"
        expected = "a sheet that people see (right-click on a sheet's tab, Unhide)"
        findings.all.append(Finding("warning", layout.name, "", message, expected=expected))


def _part(content: bytes, sheet: Any) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as package:
        return package.read(sheet._worksheet_path)


def _sheets_named(content: bytes) -> int:
    with zipfile.ZipFile(BytesIO(content)) as package:
        return len(_SHEET.findall(package.read("xl/workbook.xml")))


def _missing_sheet(layout: SheetLayout, titles: Sequence[str], findings: Findings) -> None:
    hint = did_you_mean(nearest(layout.name, titles, count=1))
    findings.all.append(
        Finding(
            "fault",
            layout.name,
            "",
            "this sheet is missing",
            found=", ".join(titles) if hint else "",
            expected=f"a sheet named '{layout.name}'" + (f" ({hint})" if hint else ""),
        )
    )


Grid = Iterator[tuple[int, tuple[Cell, ...]]]


def _grid(sheet: Any, name: str, *, limit: int) -> Grid:
    """Rows that hold something, each with its number and its cells up to the last filled one.

    Ends after ``limit`` of them.
    """
    sheet.reset_dimensions()  # a sheet may claim a million rows that it does not have
    kept, nothing = 0, None
    for number, row in enumerate(sheet.iter_rows(max_row=_EXCEL_ROWS, max_col=MAX_COLUMNS), 1):
        if row is nothing:  # openpyxl gives one and the same tuple for every missing row
            continue
        if all(cell.value is None for cell in row):
            nothing = row
            continue
        kept += 1
        if kept > limit:
            return
        width = max(place for place, cell in enumerate(row, 1) if cell.value is not None)
        yield (
            number,
            tuple(_cell(name, _ref(place, number), cell) for place, cell in enumerate(row[:width])),
        )


def _ref(place: int, number: int) -> str:
    return f"{get_column_letter(place + 1)}{number}"


def _cell(sheet: str, ref: str, cell: Any) -> Cell:
    if cell.value is None:
        return Cell(sheet, ref)
    if cell.data_type == "f":
        formula = getattr(cell.value, "text", cell.value)
        return FaultyCell(sheet, ref, str(formula), reason="a formula stands here")
    if cell.data_type == "e":
        return FaultyCell(sheet, ref, str(cell.value), reason="Excel shows an error here")
    if isinstance(cell.value, str) and len(cell.value) > LONGEST_TEXT:
        reason = f"more than {LONGEST_TEXT:,} characters stand here"
        return FaultyCell(sheet, ref, cell.value, reason=reason)
    return Cell(sheet, ref, _scalar(cell.value))


@dataclass(frozen=True)
class FaultyCell(Cell):
    """A cell whose content Excel computes or could not compute, or that is no cell of a mapping:
    nothing to rely on.
    """

    reason: str = ""


def _scalar(value: Any) -> Scalar:
    if isinstance(value, bool | datetime | date | str):
        return value
    if isinstance(value, int | float):
        return Decimal(repr(value))
    if isinstance(value, time | timedelta):
        return str(value)
    return str(value)


def _table(layout: SheetLayout, grid: Grid, findings: Findings) -> tuple[Row, ...]:
    rows = list(grid)
    if len(rows) > layout.most_rows:
        message = f"more than {layout.most_rows - 1:,} rows are filled in"
        findings.all.append(Finding("fault", layout.name, "", message))
    heading = _heading_row(layout, [cells for _, cells in rows[:_HEADING_WITHIN]])
    if heading is None:
        expected = "headings " + ", ".join(column.heading for column in layout.columns)
        findings.all.append(
            Finding("fault", layout.name, "", "no heading row was found", expected=expected)
        )
        return ()
    columns = _columns(layout, rows[heading][1], findings)
    said = {place for place, column in columns.items() if column.key != "notes"}
    return tuple(
        _row(layout, number, cells, columns, findings)
        for number, cells in rows[heading + 1 :]
        if any(not cell.is_blank for place, cell in enumerate(cells) if place in said)
    )


def _heading_row(layout: SheetLayout, rows: Sequence[tuple[Cell, ...]]) -> int | None:
    """The row with the most of our headings."""
    known = {column.heading.lower() for column in layout.columns}
    counts = [sum(cell.name.lower() in known for cell in row) for row in rows]
    best = max(counts, default=0)
    return counts.index(best) if best else None


def _columns(layout: SheetLayout, cells: Sequence[Cell], findings: Findings) -> dict[int, Column]:
    """Which column stands where, whatever their order."""
    by_heading = {column.heading.lower(): column for column in layout.columns}
    places: dict[int, Column] = {}
    for position, cell in enumerate(cells):
        column = by_heading.get(cell.name.lower())
        if column in places.values() and column is not None:
            findings.fault(cell, "this heading stands here twice")
        elif column is not None:
            places[position] = column
        elif not cell.is_blank and cell.name not in SHOWN_HEADINGS:
            missing = [c.heading for c in layout.columns if c not in places.values()]
            names = nearest(cell.name, missing) or tuple(missing)
            findings.fault(
                cell, "unknown heading", expected=" or ".join(f"'{name}'" for name in names)
            )
    for column in layout.columns:
        if column.needed and column not in places.values():
            findings.fault(
                Cell(layout.name, cells[0].ref),
                "a column is missing",
                expected=f"the heading '{column.heading}'",
            )
    return places


def _row(
    layout: SheetLayout,
    number: int,
    cells: Sequence[Cell],
    columns: Mapping[int, Column],
    findings: Findings,
) -> Row:
    found: dict[str, Cell] = {}
    for position, column in columns.items():
        filled = position < len(cells)
        cell = cells[position] if filled else Cell(layout.name, _ref(position, number))
        if isinstance(cell, FaultyCell):
            if column.key != "notes":
                findings.fault(cell, cell.reason, expected="what it should say, typed as text")
            cell = Cell(cell.sheet, cell.ref)
        elif names_a_field(layout.name, column.key):
            cell = replace(cell, value=without_description(cell.value))
        found[column.key] = cell
    return Row(layout.name, number, found)


_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]{0,200}?\bref=\"([A-Z]{1,3}[0-9]{1,7}:[^\"]*)\"")


def _merged_cells(layout: SheetLayout, part: bytes, findings: Findings) -> None:
    """Merged cells hide all but the first of their values, so they are refused in our tables."""
    for ref in _MERGED.findall(part):
        findings.all.append(
            Finding(
                "fault",
                layout.name,
                ref.decode("ascii", "replace"),
                "these cells are merged",
                expected="one cell each (Home, Merge & Center switches it off)",
            )
        )
