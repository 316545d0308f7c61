"""Freeing what dead processes hold."""

from __future__ import annotations

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.lease_owner import is_gone


def free_leases_of_the_gone(store: Store, clock: Clock) -> int:
    """What was claimed by processes that are gone can be claimed at once; how many rows."""
    with store.read() as uow:
        owners = uow.schedule.lease_owners() | uow.outbox.lease_owners()
    gone = [owner for owner in owners if is_gone(owner)]
    if not gone:
        return 0
    with store.begin() as uow:
        return sum(
            uow.schedule.free_leases(owner) + uow.outbox.free_leases(owner, at=clock.now())
            for owner in gone
        )
