"""Messages to deliver exactly once: written with the change that caused them, claimed by lease."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import outbox

OPEN_STATES = ("pending", "sending", "unknown")
_ROW = outbox.c


@dataclass(frozen=True)
class Message:
    """One row. ``attempts`` counts the claim that handed it out, so it is 1 the first time."""

    message_id: int
    kind: str
    destination: str
    idempotency_key: str
    order_id: int
    fulfillment_order_id: int | None
    payload: Mapping[str, Any]
    submission_name: str | None
    submission_body: bytes | None
    state: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    lease_owner: str | None
    lease_until: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    settled_at: datetime | None
    was_interrupted: bool = False
    """Claimed because an earlier worker's lease ran out: it may have been delivered already."""

    @property
    def first_attempt(self) -> bool:
        return self.attempts <= 1


class Outbox(Repository):
    """``uow.outbox``. Whoever claimed a message names itself again to say how it ended.

    The calls that end a claim answer False when the lease went to another worker meanwhile.
    """

    def enqueue(
        self,
        *,
        kind: str,
        destination: str,
        idempotency_key: str,
        order_id: int,
        at: datetime,
        fulfillment_order_id: int | None = None,
        payload: Mapping[str, Any] | None = None,
        not_before: datetime | None = None,
    ) -> bool:
        """Queue a message; False when one with this key was queued before, whatever became of it.

        ``destination`` is ``warehouse:NAME`` or ``cart:NAME``.
        """
        return self._insert_if_new(
            outbox,
            kind=kind,
            destination=destination,
            idempotency_key=idempotency_key,
            order_id=order_id,
            fulfillment_order_id=fulfillment_order_id,
            payload=dict(payload or {}),
            state="pending",
            attempts=0,
            created_at=at,
            next_attempt_at=not_before or at,
        )

    def claim(
        self,
        destination: str,
        kind: str,
        *,
        worker: str,
        now: datetime,
        lease_seconds: float,
        limit: int = 100,
    ) -> list[Message]:
        """Take messages that are due, or whose worker's lease ran out, oldest first."""
        due = and_(_ROW.state == "pending", _ROW.next_attempt_at <= now)
        abandoned = and_(_ROW.state == "sending", _ROW.lease_until <= now)
        candidates = (
            select(_ROW.message_id, _ROW.state)
            .where(_ROW.destination == destination, _ROW.kind == kind, or_(due, abandoned))
            .order_by(_ROW.next_attempt_at, _ROW.message_id)
            .limit(limit)
            # PostgreSQL passes over what others are claiming; SQLite has one writer anyway.
            .with_for_update(skip_locked=True)
        )
        until = now + timedelta(seconds=lease_seconds)
        taken = []
        for row in self._rows(candidates):
            still_free = due if row["state"] == "pending" else abandoned
            if self._take(row["message_id"], still_free, worker, until):
                claimed = self.get(row["message_id"])
                taken.append(replace(claimed, was_interrupted=row["state"] == "sending"))
        return taken

    def fix_submission(self, message_id: int, worker: str, *, name: str, body: bytes) -> bool:
        """Fix once and for all what is sent and under which name; later calls change nothing."""
        unfixed = self._mine(message_id, worker).where(_ROW.submission_name.is_(None))
        return self._change(unfixed.values(submission_name=name, submission_body=body)) == 1

    def extend(self, message_id: int, worker: str, *, until: datetime) -> bool:
        """Keep the claim for longer."""
        return self._change(self._mine(message_id, worker).values(lease_until=until)) == 1

    def settle(self, message_id: int, worker: str, *, at: datetime) -> bool:
        """Delivered."""
        return self._end(message_id, worker, state="done", settled_at=at)

    def back_off(
        self, message_id: int, worker: str, *, error: str, next_attempt_at: datetime, at: datetime
    ) -> bool:
        """Not delivered; try again then."""
        return self._end(
            message_id,
            worker,
            state="pending",
            next_attempt_at=next_attempt_at,
            last_error=error,
            last_error_at=at,
        )

    def put_back(self, message_id: int, worker: str) -> bool:
        """Claimed but never tried: as if it had not been claimed."""
        return self._end(message_id, worker, state="pending", attempts=_ROW.attempts - 1)

    def bury(self, message_id: int, worker: str, *, error: str, at: datetime) -> bool:
        """A dead letter: a person must act."""
        return self._end(
            message_id, worker, state="dead", last_error=error, last_error_at=at, settled_at=at
        )

    def mark_unknown(self, message_id: int, worker: str, *, error: str, at: datetime) -> bool:
        """Nobody can tell whether it arrived; it is never sent again by itself."""
        return self._end(message_id, worker, state="unknown", last_error=error, last_error_at=at)

    def lease_owners(self) -> set[str]:
        """Everybody who holds a lease."""
        held = select(_ROW.lease_owner).where(_ROW.state == "sending").distinct()
        return {row["lease_owner"] for row in self._rows(held)}

    def free_leases(self, owner: str, *, at: datetime) -> int:
        """This owner is known to be gone: its messages can be claimed now, as interrupted ones."""
        gone = outbox.update().where(_ROW.state == "sending", _ROW.lease_owner == owner)
        return self._change(gone.values(lease_until=at))

    def supersede(self, fulfillment_order_id: int, *, at: datetime) -> bool:
        """Drop the waiting message of a fulfillment order; False if it was ever tried."""
        untried = outbox.update().where(
            _ROW.fulfillment_order_id == fulfillment_order_id,
            _ROW.kind == "fulfillment_order",
            _ROW.state == "pending",
            _ROW.attempts == 0,
        )
        return self._change(untried.values(state="superseded", settled_at=at)) > 0

    def replay(self, message_id: int, *, at: datetime) -> bool:
        """A person decided: a dead or unknown message is sent again."""
        stuck = outbox.update().where(
            _ROW.message_id == message_id, _ROW.state.in_(("dead", "unknown"))
        )
        values = {"state": "pending", "next_attempt_at": at, "settled_at": None}
        return self._change(stuck.values(values)) == 1

    def resolve_unknown(self, message_id: int, *, at: datetime) -> bool:
        """A person or a look-up found that it had arrived after all."""
        stuck = outbox.update().where(_ROW.message_id == message_id, _ROW.state == "unknown")
        return self._change(stuck.values(state="done", settled_at=at)) == 1

    def get(self, message_id: int) -> Message:
        """The message; KeyError if there is none."""
        row = self._first(select(outbox).where(_ROW.message_id == message_id))
        if row is None:
            raise KeyError(message_id)
        return Message(**row)

    def by_order(self, order_id: int) -> list[Message]:
        """Every message about an order, oldest first."""
        wanted = select(outbox).where(_ROW.order_id == order_id)
        return [Message(**row) for row in self._rows(wanted.order_by(_ROW.message_id))]

    def find(
        self,
        *,
        state: str | None = None,
        destination: str | None = None,
        kind: str | None = None,
        limit: int = 100,
    ) -> list[Message]:
        """Oldest first, in one state, for one destination, of one kind, where given."""
        wanted = select(outbox)
        for column, value in ((_ROW.state, state), (_ROW.destination, destination),
                              (_ROW.kind, kind)):
            if value is not None:
                wanted = wanted.where(column == value)
        rows = self._rows(wanted.order_by(_ROW.message_id).limit(limit))
        return [Message(**row) for row in rows]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many messages are in each state, per destination."""
        wanted = select(_ROW.destination, _ROW.state, func.count().label("messages"))
        found: dict[str, dict[str, int]] = {}
        for row in self._rows(wanted.group_by(_ROW.destination, _ROW.state)):
            found.setdefault(row["destination"], {})[row["state"]] = row["messages"]
        return found

    def oldest_pending(self, destination: str) -> datetime | None:
        """Since when the oldest message has been waiting there."""
        wanted = select(func.min(_ROW.created_at)).where(
            _ROW.destination == destination, _ROW.state.in_(("pending", "sending"))
        )
        found: datetime | None = self._scalar(wanted)
        return found

    def _take(self, message_id: int, still_free: Any, worker: str, until: datetime) -> bool:
        took = outbox.update().where(_ROW.message_id == message_id, still_free)
        values = {
            "state": "sending",
            "attempts": _ROW.attempts + 1,
            "lease_owner": worker,
            "lease_until": until,
        }
        return self._change(took.values(values)) == 1

    def _mine(self, message_id: int, worker: str) -> Any:
        return outbox.update().where(
            _ROW.message_id == message_id,
            _ROW.state == "sending",
            _ROW.lease_owner == worker,
        )

    def _end(self, message_id: int, worker: str, **values: Any) -> bool:
        ended = self._mine(message_id, worker).values(
            lease_owner=None, lease_until=None, **values
        )
        return self._change(ended) == 1
