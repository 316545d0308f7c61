"""Guesses about orgs that nobody looked at before: objects, fields, rules."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest

from fulfillment_bridge.domain.org_schema import OrgField, OrgObject, OrgSchema
from fulfillment_bridge.mapping.filling import Filling
from fulfillment_bridge.mapping.guessing import guess, reachable
from fulfillment_bridge.mapping.guessing_objects import (
    Shape,
    guess_shape,
    order_candidates,
    shape_around,
    words_of,
)
from fulfillment_bridge.mapping.samples import DEMO
from tests.mapping.orgs import described

OBJECTS = (
    "Account", "Contact", "Opportunity", "OpportunityLineItem", "Order", "OrderItem", "Product2",
    "PricebookEntry", "User", "Sales_Order__c", "Sales_Order_Line__c", "Inventory__c", "Stock__c",
)  # fmt: skip
SHAPES = {
    "acme": Shape("Order", "OrderItem", "OrderId", "Inventory__c"),
    "globex": Shape("Sales_Order__c", "Sales_Order_Line__c", "Sales_Order__c", "Product2"),
    "initech": Shape("Opportunity", "OpportunityLineItem", "OpportunityId", "Stock__c"),
}


@lru_cache
def schema_of(name: str) -> OrgSchema:
    """Everything that a dump of the merchant's org would hold."""
    found = [each for object_name in OBJECTS if (each := described(name, object_name))]
    return OrgSchema({known.name.lower(): known for known in found})


def guessed(name: str) -> Filling:
    """The merchant's workbook as it is guessed."""
    return guess(schema_of(name), guess_shape(schema_of(name)), earliest="2026-11-01")


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_orders_lines_and_stock_are_recognized(name: str) -> None:
    """In standard objects, in custom ones and in opportunities."""
    assert guess_shape(schema_of(name)) == SHAPES[name]


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_most_of_what_a_person_mapped_is_guessed_alike(name: str) -> None:
    """Nine of ten cells that were filled in by hand with a field are the same."""
    mine, theirs = guessed(name), DEMO[name]
    wanted: dict[str, str] = {}
    for part in ("order_fields", "line_fields"):
        rows = getattr(theirs, part).items()
        wanted |= {key: row.source for key, row in rows if not row.source.startswith("constant")}
    wanted |= {key: row.target for key, row in theirs.shipment_fields.items()}
    found = {key: row.source for key, row in {**mine.order_fields, **mine.line_fields}.items()}
    found |= {key: row.target for key, row in mine.shipment_fields.items()}
    wrong = {key: (found.get(key), path) for key, path in wanted.items() if found.get(key) != path}
    assert len(wrong) * 10 <= len(wanted), wrong


def test_a_ready_rule_and_a_cancel_rule_are_guessed() -> None:
    """By a checkbox that says ready, else by the first status that sounds like it."""
    rules = {name: [rule[:5] for rule in guessed(name).rules] for name in SHAPES}
    assert rules["acme"] == [
        ("ready", "1", "Ready_for_Fulfillment__c", "=", "true"),
        ("cancel", "1", "StatusCode", "=", "Canceled"),
    ]
    assert rules["globex"][0] == ("ready", "1", "Status__c", "=", "Approved")
    assert rules["initech"] == [("ready", "1", "StageName", "=", "Closed Won")]


def test_an_object_that_holds_records_is_likelier() -> None:
    """An org may have Order switched on and sell by opportunities."""
    schema = schema_of("initech")
    known = schema.objects["opportunity"]
    bare = {key: field for key, field in known.fields.items() if not field.name.endswith("__c")}
    plain = OrgSchema({**schema.objects, "opportunity": replace(known, fields=bare)})
    assert guess_shape(plain).order_object == "Order"
    assert guess_shape(plain, filled=["Opportunity"]).order_object == "Opportunity"
    assert set(order_candidates(plain)[:2]) == {"Order", "Opportunity"}


def test_an_object_that_a_person_names_gets_its_lines() -> None:
    """Guessing goes on from there."""
    named = shape_around(schema_of("acme"), Shape(order_object="Opportunity"))
    assert (named.line_object, named.line_order_field) == ("OpportunityLineItem", "OpportunityId")


def test_an_org_without_anything_like_orders_gives_nothing() -> None:
    """No guess is better than a wild one."""
    account = schema_of("acme").objects["account"]
    empty = OrgSchema({"account": account})
    assert guess_shape(empty) == Shape()
    assert guess(empty, Shape(), earliest="2026-11-01").order_fields == {}


def test_only_what_may_be_written_is_guessed_for_writing() -> None:
    """Read-only fields and those behind a lookup are never targets."""
    for name in SHAPES:
        own = {
            each.path: each.field for each in reachable(schema_of(name), SHAPES[name].order_object)
        }
        targets = [row.target for row in guessed(name).shipment_fields.values()]
        assert targets
        assert all(own[target].updateable and "." not in target for target in targets)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ship_To_City__c", ("ship", "to", "city")),
        ("ShippingPostalCode", ("shipping", "postal", "code")),
        ("PONumber__c", ("po", "number")),
        ("Ship-To: City", ("ship", "to", "city")),
        ("Account__r", ("account",)),
    ],
)
def test_names_fall_into_words(text: str, words: tuple[str, ...]) -> None:
    """However they are written together."""
    assert words_of(text) == words


def test_a_field_that_holds_nothing_gives_way_to_another() -> None:
    """Products have several fields for a code; merchants fill in one of them."""
    schema, shape = schema_of("globex"), SHAPES["globex"]
    first = guess(schema, shape, earliest="2026-11-01").inventory_fields["sku"].target
    blank = {f"Product2.{first}", "Sales_Order_Line__c.Item_Code__c"}
    again = guess(schema, shape, earliest="2026-11-01", blank=blank)
    assert (first, again.inventory_fields["sku"].target) == ("StockKeepingUnit", "ProductCode")
    assert again.line_fields["sku"].source


def test_types_must_fit() -> None:
    """A text called quantity is no quantity, and a number called street is no street."""
    fields = {
        "quantity__c": OrgField("Quantity__c", "Quantity", "string", length=20),
        "pieces_qty__c": OrgField("Pieces_Qty__c", "Pieces Qty", "double"),
        "sku__c": OrgField("SKU__c", "SKU", "double"),
    }
    schema = OrgSchema({"line__c": OrgObject("Line__c", "Line", fields)})
    lines = guess(schema, Shape(line_object="Line__c"), earliest="2026-11-01").line_fields
    assert {key: row.source for key, row in lines.items()} == {"quantity": "Pieces_Qty__c"}
