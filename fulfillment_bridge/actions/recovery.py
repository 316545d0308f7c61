"""After an older backup was restored: find out what has happened since, then go on."""

from __future__ import annotations

from datetime import datetime

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.jobs.after_restore import BACKUP_AT, EARLIER, RECOVERED_AT, RESTORED_AT
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.warehouses.base import RemembersOrders, Warehouse

RECOVERY = ("order_download", "order_delivery", "shipment_collection", "stock_collection")
"""The jobs of a recovery in their order."""


def waits_for_recovery(store: Store) -> bool:
    """Whether the database was restored, and nobody has looked yet what happened since."""
    with store.read() as uow:
        return uow.moments.get(RESTORED_AT) is not None and (uow.moments.get(RECOVERED_AT) is None)


def recovery_since(store: Store) -> datetime | None:
    """From when on the store knows nothing; None where it was never restored."""
    with store.read() as uow:
        return uow.moments.get(BACKUP_AT)


def show_shipments_again(warehouse: Warehouse, backup_at: datetime | None) -> int:
    """Have what the warehouse sent since the backup come again, where that is possible."""
    if backup_at is None or not isinstance(warehouse, RemembersOrders):
        return 0
    shown = warehouse.show_shipments_again(backup_at - EARLIER)
    crash_point("recovery.after_showing")
    return shown


def recovered(store: Store, clock: Clock) -> None:
    """Everything is known again as far as it can be: all jobs may run."""
    crash_point("recovery.after_runs")
    with store.begin() as uow:
        uow.moments.set(RECOVERED_AT, clock.now())
