"""Reading a workbook: whatever people and Excel do to it, each fault is told with its cell."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.mapping.samples import DEMO, sample_bytes
from fulfillment_bridge.mapping.template import write_workbook
from fulfillment_bridge.mapping.value_maps import UNCHANGED_VALUE
from fulfillment_bridge.mapping.workbook import WorkbookFault, read_workbook
from tests.mapping.orgs import changed_file, place_of, saved, workbook_of

SKU = "SKU aliases!A2"


def test_every_sheet_arrives_with_its_cells() -> None:
    """Values and where they stand."""
    workbook = workbook_of(DEMO["globex"])

    assert workbook.faults == ()
    assert workbook.format_version == 1
    assert workbook.setting("order_object") == "Sales_Order__c"
    assert workbook.setting("tracking_separator") == ", "
    assert workbook.setting_cell("order_object").place == "Cart!B2"
    assert [row.applies_to for row in workbook.rules] == ["ready", "cancel", "inventory"]
    city = next(row for row in workbook.order_fields if row.ours.key == "ship_to.city")
    assert city.source.paths == ("Account__r.ShippingCity",)
    assert city.source.cell.place == place_of("globex", "Order fields", "Ship-to city")
    assert city.required
    assert workbook.value_maps["delivery"].translate("REGULAR") == "Ground"
    assert workbook.value_maps["delivery"].translate("Mule") is None
    assert workbook.value_maps["statuses"].other == UNCHANGED_VALUE


def test_a_file_is_read_from_disk_as_well(tmp_path: Path) -> None:
    """The same workbook, by path; a missing file is no fault of a workbook."""
    path = tmp_path / "map.xlsx"
    path.write_bytes(sample_bytes("acme"))

    assert read_workbook(path) == workbook_of(DEMO["acme"])
    with pytest.raises(UserError, match="cannot be read"):
        read_workbook(tmp_path / "other.xlsx")


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("Cart!A2", "Ordr object", "unknown setting"),
        ("Cart!A3", "Order object", "stands in B2 already"),
        ("Cart!B2", None, "'Order object' is not filled in"),
        ("Cart!B2", "=A1", "a formula stands here"),
        ("Cart!B2", "#REF!", "Excel shows an error here"),
        ("Rules!A2", "redy", "unknown purpose"),
        ("Rules!C2", None, "no field"),
        ("Rules!C2", "Ready for Fulfillment", "not the name of a field"),
        ("Rules!D2", "resembles", "unknown operator"),
        ("Rules!E2", None, "no value"),
        ("Order fields!A2", "Purchase order nmber", "not one of our fields"),
        ("Order fields!A2", "Order number", "cannot be mapped here"),
        ("Order fields!A2", "Extra", "cannot be mapped here"),
        ("Order fields!A2", "Ship-to city", "is mapped in A2 already"),
        ("Order fields!A2", None, "a row without our field"),
        ("Order fields!B2", "Po Number", "not the name of a field"),
        ("Order fields!B2", "A.B.C.D.E.F.G.H", "not the name of a field"),
        ("Order fields!C2", "perhaps", "not a yes or a no"),
        ("Order fields!D2", "uper", "there is no transform 'uper'"),
        ("Order fields!D2", "cut(", "bracket is missing"),
        ("Order fields!E2", 1.23e17, "Excel may have eaten"),
        ("Shipment fields!A2", "Tracking", "not one of our fields"),
        ("Shipment fields!B2", "Tracking Numbers", "not the name of a field"),
        ("Value maps!A2", None, "no name of a map"),
        ("Value maps!B2", "Expedited", "stands in B2 already"),
        ("Value maps!B2", 123.0, "Excel may have eaten"),
        ("Value maps!E2", None, "no new value"),
        (SKU, 123.0, "Excel may have eaten"),
        (SKU, 1.23e11, "Excel may have eaten"),
        (SKU, "1.23E+11", "Excel may have eaten"),
        (SKU, datetime(2026, 3, 1), "Excel may have eaten"),  # noqa: DTZ001 - as Excel has it
        (SKU, None, "no SKU"),
        ("SKU aliases!A3", "MUG-1", "stands in A2 already"),
        ("SKU aliases!C2", 0, "not a number of units"),
        ("SKU aliases!C2", "a dozen", "not a number of units"),
        ("SKU aliases!C2", -2, "not a number of units"),
    ],
)
def test_each_wrong_cell_is_named(place: str, value: Any, message: str) -> None:
    """What is wrong, where, what was found, what is expected."""
    aliases = {SKU: "MUG-1", "SKU aliases!B2": "M-1", "SKU aliases!B3": "M-2"}
    workbook = read_workbook(changed_file("acme", aliases | {place: value}))

    sheet = place.partition("!")[0]
    told = [finding for finding in workbook.faults if finding.sheet == sheet]
    assert any(message in finding.message for finding in told), workbook.faults
    assert all(finding.place in finding.text() for finding in told)
    if "already" not in message:
        assert any(finding.place == place for finding in told), told


def test_a_fault_says_what_was_found_and_what_was_expected() -> None:
    """On one line, as people read it in a terminal."""
    (finding,) = read_workbook(changed_file("acme", {"Cart!A2": "Ordr object"})).faults[:1]

    assert finding.text() == (
        "Cart!A2: unknown setting; found 'Ordr object'; did you mean 'Order object'?"
    )


def test_columns_may_stand_in_another_order_and_further_down() -> None:
    """Headings are found by their text, in whatever case, with a title above them."""
    book = openpyxl.load_workbook(BytesIO(write_workbook(DEMO["acme"])))
    sheet = book["Rules"]
    rows = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    book.remove(sheet)
    turned = book.create_sheet("rules ")
    turned.append(["Which orders to take"])
    for row in rows:
        turned.append([f" {row[0].upper()} " if row is rows[0] else row[0], *row[:0:-1]])

    workbook = read_workbook(saved(book))

    assert workbook.faults == ()
    assert [(row.path, row.operator, row.value.text) for row in workbook.rules] == [
        (row.path, row.operator, row.value.text) for row in workbook_of(DEMO["acme"]).rules
    ]
    assert workbook.rules[0].field.ref == "F3"


@pytest.mark.parametrize(
    ("heading", "message", "expected"),
    [
        ("Salesforce Feild", "unknown heading", "'Salesforce field'"),
        ("Our field", "stands here twice", ""),
        (None, "a column is missing", "'Salesforce field'"),
    ],
)
def test_headings_are_checked(heading: str | None, message: str, expected: str) -> None:
    """An unknown one is told with the nearest, a missing one by name."""
    faults = read_workbook(changed_file("acme", {"Line fields!B1": heading})).faults

    assert any(message in f.message and expected in f.expected for f in faults), faults


def test_a_missing_sheet_is_a_fault_that_knows_a_renamed_one() -> None:
    """Both what is missing and what is there are told."""
    book = openpyxl.load_workbook(BytesIO(write_workbook(DEMO["acme"])))
    book["Order fields"].title = "Order feilds"

    findings = read_workbook(saved(book)).faults

    assert any(
        f.place == "Order fields" and "missing" in f.message and "Order feilds" in f.expected
        for f in findings
    )
    assert any(f.severity == "warning" and f.place == "Order feilds" for f in findings)


def test_merged_cells_are_refused_with_their_range() -> None:
    """Excel keeps just one of the values."""
    book = openpyxl.load_workbook(BytesIO(write_workbook(DEMO["acme"])))
    book["Rules"].merge_cells("B2:B3")

    (finding,) = read_workbook(saved(book)).faults

    assert (finding.place, finding.message) == ("Rules!B2:B3", "these cells are merged")


def test_spaces_smart_quotes_and_other_spellings_do_no_harm() -> None:
    """What Word and copy and paste bring along."""
    workbook = read_workbook(
        changed_file(
            "acme",
            {
                "Cart!A4": "Line\u2019s order field",
                "Cart!B2": "\u00a0Order\u200b ",
                "Rules!D2": "is",
                "Rules!A2": " Ready",
                "Order fields!A2": "purchase_order_number",
                "Order fields!B2": " PoNumber\u00a0",
                "Order fields!D2": "join(\u201c-\u201d)",
                "Order fields!C2": "X",
            },
        )
    )

    assert workbook.faults == ()
    assert workbook.setting("order_object") == "Order"
    assert workbook.setting("line_order_field") == "OrderId"
    assert workbook.order_fields[0].source.paths == ("PoNumber",)
    assert workbook.order_fields[0].steps[0].arguments == ("-",)
    assert workbook.order_fields[0].required


def test_excels_own_types_are_understood_where_they_are_harmless() -> None:
    """A checkbox value, a date and a number of units need not be text."""
    workbook = read_workbook(
        changed_file(
            "acme",
            {
                "Rules!E2": True,
                "Cart!B7": datetime(2026, 11, 22),  # noqa: DTZ001 - as Excel has it
                SKU: "0042",
                "SKU aliases!B2": "M-1",
                "SKU aliases!C2": 12,
            },
        )
    )

    assert workbook.faults == ()
    assert workbook.rules[0].value.text == "TRUE"
    assert workbook.setting("earliest_order_date") == "2026-11-22"
    assert workbook.sku_aliases["0042"].units == Decimal(12)


def test_hidden_rows_and_comments_change_nothing() -> None:
    """What Excel shows or hides is no part of the mapping."""
    book = openpyxl.load_workbook(BytesIO(write_workbook(DEMO["acme"])))
    book["Rules"].row_dimensions[3].hidden = True

    assert read_workbook(saved(book)) == workbook_of(DEMO["acme"])


def test_a_row_with_nothing_but_a_note_says_nothing() -> None:
    """People write between the lines."""
    workbook = read_workbook(changed_file("acme", {"Rules!G9": "ask Wanda about rush orders"}))

    assert workbook == workbook_of(DEMO["acme"])


def test_another_format_version_is_refused() -> None:
    """What a later version may mean, this one cannot know."""
    with pytest.raises(WorkbookFault) as raised:
        read_workbook(changed_file("acme", {"Read me!B2": "7"}))

    assert raised.value.problems == ("Read me!B2: unknown format version; found '7'; expected 1",)


def test_a_hidden_sheet_of_ours_counts_and_is_told() -> None:
    """Rules that nobody sees decide about orders as well."""
    book = openpyxl.load_workbook(BytesIO(sample_bytes("acme")))
    book["Rules"].sheet_state = "hidden"
    workbook = read_workbook(saved(book))
    assert workbook.rules == workbook_of(DEMO["acme"]).rules
    (told,) = workbook.faults
    assert (told.severity, told.sheet) == ("warning", "Rules")
    assert "hidden" in told.message


NEWER_COLUMNS = {"Only if", "Reason", "Write", "From 2", "From 3"}


def test_a_workbook_from_before_the_newer_columns_still_loads() -> None:
    """Without them and without the newer settings and rows it says just what it said."""
    book = openpyxl.load_workbook(BytesIO(write_workbook(DEMO["acme"])))
    for sheet in book:
        for cell in reversed(list(sheet[1])):
            if cell.value in NEWER_COLUMNS:
                sheet.delete_cols(cell.column)
    book["Cart"].delete_rows(13, 10)
    for row in reversed(list(book["Shipment fields"]["A"])):
        if str(row.value).startswith(("Line:", "Package:", "Tracking link")):
            book["Shipment fields"].delete_rows(row.row)

    old, new = read_workbook(saved(book)), workbook_of(DEMO["acme"])

    assert old.faults == ()
    assert [r.source.parts for r in old.order_fields] == [r.source.parts for r in new.order_fields]
    assert [r.path for r in old.shipment_fields if r.path] == [
        r.path for r in new.shipment_fields if r.path
    ]
    assert {k: m.values for k, m in old.value_maps.items()} == {
        k: m.values for k, m in new.value_maps.items()
    }
