"""What a demo reports of each merchant, and the API calls that its org charged to our user."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fulfillment_bridge.app import Bridge
from fulfillment_bridge.cli.demo_world import MERCHANTS, World

COLUMNS = (
    ("name", "Merchant"),
    ("orders", "Orders"),
    ("released", "Released"),
    ("shipped", "Shipped"),
    ("tracking_written", "Tracking written"),
    ("held", "Held"),
    ("stock_updated", "Stock updated"),
    ("stock_without_record", "SKUs without record"),
    ("calls", "API calls"),
)
SHIPPED = ("partially_shipped", "shipped", "closed_short", "confirmed")


def merchant_reports(world: World, bridge: Bridge) -> list[dict[str, Any]]:
    """One document per merchant."""
    return [_report(world, bridge, name) for name in MERCHANTS]


def _report(world: World, bridge: Bridge, name: str) -> dict[str, Any]:
    with bridge.store.read() as uow:
        states = Counter(uow.stories.counts().get(name, {}))
        held = uow.orders.held(name)
        stock = uow.runs.latest("inventory_sync", name)
        without_record = uow.stock.without_record(name)
        tracked = uow.shipments.orders_written_back(name)
    return {
        "name": name,
        "orders": states.total(),
        "released": states.total() - states["held"] - states["new"] - states["canceled"],
        "shipped": sum(states[state] for state in SHIPPED),
        "tracking_written": tracked,
        "held": len(held),
        "held_because": [
            f"{order.order_number}: {reason.text()}"
            for order in held
            for reason in order.hold_reasons
        ],
        "stock_updated": (stock.counts if stock else {}).get("updated", 0),
        "stock_without_record": len(without_record),
        "api_calls": _api_calls(world, name),
    }


def _api_calls(world: World, name: str) -> dict[str, int]:
    """What the org's own log charged to our user, by what it was for."""
    user = world.orgs[name]["username"]
    log = world.control("GET", f"/requests?org={name}&user={user}")
    kinds = Counter(_kind(entry) for entry in log if entry["charged"])
    return {word: kinds[word] for word in ("login", "describe", "orders", "inventory")} | {
        "total": kinds.total()
    }


def _kind(entry: dict[str, Any]) -> str:
    job = str(entry.get("client") or "").rpartition("/")[2]
    if job == "login":
        return "login"
    if job == "describe":
        return "describe"
    return "inventory" if job == "inventory_sync" else "orders"
