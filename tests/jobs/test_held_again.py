"""Held orders come back by themselves, also where the mending moved no stamp that we watch."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fulfillment_bridge.domain.order import HoldReason
from fulfillment_bridge.simulator.request_log import RequestEntry
from tests.jobs.world import World, change_filling


def mend_unseen(world: World, record_id: str) -> None:
    """The order is right now, and its stamp says that nothing happened."""
    world.acme.org.change("Sales_Order__c", record_id, None, Delivery__c="Regular")


def calls(world: World) -> int:
    """What the next download costs, apart from logging in."""
    before = len(_asked(world))
    world.run("order_download")
    return len(_asked(world)) - before


def _asked(world: World) -> list[RequestEntry]:
    return [each for each in world.acme.org.requests("/composite") if each.charged]


@pytest.fixture
def held(world: World) -> str:
    """An order that was held an hour ago and is behind what a poll reads; its record id."""
    record_id = world.acme.sell("1001", Delivery__c="Zeppelin")
    world.pass_time(minutes=5)
    assert world.run("order_download").counts["held"] == 1
    world.pass_time(minutes=40)
    world.run("order_download")
    world.pass_time(minutes=20)
    return record_id


def test_a_held_order_that_was_mended_unseen_is_released(world: World, held: str) -> None:
    """By the next look at all held orders, like a new one."""
    mend_unseen(world, held)
    assert world.run("order_download").counts["released"] == 1
    order = world.order("1001")
    assert (order.shown_state, order.hold_reasons) == ("released", ())
    world.run("order_delivery")
    assert world.references() == ["1001"]


def test_held_orders_cost_one_more_call_each_quarter_of_an_hour(world: World, held: str) -> None:
    """Between two looks a poll stays one call; one that is still wrong asks for nobody again."""
    spent = []
    for minutes in (0, 5, 11):
        world.pass_time(minutes=minutes)
        spent.append(calls(world))
    assert spent == [2, 1, 2]
    assert world.run("order_download").attention == []
    assert world.events("1001") == ["received", "held"]


def test_what_a_run_has_just_held_is_not_read_again_by_it(world: World) -> None:
    """It was read a moment ago."""
    world.acme.sell("1001", Delivery__c="Zeppelin")
    world.pass_time(minutes=5)
    assert calls(world) == 1
    assert world.order("1001").shown_state == "held"


def test_an_idle_poll_with_nothing_held_stays_one_call(world: World) -> None:
    """However long ago the last look was."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.pass_time(hours=2)
    assert calls(world) == 1


def test_after_two_days_only_a_change_brings_a_held_order_back(world: World, held: str) -> None:
    """Nobody mends it any more; the org's calls are not spent on it."""
    world.pass_time(days=2)
    mend_unseen(world, held)
    assert calls(world) == 1
    assert world.order("1001").shown_state == "held"
    world.acme.edit(held, Gift_Note__c="Still wanted")
    world.pass_time(minutes=5)
    assert world.run("order_download").counts["released"] == 1


def test_an_order_held_by_a_person_is_not_asked_about(world: World, held: str) -> None:
    """Reading it again would not let it go."""
    order_id = world.order("1001").order_id
    by_hand = HoldReason("by_hand", "Wait for the customer.")
    with world.store.begin() as uow:
        uow.orders.hold(order_id, [by_hand], at=world.clock.now())
    world.pass_time(minutes=20)
    assert calls(world) == 1


def test_a_new_workbook_is_tried_at_once(world: World, held: str) -> None:
    """Not only with the next quarter of an hour."""
    world.run("order_download")
    world.pass_time(minutes=1)
    world.load_workbook(
        "acme", change_filling(value_maps={"delivery": {"(anything else)": "Ground"},
                                           "statuses": {"(anything else)": "(unchanged)"}})
    )  # fmt: skip
    assert world.run("order_download").counts["released"] == 1


def test_a_held_order_that_is_not_ready_any_more_says_so(world: World, held: str) -> None:
    """The look does not find it among the ready ones."""
    world.acme.org.change("Sales_Order__c", held, None, Status__c="On Hold")
    world.run("order_download")
    codes = [reason.code for reason in world.order("1001").hold_reasons]
    assert codes == ["no_longer_ready"]


def test_a_clock_that_was_set_back_keeps_no_held_order_waiting(world: World, held: str) -> None:
    """By our own stamps the order was held, and all were looked at, in the future."""
    ahead = world.clock.now() + timedelta(days=1)
    with world.store.begin() as uow:
        order = uow.orders.get(world.order("1001").order_id)
        uow.orders.hold(order.order_id, order.hold_reasons, at=ahead)
        uow.cursors.set_swept("acme", at=ahead)
    mend_unseen(world, held)
    assert world.run("order_download").counts["released"] == 1
