"""The field map as a whole: what to read, where a column stands, the marker, explanations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fulfillment_bridge.domain.org_schema import Condition, RecordUpdate
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.filling import From
from fulfillment_bridge.mapping.findings import WorkbookFault
from fulfillment_bridge.mapping.preflight import check, excerpt, schema_from_json, schema_to_json
from fulfillment_bridge.mapping.samples import DEMO
from tests.mapping.orgs import (
    ACME_LINES,
    ACME_ORDER,
    field_map_of,
    place_of,
    schema_for,
    workbook_of,
)


def test_what_is_read_to_know_globexs_orders() -> None:
    """Objects, the way lines hang, typed rules, and the parent whose change counts."""
    query = field_map_of("globex").order_query()

    assert (query.order_object, query.line_object) == ("Sales_Order__c", "Sales_Order_Line__c")
    assert query.line_parent_field == "Sales_Order__c"
    assert query.line_parent_relationship == "Sales_Order__r"
    assert query.ready == ((Condition("Status__c", "=", "Approved"),),)
    assert query.cancel == ((Condition("Status__c", "=", "Cancelled"),),)
    assert query.earliest == Condition("Ordered_On__c", ">=", date(2020, 1, 1))
    assert query.parent_stamps == ("Account__r",)
    assert not query.rests_on_formula
    assert "Account__r.ShippingCity" in query.order_paths
    assert "Tracking_No__c" not in query.order_paths
    assert query.line_paths[0] == "Item_Code__c"


def test_columns_that_are_always_read_are_not_named_again() -> None:
    """Id and SystemModstamp come by themselves; nothing is named twice."""
    fields = {
        **DEMO["acme"].order_fields,
        "extra.id": From("Id"),
        "extra.ready": From("ready_for_fulfillment__c"),
    }

    paths = field_map_of("acme", order_fields=fields).order_query().order_paths

    assert "Id" not in paths
    assert len({path.lower() for path in paths}) == len(paths)


@pytest.mark.parametrize("name", sorted(DEMO))
def test_the_stored_excerpt_is_enough_to_build_the_same_map(name: str) -> None:
    """A loaded version keeps only what it touches, as JSON, and works alike."""
    workbook = workbook_of(DEMO[name])
    schema = schema_for(workbook, name)
    kept = schema_from_json(schema_to_json(excerpt(workbook, schema)))

    assert kept == excerpt(workbook, schema)
    assert sum(len(o.fields) for o in kept.objects.values()) < 70
    assert FieldMap(workbook, kept).order_query() == FieldMap(workbook, schema).order_query()


def test_a_column_leads_to_its_cell_however_the_org_names_it() -> None:
    """Column, path, Object.Field and relationship, whatever the case."""
    field_map = field_map_of("globex")
    city = place_of("globex", "Order fields", "Ship-to city")

    assert field_map.cell_for("Account__r.ShippingCity") == city
    assert field_map.cell_for("account.shippingcity") == city
    assert field_map.cell_for("ShippingCity") == city
    assert field_map.cell_for("Sales_Order__c.Tracking_No__c") == (
        place_of("globex", "Shipment fields", "Tracking numbers")
    )
    assert field_map.cell_for("Warehouse_Stock__c") == (
        place_of("globex", "Inventory fields", "Available")
    )
    assert field_map.cell_for("Account__r") is not None
    assert field_map.cell_for("Nothing__c") is None


def test_a_marker_is_written_read_and_told() -> None:
    """Its value is typed by its field."""
    settings = {
        **DEMO["acme"].settings,
        "marker_field": "Bridge_Downloaded__c",
        "marker_value": "yes",
    }
    field_map = field_map_of("acme", settings=settings)

    assert field_map.order_query().marker == Condition("Bridge_Downloaded__c", "=", True)
    assert field_map.marker_update("801") == RecordUpdate(
        "Order", "801", {"Bridge_Downloaded__c": True}
    )
    assert field_map.is_marked({"Bridge_Downloaded__c": True})
    assert not field_map.is_marked({"Bridge_Downloaded__c": False})
    assert "Bridge_Downloaded__c" in field_map.order_query().order_paths


def test_without_a_marker_nothing_is_marked() -> None:
    """The usual case."""
    field_map = field_map_of("acme")

    assert field_map.marker_update("801") is None
    assert not field_map.is_marked({"Bridge_Downloaded__c": True})


def test_explain_names_every_condition_with_value_and_cell() -> None:
    """For a record that waits for its tick."""
    record = ACME_ORDER | {"Ready_for_Fulfillment__c": False}

    told = field_map_of("acme").explain(record, ACME_LINES)

    assert [(item.kind, item.holds) for item in told] == [
        ("earliest", True),
        ("ready", False),
        ("ready", True),
        ("cancel", True),
        ("lines", True),
    ]
    assert told[1].description == "Ready_for_Fulfillment__c = true"
    assert (told[1].found, told[1].cell) == ("false", "Rules!C2")


def test_explain_knows_that_one_group_is_enough() -> None:
    """A row of another group stands in nobody's way; a whole cancel group does."""
    rules = (
        ("ready", "1", "Ready_for_Fulfillment__c", "=", "true", ""),
        ("ready", "2", "PoNumber", "LIKE", "RUSH%", ""),
        ("cancel", "1", "StatusCode", "=", "Activated", ""),
        ("cancel", "1", "PoNumber", "=", "nobody", ""),
    )

    told = field_map_of("acme", rules=rules).explain(ACME_ORDER, ())

    by_row = {item.description: (item.holds, item.met) for item in told}
    assert by_row["Ready_for_Fulfillment__c = true"] == (True, True)
    assert by_row["PoNumber LIKE RUSH%"] == (True, False)
    assert by_row["not StatusCode = Activated"] == (True, True)
    assert by_row["has lines (OrderItem)"] == (False, True)


def test_a_rule_on_a_formula_is_known_as_one_and_warned_of() -> None:
    """No stamp moves when a formula changes, so a sweep is needed."""
    text = "Description"
    filling = replace(
        DEMO["acme"],
        settings={
            "order_object": "OrderItem",
            "order_number_field": "OrderItemNumber",
            "line_object": "OrderItem",
            "line_order_field": "OriginalOrderItemId",
        },
        rules=(("ready", "1", "TotalPrice", ">", "0", ""),),
        order_fields={
            "ship_to.name": From(text),
            "ship_to.line_1": From(text),
            "ship_to.city": From(text),
            "ship_to.country": From("constant: US"),
        },
        shipment_fields={},
        inventory_fields={},
        value_maps={},
    )
    workbook = workbook_of(filling)
    schema = schema_for(workbook, "acme")

    query = FieldMap(workbook, schema).order_query()
    warned = {finding.place: finding.message for finding in check(workbook, schema)}

    assert query.rests_on_formula
    assert query.earliest is None
    assert "every 15 minutes" in warned["Rules!C2"]
    assert "every old order" in warned["Cart!B7"]


def test_a_workbook_that_does_not_fit_its_org_makes_no_field_map() -> None:
    """Nothing works on with half a map: every fault is in the error."""
    workbook = workbook_of(DEMO["acme"])

    with pytest.raises(WorkbookFault) as raised:
        FieldMap(workbook, schema_for(workbook, "globex"))

    assert any("Ready_for_Fulfillment__c" in problem for problem in raised.value.problems)
    assert any("Inventory__c" in problem for problem in raised.value.problems)
