"""Stock levels on the merchants' own records."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fulfillment_bridge.domain.inventory import PublishedLevel
from fulfillment_bridge.domain.org_schema import Condition
from fulfillment_bridge.mapping.field_map import StockKey
from tests.mapping.orgs import field_map_of

AS_OF = datetime(2026, 11, 23, 6, tzinfo=UTC)
RECORD: dict[str, Any] = {
    "Id": "a05000000000001AAA",
    "SKU__c": "MUG-1",
    "Available__c": Decimal("96.0"),
    "On_Hand__c": 120,
    "As_Of__c": "2026-11-22T06:00:00.000+0000",
}


def level(available: str, on_hand: str = "120") -> PublishedLevel:
    """A level of MUG-1."""
    return PublishedLevel(
        "MUG-1",
        available=Decimal(available),
        on_hand=Decimal(on_hand),
        allocated=Decimal(24),
        on_hold=Decimal(0),
        as_of=AS_OF,
    )


def test_what_is_read_to_know_the_records() -> None:
    """Key, levels and the warehouse where there is one record per SKU and warehouse."""
    query = field_map_of("initech").inventory_query()

    assert query is not None
    assert (query.inventory_object, query.key_path) == ("Stock__c", "SKU__c")
    assert query.paths == ("Quantity__c", "Physical__c", "Updated_At__c")
    assert query.warehouse_path == "Warehouse__c"
    assert query.rule == ((Condition("Warehouse__c", "=", "RENO"),),)


def test_a_workbook_without_inventory_object_leaves_stock_alone() -> None:
    """Nothing is read, so nothing is written."""
    settings = {"inventory_object": ""}
    field_map = field_map_of("acme", settings={**_acme_settings(), **settings}, inventory_fields={})

    assert field_map.inventory_query() is None
    assert field_map.stock_key(RECORD) is None


def test_a_record_that_shows_the_level_is_left_alone() -> None:
    """Numbers are compared as numbers, and a newer time alone is no reason to write."""
    assert field_map_of("acme").inventory_update(RECORD, level("96.00")) is None


def test_only_what_differs_is_written_with_the_time_of_the_count() -> None:
    """One level changed; the other stays out of the update."""
    update = field_map_of("acme").inventory_update(RECORD, level("95"))

    assert update is not None
    assert (update.object_name, update.record_id) == ("Inventory__c", "a05000000000001AAA")
    assert update.values == {"Available__c": Decimal(95), "As_Of__c": AS_OF}


def test_an_empty_level_is_not_zero() -> None:
    """A record that never had a level gets one, even if it is 0."""
    update = field_map_of("acme").inventory_update(RECORD | {"Available__c": None}, level("0"))

    assert update is not None
    assert update.values["Available__c"] == 0


def test_fractions_are_rounded_down_to_what_the_field_holds() -> None:
    """Half a mug cannot be promised; and the same fraction is not written again and again."""
    field_map = field_map_of("acme")
    update = field_map.inventory_update(RECORD, level("95.9"))

    assert update is not None
    assert update.values["Available__c"] == 95
    assert field_map.inventory_update(RECORD | {"Available__c": 95}, level("95.9")) is None


def test_whose_level_a_record_shows() -> None:
    """The SKU, translated by the aliases, and the warehouse by its map."""
    plain = field_map_of("acme").stock_key(RECORD)
    alias = field_map_of("acme", sku_aliases=(("MUG-1", "M-0001", "6", ""),)).stock_key(RECORD)
    housed = field_map_of("initech").stock_key({"SKU__c": "PRN-200", "Warehouse__c": "RENO"})

    assert plain == StockKey("MUG-1", "MUG-1", Decimal(1))
    assert alias == StockKey("MUG-1", "M-0001", Decimal(6))
    assert housed == StockKey("PRN-200", "PRN-200", Decimal(1), "reno")


def test_a_record_without_sku_or_warehouse_shows_nobodys_level() -> None:
    """Such records are left alone."""
    assert field_map_of("acme").stock_key({"SKU__c": None}) is None
    assert field_map_of("initech").stock_key({"SKU__c": "PRN-200", "Warehouse__c": None}) is None


def _acme_settings() -> dict[str, str]:
    return {
        "order_object": "Order",
        "line_object": "OrderItem",
        "line_order_field": "OrderId",
        "order_number_field": "OrderNumber",
    }
