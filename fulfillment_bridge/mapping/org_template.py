"""A workbook made for one org: its fields to choose from, guesses, examples beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook as Book
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import Outline
from openpyxl.worksheet.worksheet import Worksheet

from fulfillment_bridge.domain.org_schema import OrgSchema, Record, value_at
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.mapping.cells import plain_text, without_description
from fulfillment_bridge.mapping.choices import (
    ChoiceList,
    choice_lists,
    described_field,
    described_object,
    word_lists,
)
from fulfillment_bridge.mapping.demanded import demanded_of_lines, ticked_for
from fulfillment_bridge.mapping.filling import Filling
from fulfillment_bridge.mapping.guess_details import required_by
from fulfillment_bridge.mapping.guessing import reachable
from fulfillment_bridge.mapping.guessing_objects import Shape
from fulfillment_bridge.mapping.layout import (
    CART,
    INVENTORY_FIELDS,
    LINE_FIELDS,
    LISTS,
    ORDER_FIELDS,
    RULES,
    SETTINGS,
    SHEETS,
    SHIPMENT_FIELDS,
    SheetLayout,
    names_a_field,
)
from fulfillment_bridge.mapping.our_fields import INVENTORY_FIELDS as INVENTORY_CATALOG
from fulfillment_bridge.mapping.our_fields import LINE_FIELDS as LINE_CATALOG
from fulfillment_bridge.mapping.our_fields import ORDER_FIELDS as ORDER_CATALOG
from fulfillment_bridge.mapping.our_fields import SHIPMENT_FIELDS as SHIPMENT_CATALOG
from fulfillment_bridge.mapping.our_fields import Catalog, OurField
from fulfillment_bridge.mapping.template import HEADING_FONT, LAST_ROW, NAVY, make_book, saved_book
from fulfillment_bridge.mapping.touched import Base

_BASES: Mapping[str, Base] = {
    CART: "order",
    RULES: "order",
    ORDER_FIELDS: "order",
    LINE_FIELDS: "line",
    SHIPMENT_FIELDS: "order",
    INVENTORY_FIELDS: "inventory",
}
_CATALOGS: Mapping[str, Catalog] = {
    ORDER_FIELDS: ORDER_CATALOG,
    LINE_FIELDS: LINE_CATALOG,
    SHIPMENT_FIELDS: SHIPMENT_CATALOG,
    INVENTORY_FIELDS: INVENTORY_CATALOG,
}
_FIELD_WIDTH, _EXAMPLE_WIDTH, _LONGEST_EXAMPLE = 66, 30, 80
_AUTHOR = "fulfillment-bridge"
_OWN_LISTS = frozenset({"Line", "Package"})
"""Rows of the sheet Shipment fields that are about another object than the order."""
_GROUP_FILLS = ("EEF3FA", "DCE6F4")
_ABOVE_GROUP = Side(style="medium", color="8EA9DB")
_KINDS = {
    "street": "A street, of one line or several.",
    "state": "A state or province; names become codes.",
    "country": "A country; names become two-letter codes.",
    "date": "A date.",
    "moment": "A date with a time.",
    "money": "A sum of money.",
    "quantity": "A number above zero.",
    "number": "A number.",
    "currency": "A currency, three letters.",
}


@dataclass(frozen=True)
class OrgPicture:
    """What is known of an org: its schema, which objects matter, and a record of each.

    ``needs`` is what the warehouse asks that the orders go to.
    """

    schema: OrgSchema
    shape: Shape
    examples: Mapping[Base, Record] = field(default_factory=dict)
    needs: WarehouseNeeds = NO_NEEDS

    def object_of(self, base: Base) -> str:
        """The object that is the orders, lines or stock."""
        return {
            "order": self.shape.order_object,
            "line": self.shape.line_object,
            "inventory": self.shape.inventory_object,
        }[base]


def org_workbook(picture: OrgPicture, filling: Filling) -> bytes:
    """The workbook with that filling, its org's fields to choose from and examples of them."""
    book = make_book(filling)
    for layout in SHEETS:
        sheet = book[layout.name]
        _describe_names(sheet, layout, picture)
        _add_examples(sheet, layout, picture)
        _group(sheet, layout, picture.needs)
    offered = choice_lists(picture.schema, picture.shape)
    for choices in (*offered, *word_lists(picture.needs)):
        _offer(book, choices)
    return saved_book(book)


