"""Which records changed or were deleted in a span of time, for clients that keep copies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.model import DeletedRecord, DeletedRecords, UpdatedIds
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.soql_scope import Frame
from fulfillment_bridge.simulator.store import stamp_of

FARTHEST_BACK = timedelta(days=30)
DELETIONS_KEPT = timedelta(days=15)
_MOST_IDS = 600_000


def updated(frame: Frame, sobject: SObject, span: Span) -> UpdatedIds:
    """The records made or changed in the span, deleted ones left out."""
    alive = 'AND "IsDeleted" = 0' if sobject.engine_field("IsDeleted") else ""
    found = frame.store.read(
        f"SELECT Id FROM {frame.source(sobject)} "  # noqa: S608 - declared names
        f'WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ? {alive} '
        'ORDER BY "SystemModstamp", "Id"',
        span.stamps,
    )
    _check_size(found)
    ids = [record_id for (record_id,) in found]
    return UpdatedIds(ids, _latest_covered(frame, sobject, span))


def deleted(frame: Frame, sobject: SObject, span: Span) -> DeletedRecords:
    """The records deleted in the span, be they still in the recycle bin or not."""
    found = frame.store.read(
        f'SELECT Id, "SystemModstamp" AS at FROM {frame.source(sobject)} '  # noqa: S608
        'WHERE "IsDeleted" = 1 AND "SystemModstamp" >= ?1 AND "SystemModstamp" < ?2 UNION ALL '
        'SELECT Id, deleted_at FROM "#purged" '
        "WHERE object = ?3 AND deleted_at >= ?1 AND deleted_at < ?2 ORDER BY at, Id",
        (*span.stamps, sobject.name),
    )
    _check_size(found)
    records = [DeletedRecord(record_id, _moment(stamp)) for record_id, stamp in found]
    earliest = _whole_minute(span.now - DELETIONS_KEPT)
    return DeletedRecords(records, earliest, _latest_covered(frame, sobject, span))


class Span:
    """A span of time as a caller gives it: seconds do not count."""

    def __init__(self, start: datetime, end: datetime, *, now: datetime) -> None:
        """Raises INVALID_REPLICATION_DATE for a span that cannot be asked for."""
        self.start, self.end, self.now = _whole_minute(start), _whole_minute(end), now
        if self.start >= self.end:
            raise _bad_date("endDate must be at least one minute greater than startDate")
        if self.start < _whole_minute(now - FARTHEST_BACK):
            raise _bad_date("startDate cannot be more than 30 days ago")

    @property
    def stamps(self) -> tuple[str, str]:
        """Start and end as the store writes times."""
        return stamp_of(self.start), stamp_of(self.end)


def check_replicateable(sobject: SObject, *, deletable: bool = False) -> None:
    """INVALID_TYPE for an object that nobody can keep a copy of."""
    if sobject.virtual or (deletable and not sobject.field("IsDeleted")):
        raise SalesforceError("INVALID_TYPE", f"entity type {sobject.name} is not replicateable")


def _latest_covered(frame: Frame, sobject: SObject, span: Span) -> datetime:
    """Up to when nothing can be missing: not beyond now, nor beyond what has yet to commit."""
    uncommitted = frame.store.earliest_hidden(sobject)
    limits = [span.end, span.now]
    if uncommitted:
        limits.append(_moment(uncommitted))
    return _whole_minute(min(limits))


def _check_size(found: list[tuple[Any, ...]]) -> None:
    if len(found) > _MOST_IDS:
        raise SalesforceError("EXCEEDED_ID_LIMIT", f"more than {_MOST_IDS} ids: ask for less time")


def _whole_minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)


def _bad_date(message: str) -> SalesforceError:
    return SalesforceError("INVALID_REPLICATION_DATE", message)
