"""After an older backup was restored: find out what has happened since, then go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.jobs import recovering
from fulfillment_bridge.jobs.after_restore import EARLIER, known_until_name
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.moments import BACKUP_AT, RECOVERED_AT
from fulfillment_bridge.storage.runs import Run
from fulfillment_bridge.warehouses.base import RemembersOrders

RECOVERY = "recovery"
"""What its own steps are called among the runs of jobs."""


class Bridge(Protocol):
    """What a recovery needs of the bridge."""

    store: Store
    clock: Clock

    def targets_of(self, job: str) -> list[str]: ...

    def run(self, job: str, target: str) -> Run: ...

    def by_hand(self, job: str, target: str) -> JobContext: ...


class Recovery:
    """Each run of it in turn; recovered once all have succeeded.

    Orders first, then what the warehouses sent meanwhile: only then is Salesforce told.
    """

    def __init__(self, bridge: Bridge, backup_at: datetime) -> None:
        self._bridge = bridge
        self._since = backup_at - EARLIER
        self._carts = bridge.targets_of("order_download")
        self._warehouses = bridge.targets_of("order_delivery")

    def runs(self) -> Iterator[Run]:
        """One after the other; it ends early with one that failed."""
        for run in self._steps():
            yield run
            if run.outcome not in ("ok", "attention"):
                return
        crash_point("recovery.after_runs")
        self._recovered()

    def _steps(self) -> Iterator[Run]:
        for name in self._warehouses:
            yield self._noted(name, self._make_known)
            crash_point("recovery.after_making_known")
        for cart in self._carts:
            yield from self._download(cart)
        for name in self._warehouses:
            yield self._noted(name, self._read_missing)
            crash_point("recovery.after_reading_missing")
        for name in self._warehouses:
            yield self._bridge.run("order_delivery", name)
        for name in self._warehouses:
            self._show_again(name)
            yield self._bridge.run("shipment_collection", name)
        for name in self._warehouses:
            yield self._bridge.run("stock_collection", name)
        for cart in self._carts:
            yield self._noted(cart, self._judge)

    def _download(self, cart: str) -> Iterator[Run]:
        run = self._bridge.run("order_download", cart)
        yield run
        if run.counts.get("waiting"):
            # What changed a moment ago is settled by then. In an org where something changes at
            # every moment the rest is read by the next step, if a warehouse has it.
            _, profile = self._bridge.by_hand("order_download", cart).need_cart()
            self._bridge.clock.wait(profile.settle_seconds + 1)
            yield self._bridge.run("order_download", cart)

    def _make_known(self, name: str) -> JobContext:
        ctx = self._bridge.by_hand("order_delivery", name)
        recovering.make_known(ctx, self._contexts(), self._since)
        return ctx

    def _read_missing(self, name: str) -> JobContext:
        ctx, carts = self._bridge.by_hand("order_delivery", name), self._contexts()
        missing = recovering.make_known(ctx, carts, self._since)
        recovering.tell_missing(ctx, recovering.read_missing(ctx, carts, missing))
        return ctx

    def _judge(self, cart: str) -> JobContext:
        ctx = self._bridge.by_hand("order_download", cart)
        recovering.judge(ctx)
        return ctx

    def _contexts(self) -> list[JobContext]:
        return [self._bridge.by_hand("order_download", cart) for cart in self._carts]

    def _show_again(self, name: str) -> None:
        warehouse, _ = self._bridge.by_hand("shipment_collection", name).need_warehouse()
        if isinstance(warehouse, RemembersOrders):
            warehouse.show_again(self._since)
        crash_point("recovery.after_showing")

    def _noted(self, target: str, step: Callable[[str], JobContext]) -> Run:
        """A step of our own, noted among the runs, with what it asks attention for."""
        began_at = self._bridge.clock.now()
        ctx = step(target)
        with self._bridge.store.begin() as uow:
            run_id = uow.runs.start(RECOVERY, target, worker=ctx.worker, at=began_at)
            uow.runs.finish(
                run_id,
                "attention" if ctx.attention else "ok",
                at=self._bridge.clock.now(),
                counts=ctx.counts,
                attention=ctx.attention,
            )
            return uow.runs.get(run_id)

    def _recovered(self) -> None:
        """Everything is known again as far as it can be: all jobs may run."""
        with self._bridge.store.begin() as uow:
            for cart in self._carts:
                if read_until := uow.cursors.get(cart).read_until:
                    uow.moments.set(known_until_name(cart), read_until)
            uow.moments.set(RECOVERED_AT, self._bridge.clock.now())


def recover(bridge: Bridge) -> Iterator[Run]:
    """The runs of a recovery; none where nothing waits for one."""
    with bridge.store.read() as uow:
        backup_at = uow.moments.get(BACKUP_AT) if uow.moments.wait_for_recovery() else None
    if backup_at is not None:
        yield from Recovery(bridge, backup_at).runs()
