"""A store that is lost, and an older backup that takes its place, in a world of the jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fulfillment_bridge.actions import recovery
from fulfillment_bridge.clock import Clock
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.registry import JOBS, load
from fulfillment_bridge.storage import care
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.moments import BACKUP_AT, RECOVERED_AT, RESTORED_AT
from fulfillment_bridge.storage.runs import Run
from fulfillment_bridge.warehouses.base import Warehouse
from tests.jobs.world import World


@dataclass
class LostLife:
    """What an operator does with the store of a world.

    ``warehouse`` and ``clock`` stand for the world's own."""

    world: World
    warehouse: Any = None
    clock: Clock | None = None
    told: list[str] = field(default_factory=list)

    def back_up(self) -> None:
        """As it is now."""
        care.back_up(self._path, self._backup, {BACKUP_AT: self.world.clock.now()})

    def restore(self) -> None:
        """What has happened since is lost."""
        self.world.store.close()
        moments = {
            BACKUP_AT: care.backup_time(self._backup, BACKUP_AT),
            RESTORED_AT: self.world.clock.now(),
            RECOVERED_AT: None,
        }
        care.restore(self._path, self._backup, at=self.world.clock.now(), moments=moments)

    def recover(self) -> None:
        """To its end; what it asks attention for is ``told``."""
        for run in recovery.recover(_Recovering(self.world, self.warehouse, self.clock)):
            self.told += run.attention

    def run(self, job: str) -> JobContext:
        """Run a job of the warehouse or of acme."""
        return self.world.run(job, warehouse=self._of(job))

    def _of(self, job: str) -> Warehouse | None:
        found: Warehouse | None = None if load(JOBS[job]).RUNS_PER == "cart" else self.warehouse
        return found

    @property
    def _path(self) -> Path:
        return care.file_of(self.world.store.url)

    @property
    def _backup(self) -> Path:
        return self._path.with_name("backup.db")


class _Recovering:
    """The bridge as a recovery needs it."""

    def __init__(self, world: World, warehouse: Any, clock: Clock | None) -> None:
        self._world, self._warehouse = world, warehouse
        self.store: Store = world.store
        self.clock: Clock = clock or world.clock

    def targets_of(self, job: str) -> list[str]:
        return list(self._world.merchants) if load(JOBS[job]).RUNS_PER == "cart" else ["reno"]

    def run(self, job: str, target: str) -> Run:
        ctx = self._world.run_in(self.by_hand(job, target))
        now, outcome = ctx.now(), "attention" if ctx.attention else "ok"
        return Run(0, job, target, "one", now, now, outcome, ctx.counts, ctx.attention, None)  # type: ignore[arg-type]  # one of the two words

    def by_hand(self, job: str, target: str) -> JobContext:
        ctx = self._world.context(job, target)
        if ctx.warehouse is not None and self._warehouse is not None:
            ctx.warehouse = self._warehouse
        return ctx


class Forgetful:
    """A warehouse that takes orders and cannot tell afterwards what it was given."""

    def __init__(self, files: Warehouse) -> None:
        self._files = files
        self.capabilities = files.capabilities
        self.prepare, self.submit = files.prepare, files.submit
        self.fetch_shipments, self.fetch_stock = files.fetch_shipments, files.fetch_stock
        self.acknowledge, self.check = files.acknowledge, files.check


def sell(life: LostLife, *numbers: str) -> None:
    """Orders that are taken in and released, and not sent yet."""
    for number in numbers:
        life.world.acme.sell(number)
    life.world.pass_time(minutes=15)
    life.run("order_download")


def send(life: LostLife) -> None:
    """To the warehouse, whose people put the files away."""
    life.run("order_delivery")
    life.world.take_orders()


def lose(life: LostLife) -> None:
    """The store is lost; the backup is restored and recovered."""
    life.world.pass_time(minutes=15)
    life.restore()
    life.recover()


def change(life: LostLife, number: str, **values: object) -> None:
    """The merchant edits an order, and the bridge of then reads it."""
    world = life.world
    world.acme.edit(world.order(number).cart_order_id, **values)
    world.pass_time(minutes=15)
    life.run("order_download")
