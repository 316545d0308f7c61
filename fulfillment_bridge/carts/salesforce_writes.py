"""Writing to existing records: every record for itself, and smaller batches where it hurts.

Salesforce runs the merchant's triggers, flows and validation rules on our writes. Where these run
into their limits the batch is halved, down to one record; the size that worked is remembered.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.org_schema import (
    ChildUpsert,
    RecordUpdate,
    UpdateResult,
    WriteFault,
)
from fulfillment_bridge.errors import OutcomeUnknown, Retry
from fulfillment_bridge.salesforce import faults
from fulfillment_bridge.salesforce.faults import ApiError
from fulfillment_bridge.salesforce.record_ids import long_id
from fulfillment_bridge.salesforce.rest import (
    MOST_QUERIES,
    MOST_RECORDS,
    Connection,
    Subanswer,
    chunks,
    must_go_alone,
)

CLEAN_BATCHES_TO_GROW = 20
# What an org says when its own automation, not our values, was the trouble.
_STRAINED = ("CPU time", "Too many SOQL", "LimitException", "UNABLE_TO_LOCK_ROW", "Apex heap size")


class BatchSize:
    """How many records a batch may have, learned from one round of writing to the next."""

    def __init__(self, rows: int = MOST_RECORDS) -> None:
        self._rows = rows
        self._clean = 0
        self._lock = threading.Lock()

    @property
    def rows(self) -> int:
        return self._rows

    def learn(self, lesson: Lesson) -> None:
        """Take the size that worked; grow again after a row of clean batches."""
        with self._lock:
            if lesson.too_many:
                self._rows, self._clean = max(1, lesson.largest_clean), 0
            elif not lesson.strained:
                self._clean += lesson.clean_batches
            if self._clean >= CLEAN_BATCHES_TO_GROW:
                self._rows, self._clean = min(MOST_RECORDS, self._rows * 2), 0


@dataclass
class Lesson:
    """What one round of writing showed about the size of batches."""

    strained: bool = False
    failed_alone: bool = False
    largest_clean: int = 0
    clean_batches: int = 0

    @property
    def too_many(self) -> bool:
        """Smaller batches helped. Where a record fails even alone, the size was not the reason."""
        return self.strained and not self.failed_alone

    def clean(self, rows: int) -> None:
        """A batch of this many records went through."""
        self.clean_batches += 1
        self.largest_clean = max(self.largest_clean, rows)


_Write = RecordUpdate | ChildUpsert


@dataclass(frozen=True)
class _Row:
    place: int
    update: _Write
    body: Mapping[str, Any]


_Batch = Sequence[_Row]


class UpdateWriter:
    """Carries out one list of updates."""

    def __init__(self, connection: Connection, size: BatchSize, *, job: str) -> None:
        self._connection = connection
        self._size = size
        self._job = job
        self._lesson = Lesson()
        self._results: dict[int, UpdateResult] = {}

    def write(self, updates: Sequence[RecordUpdate] | Sequence[ChildUpsert]) -> list[UpdateResult]:
        """One result per update, in their order; all are of one kind.

        Raises where nothing could be sent, or a person must act before anything can be. Where
        waiting helps and something was sent already, the rest comes back as to be tried again.
        """
        _refuse_doubles(updates)
        waiting = deque(_batches(updates, self._size.rows))
        while waiting:
            now = _next_call(waiting)
            try:
                answers = self._send(now)
            except OutcomeUnknown as lost:
                self._lost(now, lost)
                self._postpone(waiting, lost.code, lost.message)
                break
            except Retry as problem:
                if not self._results:
                    raise
                self._postpone([*now, *waiting], problem.code, problem.message)
                break
            crash_point("salesforce_writes.after_call")
            for batch, answer in zip(now, answers, strict=True):
                waiting.extendleft(reversed(self._settle(batch, answer)))
        self._size.learn(self._lesson)
        return [self._results[place] for place in range(len(updates))]

    def _send(self, batches: Sequence[_Batch]) -> list[Subanswer]:
        bodies = [[row.body for row in batch] for batch in batches]
        first = batches[0][0].update
        if isinstance(first, RecordUpdate):
            return self._connection.update(bodies, job=self._job)
        return self._connection.upsert(
            first.object_name, first.external_id_field, bodies, job=self._job
        )

    def _settle(self, batch: _Batch, answer: Subanswer) -> list[_Batch]:
        """Keep the results of a batch; the smaller batches come back that are worth a try."""
        outcomes = _row_errors(batch, answer)
        strained = [row for row in batch if _is_narrower(outcomes[row.place])]
        again = strained if len(batch) > 1 else []
        for row in batch:
            self._results[row.place] = _result(row.update, outcomes[row.place])
        if not strained:
            self._lesson.clean(len(batch))
        self._lesson.strained |= bool(again)
        self._lesson.failed_alone |= bool(strained) and not again
        return list(chunks(again, max(1, len(batch) // 2)))

    def _lost(self, batches: Sequence[_Batch], problem: OutcomeUnknown) -> None:
        self._lesson.strained = True
        self._lesson.largest_clean = max(len(batch) for batch in batches) // 2
        fault = WriteFault(problem.code, problem.message)
        for row in (row for batch in batches for row in batch):
            self._results[row.place] = UpdateResult(
                _id_of(row.update), written=False, faults=(fault,), unknown=True
            )

    def _postpone(self, batches: Sequence[_Batch] | deque[_Batch], code: str, text: str) -> None:
        for row in (row for batch in batches for row in batch):
            self._results[row.place] = UpdateResult(
                _id_of(row.update), written=False, faults=(WriteFault(code, text),), retry=True
            )


def _id_of(update: _Write) -> str:
    return update.record_id if isinstance(update, RecordUpdate) else update.external_id


def _refuse_doubles(updates: Sequence[_Write]) -> None:
    times = Counter(
        long_id(each.record_id) if isinstance(each, RecordUpdate) else each.external_id
        for each in updates
    )
    if twice := sorted(record_id for record_id, count in times.items() if count > 1):
        raise ValueError(f"one record, one update: {', '.join(twice)} came more than once")


def _batches(updates: Sequence[_Write], rows: int) -> list[_Batch]:
    """Batches of one object each; rows that must go alone apart from the others."""
    all_rows = [_Row(place, update, _body(update)) for place, update in enumerate(updates)]
    ordered = sorted(all_rows, key=_kind)
    return [batch for _, same in groupby(ordered, key=_kind) for batch in chunks(list(same), rows)]


def _kind(row: _Row) -> tuple[str, bool]:
    return row.update.object_name, must_go_alone([row.body])


def _body(update: _Write) -> dict[str, Any]:
    attributes = {"type": update.object_name}
    if isinstance(update, ChildUpsert):
        keys = {
            update.external_id_field: update.external_id,
            update.parent_field: update.parent_id,
        }
        return {"attributes": attributes, **update.values, **keys}
    return {"attributes": attributes, "id": update.record_id, **update.values}


def _next_call(waiting: deque[_Batch]) -> list[_Batch]:
    now = [waiting.popleft()]
    if _kind(now[0][0])[1]:
        return now
    while waiting and len(now) < MOST_QUERIES and not _kind(waiting[0][0])[1]:
        now.append(waiting.popleft())
    return now


def _row_errors(batch: _Batch, answer: Subanswer) -> dict[int, tuple[ApiError, ...]]:
    """The errors of each row, by its place; none where it was written."""
    if answer.status < 300 and isinstance(answer.body, list) and len(answer.body) == len(batch):
        return {
            row.place: () if said.get("success") is True else _errors(said)
            for row, said in zip(batch, answer.body, strict=True)
        }
    said = faults.api_errors(answer.body) or (ApiError("UNKNOWN_EXCEPTION", str(answer.body)),)
    return {row.place: said for row in batch}


def _errors(said: Mapping[str, Any]) -> tuple[ApiError, ...]:
    # Without a reason a row still was not written: only ``success`` tells.
    return faults.api_errors(said.get("errors")) or (ApiError("UNKNOWN_EXCEPTION", str(said)),)


def _is_narrower(errors: Sequence[ApiError]) -> bool:
    return any(faults.explain(error.code).narrower for error in errors)


def _result(update: _Write, errors: Sequence[ApiError]) -> UpdateResult:
    found = tuple(_fault(each) for each in errors)
    again = bool(errors) and all(_may_pass(error) for error in errors)
    return UpdateResult(_id_of(update), written=not errors, faults=found, retry=again)


def _fault(error: ApiError) -> WriteFault:
    remedy = faults.explain(error.code, error.message).remedy
    return WriteFault(error.code, error.message, faults.fields_of(error), remedy)


def _may_pass(error: ApiError) -> bool:
    return faults.explain(error.code).again or any(word in error.message for word in _STRAINED)
