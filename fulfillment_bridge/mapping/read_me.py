"""The first sheet of a workbook: what to fill in, and every transform, told by the code itself."""

from __future__ import annotations

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from fulfillment_bridge.mapping.layout import (
    ANYTHING_ELSE,
    BLANK,
    FORMAT_VERSION,
    HOLD,
    READ_ME,
    UNCHANGED,
    VERSION_LABEL,
)
from fulfillment_bridge.mapping.transforms import TRANSFORMS

_TITLE = Font(name="Calibri", size=16, bold=True, color="1F3864")
_HEADING = Font(name="Calibri", size=12, bold=True, color="1F3864")
_BOLD = Font(name="Calibri", bold=True)

_SHEETS = (
    ("Cart", "Which objects of the merchant's org hold orders, lines and stock. Start here."),
    (
        "Rules",
        "Which orders to take. Rows with one group number must all hold; if there are "
        "several groups, one is enough.",
    ),
    ("Order fields", "Where each value of an order comes from. Fill in at least the yellow cells."),
    ("Line fields", "The same for the lines of an order."),
    (
        "Shipment fields",
        "Which of the merchant's own fields show tracking and status. A blank cell is off.",
    ),
    (
        "Inventory fields",
        "Which fields of the merchant's inventory records show stock levels. "
        "Records are updated, never created.",
    ),
    ("Value maps", "Words of Salesforce and what they are called elsewhere; used as map(NAME)."),
    ("SKU aliases", "Only SKUs that the warehouse calls by another name or counts in other units."),
)

_SOURCES = (
    ("Ship_Method__c", "a field, by its API name (Setup > Object Manager > the object > Fields)"),
    ("Account__r.ShippingCity", "a field of a record that a lookup leads to"),
    (
        "FirstName + LastName",
        "several fields, joined by a space; the transform join says what else stands between "
        "them, and first takes the first that is not empty",
    ),
    ("constant: US", "the same value for every order"),
    (
        "OpportunityContactRole[IsPrimary = true].Contact.Email",
        "on the sheet Order fields: a field of the first child record of the order that is as the "
        "brackets say; empty brackets take any",
    ),
    (
        "Item_#__c",
        "on the sheet Line fields, where lines stand in repeated columns of the order (see the "
        "sheet Cart): Item_1__c, Item_2__c …",
    ),
)

_CONDITIONS = (
    ("Gift__c = true", "FIELD OPERATOR VALUE, as on the sheet Rules"),
    ("Type = Web and Total__c > 100", "both must hold"),
)

_WORDS = (
    (BLANK, "nothing: an empty field, in Rules and Value maps"),
    (ANYTHING_ELSE, "in Value maps, every value without a row of its own"),
    (UNCHANGED, "in Value maps, leave the value as it is"),
    (HOLD, "in Value maps, a person must decide: the order is held"),
)


_LINE_POINTS = 15.0
_MEANING_WIDTH = 100


def height_of(text: str, width: float) -> float:
    """Points a row needs for a wrapped text in a column that many characters wide.

    Not every program works out the heights of rows when it opens a file.
    """
    lines = -(-len(text) // max(1, int(width * 0.9)))
    return _LINE_POINTS * max(1, lines)


def write_read_me(sheet: Worksheet, about: str) -> None:
    """Fill the sheet: title, version, sheets, ways to name a source, special words, transforms."""
    sheet.title = READ_ME
    sheet.column_dimensions["A"].width = 30
    sheet.column_dimensions["B"].width = _MEANING_WIDTH
    rows: list[tuple[str, str, Font | None]] = [
        ("Salesforce data mapping", "", _TITLE),
        (VERSION_LABEL, str(FORMAT_VERSION), _BOLD),
        (
            "About",
            about
            or "Fill in the other sheets, save, and check the file: "
            "fulfillment-bridge mapping check FILE --cart NAME",
            None,
        ),
    ]
    sections = (
        ("The sheets", _SHEETS),
        ("What a Salesforce field cell can say", _SOURCES),
        ("What an Only if cell can say", _CONDITIONS),
        ("Words in brackets", _WORDS),
        ("Transforms (several: trim; cut(35))", _transforms()),
    )
    for heading, lines in sections:
        rows.append(("", "", None))
        rows.append((heading, "", _HEADING))
        rows.extend((word, meaning, None) for word, meaning in lines)
    _write(sheet, rows)


def _transforms() -> tuple[tuple[str, str], ...]:
    return tuple((item.usage, item.meaning) for item in TRANSFORMS.values())


def _write(sheet: Worksheet, rows: list[tuple[str, str, Font | None]]) -> None:
    for number, (word, meaning, font) in enumerate(rows, 1):
        for place, text in enumerate((word, meaning), 1):
            cell = sheet.cell(row=number, column=place, value=text or None)
            cell.number_format = "@"
            cell.alignment = Alignment(vertical="top", wrap_text=place == 2)
            if font is not None and place == 1:
                cell.font = font
        taller = 24.0 if font is _TITLE else 0.0
        sheet.row_dimensions[number].height = max(taller, height_of(meaning, _MEANING_WIDTH))
    sheet["B2"].fill = PatternFill("solid", start_color="E2EFDA")
    sheet.sheet_view.showGridLines = False
