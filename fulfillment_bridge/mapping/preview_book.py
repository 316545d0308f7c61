"""A preview as an Excel file, for the merchant to look at and approve."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook as Book
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from fulfillment_bridge.mapping.side_by_side import Preview
from fulfillment_bridge.mapping.template import HEADING_FONT, NAVY, fit_to_page_width

SUMMARY, PAIRS = "Summary", "Side by side"
_HELD = PatternFill("solid", start_color="FFD9D9")
_SUMMARY = (("Order", 16), ("Result", 16), ("Lines", 8), ("Why it would be held", 110))
_PAIRS = (
    ("Order", 16), ("Line", 7), ("Our field", 26), ("The warehouse gets", 44),
    ("Salesforce has", 44), ("Salesforce field", 40), ("Workbook cell", 18),
)  # fmt: skip


def preview_book(about: str, previews: Sequence[Preview]) -> bytes:
    """Two sheets: what would become of each order, and every value beside its source."""
    book = Book()
    sheet = book.active
    if not isinstance(sheet, Worksheet):  # a new book has one worksheet, always
        raise TypeError("a new workbook has no sheet")
    sheet.title = SUMMARY
    _heading(sheet, _SUMMARY)
    for number, one in enumerate(previews, 2):
        result = "held" if one.is_held else "goes out"
        lines = str(len(one.order.lines)) if one.order else ""
        why = "\n".join(reason.text() for reason in one.reasons)
        _row(sheet, number, (one.order_number, result, lines, why), held=one.is_held)
        sheet.row_dimensions[number].height = 15.0 * max(1, len(one.reasons))
    last = len(previews) + 3
    _row(sheet, last, (about,), held=False)
    pairs = book.create_sheet(PAIRS)
    _heading(pairs, _PAIRS)
    _fill(pairs, previews)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(sheet: Worksheet, previews: Sequence[Preview]) -> None:
    number = 2
    for one in previews:
        for pair in one.pairs:
            texts = (
                one.order_number,
                str(pair.line) if pair.line else "",
                pair.our_field,
                one.shown(pair),
                pair.salesforce,
                pair.salesforce_field,
                pair.cell,
            )
            _row(sheet, number, texts, held=one.is_held)
            number += 1


def _heading(sheet: Worksheet, columns: Sequence[tuple[str, int]]) -> None:
    for place, (text, width) in enumerate(columns, 1):
        cell = sheet.cell(row=1, column=place, value=text)
        cell.font, cell.fill = HEADING_FONT, PatternFill("solid", start_color=NAVY)
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "B2"
    fit_to_page_width(sheet)


def _row(sheet: Worksheet, number: int, texts: Sequence[str], *, held: bool) -> None:
    for place, text in enumerate(texts, 1):
        cell = sheet.cell(row=number, column=place, value=text or None)
        if text:
            cell.data_type = "s"  # what begins with = is a text all the same
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        cell.font = Font(name="Calibri")
        if held:
            cell.fill = _HELD
