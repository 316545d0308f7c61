"""A worker whose jobs do what a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.jobs.base import Job, JobContext, RunsPer
from fulfillment_bridge.logs import get_log
from fulfillment_bridge.runtime.worker import Worker
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.runs import Run
from fulfillment_bridge.storage.schedule import ScheduleRow
from tests.storage.samples import NOW

JOB, TARGET = "order_download", "acme"


@dataclass
class PlannedJob:
    """A job that does as it is told."""

    what: Callable[[JobContext], None]
    RUNS_PER: RunsPer = "cart"
    EVERY_SECONDS: int = 300

    def run(self, ctx: JobContext) -> None:
        self.what(ctx)


def worker_that(
    store: Store,
    clock: Clock,
    what: Callable[[JobContext], None],
    *,
    lease_seconds: float = 90,
    runs_per: RunsPer = "cart",
) -> Worker:
    """A worker; every job it runs does ``what``."""

    def make_context(
        job: str, target: str, *, run_id: int, worker: str, stopping: threading.Event
    ) -> JobContext:
        return JobContext(
            job=job,
            target=target,
            clock=clock,
            store=store,
            log=get_log(),
            worker=worker,
            stopping=stopping,
        )

    def load_job(_name: str) -> Job:
        return PlannedJob(what, RUNS_PER=runs_per)

    return Worker(store, clock, make_context, lease_seconds=lease_seconds, load_job=load_job)


def schedule_row(store: Store, *, every_seconds: int = 300) -> ScheduleRow:
    """The row of JOB for TARGET, made if it is not there."""
    with store.begin() as uow:
        uow.schedule.sync({(JOB, TARGET): every_seconds}, now=NOW)
    return row_now(store)


def row_now(store: Store) -> ScheduleRow:
    """How the row stands now."""
    with store.read() as uow:
        row = uow.schedule.get(JOB, TARGET)
    assert row is not None
    return row


def last_run(store: Store) -> Run:
    """The newest run."""
    with store.read() as uow:
        run = uow.runs.latest(JOB, TARGET)
    assert run is not None
    return run
