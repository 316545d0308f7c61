"""A person in the world of the jobs."""

from __future__ import annotations

from fulfillment_bridge.actions.by_hand import Hand
from tests.jobs.world import World


def ada(world: World, reason: str = "the customer called") -> Hand:
    """Ada decides, for this reason."""
    return Hand(world.store, world.clock, "ada", reason)


def sold(world: World, *, sent: bool = False) -> int:
    """Order 1001 of two mugs, released, and at the warehouse if ``sent``; our id of it."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    if sent:
        world.run("order_delivery")
    return world.order("1001").order_id


def decisions(world: World, order_id: int) -> list[tuple[str, str, str]]:
    """Who did what to the order by hand and why, newest first, as the audit has it."""
    with world.store.read() as uow:
        found = uow.audit.find(subject=f"order:{order_id}")
    return [(one.actor, one.action, one.detail["reason"]) for one in found]


def told(world: World, order_id: int) -> list[tuple[str, str]]:
    """What people did, as the order's story shows it."""
    with world.store.read() as uow:
        every = uow.events.of(order_id)
    return [(one.event, one.actor) for one in every if one.actor != "bridge"]
