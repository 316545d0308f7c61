"""When each job is due for each target, and who is running it. A claim is a lease."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, or_, select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import runs, schedule

_ROW = schedule.c


@dataclass(frozen=True)
class ScheduleRow:
    """One job for one target."""

    job: str
    target: str
    every_seconds: int
    due_at: datetime
    lease_owner: str | None
    lease_until: datetime | None
    last_run_id: int | None
    failures: int


class Schedule(Repository):
    """``uow.schedule``"""

    def sync(self, wanted: Mapping[tuple[str, str], int], *, now: datetime) -> None:
        """Make the rows be exactly these (job, target) pairs with these intervals.

        A new row is due at once; a known one keeps its time, unless a shorter interval brings
        it forward. So a restart moves nothing.
        """
        known = {(row.job, row.target): row for row in self.find()}
        for gone in known.keys() - wanted.keys():
            self._change(schedule.delete().filter_by(job=gone[0], target=gone[1]))
        for (job, target), every_seconds in wanted.items():
            row = known.get((job, target))
            if row is None:
                self._add(job, target, every_seconds, now)
            elif row.every_seconds != every_seconds:
                due_at = min(row.due_at, now + timedelta(seconds=every_seconds))
                self._set(job, target, every_seconds=every_seconds, due_at=due_at)

    def due(self, now: datetime) -> list[ScheduleRow]:
        """Rows that are due and free, longest due first."""
        rows = self._rows(select(schedule).where(_claimable(now)).order_by(_ROW.due_at))
        return [ScheduleRow(**row) for row in rows]

    def claim(
        self, job: str, target: str, *, owner: str, now: datetime, lease_seconds: float
    ) -> bool:
        """Take a due row; the row count is the lock."""
        until = now + timedelta(seconds=lease_seconds)
        took = schedule.update().where(_ROW.job == job, _ROW.target == target, _claimable(now))
        return self._change(took.values(lease_owner=owner, lease_until=until)) == 1

    def claim_now(
        self, job: str, target: str, *, owner: str, now: datetime, lease_seconds: float
    ) -> bool:
        """Take a row whether it is due or not, for a run by hand; False while another runs it."""
        until = now + timedelta(seconds=lease_seconds)
        wanted = {"of_job": job, "of_target": target, "now": now}
        values = {**wanted, "lease_owner": owner, "lease_until": until}
        if self._change(_CLAIM_NOW, values) == 1:
            return True
        row = {"job": job, "target": target, "every_seconds": 0, "due_at": now, "failures": 0}
        is_new = self._insert_if_new(schedule, **row)
        return is_new and self._change(_CLAIM_NOW, values) == 1

    def set_run(self, job: str, target: str, *, owner: str, run_id: int) -> bool:
        """Which run holds the lease."""
        return self._update(schedule, _mine(job, target, owner), {"last_run_id": run_id}) == 1

    def renew(self, job: str, target: str, *, owner: str, until: datetime) -> bool:
        """Keep the lease; False when it went to somebody else."""
        return self._update(schedule, _mine(job, target, owner), {"lease_until": until}) == 1

    def finish(self, job: str, target: str, *, owner: str, due_at: datetime, failures: int) -> bool:
        """The run ended: free the row, next time then."""
        free = {"lease_owner": None, "lease_until": None}
        ended = {**free, "due_at": due_at, "failures": failures}
        return self._update(schedule, _mine(job, target, owner), ended) == 1

    def make_due(self, job: str, target: str, *, at: datetime) -> bool:
        """Run it at the next tick."""
        return self._set(job, target, due_at=at) == 1

    def make_all_due(self, targets: Collection[str], *, at: datetime) -> int:
        """Run every job of these targets at the next tick; how many rows were brought forward."""
        later = schedule.update().where(_ROW.target.in_(list(targets)), _ROW.due_at > at)
        return self._change(later.values(due_at=at))

    def make_failed_due(self, *, at: datetime) -> int:
        """Run what failed last time at the next tick; how many rows were brought forward.

        What waits (for the org's budget, for a server that said when) goes on waiting.
        """
        failed = select(runs.c.run_id).where(runs.c.outcome == "failed")
        later = schedule.update().where(_ROW.last_run_id.in_(failed), _ROW.due_at > at)
        return self._change(later.where(_ROW.failures > 0).values(due_at=at))

    def get(self, job: str, target: str) -> ScheduleRow | None:
        """The row of a job for a target."""
        row = self._one(schedule, job=job, target=target)
        return None if row is None else ScheduleRow(**row)

    def lease_owners(self) -> set[str]:
        """Everybody who holds a lease."""
        held = select(_ROW.lease_owner).where(_ROW.lease_owner.is_not(None)).distinct()
        return {row["lease_owner"] for row in self._rows(held)}

    def free_leases(self, owner: str) -> int:
        """This owner is known to be gone: its rows need not wait for the leases to run out."""
        gone = schedule.update().where(_ROW.lease_owner == owner)
        return self._change(gone.values(lease_owner=None, lease_until=None))

    def find(self) -> list[ScheduleRow]:
        """All rows by job and target."""
        rows = self._rows(select(schedule).order_by(_ROW.job, _ROW.target))
        return [ScheduleRow(**row) for row in rows]

    def _add(self, job: str, target: str, every_seconds: int, now: datetime) -> None:
        values = {"every_seconds": every_seconds, "due_at": now, "failures": 0}
        self._insert_if_new(schedule, job=job, target=target, **values)

    def _set(self, job: str, target: str, **values: object) -> int:
        return self._update(schedule, {"job": job, "target": target}, values)


def _mine(job: str, target: str, owner: str) -> dict[str, str]:
    return {"job": job, "target": target, "lease_owner": owner}


def _free(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return or_(_ROW.lease_until.is_(None), _ROW.lease_until <= now)


def _claimable(now: datetime) -> ColumnElement[bool]:
    return and_(_ROW.every_seconds > 0, _ROW.due_at <= now, _free(now))


_CLAIM_NOW = schedule.update().where(
    _ROW.job == bindparam("of_job"),
    _ROW.target == bindparam("of_target"),
    _free(bindparam("now", type_=_ROW.lease_until.type)),
)
