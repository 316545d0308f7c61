"""Reading what changed in an org since a moment, within a number of calls fixed beforehand.

The first call reads a page of each object and learns how many records there are. Where more are
behind it, the time up to now is cut into slices of about a page each, five of which are one call.
What cannot be read within the calls is left, and the answer says up to when it is whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from fulfillment_bridge.carts.salesforce_queries import STAMP, changed_records
from fulfillment_bridge.domain.changed import ChangedQuery, ChangedRecords
from fulfillment_bridge.domain.org_schema import Record
from fulfillment_bridge.salesforce.json_text import parse_datetime
from fulfillment_bridge.salesforce.rest import (
    MOST_QUERIES,
    Connection,
    Locator,
    Page,
    Query,
)

RECORDS_IN_A_SLICE = 1_500
"""Less than a page: a day is not equally busy at all hours."""


@dataclass
class _Slice:
    """A part of the time of one object, read page by page in turn."""

    about: ChangedQuery
    since: datetime
    until: datetime | None
    records: list[Record] = field(default_factory=list)
    next: Locator | None = None
    whole: bool = False

    def request(self) -> Query | Locator:
        return self.next or changed_records(self.about, self.since, self.until)

    def take(self, page: Page) -> None:
        self.records += page.records
        self.next = page.next
        self.whole = page.next is None

    @property
    def known_until(self) -> datetime:
        """Of the stamp read last there may be more behind."""
        return parse_datetime(self.records[-1][STAMP]) if self.records else self.since


class ChangedReader:
    """Carries out one look."""

    def __init__(self, connection: Connection, *, job: str) -> None:
        self._connection = connection
        self._job = job

    def read(
        self, wanted: Sequence[ChangedQuery], *, most_calls: int
    ) -> Mapping[str, ChangedRecords]:
        """By the name of the object; at most five objects."""
        firsts = [_Slice(each, each.since, None) for each in wanted]
        pages = self._connection.read_pages([each.request() for each in firsts], job=self._job)
        slices: dict[str, list[_Slice]] = {}
        most_slices = (most_calls - 1) * MOST_QUERIES
        for first, page in zip(firsts, pages.pages, strict=True):
            first.take(page)
            behind = page.total - len(page.records)
            rest = _rest(first, behind, pages.server_time, most_slices) if not first.whole else []
            slices[first.about.object_name] = [first, *rest]
        waiting = deque(
            sorted((each for own in slices.values() for each in own[1:]), key=lambda s: s.since)
        )
        for _ in range(most_calls - 1):
            self._next_call(waiting)
        return {
            name: ChangedRecords(
                tuple(record for each in own for record in each.records),
                _until(own, pages.server_time),
                pages.server_time,
            )
            for name, own in slices.items()
        }

    def _next_call(self, waiting: deque[_Slice]) -> None:
        now = [waiting.popleft() for _ in range(min(MOST_QUERIES, len(waiting)))]
        if not now:
            return
        pages = self._connection.read_pages([each.request() for each in now], job=self._job)
        for each, page in zip(now, pages.pages, strict=True):
            each.take(page)
        waiting.extendleft(reversed([each for each in now if not each.whole]))


def _rest(first: _Slice, behind: int, until: datetime, most: int) -> list[_Slice]:
    """What is behind the first page, in slices of about a page: as many as can be read.

    The very last of them has no end, for a row may be a little ahead of the clock.
    """
    start = first.known_until
    count = -(-behind // RECORDS_IN_A_SLICE)
    step = (until - start) / count
    bounds: list[datetime | None] = [start + step * number for number in range(count)]
    bounds = [*bounds, None][: max(1, most) + 1]
    return [_Slice(first.about, since, end) for since, end in pairwise(bounds) if since is not None]


def _until(slices: Sequence[_Slice], server_time: datetime) -> datetime:
    """The first slice is whole up to where the others begin, if there are any."""
    for each in slices[1:] or slices:
        if not each.whole:
            return each.known_until
    return slices[-1].until or server_time
