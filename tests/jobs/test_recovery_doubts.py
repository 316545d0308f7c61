"""After a restoration: what a warehouse cannot tell of waits for a person, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fulfillment_bridge.actions.release_order import release_order
from tests.actions.hands import ada
from tests.jobs.lost_life import Forgetful, LostLife, change, lose, sell
from tests.jobs.world import World

Warehouses = Callable[[World], LostLife]


def _forgets(world: World) -> LostLife:
    return LostLife(world, Forgetful(world.warehouse))


def _deletes(world: World) -> LostLife:
    world.options["partner_archives"] = False
    return LostLife(world)


CANNOT_TELL = pytest.mark.parametrize("of", [_forgets, _deletes])
"""Warehouses of which nobody can find out what they were given."""


@CANNOT_TELL
def test_what_may_have_been_sent_waits_for_a_person(world: World, of: Warehouses) -> None:
    """One that was waiting in the backup, and one that came later; a reason and a remedy each."""
    life = of(world)
    sell(life, "1001")
    life.back_up()
    sell(life, "1002")
    life.run("order_delivery")
    lose(life)
    world.pass_time(hours=1)
    life.run("order_delivery")
    assert world.references() == ["1001", "1002"]
    for number in ("1001", "1002"):
        order = world.order(number)
        assert order.shown_state == "outcome_unknown"
        assert order.attention == f"{number} may have been sent before the database was restored"
    with world.store.read() as uow:
        letters = uow.dead_letters.find()
    assert all("--it-is-not-there" in (letter.message.last_error or "") for letter in letters)
    assert any("compare its list of orders" in sentence for sentence in life.told)


@CANNOT_TELL
def test_an_edit_since_the_restoration_does_not_make_an_order_new(
    world: World, of: Warehouses
) -> None:
    """When it came into being counts, not when it was changed last."""
    life = of(world)
    life.back_up()
    sell(life, "1001")
    life.run("order_delivery")
    record_id = world.order("1001").cart_order_id
    life.restore()
    world.acme.edit(record_id, Gift_Note__c="for Bob")
    world.pass_time(minutes=5)
    life.recover()
    assert world.references() == ["1001"]
    assert world.order("1001").shown_state == "outcome_unknown"


@CANNOT_TELL
def test_what_was_not_ready_during_the_recovery_is_doubted_later(
    world: World, of: Warehouses
) -> None:
    """It may have been sent while it was ready before."""
    life = of(world)
    life.back_up()
    sell(life, "1001")
    life.run("order_delivery")
    record_id = world.order("1001").cart_order_id
    change(life, "1001", Status__c="On Hold")
    lose(life)
    world.pass_time(days=40)
    world.acme.edit(record_id, Status__c="Approved")
    world.pass_time(minutes=5)
    life.run("order_download")
    life.run("order_delivery")
    assert world.references() == ["1001"]
    assert world.order("1001").shown_state == "outcome_unknown"


@CANNOT_TELL
def test_an_order_that_is_made_after_the_recovery_goes_by_itself(
    world: World, of: Warehouses
) -> None:
    """It cannot have been sent before."""
    life = of(world)
    life.back_up()
    lose(life)
    sell(life, "1001")
    assert life.run("order_delivery").counts["sent"] == 1
    assert world.references() == ["1001"]


@CANNOT_TELL
def test_a_person_says_what_is_there(world: World, of: Warehouses) -> None:
    """What is not there goes now, what is there does not."""
    life = of(world)
    sell(life, "1001", "1002")
    life.back_up()
    lose(life)
    profile = world.acme.profile
    release_order(ada(world), profile, world.order("1001").order_id, found="there")
    release_order(ada(world), profile, world.order("1002").order_id, found="not_there")
    life.run("order_delivery")
    assert world.references() == ["1002"]
    assert {world.order(number).shown_state for number in ("1001", "1002")} == {"at_warehouse"}


@CANNOT_TELL
def test_what_was_canceled_may_be_there_all_the_same(world: World, of: Warehouses) -> None:
    """It was waiting in the backup: it is not simply canceled, a person has to ask."""
    life = of(world)
    sell(life, "1001")
    life.back_up()
    life.run("order_delivery")
    change(life, "1001", Status__c="Cancelled")
    lose(life)
    order = world.order("1001")
    assert order.shown_state == "outcome_unknown"
    assert "canceled_after_release" in world.events("1001")
