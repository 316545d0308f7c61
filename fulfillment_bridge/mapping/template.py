"""Writing workbooks for people to fill in: the same content always gives the same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook as Book
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from fulfillment_bridge.mapping.filling import Filling, Texts
from fulfillment_bridge.mapping.layout import (
    CART,
    LISTS,
    SETTINGS,
    SHEETS,
    VALUE_MAPS,
    Column,
    SheetLayout,
)
from fulfillment_bridge.mapping.our_fields import (
    INVENTORY_FIELDS,
    LINE_FIELDS,
    ORDER_FIELDS,
    SHIPMENT_FIELDS,
)
from fulfillment_bridge.mapping.read_me import height_of, write_read_me
from fulfillment_bridge.mapping.rules import APPLIES_TO, OPERATORS
from fulfillment_bridge.mapping.transforms import TRANSFORMS

NAVY, _SAND, _PALE, _GREY = "1F3864", "FFF2CC", "EEF3FA", "808080"
HEADING_FONT = Font(name="Calibri", bold=True, color="FFFFFF")
_THIN = Side(style="thin", color="D0D0D0")
_GRID = Border(bottom=_THIN, right=_THIN)
_TO_FILL_IN = PatternFill("solid", start_color=_SAND)
_OURS = PatternFill("solid", start_color=_PALE)
LAST_ROW = 1_000
"""Drop-down lists reach so far down."""
_STAMP = datetime(2026, 1, 1)  # noqa: DTZ001 - the format knows no time zones
_ZIP_STAMP = (2026, 1, 1, 0, 0, 0)
_OURS_COLUMNS = frozenset({"setting", "our_field"})
_FILLED_COLUMNS = frozenset({"value", "salesforce_field", "to"})


def blank_workbook() -> bytes:
    """A workbook with every sheet and every one of our fields, and nothing filled in."""
    return write_workbook(Filling())


def write_workbook(filling: Filling) -> bytes:
    """The workbook with this content, as an .xlsx file."""
    return saved_book(make_book(filling))


def make_book(filling: Filling) -> Book:
    """The same, as openpyxl holds it."""
    book = Book()
    read_me = book.active
    if not isinstance(read_me, Worksheet):  # a new book has one worksheet, always
        raise TypeError("a new workbook has no sheet")
    write_read_me(read_me, filling.about)
    fit_to_page_width(read_me)
    rows = filling.rows()
    for layout in SHEETS:
        _write_sheet(book.create_sheet(layout.name), layout, rows[layout.name])
    _write_lists(book)
    book.properties.title = "Salesforce data mapping"
    book.properties.creator = "fulfillment-bridge"
    book.properties.created = _STAMP
    return book


def saved_book(book: Book) -> bytes:
    """The book as an .xlsx file, without the moment of writing."""
    file = BytesIO()
    book.save(file)
    return _same_every_time(file.getvalue())


def _write_sheet(sheet: Worksheet, layout: SheetLayout, rows: Sequence[Texts]) -> None:
    for place, column in enumerate(layout.columns, 1):
        _write_heading(sheet, place, column)
    for number, row in enumerate(rows, 2):
        for place, (column, text) in enumerate(zip(layout.columns, row, strict=True), 1):
            cell = sheet.cell(row=number, column=place, value=_typed(column, text))
            _style(cell, column, needed=_is_needed(layout, row))
        sheet.row_dimensions[number].height = _height(layout, row)
    fit_to_page_width(sheet)
    sheet.freeze_panes = "B2"
    sheet.sheet_view.zoomScale = 110
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(layout.columns))}{max(2, len(rows) + 1)}"
    _add_choices(sheet, layout)


def _height(layout: SheetLayout, row: Texts) -> float:
    pairs = zip(layout.columns, row, strict=True)
    return max(height_of(text, column.width) for column, text in pairs if column.key != "value")


def fit_to_page_width(sheet: Worksheet) -> None:
    """A printed sheet is one page wide: merchants sign these off on paper."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _write_heading(sheet: Worksheet, place: int, column: Column) -> None:
    letter = get_column_letter(place)
    cell = sheet.cell(row=1, column=place, value=column.heading)
    cell.font = HEADING_FONT
    cell.fill = PatternFill("solid", start_color=NAVY)
    cell.alignment = Alignment(vertical="center")
    if column.note:
        cell.comment = Comment(column.note, "fulfillment-bridge", width=320, height=110)
    sheet.column_dimensions[letter].width = column.width
    if column.as_text:
        # So that Excel keeps 007 and 1E5 as they are typed, also in rows that come later.
        sheet.column_dimensions[letter].number_format = "@"
    sheet.row_dimensions[1].height = 22


