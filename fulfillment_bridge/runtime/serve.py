"""The service: one tick that claims due rows, threads that run them, and an orderly end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor as TickThread
from apscheduler.schedulers.background import BackgroundScheduler

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.logs import get_log
from fulfillment_bridge.runtime.heartbeat import notify
from fulfillment_bridge.runtime.owner import bring_back_stamps, free_leases_of_the_gone
from fulfillment_bridge.runtime.schedule import TargetsOf, in_order_of_work, wanted_rows
from fulfillment_bridge.runtime.worker import Claim, Worker
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.in_use import serving

TICK = "tick"
TICK_SECONDS = 1.0
FARTHEST_TICK = timedelta(seconds=5)
GRACE_SECONDS = 4.0
HOUSEKEEPING = timedelta(minutes=1)
RUNS_KEPT_DAYS = 35


class Server:
    """Runs every job of every target until it is told to stop."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        worker: Worker,
        *,
        every_seconds: Mapping[str, int | None],
        targets_of: TargetsOf,
        workers: int = 4,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._worker = worker
        self._wanted = wanted_rows(every_seconds, targets_of)
        self._workers = workers
        self._tick_seconds = tick_seconds
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="job")
        self._running: set[Future[Any]] = set()
        self._filling = threading.Lock()
        self._stopping = threading.Event()
        self._next_housekeeping = clock.now()
        self._log = get_log()

    def serve(self, *, ready: Callable[[], None] | None = None) -> int:
        """Work until SIGTERM, SIGINT or ``stop``; how many jobs had to be abandoned.

        ``ready`` is called once the schedule stands and signals are heard.
        """
        with serving(self._store.url), self._signals():
            self.prepare()
            scheduler = self._scheduler()
            scheduler.start()
            notify("READY=1")
            self._log.info("serving", rows=len(self._wanted), workers=self._workers)
            if ready is not None:
                ready()
            self._wait_for_the_end(scheduler)
            notify("STOPPING=1")
            scheduler.shutdown(wait=False)
            return self.drain()

    def _wait_for_the_end(self, scheduler: BackgroundScheduler) -> None:
        """See that it ticks: once the clock was set back the next tick lies far ahead."""
        while not self._stopping.wait(TICK_SECONDS):
            tick, now = scheduler.get_job(TICK), self._clock.now()
            if tick is not None and tick.next_run_time > now + FARTHEST_TICK:
                self._log.warning("the clock was set back", next_tick_at=tick.next_run_time)
                tick.modify(next_run_time=now)

    def prepare(self) -> None:
        """Make the schedule's rows be those of the settings; free what dead processes hold.

        Bring back, too, what a clock that was wrong has put off. What failed last is due at
        once: somebody may have mended the settings.
        """
        now = self._clock.now()
        with self._store.begin() as uow:
            uow.schedule.sync(self._wanted, now=now)
            uow.schedule.make_failed_due(at=now)
        free_leases_of_the_gone(self._store, self._clock)
        bring_back_stamps(self._store, self._clock)

    def tick(self) -> None:
        """Say that we live, and start what is due as far as threads are free."""
        notify("WATCHDOG=1")
        try:
            self._keep_house()
            self._fill()
        except BridgeError as error:
            self._log.error("the schedule cannot be read", error=error.text())

    def stop(self) -> None:
        """Begin the end; may be called from a signal handler."""
        self._stopping.set()

    def drain(self, grace_seconds: float = GRACE_SECONDS) -> int:
        """Let running jobs finish their current record; how many did not in time."""
        self._stopping.set()
        self._worker.stop()
        with self._filling:
            running = set(self._running)
        self._pool.shutdown(wait=False, cancel_futures=True)
        # wait() never sees the end of a future that was canceled before it began.
        begun = {each for each in running if not each.cancelled()}
        abandoned = len(wait(begun, timeout=grace_seconds).not_done)
        if abandoned:
            self._log.warning("jobs abandoned; their leases end by themselves", jobs=abandoned)
        self._log.info("stopped")
        return abandoned

    def _fill(self) -> None:
        with self._filling:
            free = self._workers - len(self._running)
            if free <= 0 or self._stopping.is_set():
                return
            with self._store.read() as uow:
                due = uow.schedule.due(self._clock.now())
            for row in in_order_of_work(due):
                if free <= 0 or self._stopping.is_set():
                    return
                claim = self._worker.claim(row)
                if claim is not None:
                    free -= 1
                    self._start(claim)

    def _start(self, claim: Claim) -> None:
        future = self._pool.submit(self._worker.run, claim)
        self._running.add(future)
        future.add_done_callback(self._ended)

    def _ended(self, future: Future[Any]) -> None:
        self._running.discard(future)
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self._log.error("the end of a run could not be stored", error=repr(error))

    def _keep_house(self) -> None:
        now = self._clock.now()
        if timedelta(0) < self._next_housekeeping - now <= HOUSEKEEPING:
            return
        self._next_housekeeping = now + HOUSEKEEPING
        free_leases_of_the_gone(self._store, self._clock)
        bring_back_stamps(self._store, self._clock)
        with self._store.begin() as uow:
            uow.runs.prune(before=now - timedelta(days=RUNS_KEPT_DAYS))

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(timezone=UTC, executors={"default": TickThread(1)})
        scheduler.add_job(
            self.tick,
            "interval",
            id=TICK,
            seconds=self._tick_seconds,
            next_run_time=self._clock.now(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        return scheduler

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Hear SIGTERM and SIGINT where that is possible: in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, lambda *_: self.stop())
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def leave_now(exit_code: int) -> None:
    """End the process though threads of abandoned jobs are still there; leases make it safe."""
    os._exit(exit_code)
