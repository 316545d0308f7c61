"""The merchants of the demo: they fill their orgs through the Salesforce API, as people would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fulfillment_bridge.simulator.merchants.acme import Acme
from fulfillment_bridge.simulator.merchants.api import AdminApi, MerchantError
from fulfillment_bridge.simulator.merchants.globex import Globex
from fulfillment_bridge.simulator.merchants.initech import Initech
from fulfillment_bridge.simulator.merchants.purchases import Purchase, draw_purchases
from fulfillment_bridge.simulator.merchants.shape import Inventory, Merchant
from fulfillment_bridge.simulator.merchants.summary import (
    CreatedOrder,
    MerchantSummary,
    PlantedOrder,
    planted_document,
)

__all__ = [
    "CreatedOrder",
    "MerchantError",
    "MerchantSummary",
    "PlantedOrder",
    "create_orders",
    "planted_document",
    "trade",
]

MERCHANTS: dict[str, type[Merchant]] = {shape.name: shape for shape in (Acme, Globex, Initech)}
MOST_PLANTED = 3


def create_orders(
    endpoint: Mapping[str, Any], count: int, *, seed: int = 1, planted: int = MOST_PLANTED
) -> list[PlantedOrder]:
    """As ``trade``; returns only the planted orders."""
    return list(trade(endpoint, count, seed=seed, planted=planted).planted)


def trade(
    endpoint: Mapping[str, Any], count: int, *, seed: int = 1, planted: int = MOST_PLANTED
) -> MerchantSummary:
    """Create ``count`` ready orders in the org, ``planted`` of them (at most 3) unmappable.

    Four more orders are not ready. Catalog and inventory records are made where missing.
    ``endpoint`` is one org of the ready line; its name says which merchant it is.
    """
    with AdminApi(endpoint) as api:
        merchant = MERCHANTS[endpoint["name"]](api)
        faults = merchant.faults[:planted]
        merchant.make_catalog()
        purchases = draw_purchases(merchant.name, merchant.goods, count, seed=seed, faults=faults)
        made = merchant.make_orders(purchases)
        return _summary(merchant.name, purchases, made, merchant.inventory())


def _summary(
    name: str, purchases: list[Purchase], made: list[CreatedOrder], inventory: Inventory
) -> MerchantSummary:
    pairs = list(zip(purchases, made, strict=True))
    return MerchantSummary(
        merchant=name,
        orders=tuple(order for purchase, order in pairs if purchase.ready),
        planted=tuple(
            PlantedOrder(order.order_number, order.record_id, purchase.fault)
            for purchase, order in pairs
            if purchase.fault
        ),
        not_ready=tuple(order for purchase, order in pairs if not purchase.ready),
        inventory_record_ids=inventory.record_ids,
        untouched=inventory.untouched,
    )
