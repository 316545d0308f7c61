"""What happens in a demo, step by step."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

from fulfillment_bridge.actions.go_live import go_live
from fulfillment_bridge.actions.load_workbook import load_workbook
from fulfillment_bridge.app import Bridge
from fulfillment_bridge.cli.demo_world import MERCHANTS, WAREHOUSE, World, run_tool
from fulfillment_bridge.cli.output import progress
from fulfillment_bridge.errors import BridgeError

ACTOR = "demo"
SETTLED_SECONDS = 60
"""The orgs' clock is moved by this, so that the merchants' orders count as complete."""


class DemoFailed(BridgeError):
    """A job did not do its work."""


def play(world: World, bridge: Bridge, orders: int) -> None:
    """From the merchants' first order to the last tracking number and stock level."""
    progress(f"the merchants create {orders} orders each through the Salesforce API")
    _merchants_trade(world, orders)
    progress("loading three workbooks and going live")
    for name in MERCHANTS:
        _set_up(bridge, name)
    world.control("POST", "/clock", {"advance_seconds": SETTLED_SECONDS})
    progress("orders go to the warehouse")
    _each_cart(bridge, "order_download")
    _run(bridge, "order_delivery", WAREHOUSE)
    progress("the warehouse ships, tracking goes back")
    world.warehouse("POST", "/tick")
    _back(bridge)
    progress("the warehouse corrects a tracking number and counts its stock")
    world.warehouse("POST", "/correct")
    world.warehouse("POST", "/publish-stock")
    _back(bridge)
    _run(bridge, "stock_collection", WAREHOUSE)
    _each_cart(bridge, "inventory_sync")
    progress("one more look at every org: nothing new, nothing changed")
    _each_cart(bridge, "order_download")
    _expect_nothing_new(bridge)


def _merchants_trade(world: World, orders: int) -> None:
    planted = world.folder / "planted.json"
    arguments = ["--orgs", str(world.ready_file), "--orders", str(orders), "--out", str(planted)]
    run_tool("fulfillment_bridge.simulator.merchants", arguments)


def _set_up(bridge: Bridge, name: str) -> None:
    file = resources.files("fulfillment_bridge.mapping") / "samples" / f"{name}.xlsx"
    with resources.as_file(file) as path:
        cart = bridge.cart(name, job="describe")
        load_workbook(
            bridge.store, bridge.clock, name, cart, Path(path), note="the demo's", actor=ACTOR
        )
    go_live(bridge.store, bridge.clock, name, None, actor=ACTOR)


def _back(bridge: Bridge) -> None:
    _run(bridge, "shipment_collection", WAREHOUSE)
    _each_cart(bridge, "shipment_upload")


def _each_cart(bridge: Bridge, job: str) -> None:
    with ThreadPoolExecutor(len(MERCHANTS)) as carts:
        try:
            list(carts.map(lambda name: _run(bridge, job, name), MERCHANTS))
        except BaseException:
            bridge.worker.stop()  # whatever ends the demo must not wait for a whole job
            raise


def _run(bridge: Bridge, job: str, target: str) -> None:
    run = bridge.run(job, target)
    if run.outcome in ("ok", "attention"):
        return
    error = run.error or {}
    raise DemoFailed(
        f"{job} {target} ended {run.outcome}: {error.get('message')}",
        remedy=str(error.get("remedy") or ""),
        raw=str(error.get("raw") or ""),
    )


def _expect_nothing_new(bridge: Bridge) -> None:
    for name in MERCHANTS:
        with bridge.store.read() as uow:
            last = uow.runs.latest("order_download", name)
        counts = last.counts if last else {}
        if counts.get("new") or counts.get("changed"):
            raise DemoFailed(f"{name}: our own write-back was taken for news: {dict(counts)}")
