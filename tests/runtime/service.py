"""A service in a process of its own, for tests that end it. Its jobs do one simple thing.

    python -m tests.runtime.service DATABASE WHAT

``quick`` jobs return, ``patient`` ones work until they are told to stop, ``deaf`` ones never
hear it. Each job prints its name when it begins.
"""

from __future__ import annotations

import sys
import threading

from fulfillment_bridge.clock import SystemClock
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.logs import configure_logs
from fulfillment_bridge.runtime.serve import Server, leave_now
from fulfillment_bridge.storage.database import Store
from tests.runtime.bench import JOB, TARGET, worker_that
from tests.runtime.test_schedule import ALL_OFF

FOREVER = threading.Event()


def main() -> None:
    """Serve until a signal."""
    configure_logs(level="warning")
    store, clock = Store.open(sys.argv[1]), SystemClock()
    worker = worker_that(store, clock, quick if sys.argv[2] == "quick" else slow)
    server = Server(
        store,
        clock,
        worker,
        every_seconds={**ALL_OFF, JOB: 3600},
        targets_of=lambda _: [TARGET],
        tick_seconds=0.05,
    )
    abandoned = server.serve(ready=lambda: print("ready", flush=True))
    print(f"abandoned {abandoned}", flush=True)
    if abandoned:
        leave_now(0)
    store.close()


def quick(ctx: JobContext) -> None:
    """Return at once."""
    print(ctx.job, flush=True)


def slow(ctx: JobContext) -> None:
    """Work until told to stop, or for ever."""
    print(ctx.job, flush=True)
    (ctx.stopping if sys.argv[2] == "patient" else FOREVER).wait()
    ctx.counts["finished"] += 1


if __name__ == "__main__":
    main()
