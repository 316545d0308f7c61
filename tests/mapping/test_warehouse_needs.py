"""What a warehouse demands of every order, and the ship methods that it knows."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from fulfillment_bridge.domain.org_schema import OrgField, OrgObject, OrgSchema
from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.mapping.demanded import demanded_field, unknown_demands
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.filling import From
from fulfillment_bridge.mapping.guessing import guess
from fulfillment_bridge.mapping.guessing_objects import Shape
from fulfillment_bridge.mapping.org_template import OrgPicture, org_workbook
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.mapping.workbook import read_workbook
from tests.mapping.orgs import (
    ACME_LINES,
    ACME_ORDER,
    changed_file,
    file_of,
    place_of,
    raw,
    schema_for,
    workbook_of,
)
from tests.mapping.test_guessing import SHAPES, schema_of
from tests.mapping.test_org_template import offers, row_of

NEEDS = WarehouseNeeds(
    "reno",
    demands=("phone", "ship_method", "Unit of measure", "city"),
    ship_methods=("Ground", "2nd Day", "NEXT-DAY"),
)
PHONE = place_of("acme", "Order fields", "Ship-to phone", "C")


def told(content: bytes, needs: WarehouseNeeds = NEEDS, severity: str = "fault") -> list[str]:
    """What the check says, offline."""
    found = check(read_workbook(content), None, needs)
    return [one.text() for one in found if one.severity == severity]


def ticked(changes: dict[str, Any] | None = None) -> bytes:
    """Acme's workbook with everything ticked that is demanded."""
    cells = {
        place_of("acme", sheet, label, "C"): "yes"
        for sheet, label in (
            ("Order fields", "Ship-to phone"),
            ("Order fields", "Ship method"),
            ("Line fields", "Unit of measure"),
        )
    }
    return changed_file("acme", cells | (changes or {}))


def test_fields_are_demanded_by_the_names_that_people_use() -> None:
    """Key, label, or the last word of the ship-to; what is none of ours is told with what is."""
    keys = [ours.key for name in NEEDS.demands if (ours := demanded_field(name))]
    assert keys == ["ship_to.phone", "ship_method", "unit_of_measure", "ship_to.city"]
    ((name, near),) = unknown_demands(("ship_metod", "phone", "Extra: gift wrap"))
    assert (name, near) == ("ship_metod", ("Ship method",))


def test_what_is_demanded_and_ticked_passes() -> None:
    """Nothing else is asked; what every parcel needs, anyway, need not be ticked."""
    assert told(ticked()) == []


@pytest.mark.parametrize("word", ["no", None])
def test_a_demanded_field_cannot_be_unticked(word: str | None) -> None:
    """Neither with a word nor by leaving the cell blank; the cell is named."""
    (fault,) = told(ticked({PHONE: word}))
    assert fault.startswith(f"{PHONE}: 'Ship-to phone' cannot be unticked: the warehouse reno")


def test_a_demanded_field_that_comes_from_nowhere_is_a_fault() -> None:
    """At the cell of its row where it has one, else of the sheet."""
    place = place_of("acme", "Order fields", "Ship-to phone")
    assert any(
        fault.startswith(f"{place}: 'Ship-to phone'") for fault in told(ticked({place: None}))
    )
    sheet, _, cell = place.partition("!")
    book = openpyxl.load_workbook(BytesIO(ticked()))
    book[sheet].delete_rows(int(cell[1:]))
    file = BytesIO()
    book.save(file)
    (fault,) = told(file.getvalue())
    assert fault.startswith("Order fields: 'Ship-to phone' is not mapped, and the warehouse reno")


def test_a_default_or_a_constant_satisfies_the_warehouse() -> None:
    """It is the value that counts, not where it comes from."""
    place = place_of("acme", "Order fields", "Ship-to phone")
    assert told(ticked({place: "constant: 775-555-0100"})) == []


def test_an_order_goes_by_a_code_of_the_warehouse_or_waits() -> None:
    """The nearest code is named; an empty ship method is no unknown one."""
    workbook = read_workbook(file_of("acme"))
    needs = WarehouseNeeds("reno", ship_methods=("NEXT",))
    field_map = FieldMap(workbook, schema_for(workbook, "acme"), needs=needs)
    result = field_map.apply(raw(ACME_ORDER, *ACME_LINES), default_currency="USD")
    (reason,) = result.faults
    assert reason.message == "The warehouse reno has no ship method 'Next Day'."
    assert reason.remedy.startswith("Did you mean 'NEXT'? Translate it with a value map in Order")
    assert result.order is not None
    assert result.despite({reason.rule}).faults == ()


