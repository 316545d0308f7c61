"""Counting an org's orders, and reading no more of them than their ids and stamps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from fulfillment_bridge.carts.base import ReadyCounts
from fulfillment_bridge.carts.salesforce_queries import MOST_IDS, STAMP, OrderQueries
from fulfillment_bridge.domain.org_schema import (
    CanceledRecord,
    OrderQuery,
    RecordStamp,
    Stretch,
)
from fulfillment_bridge.salesforce.json_text import parse_datetime
from fulfillment_bridge.salesforce.rest import LARGEST_PAGE, Connection, chunks


class OrderCounter:
    """Counts the orders of one OrderQuery."""

    def __init__(self, connection: Connection, query: OrderQuery, *, job: str) -> None:
        self._connection = connection
        self._ask = OrderQueries(query, LARGEST_PAGE)
        self._job = job

    def count(self, since: datetime, until: datetime) -> ReadyCounts:
        """One call: ready per day, less those that the cancel rule takes out of them."""
        queries = [self._ask.ready_per_day(since, until), self._ask.changed_since(until)]
        if self._ask.has_cancel_rule:
            queries.append(self._ask.ready_but_canceled_per_day(since, until))
        answer = self._connection.read_pages(queries, job=self._job)
        ready, changed, *canceled = self._connection.finish(answer.pages, job=self._job)
        by_day = Counter(_by_day(ready))
        for rows in canceled:
            by_day.subtract(_by_day(rows))
        return ReadyCounts(
            by_day={day: many for day, many in by_day.items() if many},
            changed_since=frozenset(row["Id"] for row in changed),
            server_time=answer.server_time,
        )

    def ready_stamps(self, stretches: Sequence[Stretch]) -> list[tuple[RecordStamp, ...]]:
        """Ids and stamps of each stretch, to its last page."""
        queries = [self._ask.ready_stamps(stretch) for stretch in stretches]
        return [
            tuple(RecordStamp(row["Id"], parse_datetime(row[STAMP])) for row in rows)
            for rows in self._connection.read_all(queries, job=self._job)
        ]

    def canceled(self, record_ids: Collection[str]) -> tuple[CanceledRecord, ...]:
        """Those that are deleted or match the cancel rule."""
        groups = chunks(sorted(set(record_ids)), MOST_IDS)
        queries = [self._ask.canceled_among(group) for group in groups]
        return tuple(
            CanceledRecord(row["Id"], parse_datetime(row[STAMP]), bool(row["IsDeleted"]))
            for rows in self._connection.read_all(queries, job=self._job)
            for row in rows
        )


def _by_day(rows: Iterable[Mapping[str, Any]]) -> dict[date, int]:
    return {date.fromisoformat(row["on_day"]): int(row["many"]) for row in rows}
