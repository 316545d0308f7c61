"""How the use of an org's API calls went on over the last day, and who has to wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import connection_usage, connections

SAMPLE_EVERY = timedelta(minutes=5)
KEPT_FOR = timedelta(hours=25)

_ROW = connections.c
_SAMPLE = connection_usage.c


@dataclass(frozen=True)
class UsageSample:
    """What the org said at one moment: calls used of the last 24 hours, and calls allowed."""

    seen_at: datetime
    used: int
    limit: int


class ApiUsage(Repository):
    """``uow.api_usage``"""

    def add(self, connection: str, *, used: int, limit: int, at: datetime) -> None:
        """Keep what the org says now; of the way there one sample in a few minutes."""
        values = {"api_used": used, "api_limit": limit, "api_seen_at": at}
        self._upsert(connections, {"name": connection}, values)
        newest = select(func.max(_SAMPLE.seen_at)).where(_SAMPLE.connection == connection)
        last: datetime | None = self._scalar(newest)
        if last is None or at - last >= SAMPLE_EVERY:
            row = {"connection": connection, "seen_at": at, "used": used, "allowed": limit}
            self._insert_if_new(connection_usage, **row)
            self._change(connection_usage.delete().where(_SAMPLE.seen_at < at - KEPT_FOR))

    def samples(self, connection: str, *, since: datetime) -> list[UsageSample]:
        """Oldest first."""
        wanted = select(connection_usage).where(
            _SAMPLE.connection == connection, _SAMPLE.seen_at >= since
        )
        rows = self._rows(wanted.order_by(_SAMPLE.seen_at))
        return [UsageSample(row["seen_at"], row["used"], row["allowed"]) for row in rows]

    def pause(self, connection: str, paused_from: str | None, *, at: datetime) -> None:
        """Work of this urgency and below waits from now on; None lets everything go on."""
        values = {"api_paused_from": paused_from, "api_paused_at": at if paused_from else None}
        self._upsert(connections, {"name": connection}, values)

    def claim_probe(self, connection: str, *, at: datetime, every: timedelta) -> bool:
        """Whether to look now how the org's usage is; nobody else is told so for a while."""
        probed = _ROW.api_probed_at
        due = or_(probed.is_(None), probed <= at - every, probed > at)
        took = connections.update().where(_ROW.name == connection, due)
        return self._change(took.values(api_probed_at=at)) == 1
