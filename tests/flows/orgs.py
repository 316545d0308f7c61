"""What stories do to an org and read from it, as the merchant's admin would."""
# ruff: noqa: S608 - these queries are put together from the test's own words

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fulfillment_bridge.simulator.org import User
from fulfillment_bridge.simulator.server import OrgHandle

COPIED = (
    "AccountId", "EffectiveDate", "Status", "StatusCode", "Pricebook2Id", "ShippingStreet",
    "ShippingCity", "ShippingState", "ShippingPostalCode", "ShippingCountry", "Ship_Method__c",
    "Ready_for_Fulfillment__c",
)  # fmt: skip


def admin(org: OrgHandle) -> User:
    return org.org.users[org.admin_username]


def ask(org: OrgHandle, soql: str) -> list[dict[str, Any]]:
    """Rows that the admin sees."""
    return org.org.query(admin(org), soql).records


def copy_orders(
    org: OrgHandle, count: int, *, stamp: datetime, lines: int = 2, first: int = 0
) -> list[str]:
    """Orders of acme like one that is there already, all of one stamp; their record ids.

    They are numbered from 90000000 + ``first``.
    """
    columns = ", ".join(COPIED)
    where = "WHERE Ready_for_Fulfillment__c = true"
    model = ask(org, f"SELECT {columns} FROM Order {where} LIMIT 1")[0]
    item = ask(org, "SELECT Product2Id, PricebookEntryId, UnitPrice FROM OrderItem LIMIT 1")[0]
    values = {name: model[name] for name in COPIED}
    rows = [{**values, "OrderNumber": f"9{first + number:07d}"} for number in range(count)]
    ids = org.org.insert_raw("Order", rows, stamp=stamp)
    product = {name: item[name] for name in ("Product2Id", "PricebookEntryId", "UnitPrice")}
    items = [
        {**product, "OrderId": order_id, "Quantity": 1 + number}
        for order_id in ids
        for number in range(lines)
    ]
    org.org.insert_raw("OrderItem", items, stamp=stamp)
    return ids


def change_order(org: OrgHandle, number: str, values: Mapping[str, Any]) -> None:
    """The merchant edits an order of acme; its stamp moves."""
    record = ask(org, f"SELECT Id FROM Order WHERE OrderNumber = '{number}'")[0]
    org.org.update_raw("Order", record["Id"], dict(values), stamp=org.org.clock.now())


def tracking_in_acme(org: OrgHandle) -> dict[str, set[str]]:
    """Warehouse reference to the tracking numbers that the merchant sees."""
    rows = ask(org, "SELECT Warehouse_Reference__c, Tracking_Numbers__c FROM Order")
    return {
        row["Warehouse_Reference__c"]: set((row["Tracking_Numbers__c"] or "").split(", "))
        for row in rows
        if row["Tracking_Numbers__c"]
    }


def tracking_at(ledger: Mapping[str, Any], merchant_code: str) -> dict[str, set[str]]:
    """Reference to the tracking numbers that the warehouse's own ledger has."""
    orders = ledger["merchants"][merchant_code]["orders"]
    return {
        reference: {
            package["tracking_number"]
            for shipment in order["shipments"]
            for package in shipment["packages"]
        }
        for reference, order in orders.items()
        if order["shipments"]
    }
