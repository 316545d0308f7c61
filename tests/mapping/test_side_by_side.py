"""An order beside its record: children, numbered lines, lines that are left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fulfillment_bridge.domain.org_schema import OrgField, OrgSchema, RawOrder
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.filling import From
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.mapping.side_by_side import Preview, side_by_side
from tests.mapping.orgs import (
    ACME_LINES,
    ACME_ORDER,
    INITECH_LINE,
    INITECH_ORDER,
    STAMP,
    raw,
    schema_for,
    workbook_of,
)

CONTACT = "OpportunityContactRole[IsPrimary = true].Contact.Email"
Row = tuple[int, str]


def preview_of(
    name: str, order: RawOrder, schema: OrgSchema | None = None, **changes: Any
) -> Preview:
    """The merchant's order through their workbook with these changes."""
    workbook = workbook_of(replace(DEMO[name], **changes))
    field_map = FieldMap(workbook, schema or schema_for(workbook, name))
    result = field_map.apply(order, default_currency="USD")
    return side_by_side(workbook, order, result, field_map.lines_seen(order))


def shown(preview: Preview) -> dict[Row, tuple[str, str, str]]:
    """What the warehouse gets, what Salesforce has, and where, by line and our field."""
    return {
        (pair.line, pair.our_field): (preview.shown(pair), pair.salesforce, pair.salesforce_field)
        for pair in preview.pairs
    }


def test_a_child_records_value_stands_beside_the_cell_that_names_it() -> None:
    """The first record counts, also where several fields are joined."""
    rows = {
        **DEMO["initech"].order_fields,
        "ship_to.email": From(CONTACT),
        "instructions": From(f"Shipping_Notes__c + {CONTACT}", "first"),
    }
    workbook = workbook_of(replace(DEMO["initech"], order_fields=rows))
    (child,) = FieldMap(workbook, schema_for(workbook, "initech")).order_query().children
    records = ({"Contact": {"Email": "a@b.example"}}, {"Contact": {"Email": "late@b.example"}})
    order = RawOrder(INITECH_ORDER, (INITECH_LINE,), STAMP, children={child.name: records})
    pairs = shown(preview_of("initech", order, order_fields=rows))
    assert pairs[0, "Ship-to email"] == ("a@b.example", "a@b.example", CONTACT)
    assert pairs[0, "Instructions"][:2] == ("a@b.example", " + a@b.example")


def test_lines_have_the_numbers_that_the_warehouse_reads() -> None:
    """By their ids, whatever order they came in; one that is left out keeps its number."""
    rules = (*DEMO["acme"].rules,
             ("take lines", "1", "Product2.StockKeepingUnit", "!=", "MUG-1", ""))  # fmt: skip
    preview = preview_of("acme", raw(ACME_ORDER, *reversed(ACME_LINES)), rules=rules)
    pairs = shown(preview)
    assert pairs[1, "SKU"] == ("(left out)", "MUG-1", "Product2.StockKeepingUnit")
    assert pairs[2, "SKU"] == ("TENT-2", "TENT-2", "Product2.StockKeepingUnit")
    assert preview.order is not None
    assert [line.line_number for line in preview.order.lines] == [2]


def test_lines_in_repeated_columns_show_their_own_columns() -> None:
    """Also of an order that is held: its reason is read beside what Salesforce has."""
    settings = {
        **DEMO["acme"].settings, "line_object": "", "line_order_field": "", "repeated_lines": "3"
    }  # fmt: skip
    lines = {"sku": From("Sku_#__c"), "quantity": From("Qty_#__c")}
    fields = {
        f"{word}_{number}__c".lower(): OrgField(f"{word}_{number}__c", word, kind, length=40)
        for number in (1, 2, 3)
        for word, kind in (("Sku", "string"), ("Qty", "double"))
    }
    workbook = workbook_of(DEMO["acme"])
    schema = schema_for(workbook, "acme")
    known = schema.objects["order"]
    wider = replace(known, fields={**known.fields, **fields})
    schema = replace(schema, objects={**schema.objects, "order": wider})
    record = {**ACME_ORDER, "Sku_1__c": "MUG-1", "Qty_1__c": 2, "Sku_3__c": "TENT-2", "Qty_3__c": 1}

    def look(record: dict[str, Any]) -> dict[Row, tuple[str, str, str]]:
        order = RawOrder(record, (), STAMP)
        return shown(preview_of("acme", order, schema, settings=settings, line_fields=lines))

    pairs = look(record)
    assert pairs[1, "SKU"] == ("MUG-1", "MUG-1", "Sku_1__c")
    assert pairs[3, "Quantity"] == ("1", "1", "Qty_3__c")
    assert (2, "SKU") not in pairs
    held = look({**record, "ShippingCity": None})
    assert held[3, "SKU"] == ("(held)", "TENT-2", "Sku_3__c")
    assert held[0, "Ship-to city"] == ("(held)", "", "ShippingCity")


def test_constants_defaults_streets_and_extras_are_shown_as_they_go_out() -> None:
    """With the cell's own words where there is no field."""
    rows = {
        **DEMO["acme"].order_fields,
        "gift_message": From(default="none"),
        "extra.dock": From("PoNumber"),
    }
    pairs = shown(preview_of("acme", raw(ACME_ORDER, *ACME_LINES), order_fields=rows))
    assert pairs[0, "Gift message"] == ("none", "", "default: none")
    assert pairs[0, "Extra: dock"] == ("PO-1", "PO-1", "PoNumber")
    assert pairs[0, "Ship-to street"][:2] == ("Building 4, Dock 7", "Building 4 / Dock 7")
    assert pairs[1, "Unit of measure"] == ("EA", "", "constant: EA")