def test_an_order_that_lacks_it_is_held_and_says_who_asks() -> None:
    """Although the workbook, loaded before, does not tick it; each line is looked at too."""
    workbook = read_workbook(file_of("acme"))
    needs = WarehouseNeeds("reno", demands=("phone", "gift message", "description"))
    field_map = FieldMap(workbook, schema_for(workbook, "acme"), needs=needs)
    contact = {**ACME_ORDER["ShipToContact"], "Phone": None}
    result = field_map.apply(
        raw({**ACME_ORDER, "ShipToContact": contact}, *ACME_LINES), default_currency="USD"
    )
    reasons = {reason.message: reason for reason in result.faults}
    phone = reasons["Ship-to phone is empty, and the warehouse reno demands it."]
    assert phone.place == place_of("acme", "Order fields", "Ship-to phone")
    assert "Fill in ShipToContact.Phone in Salesforce" in phone.remedy
    gift = reasons["Gift message is empty, and the warehouse reno demands it."]
    assert gift.remedy.startswith("Name a Salesforce field in Order fields!B")
    assert "Line 2: Description is empty, and the warehouse reno demands it." in reasons
    assert len(reasons) == 3


def test_a_field_without_a_row_holds_orders_too() -> None:
    """Its sheet is named; the org's own currency is enough where there is just one."""
    needs = WarehouseNeeds("reno", demands=("Extra: dock", "currency", "bill_to.line_1"))
    workbook = read_workbook(file_of("acme"))
    field_map = FieldMap(workbook, schema_for(workbook, "acme"), needs=needs)
    record = {**ACME_ORDER, "BillingStreet": "1 High St"}
    result = field_map.apply(raw(record, *ACME_LINES), default_currency="USD")
    (reason,) = result.faults
    assert reason.place == "Order fields"
    assert reason.message.startswith("Extra: dock is empty, and the warehouse reno")
    assert "Add a row" in reason.remedy
    without = field_map.apply(raw(record, *ACME_LINES), default_currency=None)
    assert any(fault.message.startswith("Currency is empty") for fault in without.faults)


def test_a_currency_that_the_org_has_by_itself_need_not_be_mapped() -> None:
    """Neither ticked in a template nor asked for by the check; an order without one is held."""
    needs = WarehouseNeeds("reno", demands=("currency",))
    assert told(file_of("acme"), needs) == []
    filling = guess(schema_of("acme"), SHAPES["acme"], earliest="2026-11-01", needs=needs)
    assert "currency" not in filling.order_fields


def test_a_value_is_not_told_twice() -> None:
    """A row that is ticked and demanded gives one reason, as does a value that cannot be used."""
    needs = WarehouseNeeds("reno", demands=("phone", "order_total"))
    workbook = read_workbook(ticked())
    field_map = FieldMap(workbook, schema_for(workbook, "acme"), needs=needs)
    record = {**ACME_ORDER, "ShipToContact": {"Name": "Cleo"}, "TotalAmount": "a lot"}
    result = field_map.apply(raw(record, *ACME_LINES), default_currency="USD")
    assert sorted(fault.message for fault in result.faults) == [
        "Order total: 'a lot' is not a number.",
        "Ship-to phone is empty, and the warehouse reno demands it.",
    ]


def test_a_target_that_is_no_code_of_the_warehouse_is_warned_of() -> None:
    """With the code that looks like it; the words in brackets are no codes."""
    warnings = [text for text in told(ticked(), severity="warning") if "ship method" in text]
    (warning,) = warnings
    assert warning.startswith("Value maps!E4: the warehouse reno has no ship method 'Next Day'")
    assert "did you mean 'NEXT-DAY'?" in warning
    held = told(ticked({"Value maps!E4": "(hold the order)"}), severity="warning")
    assert not any("ship method" in text for text in held)


def test_a_constant_or_a_default_that_is_no_code_is_warned_of() -> None:
    """And one that has no like is told with the codes there are."""
    place = place_of("acme", "Order fields", "Ship method", "E")
    warnings = told(ticked({place: "Zeppelin", "Value maps!E4": "NEXT-DAY"}), severity="warning")
    (warning,) = [text for text in warnings if "ship method" in text]
    assert warning.startswith(f"{place}: the warehouse reno has no ship method 'Zeppelin'")
    assert "one of Ground, 2nd Day, NEXT-DAY" in warning


def test_a_picklist_that_goes_out_as_it_is_is_compared_with_the_codes() -> None:
    """Only where the org is known."""
    rows = {**DEMO["acme"].order_fields, "ship_method": From("Ship_Method__c")}
    workbook = workbook_of(
        type(DEMO["acme"])(
            settings=DEMO["acme"].settings,
            rules=DEMO["acme"].rules,
            order_fields=rows,
            line_fields=DEMO["acme"].line_fields,
        )
    )
    needs = WarehouseNeeds("reno", ship_methods=("Standard", "UPS-2"))
    found = [one.text() for one in check(workbook, schema_for(workbook, "acme"), needs)]
    (warning,) = [text for text in found if "no ship methods" in text]
    assert "orders may say Expedited, Overnight" in warning


