"""Runs one job for one target: a claim with a lease, a row in ``runs``, an outcome."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.errors import BridgeError, Retry
from fulfillment_bridge.jobs.base import Job, JobContext
from fulfillment_bridge.logs import bound, get_log, masked
from fulfillment_bridge.runtime.owner import bring_back_stamps, free_leases_of_the_gone
from fulfillment_bridge.runtime.schedule import Paused, load_job, next_due
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.lease_owner import owner_name, worker_name
from fulfillment_bridge.storage.runs import Outcome, Run
from fulfillment_bridge.storage.schedule import ScheduleRow
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

LEASE_SECONDS = 90.0


class MakeContext(Protocol):
    """Joins what a job needs; ``app`` has it. May raise Misconfigured for this target."""

    def __call__(
        self, job: str, target: str, *, run_id: int, worker: str, stopping: threading.Event
    ) -> JobContext: ...


@dataclass(frozen=True)
class Claim:
    """A row that is ours to run until the lease ends."""

    row: ScheduleRow
    run_id: int
    worker: str


@dataclass
class Ending:
    """How a run ended. ``counts`` and ``attention`` are filled even when it broke off.

    ``logged`` is what the log gets of ``attention``.
    """

    outcome: Outcome
    counts: dict[str, int]
    attention: list[str]
    logged: list[str]
    error: Exception | None = None


class Worker:
    """Claims and runs jobs; may be shared by the threads of a process."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        make_context: MakeContext,
        *,
        lease_seconds: float = LEASE_SECONDS,
        load_job: Callable[[str], Job] = load_job,
    ) -> None:
        self.name = owner_name()
        self._store = store
        self._clock = clock
        self._make_context = make_context
        self._lease_seconds = lease_seconds
        self._load_job = load_job
        self._running: set[threading.Event] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._log = get_log()

    def claim(self, row: ScheduleRow) -> Claim | None:
        """Take a due row; None when somebody else was faster."""
        return self._claim(row.job, row.target, by_hand=False)

    def run_now(self, job: str, target: str, *, since: datetime | None = None) -> Run:
        """Run a job by hand, due or not; Retry when it is running right now.

        ``since`` is for jobs that look back."""
        bring_back_stamps(self._store, self._clock)
        claim = self._claim(job, target, by_hand=True)
        if claim is None and free_leases_of_the_gone(self._store, self._clock):
            claim = self._claim(job, target, by_hand=True)
        if claim is None:
            raise Retry(
                f"{job} is running for {target} right now",
                remedy="Wait until it has ended, or look at `status`.",
                code="RUNNING",
            )
        self.run(claim, since=since)
        with self._store.read() as uow:
            return uow.runs.get(claim.run_id)

    def run(self, claim: Claim, *, since: datetime | None = None) -> Ending:
        """Run what was claimed to its end, and say in the store how it ended."""
        with bound(job=claim.row.job, target=claim.row.target, run_id=claim.run_id):
            crash_point("worker.after_claim")
            with self._stop_event() as stopping, self._kept_lease(claim, stopping):
                ending = self._attempt(claim, stopping, since)
            crash_point("worker.after_job")
            self._finish(claim, ending)
        return ending

    def stop(self) -> None:
        """Ask every running job to finish its current record and return."""
        with self._lock:
            self._stopped = True
            for event in self._running:
                event.set()

    def _claim(self, job: str, target: str, *, by_hand: bool) -> Claim | None:
        now, worker = self._clock.now(), worker_name(self.name)
        with self._store.begin() as uow:
            take = uow.schedule.claim_now if by_hand else uow.schedule.claim
            if not take(job, target, owner=worker, now=now, lease_seconds=self._lease_seconds):
                return None
            row = uow.schedule.get(job, target)
            if row is None:
                return None
            if row.last_run_id is not None:
                # Still running on paper, though its lease had ended: its worker is gone.
                uow.runs.interrupt(row.last_run_id, at=now)
            run_id = uow.runs.start(job, target, worker=worker, at=now)
            uow.schedule.set_run(job, target, owner=worker, run_id=run_id)
        return Claim(row, run_id, worker)

    def _attempt(self, claim: Claim, stopping: threading.Event, since: datetime | None) -> Ending:
        """The one place where any error of a job ends: it must never take others with it."""
        ctx: JobContext | None = None
        error: Exception | None = None
        try:
            job = self._load_job(claim.row.job)
            ctx = self._make_context(
                claim.row.job,
                claim.row.target,
                run_id=claim.run_id,
                worker=claim.worker,
                stopping=stopping,
            )
            ctx.since = since
            self._refuse_if_paused(job.RUNS_PER, ctx)
            job.run(ctx)
        except BridgeError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - a fault of ours must not stop other jobs
            error = caught
            self._log.exception("job broke off")
        counts = {word: count for word, count in ctx.counts.items() if count} if ctx else {}
        attention, logged = (list(ctx.attention), list(ctx.logged)) if ctx else ([], [])
        return Ending(_outcome(error, attention, stopping), counts, attention, logged, error)

    def _refuse_if_paused(self, runs_per: str, ctx: JobContext) -> None:
        with self._store.read() as uow:
            reason = _pause(uow, runs_per, ctx)
        if reason:
            raise Paused(reason, code="PAUSED", remedy="Resume it when it shall go on.")

    def _finish(self, claim: Claim, ending: Ending) -> None:
        now = self._clock.now()
        failed = ending.outcome in ("failed", "waiting") and not isinstance(ending.error, Paused)
        due_at = next_due(claim.row, ending.outcome, now=now, error=ending.error)
        with self._store.begin() as uow:
            uow.runs.finish(
                claim.run_id,
                ending.outcome,
                at=now,
                counts=ending.counts,
                attention=ending.attention,
                error=_told(ending.error),
            )
            uow.schedule.finish(
                claim.row.job,
                claim.row.target,
                owner=claim.worker,
                due_at=due_at,
                failures=claim.row.failures + 1 if failed else 0,
            )
        self._log_ending(ending)

    def _log_ending(self, ending: Ending) -> None:
        told = {**ending.counts, "outcome": ending.outcome}
        if ending.outcome in ("ok", "interrupted"):
            self._log.info("run ended", **told)
        elif isinstance(ending.error, Paused):
            self._log.info("run left out", reason=ending.error.message)
        else:
            error = ending.error
            text = error.text() if isinstance(error, BridgeError) else repr(error)
            why = {"error": text} if error else {"attention": ending.logged}
            self._log.warning("run ended", **told, **why)

    @contextmanager
    def _stop_event(self) -> Iterator[threading.Event]:
        event = threading.Event()
        with self._lock:
            if self._stopped:
                event.set()
            self._running.add(event)
        try:
            yield event
        finally:
            with self._lock:
                self._running.discard(event)

    @contextmanager
    def _kept_lease(self, claim: Claim, stopping: threading.Event) -> Iterator[None]:
        """Renew the lease while the block runs; a lease that went elsewhere stops the job."""
        ended = threading.Event()

        def keep() -> None:
            while not ended.wait(self._lease_seconds / 3):
                if not self._renew(claim):
                    self._log.warning("lease lost", worker=claim.worker)
                    stopping.set()
                    return

        keeper = threading.Thread(target=keep, name=f"lease-{claim.run_id}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()

    def _renew(self, claim: Claim) -> bool:
        until = self._clock.now() + timedelta(seconds=self._lease_seconds)
        try:
            with self._store.begin() as uow:
                return uow.schedule.renew(
                    claim.row.job, claim.row.target, owner=claim.worker, until=until
                )
        except Retry:
            return True  # the database is busy; two thirds of the lease are still left


def _outcome(error: Exception | None, attention: list[str], stopping: threading.Event) -> Outcome:
    if isinstance(error, Retry):
        return "waiting"
    if error is not None:
        return "failed"
    if stopping.is_set():
        return "interrupted"
    return "attention" if attention else "ok"


def _pause(uow: UnitOfWork, runs_per: str, ctx: JobContext) -> str:
    if runs_per == "warehouse" and uow.warehouses.get(ctx.target).paused_at:
        return f"the warehouse {ctx.target} is paused"
    if runs_per == "cart" and uow.carts.get(ctx.target).paused_at:
        return f"the cart {ctx.target} is paused"
    profile = ctx.cart_profile
    if profile is not None and uow.connections.get(profile.connection).paused_at:
        return f"the connection {profile.connection} is paused"
    return ""


def _told(error: Exception | None) -> dict[str, Any] | None:
    """The error as it is kept; what others said may hold what we sent them."""
    if error is None:
        return None
    told: dict[str, Any] = {"type": type(error).__name__, "message": masked(str(error))}
    if isinstance(error, BridgeError):
        told |= {
            "remedy": error.remedy,
            "code": error.code,
            "raw": masked(error.raw),
            "problems": [masked(problem) for problem in error.problems],
        }
    return told
