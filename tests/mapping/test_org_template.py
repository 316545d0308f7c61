"""A workbook made for one org: lists, guesses, examples; and what is read of it."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from fulfillment_bridge.mapping.cells import without_description
from fulfillment_bridge.mapping.guessing import guess
from fulfillment_bridge.mapping.layout import LISTS
from fulfillment_bridge.mapping.org_template import OrgPicture, org_workbook
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.workbook import read_workbook
from tests.mapping.orgs import ACME_LINES, ACME_ORDER, saved, schema_for
from tests.mapping.test_guessing import SHAPES, guessed, schema_of

CITY = "ShippingCity · Shipping City · text 40 · read and write"


@pytest.fixture(scope="module")
def content() -> bytes:
    """Acme's workbook, with an order and a line for examples."""
    schema = schema_of("acme")
    record = {**ACME_ORDER, "PoNumber": "=1+1", "Packing_Note__c": "x" * 200}
    picture = OrgPicture(schema, SHAPES["acme"], {"order": record, "line": ACME_LINES[0]})
    return org_workbook(picture, guess(schema, SHAPES["acme"], earliest="2026-11-01"))


@pytest.fixture(scope="module")
def book(content: bytes) -> openpyxl.Workbook:
    """The same as Excel would open it."""
    return openpyxl.load_workbook(BytesIO(content))


def row_of(book: openpyxl.Workbook, sheet: str, label: str) -> dict[str, object]:
    """The row of that label, by heading."""
    headings = [cell.value for cell in book[sheet][1]]
    (row,) = [row for row in book[sheet].iter_rows(min_row=2) if row[0].value == label]
    return {str(name): cell.value for name, cell in zip(headings, row, strict=False)}


def offers(book: openpyxl.Workbook, sheet: str, cell: str) -> list[str]:
    """What the drop-down of a cell offers."""
    (found,) = [each for each in book[sheet].data_validations.dataValidation if cell in each.sqref]
    name, _, cells = found.formula1.replace("$", "").replace("'", "").partition("!")
    assert name == LISTS
    return [str(row[0].value) for row in book[LISTS][cells]]


def test_what_is_guessed_is_read_and_passes_the_check(content: bytes) -> None:
    """Descriptions behind a name are not part of it."""
    workbook = read_workbook(content)
    assert workbook.setting("order_object") == "Order"
    assert workbook.setting("line_order_field") == "OrderId"
    city = next(row for row in workbook.order_fields if row.ours.key == "ship_to.city")
    assert city.source.paths == ("ShippingCity",)
    findings = check(workbook, schema_for(workbook, "acme"))
    assert [one.text() for one in findings if one.severity == "fault"] == []
    assert not any("not read" in one.message for one in findings)


def test_a_cell_offers_the_fields_that_fit_it(book: openpyxl.Workbook) -> None:
    """With label, type, length and what our user may do; only what can be written for writing."""
    source = offers(book, "Order fields", "B5")
    assert CITY in source
    assert "Account.Name · Account: Account Name · text 255 · read only" in source
    targets = offers(book, "Shipment fields", "B2")
    assert targets
    assert all(text.endswith("read and write") for text in targets)
    assert "Order · Order · object" in offers(book, "Cart", "B2")
    assert [text.split()[0] for text in offers(book, "Cart", "B4")] == ["OrderId"]
    assert all("date" in text for text in offers(book, "Cart", "B6"))


def test_a_setting_is_described_as_what_it_is() -> None:
    """An object and the lookup to it may have one name."""
    picture = OrgPicture(schema_of("globex"), SHAPES["globex"])
    book = openpyxl.load_workbook(BytesIO(org_workbook(picture, guessed("globex"))))
    said = {str(row[0].value): str(row[1].value) for row in book["Cart"].iter_rows(min_row=2)}
    assert said["Order object"] == "Sales_Order__c · Sales Order · object"
    assert said["Line's order field"].startswith("Sales_Order__c · Sales Order · lookup")