def test_a_template_ticks_what_is_demanded_and_offers_the_codes() -> None:
    """With a note of who asks; the merchant's own words stand in the map already."""
    needs = WarehouseNeeds("reno", ("phone", "gift message"), ("GROUND", "OVERNIGHT", "2DAY"))
    schema = schema_of("acme")
    filling = guess(schema, SHAPES["acme"], earliest="2026-11-01", needs=needs)
    content = org_workbook(OrgPicture(schema, SHAPES["acme"], needs=needs), filling)
    book = openpyxl.load_workbook(BytesIO(content))
    phone = row_of(book, "Order fields", "Ship-to phone")
    assert phone["Required"] == "yes"
    assert str(phone["Notes"]).startswith("Required by warehouse reno.")
    sheet = book["Order fields"]
    (gift,) = [cell for cell in sheet["A"] if cell.value == "Gift message"]
    assert sheet[f"C{gift.row}"].value == "yes"
    assert gift.comment is not None
    assert "Required by warehouse reno." in gift.comment.text
    rows = [[cell.value for cell in row] for row in book["Value maps"].iter_rows(min_row=2)]
    pairs = {row[1]: row[4] for row in rows if row[0] == "ship methods"}
    assert pairs == {
        "Standard": None, "Expedited": None, "Overnight": "OVERNIGHT", "(blank)": None
    }  # fmt: skip
    assert offers(book, "Value maps", "E2")[:4] == ["GROUND", "OVERNIGHT", "2DAY",
                                                    "(hold the order)"]  # fmt: skip
    assert book["Value maps"]["E2"].fill.start_color.rgb == "00FFF2CC"
    faults = told(content, needs)
    assert any(fault.startswith("Value maps!E2: no new value") for fault in faults)
    assert any("'Gift message'" in fault for fault in faults)


def test_without_codes_the_map_leaves_every_value_as_it_is() -> None:
    """So that a template can be loaded, and a word changed later."""
    filling = guess(schema_of("initech"), SHAPES["initech"], earliest="2026-11-01")
    assert filling.order_fields["ship_method"].transform == "map(ship methods)"
    assert filling.value_maps["ship methods"] == {
        "UPS Ground": "(unchanged)",
        "UPS 2nd Day Air": "(unchanged)",
        "UPS Next Day Air": "(unchanged)",
        "(blank)": "(blank)",
    }


def field(name: str, type_: str = "string", **more: Any) -> tuple[str, OrgField]:
    """A field as a schema keeps it."""
    label = name.removesuffix("__c").replace("_", " ")
    return name.lower(), OrgField(name, label, type_, **({"length": 80} | more))


def test_types_tell_which_transform_a_field_needs() -> None:
    """A state in free text becomes a code; one that is a list of codes stays as it is."""
    fields = dict(
        (
            field("Ship_To_State__c"),
            field("Billing_State__c", "picklist", picklist_values=("NV", "OK")),
            field("Ship_To_First_Name__c"),
            field("Ship_To_Last_Name__c"),
            field("WMS_Status__c", "picklist", updateable=True,
                  picklist_values=("New", "Picking", "Fulfilled", "Cancelled")),
        )
    )  # fmt: skip
    schema = OrgSchema({"order__c": OrgObject("Order__c", "Order", fields)})
    filling = guess(schema, Shape("Order__c"), earliest="2026-11-01")
    rows = filling.order_fields
    assert (rows["ship_to.state"].transform, rows["bill_to.state"].transform) == ("state_code", "")
    assert rows["ship_to.name"].source == "Ship_To_First_Name__c + Ship_To_Last_Name__c"
    assert filling.shipment_fields["fulfillment_status"].transform == "map(statuses)"
    states = filling.value_maps["statuses"]
    assert (states["Received"], states["At warehouse"]) == ("New", "Picking")
    assert (states["Shipped"], states["Canceled"]) == ("Fulfilled", "Cancelled")
    assert states["On hold"] == "(unchanged)"


def test_a_name_in_two_parts_is_shown_with_its_example() -> None:
    """As the warehouse would get it."""
    fields = dict((field("First_Name__c"), field("Last_Name__c"), field("City__c")))
    schema = OrgSchema({"order__c": OrgObject("Order__c", "Order", fields)})
    shape = Shape("Order__c")
    record = {"First_Name__c": "Ada", "Last_Name__c": "Byron"}
    picture = OrgPicture(schema, shape, {"order": record})
    filling = guess(schema, shape, earliest="2026-11-01")
    book = openpyxl.load_workbook(BytesIO(org_workbook(picture, filling)))
    row = row_of(book, "Order fields", "Ship-to name")
    assert (row["Salesforce field"], row["Example"]) == (
        "First_Name__c + Last_Name__c",
        "Ada Byron",
    )
