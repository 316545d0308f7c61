"""Freeing what dead processes hold, and what a clock that was wrong has put off."""

from __future__ import annotations

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.logs import get_log
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


def bring_back_stamps(store: Store, clock: Clock) -> int:
    """What lies further in the future than it may is due now, and no lease lasts for ever."""
    with store.begin() as uow:
        found = uow.stamps_ahead.bring_back(clock.now())
    if found:
        get_log().warning(
            "rows lay in the future and are due now: the clock was set back", rows=found
        )
    return found
