"""What a demo reports of each merchant, and the API calls that its org charged to our user."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from fulfillment_bridge.app import Bridge
from fulfillment_bridge.cli.demo_world import MERCHANTS, World
from fulfillment_bridge.cli.output import show_table
from fulfillment_bridge.storage.orders import StoredOrder

COLUMNS = (
    ("name", "Merchant"),
    ("orders", "Orders"),
    ("released", "Released"),
    ("shipped", "Shipped"),
    ("tracking_written", "Tracking written"),
    ("held", "Held"),
    ("stock_updated", "Stock updated"),
    ("stock_without_record", "SKUs without record"),
)
CALLS = ("login", "describe", "orders", "inventory", "total")
SHIPPED = ("partially_shipped", "shipped", "closed_short", "confirmed")
WIDTH = 100
REASON_WIDTH = 46


def demo_report(world: World, bridge: Bridge, *, verified: bool, seconds: float) -> dict[str, Any]:
    """The whole document that ``--json`` prints."""
    merchants = [_report(world, bridge, name) for name in MERCHANTS]
    return {"verified": verified, "seconds": seconds, "merchants": merchants}


def held_orders(bridge: Bridge) -> list[StoredOrder]:
    """Every order that waits for a person, merchant by merchant."""
    with bridge.store.read() as uow:
        return [order for name in MERCHANTS for order in uow.orders.held(name)]


def show_report(report: Mapping[str, Any], held: Sequence[StoredOrder]) -> None:
    """The report for people, at most 100 columns wide."""
    merchants = report["merchants"]
    show_table(merchants, COLUMNS)
    click.echo()
    _show_held(held)
    click.echo()
    for one in merchants:
        calls = ", ".join(f"{one['api_calls'][word]} {word}" for word in CALLS)
        click.echo(f"API calls of {one['name']}: {calls}")
    click.echo(f"It took {report['seconds']} seconds.")


def _show_held(held: Sequence[StoredOrder]) -> None:
    """One line for each kind of reason, with the orders that are held for it."""
    orders: dict[str, list[str]] = {}
    for order in held:
        for reason in order.hold_reasons:
            kind = re.sub(r"^Line \d+: ", "", reason.message).rstrip(".")
            orders.setdefault(kind, []).append(f"{order.cart} {order.order_number}")
    click.echo("Held (`orders list --state held` says what to do):")
    for kind, names in orders.items():
        reason_text = textwrap.shorten(kind, REASON_WIDTH, placeholder="…")
        left = WIDTH - REASON_WIDTH - 4
        click.echo(f"  {reason_text:<{REASON_WIDTH}}  {_fitting(names, left)}")


def _fitting(names: Sequence[str], width: int) -> str:
    """As many as there is room for, and how many more."""
    text = ", ".join(names)
    return text if len(text) <= width else f"{names[0]} and {len(names) - 1} more"


def _report(world: World, bridge: Bridge, name: str) -> dict[str, Any]:
    with bridge.store.read() as uow:
        states = Counter(uow.stories.counts().get(name, {}))
        stock = uow.runs.latest("inventory_sync", name)
        without_record = uow.stock.without_record(name)
        tracked = uow.shipments.orders_written_back(name)
    return {
        "name": name,
        "orders": states.total(),
        "released": states.total() - states["held"] - states["new"] - states["canceled"],
        "shipped": sum(states[state] for state in SHIPPED),
        "tracking_written": tracked,
        "held": states["held"],
        "stock_updated": (stock.counts if stock else {}).get("updated", 0),
        "stock_without_record": len(without_record),
        "api_calls": _api_calls(world, name),
    }


def _api_calls(world: World, name: str) -> dict[str, int]:
    """What the org's own log charged to our user, by what it was for."""
    user = world.orgs[name]["username"]
    log = world.control("GET", f"/requests?org={name}&user={user}")
    kinds = Counter(_kind(entry) for entry in log if entry["charged"])
    return {word: kinds[word] for word in CALLS[:-1]} | {"total": kinds.total()}


def _kind(entry: Mapping[str, Any]) -> str:
    job = str(entry.get("client") or "").rpartition("/")[2]
    if job in ("login", "describe"):
        return job
    return "inventory" if job == "inventory_sync" else "orders"
