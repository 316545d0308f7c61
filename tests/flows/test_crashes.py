"""Processes that die, and several at once: the warehouse's own ledger shows each order once."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable

import pytest

from fulfillment_bridge.registry import JOBS
from tests.flows.nursery import open_nursery
from tests.flows.orgs import ask, copy_orders, tracking_at, tracking_in_acme
from tests.flows.world import WAREHOUSE, FlowWorld, change_config

ROUND = (
    "order_download",
    "order_delivery",
    "shipment_collection",
    "shipment_upload",
    "stock_collection",
    "inventory_sync",
)
EVERY_SECOND = {
    name: {"every": "1s"} if name in ROUND else {"enabled": False} for name in JOBS
}  # what runs daily would only take turns from the round
MOST_LOOKS = 100


@pytest.mark.timeout(400)  # ten services are started, killed and waited for
@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(range(1, 21, 2), id="odd"),
        pytest.param(range(2, 21, 2), id="even", marks=pytest.mark.thorough),
    ],
)
def test_serve_killed_at_any_request_ships_each_order_once(
    numbers: range, acme_world: FlowWorld
) -> None:
    """Signal 9 at the nth request of a service's life, again and again, while people work on."""
    _ready(acme_world)
    orders = 1
    with open_nursery(acme_world, ROUND) as nursery:
        for number in numbers:
            pid = nursery.serve()
            rule = {"org": "acme", "nth": number, "action": "kill", "pid": pid}
            acme_world.control("POST", "/rules", rule)
            orders += _people_work(acme_world, nursery.has_ended, first=orders)
            assert nursery.ending() == -signal.SIGKILL, nursery.said.read_text(encoding="utf-8")
    _finish(acme_world)
    _expect_each_once(acme_world, orders=orders)


def test_two_services_at_once_ship_each_order_once(acme_world: FlowWorld) -> None:
    """Both claim the same schedule and the same messages; both end in order when asked."""
    _ready(acme_world)
    _new_orders(acme_world, 8)
    serving = [acme_world.command("serve") for _ in range(2)]
    _until(acme_world, lambda: len(acme_world.order_files("ACME")) == 9)
    _new_orders(acme_world, 8, first=100)
    _until(acme_world, lambda: len(acme_world.order_files("ACME")) == 17)
    _until(acme_world, lambda: len(tracking_in_acme(acme_world.orgs["acme"])) == 17)
    for process in serving:
        _stop(process)
    _expect_each_once(acme_world, orders=17)


def test_a_service_that_is_started_again_goes_on_at_once(acme_world: FlowWorld) -> None:
    """A killed service's leases are freed, since its process is seen to be gone."""
    _ready(acme_world)
    _new_orders(acme_world, 3)
    serving = acme_world.command("serve")
    rule = {"org": "acme", "nth": 2, "action": "kill", "pid": serving.pid}
    acme_world.control("POST", "/rules", rule)
    serving.communicate(timeout=60)
    serving = acme_world.command("serve")
    _until(acme_world, lambda: len(acme_world.order_files("ACME")) == 4)
    _stop(serving)


def _ready(world: FlowWorld) -> None:
    """Live, with every job each second, and one order of the past to copy from."""
    change_config(world, jobs=EVERY_SECOND)
    world.trade("acme", 1)
    org = world.orgs["acme"]
    (first,) = ask(org, "SELECT Id FROM Order WHERE Ready_for_Fulfillment__c = true")
    world.set_up()
    copy_orders(org, 1, stamp=world.simulator.clock.now(), first=9_000_000)
    org.org.update_raw("Order", first["Id"], {"Ready_for_Fulfillment__c": False})
    world.simulator.clock.advance(60)
    _finish(world)


def _new_orders(world: FlowWorld, count: int, *, first: int = 0) -> None:
    copy_orders(world.orgs["acme"], count, stamp=world.simulator.clock.now(), lines=1, first=first)
    world.simulator.clock.advance(60)


def _people_work(world: FlowWorld, ended: Callable[[], bool], *, first: int) -> int:
    """New orders and shipments all the time, until it has ended; how many orders."""
    for number in range(MOST_LOOKS):
        if ended():
            return number
        _new_orders(world, 1, first=first + number)
        world.building.tick()
        seen = len(world.control("GET", "/requests"))
        world.control("GET", f"/requests/wait?count={seen + 1}&timeout=0.2")
    pytest.fail("it never came so far")


def _until(world: FlowWorld, reached: Callable[[], bool]) -> None:
    """Let the warehouse work after every few requests, until it is so."""
    for _ in range(MOST_LOOKS):
        world.building.tick()
        if reached():
            return
        seen = len(world.control("GET", "/requests"))
        world.control("GET", f"/requests/wait?count={seen + 2}&timeout=30")
    pytest.fail("it never came so far")


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said


def _finish(world: FlowWorld) -> None:
    """Two rounds by hand: whatever was left over is done now."""
    with world.bridge() as bridge:
        for _ in range(2):
            runs = world.round(bridge)
        assert {run.outcome for run in runs.values()} <= {"ok", "attention"}
        bridge.run("order_delivery", WAREHOUSE)


def _expect_each_once(world: FlowWorld, *, orders: int) -> None:
    files = world.order_files("ACME")
    assert set(files.values()) == {1}
    assert len(files) == orders
    assert tracking_in_acme(world.orgs["acme"]) == tracking_at(world.building.ledger(), "ACME")
