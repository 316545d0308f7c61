"""Our own stamps that a clock which was wrong has left in the future.

Once a clock is corrected, or an older copy of a machine is started, rows may be due in hours or
days and leases may seem never to end. Whatever lies further ahead than it ever may is brought
back to now: work that is done too early does no harm, work that stands still unseen does.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import connections, outbox, schedule

SLACK = timedelta(minutes=5)
"""The clocks of two machines on one database may differ by that much."""

LONGEST_WAIT = timedelta(minutes=75)
"""What failed waits for an hour and a fifth at most, or as long as its job's interval."""

LONGEST_LEASE = timedelta(minutes=15)


class StampsAhead(Repository):
    """``uow.stamps_ahead``"""

    def bring_back(self, now: datetime) -> int:
        """Let nothing wait for longer than it may; how many rows were waiting so."""
        return self._schedule(now) + self._messages(now) + self._leases(now)

    def _schedule(self, now: datetime) -> int:
        """A row that did not fail is at most one interval away."""
        row = schedule.c
        found = 0
        for every in self._intervals():
            beat = timedelta(seconds=every)
            ahead = and_(
                row.every_seconds == every,
                or_(
                    and_(row.failures == 0, row.due_at > now + beat + SLACK),
                    row.due_at > now + max(beat, LONGEST_WAIT) + SLACK,
                ),
            )
            found += self._change(schedule.update().where(ahead).values(due_at=now))
        return found

    def _intervals(self) -> list[int]:
        """Of rows that have one; made by hand they are never due."""
        wanted = schedule.select().where(schedule.c.every_seconds > 0)
        return sorted({row["every_seconds"] for row in self._rows(wanted)})

    def _messages(self, now: datetime) -> int:
        """What was queued or tried in the future is due now."""
        row, most = outbox.c, now + SLACK
        ahead = or_(
            and_(row.attempts == 0, row.next_attempt_at > most),
            and_(row.last_error_at > most, row.next_attempt_at > now),
            row.next_attempt_at > most + LONGEST_WAIT,
        )
        waiting = outbox.update().where(row.state == "pending", ahead)
        return self._change(waiting.values(next_attempt_at=now))

    def _leases(self, now: datetime) -> int:
        """Nobody holds anything for longer than a lease lasts; who is at work renews it."""
        until = now + LONGEST_LEASE
        found = 0
        for table, column in (
            (schedule, schedule.c.lease_until),
            (outbox, outbox.c.lease_until),
            (connections, connections.c.login_lease_until),
        ):
            ahead = table.update().where(column > until + SLACK)
            found += self._change(ahead.values({column: until}))
        return found
