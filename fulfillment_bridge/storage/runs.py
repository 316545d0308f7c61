"""What ran, when, with which counts and which outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import runs

Outcome = Literal["ok", "attention", "failed", "waiting", "interrupted"]
_ROW = runs.c
_FINISH = runs.update().where(_ROW.run_id == bindparam("wanted"), _ROW.outcome.is_(None))


@dataclass(frozen=True)
class Run:
    """One execution of a job for one target; ``outcome`` is None while it is running."""

    run_id: int
    job: str
    target: str
    worker: str
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome | None
    counts: Mapping[str, int]
    attention: Sequence[str]
    error: Mapping[str, Any] | None


class Runs(Repository):
    """``uow.runs``"""

    def start(self, job: str, target: str, *, worker: str, at: datetime) -> int:
        """A run begins; its id."""
        return self._insert(
            runs,
            job=job,
            target=target,
            worker=worker,
            started_at=at,
            counts={},
            attention=[],
        )

    def finish(
        self,
        run_id: int,
        outcome: Outcome,
        *,
        at: datetime,
        counts: Mapping[str, int] | None = None,
        attention: Sequence[str] = (),
        error: Mapping[str, Any] | None = None,
    ) -> bool:
        """How it ended; False when it was declared interrupted before."""
        values = {
            "wanted": run_id,
            "outcome": outcome,
            "finished_at": at,
            "counts": dict(counts or {}),
            "attention": list(attention),
            "error": None if error is None else dict(error),
        }
        return self._change(_FINISH, values) == 1

    def interrupt(self, run_id: int, *, at: datetime) -> bool:
        """A run whose worker is gone; False if it had ended."""
        return self.finish(run_id, "interrupted", at=at)

    def prune(self, *, before: datetime) -> int:
        """Forget runs that ended before then; how many."""
        old = runs.delete().where(_ROW.finished_at < before)
        return self._change(old)

    def get(self, run_id: int) -> Run:
        """The run; KeyError if there is none."""
        row = self._one(runs, run_id=run_id)
        if row is None:
            raise KeyError(run_id)
        return Run(**row)

    def latest(self, job: str, target: str, *, outcome: Outcome | None = None) -> Run | None:
        """The newest run of a job for a target, with one outcome where given."""
        found = self.find(job=job, target=target, outcome=outcome, limit=1)
        return found[0] if found else None

    def find(
        self,
        *,
        job: str | None = None,
        target: str | None = None,
        outcome: Outcome | None = None,
        limit: int = 50,
    ) -> list[Run]:
        """Newest first."""
        wanted = select(runs)
        for column, value in ((_ROW.job, job), (_ROW.target, target), (_ROW.outcome, outcome)):
            if value is not None:
                wanted = wanted.where(column == value)
        rows = self._rows(wanted.order_by(_ROW.run_id.desc()).limit(limit))
        return [Run(**row) for row in rows]