def _describe_names(sheet: Worksheet, layout: SheetLayout, picture: OrgPicture) -> None:
    """What was guessed is shown as the lists show it: with label, type and what we may do."""
    if layout.name not in _BASES:
        return
    fields = _described_fields(picture, _BASES[layout.name])
    for place, column in enumerate(layout.columns, 1):
        if not names_a_field(layout.name, column.key):
            continue
        sheet.column_dimensions[get_column_letter(place)].width = _FIELD_WIDTH
        for row in range(2, sheet.max_row + 1):
            cell = sheet.cell(row=row, column=place)
            names = _of_setting(picture, row) if layout.name == CART else fields
            if described := names.get(str(cell.value)):
                cell.value = described


def _described_fields(picture: OrgPicture, base: Base) -> dict[str, str]:
    fields = reachable(picture.schema, picture.object_of(base))
    return {each.path: described_field(each) for each in fields}


def _of_setting(picture: OrgPicture, row: int) -> dict[str, str]:
    """What may stand in a row of the sheet Cart: objects, fields of a line, or of an order."""
    key = SETTINGS[row - 2].key if row - 2 < len(SETTINGS) else ""
    if key.endswith("_object"):
        return {known.name: described_object(known) for known in picture.schema.objects.values()}
    return _described_fields(picture, "line" if key == "line_order_field" else "order")


def _add_examples(sheet: Worksheet, layout: SheetLayout, picture: OrgPicture) -> None:
    """A column before the notes: what the newest record holds in each field filled in."""
    record = picture.examples.get(_BASES.get(layout.name, "order"))
    places = [
        place for place, column in enumerate(layout.columns, 1)
        if names_a_field(layout.name, column.key)
    ]  # fmt: skip
    if record is None or not places or layout.name not in _BASES:
        return
    last = len(layout.columns)
    _move_right(sheet, last)
    heading = sheet.cell(row=1, column=last, value="Example")
    heading.font, heading.fill = HEADING_FONT, PatternFill("solid", start_color=NAVY)
    heading.alignment = Alignment(vertical="center")
    heading.comment = _note("What the record that changed last holds there. Not read.")
    sheet.column_dimensions[get_column_letter(last)].width = _EXAMPLE_WIDTH
    for row in range(2, sheet.max_row + 1):
        filled = sheet.cell(row=row, column=places[0]).value
        if isinstance(filled, str):
            path = plain_text(without_description(filled))
            _write_example(sheet.cell(row=row, column=last), record, path)


def _move_right(sheet: Worksheet, place: int) -> None:
    """Make room before the last column, which has the notes."""
    here, there = get_column_letter(place), get_column_letter(place + 1)
    sheet.column_dimensions[there].width = sheet.column_dimensions[here].width
    for row in range(1, sheet.max_row + 1):
        old, new = sheet.cell(row=row, column=place), sheet.cell(row=row, column=place + 1)
        new.value, new.comment = old.value, old.comment and Comment(old.comment.text, _AUTHOR)
        for look in ("font", "fill", "border", "alignment", "number_format"):
            setattr(new, look, copy(getattr(old, look)))
        old.value, old.comment, old.fill = None, None, PatternFill()
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = sheet.auto_filter.ref.replace(f":{here}", f":{there}")


def _write_example(cell: BookCell | MergedCell, record: Record, path: str) -> None:
    parts = [_shown(value_at(record, part.strip())) for part in path.split("+") if ":" not in part]
    text = " ".join(part for part in parts if part)
    cell.value = text[: _LONGEST_EXAMPLE - 1] + "…" if len(text) > _LONGEST_EXAMPLE else text
    cell.number_format = "@"
    cell.data_type = "s"  # a text that begins with = is no formula
    cell.font = Font(name="Calibri", italic=True, color="595959")
    cell.alignment = Alignment(vertical="top")


