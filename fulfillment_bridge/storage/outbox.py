"""Messages to deliver exactly once: written with the change that caused them, claimed by lease."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select

from fulfillment_bridge.storage.repository import Repository, slices
from fulfillment_bridge.storage.tables import fulfillment_orders, orders, outbox

OPEN_STATES = ("pending", "sending", "unknown")
NOTHING_SENT = "Nothing was sent. "
"""How ``last_error`` begins while it is certain that no attempt had any effect."""

_ROW = outbox.c
_NO_LEASE = {"lease_owner": None, "lease_until": None}

_DUE = and_(_ROW.state == "pending", _ROW.next_attempt_at <= bindparam("now"))
_ABANDONED = and_(_ROW.state == "sending", _ROW.lease_until <= bindparam("now"))
_AMONG = _ROW.message_id.in_(bindparam("ids", expanding=True))
_OF_WORKER = and_(_ROW.state == "sending", _ROW.lease_owner == bindparam("worker"))
_FREE = (
    select(_ROW.message_id, _ROW.state)
    .where(_ROW.destination == bindparam("to"), _ROW.kind == bindparam("about"))
    .where(or_(_DUE, _ABANDONED))
    .order_by(_ROW.next_attempt_at, _ROW.message_id)
    .limit(bindparam("most"))
    # PostgreSQL passes over what others are claiming; SQLite has one writer anyway.
    .with_for_update(skip_locked=True)
)
_TAKE = (
    outbox.update()
    .where(_AMONG, or_(_DUE, _ABANDONED))
    .values(
        state="sending",
        attempts=_ROW.attempts + 1,
        lease_owner=bindparam("worker"),
        lease_until=bindparam("until"),
    )
)
_TAKEN = (
    select(outbox)
    .where(_AMONG, _OF_WORKER, _ROW.lease_until == bindparam("until"))
    .order_by(_ROW.next_attempt_at, _ROW.message_id)
)
_FIX = outbox.update().where(
    _ROW.message_id == bindparam("wanted"), _OF_WORKER, _ROW.submission_name.is_(None)
)
_MINE = outbox.update().where(_AMONG, _OF_WORKER)
_MINE_BACK = _MINE.returning(_ROW.message_id)
_PUT_BACK = _MINE.values(state="pending", attempts=_ROW.attempts - 1, **_NO_LEASE)
_PUT_BACK_UNFIXED = _PUT_BACK.values(submission_name=None, submission_body=None)
_OF_ORDER = select(outbox).where(_ROW.order_id == bindparam("wanted")).order_by(_ROW.message_id)
_ABOUT_ORDERS = and_(
    _ROW.kind == bindparam("about"), _ROW.order_id.in_(bindparam("ids", expanding=True))
)
_BUSY = (
    select(_ROW.order_id, func.max(_ROW.lease_until).label("until"))
    .where(_ABOUT_ORDERS, _ROW.state == "sending", _ROW.lease_owner != bindparam("worker"))
    .where(_ROW.lease_until > bindparam("now"))
    .group_by(_ROW.order_id)
)
_UNTRIED = and_(_ROW.state == "pending", _ROW.attempts == 0)
_TALLY = (
    select(
        orders.c.order_id,
        orders.c.cart,
        func.count(_ROW.message_id).label("ever"),
        func.max(case((_UNTRIED, 1), else_=0)).label("untried"),
    )
    .outerjoin(outbox, and_(_ROW.order_id == orders.c.order_id, _ROW.kind == bindparam("about")))
    .where(orders.c.order_id.in_(bindparam("ids", expanding=True)))
    .group_by(orders.c.order_id, orders.c.cart)
)


@dataclass(frozen=True)
class Tally:
    """Messages of one kind about one order of ``cart``: ``ever`` counts them all."""

    order_id: int
    cart: str
    ever: int
    untried: bool


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

    @property
    def last_words(self) -> str:
        """What went wrong at the last attempt, without what to do about it."""
        return (self.last_error or "").removeprefix(NOTHING_SENT).partition("\n")[0]

    @property
    def is_still_here(self) -> bool:
        """It waits, and it is certain that no attempt so far had any effect."""
        said = self.last_error or ""
        return self.state == "pending" and (not self.attempts or said.startswith(NOTHING_SENT))


@dataclass(frozen=True)
class NewMessage:
    """What to queue. ``destination`` is ``warehouse:NAME`` or ``cart:NAME``."""

    kind: str
    destination: str
    idempotency_key: str
    order_id: int
    fulfillment_order_id: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


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
        """Queue a message; False when one with this key was queued, whatever became of it."""
        new = NewMessage(
            kind, destination, idempotency_key, order_id, fulfillment_order_id, payload or {}
        )
        return bool(self.enqueue_all([new], at=at, not_before=not_before))

    def enqueue_all(
        self, news: Sequence[NewMessage], *, at: datetime, not_before: datetime | None = None
    ) -> set[str]:
        """Queue many; the idempotency keys of those that were not queued before."""
        waiting = {
            "state": "pending",
            "attempts": 0,
            "created_at": at,
            "next_attempt_at": not_before or at,
        }
        rows = [{**vars(new), "payload": dict(new.payload), **waiting} for new in news]
        added = self._insert_new(outbox, rows, "idempotency_key")
        return {row["idempotency_key"] for row in added}

    def claim(
        self,
        destination: str,
        kind: str,
        *,
        worker: str,
        now: datetime,
        lease_seconds: float,
        limit: int = 100,
        passing_over: Collection[str] = (),
    ) -> list[Message]:
        """Take messages that are due, or whose worker's lease ran out, oldest first.

        Those about fulfillment orders of some merchant codes can be passed over.
        """
        asked = {"to": destination, "about": kind, "now": now, "most": limit}
        free = _FREE if not passing_over else _FREE.where(_not_of(passing_over))
        found = {row["message_id"]: row["state"] for row in self._rows(free, asked)}
        if not found:
            return []
        mine = {
            "worker": worker,
            "until": now + timedelta(seconds=lease_seconds),
            "now": now,
            "ids": list(found),
        }
        self._change(_TAKE, mine)
        return [
            Message(**row, was_interrupted=found[row["message_id"]] == "sending")
            for row in self._rows(_TAKEN, mine)
        ]

    def fix_submission(self, message_id: int, worker: str, *, name: str, body: bytes) -> bool:
        """Fix once and for all what is sent and under which name; later calls change nothing."""
        fixed = {"wanted": message_id, "worker": worker}
        return self._change(_FIX, {**fixed, "submission_name": name, "submission_body": body}) == 1

    def fix_submissions(self, fixed: Mapping[int, tuple[str, bytes]], worker: str) -> None:
        """The same for many, by message id."""
        self._change_each(
            _FIX,
            [
                {
                    "wanted": message_id,
                    "worker": worker,
                    "submission_name": name,
                    "submission_body": body,
                }
                for message_id, (name, body) in fixed.items()
            ],
        )

    def extend(self, message_id: int, worker: str, *, until: datetime) -> bool:
        """Keep the claim for longer."""
        mine = {"ids": [message_id], "worker": worker}
        return self._change(_MINE, {**mine, "lease_until": until}) == 1

    def settle(self, message_id: int, worker: str, *, at: datetime) -> bool:
        """Delivered."""
        return message_id in self.settle_all([message_id], worker, at=at)

    def settle_all(self, ids: Collection[int], worker: str, *, at: datetime) -> set[int]:
        """Delivered; those of the messages that were still this worker's."""
        ended = {"worker": worker, "state": "done", "settled_at": at, **_NO_LEASE}
        return {row["message_id"] for row in self._rows_among(_MINE_BACK, ids, ended)}

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
        return self.put_all_back([message_id], worker) == 1

    def put_all_back(self, ids: Collection[int], worker: str, *, fixed_by_us: bool = False) -> int:
        """The same for many; how many were still this worker's.

        What was ``fixed_by_us`` in this very claim is forgotten too: nobody ever tried to send it.
        """
        statement = _PUT_BACK_UNFIXED if fixed_by_us else _PUT_BACK
        return sum(self._change(statement, {"ids": some, "worker": worker}) for some in slices(ids))

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
        """Drop the waiting message of a fulfillment order; False if it may have arrived."""
        untried = outbox.update().where(
            _ROW.fulfillment_order_id == fulfillment_order_id,
            _ROW.kind == "fulfillment_order",
            _ROW.state == "pending",
            or_(_ROW.attempts == 0, _ROW.last_error.startswith(NOTHING_SENT, autoescape=True)),
        )
        return self._change(untried.values(state="superseded", settled_at=at)) > 0

    def hasten(self, parts: Collection[int], kinds: Collection[str], *, at: datetime) -> None:
        """What waits about these fulfillment orders is due now: what it waited for is known."""
        waiting = outbox.update().where(
            _ROW.fulfillment_order_id.in_(bindparam("ids", expanding=True)),
            _ROW.kind.in_(kinds),
            _ROW.state == "pending",
        )
        for some in slices(parts):
            self._change(waiting, {"ids": some, "next_attempt_at": at})

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
        return [Message(**row) for row in self._rows(_OF_ORDER, {"wanted": order_id})]

    def being_sent_by_others(
        self, kind: str, order_ids: Collection[int], *, worker: str, now: datetime
    ) -> dict[int, datetime]:
        """Orders about which another worker is sending such a message now; until when at most."""
        asked = {"about": kind, "worker": worker, "now": now}
        rows = self._rows_among(_BUSY, order_ids, asked)
        return {row["order_id"]: row["until"] for row in rows}

    def tally(self, kind: str, order_ids: Collection[int]) -> list[Tally]:
        """How many such messages there ever were about each order; whether one waits untried."""
        rows = self._rows_among(_TALLY, order_ids, {"about": kind})
        return [Tally(**{**row, "untried": bool(row["untried"])}) for row in rows]

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
        for column, value in (
            (_ROW.state, state),
            (_ROW.destination, destination),
            (_ROW.kind, kind),
        ):
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

    def _end(self, message_id: int, worker: str, **values: Any) -> bool:
        mine = {"ids": [message_id], "worker": worker}
        return self._change(_MINE, {**mine, **_NO_LEASE, **values}) == 1


def _not_of(merchant_codes: Collection[str]) -> ColumnElement[bool]:
    parts = fulfillment_orders.c
    theirs = select(parts.fulfillment_order_id).where(parts.merchant_code.in_(merchant_codes))
    return or_(_ROW.fulfillment_order_id.is_(None), _ROW.fulfillment_order_id.not_in(theirs))
