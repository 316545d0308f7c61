"""Reading a window again changes nothing but what was missing."""

from __future__ import annotations

from datetime import timedelta

from fulfillment_bridge.actions.backfill import backfill
from tests.jobs.world import START, World


def test_a_window_is_read_again_safely(world: World) -> None:
    """What is known stays as it is and is sent once; what was behind the cursor comes in."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.pass_time(hours=1)  # the account they share has changed long ago, too
    world.run("order_download")
    world.acme.sell("0900", stamp=START - timedelta(days=30))
    world.pass_time(minutes=12)
    world.run("order_download")
    with world.store.read() as uow:
        cursor = uow.cursors.get("acme").read_until
    for expected in (1, 0):
        counts = backfill(
            world.store, world.clock, world.context("order_download"),
            START - timedelta(days=31), START + timedelta(days=1), actor="ada",
        )  # fmt: skip
        assert (counts["read"], counts["new"]) == (2, expected)
        world.run("order_delivery")
    assert sorted(world.references()) == ["0900", "1001"]
    with world.store.read() as uow:
        assert uow.cursors.get("acme").read_until == cursor
        assert [one.action for one in uow.audit.find(subject="cart:acme")] == ["backfill"] * 2