def _typed(column: Column, text: str) -> str | int | None:
    if column.key == "units" and text.isdigit():
        return int(text)
    return text or None


def _is_needed(layout: SheetLayout, row: Texts) -> bool:
    if layout.name == CART:
        return any(setting.required and setting.label == row[0] for setting in SETTINGS)
    wanted = {"to": ""} if layout.name == VALUE_MAPS else {"required": "yes"}
    pairs = zip(layout.columns, row, strict=True)
    return any(wanted.get(column.key) == text for column, text in pairs)


def _style(cell: Any, column: Column, *, needed: bool) -> None:
    cell.border = _GRID
    cell.alignment = Alignment(vertical="top", wrap_text=column.key == "notes")
    if column.key in _OURS_COLUMNS:
        cell.font = Font(name="Calibri", bold=needed)
        cell.fill = _OURS
    elif column.key in _FILLED_COLUMNS and needed:
        cell.fill = _TO_FILL_IN
    if column.key == "notes":
        cell.font = Font(name="Calibri", color=_GREY)
    if column.as_text:
        cell.number_format = "@"


def _choices() -> dict[str, tuple[Texts, bool]]:
    """Lists to choose from, by column; with whether something else may be typed."""
    return {
        "applies_to": (tuple(dict.fromkeys(APPLIES_TO.values())), False),
        "operator": (OPERATORS, True),
        "required": (("yes", "no"), False),
        "write": (("only if empty", "only if newer"), False),
        "transform": (tuple(item.usage for item in TRANSFORMS.values()), True),
    }


_LISTED = {
    "Order fields": ORDER_FIELDS,
    "Line fields": LINE_FIELDS,
    "Shipment fields": SHIPMENT_FIELDS,
    "Inventory fields": INVENTORY_FIELDS,
}


def _lists() -> dict[str, Texts]:
    """The hidden sheet: each column one list, under the name of what it is for."""
    lists: dict[str, Texts] = {key: choices for key, (choices, _) in _choices().items()}
    lists |= {name: tuple(ours.label for ours in known) for name, known in _LISTED.items()}
    return lists


def _write_lists(book: Book) -> None:
    sheet = book.create_sheet(LISTS)
    for place, (name, choices) in enumerate(_lists().items(), 1):
        for number, text in enumerate((name, *choices), 1):
            cell = sheet.cell(row=number, column=place, value=text)
            cell.number_format = "@"
    sheet.sheet_state = "hidden"


def _add_choices(sheet: Worksheet, layout: SheetLayout) -> None:
    """Drop-downs that help and never forbid: what is typed is checked when it is loaded."""
    names = list(_lists())
    for place, column in enumerate(layout.columns, 1):
        name = layout.name if column.key == "our_field" else column.key
        if name not in names:
            continue
        source = get_column_letter(names.index(name) + 1)
        last = len(_lists()[name]) + 1
        choice = DataValidation(
            type="list",
            formula1=f"'{LISTS}'!${source}$2:${source}${last}",
            allow_blank=True,
            showErrorMessage=False,
        )
        letter = get_column_letter(place)
        choice.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(choice)


_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")


def _same_every_time(content: bytes) -> bytes:
    """Without the moment of writing, which openpyxl puts into the file and its directory."""
    result = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as written,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as fixed,
    ):
        for part in written.infolist():
            data = written.read(part)
            if part.filename == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>2026-01-01T00:00:00Z\g<2>", data)
            entry = zipfile.ZipInfo(part.filename, _ZIP_STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            fixed.writestr(entry, data)
    return result.getvalue()
