"""A new workbook while orders are on their way: nothing is mapped by half of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fulfillment_bridge.carts.base import OrderPage
from fulfillment_bridge.mapping.filling import From
from fulfillment_bridge.mapping.samples import DEMO
from tests.jobs.world import World, change_filling


class LoadsMeanwhile:
    """A cart during whose reading somebody loads another workbook."""

    def __init__(self, world: World) -> None:
        self._world, self._cart = world, world.acme.cart.for_job("order_download")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cart, name)

    def fetch_changes(self, *arguments: Any, **named: Any) -> Iterator[OrderPage]:
        self._world.load_workbook("acme", with_instructions("meanwhile"))
        yield from self._cart.fetch_changes(*arguments, **named)


def with_instructions(text: str) -> Any:
    """The workbook with a constant in it, by which its version is known."""
    fields = {**DEMO["globex"].order_fields, "instructions": From(f"constant: {text}")}
    return change_filling(order_fields=fields)


def version_in_force(world: World) -> int:
    """The number of the workbook that acme works with."""
    with world.store.read() as uow:
        active = uow.mappings.active("acme")
    assert active is not None
    return active.mapping_version_id


def test_a_running_job_finishes_with_the_workbook_it_began_with(world: World) -> None:
    """The order remembers that version; the next run maps by the new one."""
    world.load_workbook("acme", with_instructions("before"))
    before = version_in_force(world)
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download", cart=LoadsMeanwhile(world))
    first = world.order("1001")
    assert first.mapping_version_id == before
    assert first.order is not None
    assert first.order.instructions == "before"

    world.acme.sell("1002")
    world.pass_time(minutes=5)
    world.run("order_download")
    second = world.order("1002")
    assert second.mapping_version_id == version_in_force(world) == before + 1
    assert second.order is not None
    assert second.order.instructions == "meanwhile"


def test_a_corrected_workbook_takes_up_held_orders_that_are_young(world: World) -> None:
    """One that was held for three days stays: somebody may have shipped it by hand."""
    methods = {name: dict(pairs) for name, pairs in DEMO["globex"].value_maps.items()}
    methods["delivery"]["zeppelin"] = "Ground"
    world.acme.sell("1001", Delivery__c="Zeppelin")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.pass_time(days=3)
    world.acme.sell("1002", Delivery__c="Zeppelin")
    world.pass_time(minutes=5)
    world.run("order_download")
    assert [world.order(number).state for number in ("1001", "1002")] == ["held", "held"]

    world.load_workbook("acme", change_filling(value_maps=methods))
    world.run("order_download")

    assert world.order("1001").state == "held"
    assert world.order("1002").shown_state == "released"


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=1)])
def test_new_rules_take_orders_that_the_former_ones_passed_over(
    world: World, ahead: timedelta
) -> None:
    """Also where the clock was set back, so that the last look at all ids lies in the future."""
    world.acme.sell("1001", Status__c="Reviewed")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.pass_time(hours=3)
    world.run("order_download")
    with world.store.begin() as uow:
        uow.cursors.set_swept("acme", at=world.clock.now() + ahead)
    world.pass_time(minutes=1)
    rules = (("ready", "1", "Status__c", "=", "Reviewed", ""),)
    world.load_workbook("acme", change_filling(rules=rules))
    assert world.run("order_download").counts["released"] == 1
