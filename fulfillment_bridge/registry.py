"""What the bridge can be made of: three dicts of dotted names. A new part is one line here."""

from __future__ import annotations

from importlib import import_module
from typing import Any

CARTS = {
    "salesforce": "fulfillment_bridge.carts.salesforce:SalesforceCart",
}

WAREHOUSES = {
    "csv_drop": "fulfillment_bridge.warehouses.csv_drop:CsvDropWarehouse",
}

JOBS = {
    "order_download": "fulfillment_bridge.jobs.order_download",
    "order_delivery": "fulfillment_bridge.jobs.order_delivery",
    "shipment_collection": "fulfillment_bridge.jobs.shipment_collection",
    "shipment_upload": "fulfillment_bridge.jobs.shipment_upload",
    "stock_collection": "fulfillment_bridge.jobs.stock_collection",
    "inventory_sync": "fulfillment_bridge.jobs.inventory_sync",
    "reconciliation": "fulfillment_bridge.jobs.reconciliation",
    "age_check": "fulfillment_bridge.jobs.age_check",
    "schema_check": "fulfillment_bridge.jobs.schema_check",
}


def load(dotted: str) -> Any:
    """The module ``package.module``, or the attribute of ``package.module:attribute``."""
    module_name, _, attribute = dotted.partition(":")
    module = import_module(module_name)
    return getattr(module, attribute) if attribute else module
