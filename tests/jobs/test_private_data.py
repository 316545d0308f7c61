"""Buyers' names and addresses: in the store, for people who may look; never in a log."""

from __future__ import annotations

from fulfillment_bridge.jobs.base import MOST_ATTENTION, JobContext
from tests.jobs.world import World


def download(world: World) -> JobContext:
    """What changed is read, once nobody edits it any more."""
    world.pass_time(minutes=5)
    return world.run("order_download")


def test_why_an_order_is_held_is_told_to_people_and_its_place_to_the_log(world: World) -> None:
    """The value that cannot be used stands in the reason, shortened."""
    world.acme.sell("1001", Delivery__c="Call Ada 555-0100 " + 300 * "x")
    ctx = download(world)
    [reason] = world.order("1001").hold_reasons
    assert "Ada 555-0100" in ctx.attention[0]
    assert len(reason.message) < 200
    assert ctx.logged == [f"order 1001 is held ({reason.place}); orders show says why"]


def test_what_was_edited_too_late_is_not_logged(world: World) -> None:
    """The old and the new address are in the order's story only."""
    record = world.acme.sell("1001")
    download(world)
    world.run("order_delivery")
    world.acme.edit(record, Attention__c="Eve Mover")
    ctx = download(world)
    assert "Eve Mover" in ctx.attention[0]
    assert ctx.logged == ["order 1001: changed_after_release; orders show says more"]


def test_of_very_many_both_say_how_many_more(world: World) -> None:
    """And are of one length."""
    ctx = world.context("order_download")
    for number in range(MOST_ATTENTION + 3):
        ctx.ask_for_attention(f"order {number}: Ada", in_log=f"order {number}")
    assert len(ctx.attention) == len(ctx.logged) == MOST_ATTENTION + 1
    assert ctx.logged[-1].startswith("and 3 more")