def _shown(found: Any) -> str:
    text = plain_text(found) if isinstance(found, str | bool) or found is None else str(found)
    return " / ".join(text.split("\n"))


def _group(sheet: Worksheet, layout: SheetLayout, needs: WarehouseNeeds) -> None:
    """Our fields in visible groups that can be folded, each field with a note of what it is."""
    catalog = _CATALOGS.get(layout.name)
    if catalog is None:
        return
    sheet.sheet_properties.outlinePr = Outline(summaryBelow=False)
    demanded = (*ticked_for(needs), *demanded_of_lines(needs))
    before, turn = "", 0
    for row in range(2, sheet.max_row + 1):
        cell = sheet.cell(row=row, column=1)
        ours = catalog.find(str(cell.value))
        if ours is None:
            continue
        starts = ours.group != before
        turn, before = turn + starts, ours.group
        _mark(sheet, row, _GROUP_FILLS[turn % 2], starts=starts)
        asked = required_by(needs) if ours in demanded else ""
        if text := "\n".join(part for part in (asked, _explained(ours)) if part):
            cell.comment = _note(text)


def _mark(sheet: Worksheet, row: int, fill: str, *, starts: bool) -> None:
    sheet.cell(row=row, column=1).fill = PatternFill("solid", start_color=fill)
    if not starts:
        sheet.row_dimensions[row].outlineLevel = 1
        return
    for place in range(1, sheet.max_column + 1):
        cell = sheet.cell(row=row, column=place)
        old = cell.border
        cell.border = Border(top=_ABOVE_GROUP, bottom=old.bottom, right=old.right)


def _explained(ours: OurField) -> str:
    needed = "Needed: without it an order is held." if ours.required else ""
    return "\n".join(part for part in (ours.note, _KINDS.get(ours.kind, ""), needed) if part)


def _note(text: str) -> Comment:
    return Comment(text, _AUTHOR, width=320, height=90)


def _offer(book: Book, choices: ChoiceList) -> None:
    """Put the list on the hidden sheet and offer it. It warns of other entries, and takes them."""
    lists = book[LISTS]
    place = lists.max_column + 1
    for number, text in enumerate((choices.name, *choices.entries), 1):
        cell = lists.cell(row=number, column=place, value=text)
        cell.number_format = "@"
        cell.data_type = "s"
    letter = get_column_letter(place)
    offer = DataValidation(
        type="list",
        formula1=f"'{LISTS}'!${letter}$2:${letter}${len(choices.entries) + 1}",
        allow_blank=True,
        showErrorMessage=choices.warns,
        errorStyle="warning",
        errorTitle="Not on the list",
        error="The org had no field of that name when this list was made. A path, several fields "
        "or a constant may stand here all the same; mapping check tells whether it is right.",
    )
    for cells in _cells(choices):
        offer.add(cells)
    book[choices.place[0]].add_data_validation(offer)


def _cells(choices: ChoiceList) -> Iterator[str]:
    sheet, key = choices.place
    layout = next(each for each in SHEETS if each.name == sheet)
    keys: list[Any] = [column.key for column in layout.columns]
    if sheet == CART:
        row = [setting.key for setting in SETTINGS].index(key) + 2
        letter = get_column_letter(keys.index("value") + 1)
        yield f"{letter}{row}"
    else:
        letter = get_column_letter(keys.index(key) + 1)
        for first, last in _row_ranges(sheet, choices.group):
            yield f"{letter}{first}:{letter}{last}"


def _row_ranges(sheet: str, group: str) -> Iterator[tuple[int, int]]:
    """The rows that a list is for: those of its group, or all that have no list of their own."""
    if sheet != SHIPMENT_FIELDS:
        yield 2, LAST_ROW
        return
    groups = [ours.group if ours.group in _OWN_LISTS else "" for ours in SHIPMENT_CATALOG]
    rows = [row for row, each in enumerate(groups, 2) if each == group]
    if group:
        yield rows[0], rows[-1]  # the rows of a group stand together
    else:
        yield rows[0], rows[-1]
        yield len(groups) + 2, LAST_ROW
