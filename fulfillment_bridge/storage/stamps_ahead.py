"""Our own stamps that a clock which was wrong has left in the future.

Once a clock is corrected, or an older copy of a machine is started, rows may be due in hours or
days and leases may seem never to end. Whatever lies further ahead than it ever may is brought
back to now: work that is done too early does no harm, work that stands still unseen does.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, or_, select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import connections, fulfillment_orders, outbox, schedule

SLACK = timedelta(minutes=5)
"""The clocks of two machines on one database may differ by that much."""

LONGEST_WAIT = timedelta(minutes=75)
"""What failed waits for an hour and a fifth at most, or as long as its job's interval."""

LONGEST_LEASE = timedelta(minutes=15)


# Built once, since this is asked before every run by hand.
_BEATS = (
    select(
        schedule.c.every_seconds,
        (schedule.c.failures == 0).label("in_order"),
        func.max(schedule.c.due_at).label("last_due_at"),
    )
    .where(schedule.c.every_seconds > 0)
    .group_by("every_seconds", "in_order")
)
"""By interval and by how the last run went; without an interval rows are never due."""

_OF_A_BEAT_AHEAD = schedule.update().where(
    schedule.c.every_seconds == bindparam("beat"),
    (schedule.c.failures == 0) == bindparam("fine"),
    schedule.c.due_at > bindparam("most"),
)

_MESSAGES_AHEAD = (
    outbox.update()
    .where(
        outbox.c.state == "pending",
        or_(
            and_(outbox.c.attempts == 0, outbox.c.next_attempt_at > bindparam("most")),
            and_(
                outbox.c.last_error_at > bindparam("most"),
                outbox.c.next_attempt_at > bindparam("now"),
            ),
            outbox.c.next_attempt_at > bindparam("last"),
        ),
    )
    .values(next_attempt_at=bindparam("now"))
)

_SENT_AHEAD = (
    fulfillment_orders.update()
    .where(
        fulfillment_orders.c.warehouse == bindparam("at"),
        fulfillment_orders.c.sent_at > bindparam("most"),
    )
    .values(sent_at=bindparam("now"))
)

_LEASES_AHEAD = tuple(
    table.update().where(column > bindparam("most")).values({column: bindparam("until")})
    for table, column in (
        (schedule, schedule.c.lease_until),
        (outbox, outbox.c.lease_until),
        (connections, connections.c.login_lease_until),
    )
)


class StampsAhead(Repository):
    """``uow.stamps_ahead``"""

    def bring_back(self, now: datetime) -> int:
        """Let nothing wait for longer than it may; how many rows were waiting so."""
        return self._schedule(now) + self._messages(now) + self._leases(now)

    def bring_back_sent(self, warehouse: str, now: datetime) -> int:
        """What seems to have been sent in the future was sent by now, to one warehouse.

        Else none of its counts would be thought to know of these orders until that time comes.
        """
        sent_ahead = {"at": warehouse, "now": now, "most": now + SLACK}
        return self._change(_SENT_AHEAD, sent_ahead)

    def _schedule(self, now: datetime) -> int:
        """A row that did not fail is at most one interval away."""
        found = 0
        for row in self._rows(_BEATS):
            beat = timedelta(seconds=row["every_seconds"])
            most = now + (beat if row["in_order"] else max(beat, LONGEST_WAIT)) + SLACK
            if row["last_due_at"] > most:
                found += self._change(
                    _OF_A_BEAT_AHEAD.values(due_at=now),
                    {"beat": row["every_seconds"], "fine": row["in_order"], "most": most},
                )
        return found

    def _messages(self, now: datetime) -> int:
        """What was queued or tried in the future is due now."""
        most = now + SLACK
        ahead = {"now": now, "most": most, "last": most + LONGEST_WAIT}
        return self._change(_MESSAGES_AHEAD, ahead)

    def _leases(self, now: datetime) -> int:
        """Nobody holds anything for longer than a lease lasts; who is at work renews it."""
        until = now + LONGEST_LEASE
        return sum(
            self._change(statement, {"until": until, "most": until + SLACK})
            for statement in _LEASES_AHEAD
        )