def test_lists_warn_and_never_forbid(book: openpyxl.Workbook) -> None:
    """A path, a constant and a new field may be typed all the same."""
    assert book[LISTS].sheet_state == "hidden"
    for sheet in ("Cart", "Rules", "Order fields", "Shipment fields"):
        for each in book[sheet].data_validations.dataValidation:
            assert each.errorStyle == "warning" or not each.showErrorMessage


def test_each_field_that_is_filled_in_has_a_real_example(book: openpyxl.Workbook) -> None:
    """Long ones are cut; what begins like a formula stays a text."""
    assert row_of(book, "Order fields", "Ship-to city")["Example"] == "Tulsa"
    assert row_of(book, "Order fields", "Ship-to name")["Example"] == "Cleo Nguyen"
    assert row_of(book, "Line fields", "SKU")["Example"] == "MUG-1"
    assert row_of(book, "Order fields", "Purchase order number")["Example"] == "=1+1"
    cells = [cell for row in book["Order fields"].iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    note = row_of(book, "Order fields", "Instructions")["Example"]
    assert note == "x" * 79 + "…"
    assert row_of(book, "Order fields", "Gift message").get("Example") is None
    headings = [cell.value for cell in book["Order fields"][1]]
    assert headings[-2:] == ["Example", "Notes"]
    assert "two-letter ISO" in str(row_of(book, "Order fields", "Ship-to country")["Notes"])


def test_our_fields_are_grouped_and_explained(book: openpyxl.Workbook) -> None:
    """Each group can be folded; a note on the cell says what it is."""
    sheet = book["Order fields"]
    rows = {str(cell.value): cell.row for cell in sheet["A"]}
    assert sheet.row_dimensions[rows["Ship-to name"]].outlineLevel == 0
    assert sheet.row_dimensions[rows["Ship-to city"]].outlineLevel == 1
    fills = {
        label: sheet.cell(row=row, column=1).fill.start_color.rgb for label, row in rows.items()
    }
    assert fills["Ship-to city"] == fills["Ship-to name"] != fills["Bill-to name"]
    note = sheet.cell(row=rows["Ship-to country"], column=1).comment
    assert note is not None
    assert "two-letter" in note.text
    assert "Needed" in note.text


def test_it_is_the_same_after_another_program_has_saved_it(content: bytes) -> None:
    """Lists, notes and what is read."""
    again = saved(openpyxl.load_workbook(BytesIO(content)))
    assert read_workbook(again) == read_workbook(content)
    book = openpyxl.load_workbook(BytesIO(again))
    assert CITY in offers(book, "Order fields", "B5")
    assert book[LISTS].sheet_state == "hidden"
    assert book["Order fields"].freeze_panes == "B2"


def test_without_a_record_there_is_no_column_for_examples() -> None:
    """As in a workbook that was made from a dump."""
    picture = OrgPicture(schema_of("globex"), SHAPES["globex"])
    book = openpyxl.load_workbook(BytesIO(org_workbook(picture, guessed("globex"))))
    assert "Example" not in [cell.value for cell in book["Order fields"][1]]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (CITY, "ShippingCity"),
        ("Account__r.Name · Account: Name · text 255 · read only", "Account__r.Name"),
        ("ShippingCity", "ShippingCity"),
        ("constant: A · B", "constant: A · B"),
        ("A · B", "A"),
        (" · ", " · "),
        (None, None),
    ],
)
def test_a_description_ends_at_the_name(typed: str | None, name: str | None) -> None:
    """Only behind something that can be a name."""
    assert without_description(typed) == name


def test_a_separator_of_the_cart_may_be_the_same_sign(content: bytes) -> None:
    """It has no name in front."""
    book = openpyxl.load_workbook(BytesIO(content))
    (row,) = [c.row for c in book["Cart"]["A"] if c.value == "Tracking number separator"]
    book["Cart"][f"B{row}"] = " · "
    assert read_workbook(saved(book)).tracking_separator == " · "
