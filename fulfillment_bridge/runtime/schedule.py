"""Which job runs for what, how often, in which order, and when again after it ended."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import cast

from fulfillment_bridge.errors import OverBudget, PartlyMisconfigured, Retry
from fulfillment_bridge.jobs.base import Job
from fulfillment_bridge.registry import JOBS, load
from fulfillment_bridge.storage.runs import Outcome
from fulfillment_bridge.storage.schedule import ScheduleRow

TargetsOf = Callable[[str], Collection[str]]

FIRST_WAIT_SECONDS = 15
BUDGET_WAIT_SECONDS = 900
LONGEST_WAIT_SECONDS = 3600
_JITTER = random.Random()  # noqa: S311 - spreads retries; nothing secret hangs on it


class Paused(Retry):
    """A person stopped this cart, warehouse or connection; no reason to hurry or to slow down."""


def load_job(name: str) -> Job:
    """The job's module."""
    return cast(Job, load(JOBS[name]))


def wanted_rows(
    every_seconds: Mapping[str, int | None], targets_of: TargetsOf
) -> dict[tuple[str, str], int]:
    """Seconds for every enabled job and each of its targets.

    ``every_seconds`` holds what was configured: None switches a job off, a job that is not in
    it runs as often as it says itself.
    """
    wanted = {}
    for job in JOBS:
        seconds = every_seconds[job] if job in every_seconds else load_job(job).EVERY_SECONDS
        if seconds:
            wanted.update({(job, target): seconds for target in targets_of(job)})
    return wanted


def in_order_of_work(rows: Collection[ScheduleRow]) -> list[ScheduleRow]:
    """Orders and shipments before stock, as the registry lists them; then the longest due."""
    rank = {job: position for position, job in enumerate(JOBS)}
    return sorted(rows, key=lambda row: (rank.get(row.job, len(rank)), row.due_at, row.target))


def next_due(
    row: ScheduleRow, outcome: Outcome, *, now: datetime, error: Exception | None = None
) -> datetime:
    """When the row is due again.

    After a run that worked: on the row's own beat, so that intervals do not drift with the
    length of runs; beats that were missed are left out. After trouble: later and later, but not
    where it is the trouble of one merchant among several.
    """
    if row.every_seconds <= 0:
        return row.due_at
    if outcome == "interrupted":
        return now
    if outcome in ("waiting", "failed") and not isinstance(error, Paused | PartlyMisconfigured):
        return now + timedelta(seconds=_wait_seconds(row, outcome, now, error))
    return next_beat(row.due_at, row.every_seconds, now)


def next_beat(due_at: datetime, every_seconds: int, now: datetime) -> datetime:
    """The first beat after now."""
    missed = max(0, (now - due_at) // timedelta(seconds=every_seconds))
    return due_at + timedelta(seconds=every_seconds * (missed + 1))


def _wait_seconds(
    row: ScheduleRow, outcome: Outcome, now: datetime, error: Exception | None
) -> float:
    doubled = 2 ** min(row.failures, 10)
    if isinstance(error, Retry) and error.retry_at is not None:
        return max(1.0, (error.retry_at - now).total_seconds())
    if isinstance(error, OverBudget):
        return BUDGET_WAIT_SECONDS
    if outcome == "waiting":
        return min(row.every_seconds, _spread(FIRST_WAIT_SECONDS * doubled))
    longest = max(row.every_seconds, LONGEST_WAIT_SECONDS)
    return min(longest, _spread(row.every_seconds * doubled))


def _spread(seconds: float) -> float:
    return seconds * _JITTER.uniform(0.8, 1.2)
