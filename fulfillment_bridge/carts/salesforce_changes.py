"""Reading orders: what changed, with all its lines, in as few calls as possible.

A poll is one composite call of up to five queries:

1. those of our open orders that changed, ready or not
2. changed orders that were canceled or deleted
3. changed orders that are ready
4. the lines of those orders
5. orders that did not change themselves but one of their lines did

Where values come from other child records too (the primary contact of an opportunity), (4) and
(5) are one query, so that these ride along; a second such query costs one more call.

Lines never come from a child subquery: its rows end early, with a locator of their own that is
easily overlooked. Where (3) has more than one page, each page's lines are asked for by the ids of
its orders together with the next page, so that one page at a time is held.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from fulfillment_bridge.carts.base import EndOfChanges, OrderPage
from fulfillment_bridge.carts.salesforce_queries import (
    CREATED,
    DELETED,
    LINES,
    MOST_IDS,
    ORDERS,
    STAMP,
    OrderQueries,
)
from fulfillment_bridge.domain.cursor import Cursor, Window
from fulfillment_bridge.domain.org_schema import (
    CanceledRecord,
    OrderQuery,
    RawOrder,
    Record,
    RecordStamp,
    value_at,
)
from fulfillment_bridge.salesforce.json_text import parse_datetime
from fulfillment_bridge.salesforce.rest import (
    MOST_QUERIES,
    Connection,
    Locator,
    Page,
    Query,
    chunks,
)

ORDERS_AT_ONCE = 1_000
"""Orders whose records and lines are asked for by id in one call."""

Lines = Mapping[str, Sequence[Record]]
Belongings = tuple[Lines, Mapping[str, Lines]]
"""Lines by order, and other child records by the name of their query and by order."""

_NamedOrders = tuple[tuple[RawOrder, ...], datetime]


class OrderReader:
    """Reads the orders of one OrderQuery."""

    def __init__(
        self, connection: Connection, query: OrderQuery, *, job: str, page_size: int
    ) -> None:
        self._connection = connection
        self._query = query
        self._ask = OrderQueries(query, page_size)
        self._job = job
        self._page_size = page_size

    def changes(self, window: Window, open_order_ids: Collection[str]) -> Iterator[OrderPage]:
        """The pages of a poll; the last one is empty and has the ``end``."""
        poll = self._first_call(window, sorted(open_order_ids))
        position = window.resume_after
        for page in self._order_pages(poll, window):
            poll.seen.update(order.cart_order_id for order in page)
            position = _position(page) or position
            yield OrderPage(self._wanted(poll, page), poll.server_time, position)
        for page, _ in self._orders_of_changed_lines(poll):
            poll.seen.update(order.cart_order_id for order in page)
            yield OrderPage(page, poll.server_time, position)
        yield OrderPage((), poll.server_time, position, self._end(poll, window))

    def by_id(self, record_ids: Collection[str], *, only_ready: bool) -> Iterator[OrderPage]:
        """The named orders with their lines, page by page."""
        for page, server_time in self._named(sorted(set(record_ids)), only_ready=only_ready):
            yield OrderPage(page, server_time, _position(page))

    def called(self, path: str, value: str) -> tuple[RawOrder, ...]:
        """Orders whose ``path`` is ``value``, with their lines, ready or not."""
        asked = self._ask.orders_called(path, value)
        answers = self._connection.read_all(list(asked.values()), job=self._job)
        found = dict(zip(asked, answers, strict=True))
        records = found.pop(ORDERS)
        return _orders(records, self._belongings(found))

    def called_among(self, path: str, values: Sequence[str]) -> tuple[RawOrder, ...]:
        """Orders whose ``path`` is one of the values, deleted ones too, with their lines."""
        (rows,) = self._connection.read_all([self._ask.called_among(path, values)], job=self._job)
        found: list[RawOrder] = []
        for deleted in (False, True):
            # With an order its lines are deleted; those of a living one do not count then.
            own = [row for row in rows if bool(row[DELETED]) is deleted]
            for some in chunks(own, MOST_IDS):
                named = self._ask.belonging_to([row["Id"] for row in some])
                asked = [replace(each, include_deleted=deleted) for each in named.values()]
                answers = self._connection.read_all(asked, job=self._job)
                belongings = self._belongings(dict(zip(named, answers, strict=True)))
                found += _orders(some, belongings)
        return tuple(found)

    def newest(self, count: int) -> tuple[RawOrder, ...]:
        """The orders that are ready and changed last, with their lines, the newest first."""
        (rows,) = self._connection.read_all([self._ask.newest(count)], job=self._job)
        ids = [row["Id"] for row in rows]
        pages = self.by_id(ids, only_ready=False) if ids else ()
        found = {raw.cart_order_id: raw for page in pages for raw in page.orders}
        return tuple(found[record_id] for record_id in ids if record_id in found)

    def ready_ids(self) -> Iterator[tuple[str, ...]]:
        """Ids of all orders that are ready and not canceled, page by page."""
        queries = [self._ask.ready_ids()]
        if self._ask.has_cancel_rule:
            queries.append(self._ask.ready_but_canceled())
        answer = self._connection.read_pages(queries, job=self._job)
        canceled = {
            row["Id"]
            for rows in self._connection.finish(answer.pages[1:], job=self._job)
            for row in rows
        }
        page: Page | None = answer.pages[0]
        while page:
            yield tuple(row["Id"] for row in page.records if row["Id"] not in canceled)
            page = self._page_after(page)

    def _first_call(self, window: Window, open_ids: list[str]) -> _Poll:
        # Ids beyond one query are asked about first: an order that changes after (3) was answered
        # must not look as if it were no longer ready.
        groups = list(chunks(open_ids, MOST_IDS))
        earlier = [self._ask.changed_among(group, window.since) for group in groups[1:]]
        before = [self._connection.read_pages(each, job=self._job) for each in _calls(earlier)]
        asked = self._poll_queries(window, groups)
        answers = [
            self._connection.read_pages(queries, job=self._job)
            for queries in chunks(list(asked.values()), MOST_QUERIES)
        ]
        found = [page for answer in answers for page in answer.pages]
        poll = _Poll(
            compares=bool(window.since or window.resume_after),
            server_time=(before or answers)[0].server_time,
            pages=dict(zip(asked, found, strict=True)),
            open_pages=[page for pages in before for page in pages.pages],
        )
        for record in self._canceled(poll, window, groups):
            poll.canceled[record["Id"]] = _canceled_record(record)
        return poll

    def _poll_queries(self, window: Window, groups: Sequence[Sequence[str]]) -> dict[str, Query]:
        """The queries of the composite call by name, in the order they must run in."""
        asked: dict[str, Query] = {}
        if groups:
            asked["open"] = self._ask.changed_among(groups[0], window.since)
        if window.since:
            asked["canceled"] = self._ask.canceled_since(window.since)
        elif self._ask.has_cancel_rule:
            asked["canceled"] = self._ask.ready_but_canceled()
        asked[ORDERS] = self._ask.orders(window)
        has_lines, children = self._query.has_line_records, self._query.children
        if has_lines and children and window.since and window.resume_after is None:
            asked[LINES] = self._ask.lines_and_changes(window.since)
        else:
            if has_lines and window.resume_after is None:
                asked[LINES] = self._ask.lines(window.since)
            if parents := self._ask.orders_of_changed_lines(window):
                asked["parents"] = parents
        for child in children:
            asked[child.name] = self._ask.children(child, window)
        return asked

    def _canceled(
        self, poll: _Poll, window: Window, groups: Sequence[Sequence[str]]
    ) -> Iterator[Record]:
        if "canceled" in poll.pages:
            yield from self._rest(poll.pages["canceled"])
        if window.since is None:
            # Not every order that was ever canceled, only those we still hold.
            queries = [self._ask.canceled_among(group) for group in groups]
            for rows in self._connection.read_all(queries, job=self._job):
                yield from rows

    def _order_pages(self, poll: _Poll, window: Window) -> Iterator[tuple[RawOrder, ...]]:
        page = poll.pages[ORDERS]
        if not page.next and window.resume_after is None:
            belongings = self._belongings(self._rest_of_belongings(poll))
            for records in chunks(page.records, self._page_size):
                yield _orders(records, belongings)
            return
        self._forget_lines(poll, window)
        following: Page | None = page
        while following and following.records:
            ids = [record["Id"] for record in following.records]
            belongings, onward = self._belongings_of(ids, following.next)
            yield _orders(following.records, belongings)
            following = onward

    def _forget_lines(self, poll: _Poll, window: Window) -> None:
        """The lines come page by page; which of them changed is a query of its own then."""
        asked = self._ask.orders_of_changed_lines(window)
        for name in self._child_names if not poll.compares else ():
            poll.pages.pop(name, None)
        if poll.pages.pop(LINES, None) and asked and "parents" not in poll.pages:
            poll.pages["parents"] = self._connection.read_pages([asked], job=self._job).pages[0]

    def _rest_of_belongings(self, poll: _Poll) -> Mapping[str, Sequence[Record]]:
        """Lines and other child records to the last page, and whose orders they are."""
        names = [name for name in (LINES, *self._child_names) if name in poll.pages]
        pages = self._connection.finish([poll.pages.pop(name) for name in names], job=self._job)
        found = dict(zip(names, pages, strict=True))
        if poll.compares:
            for name, records in found.items():
                poll.touched.update(self._by_order(records, name))
        return found

    def _belongings_of(
        self, order_ids: Sequence[str], following: Locator | None
    ) -> tuple[Belongings, Page | None]:
        """All lines and child records of these orders, and the page behind ``following``."""
        asked: list[Query | Locator] = [following] if following else []
        places: list[str] = []
        kinds = len(self._ask.belonging_to(order_ids[:1]))
        groups = max(1, (MOST_QUERIES - 1) // max(1, kinds))
        size = -(-len(order_ids) // groups) if len(order_ids) > 200 else 200
        for ids in chunks(order_ids, size):
            for name, query in self._ask.belonging_to(ids).items():
                places.append(name)
                asked.append(query)
        calls = [
            self._connection.read_pages(each, job=self._job) for each in chunks(asked, MOST_QUERIES)
        ]
        pages = [page for call in calls for page in call.pages]
        onward = pages.pop(0) if following else None
        found: dict[str, list[Record]] = {}
        answers = self._connection.finish(pages, job=self._job)
        for name, records in zip(places, answers, strict=True):
            found.setdefault(name, []).extend(records)
        return self._belongings(found), onward

    def _orders_of_changed_lines(self, poll: _Poll) -> Iterator[_NamedOrders]:
        """Orders that did not change themselves, but something that belongs to them did."""
        if "parents" in poll.pages:
            poll.touched.update(self._by_order(self._rest(poll.pages["parents"]), LINES))
        self._rest_of_belongings(poll)
        yield from self._named(sorted(poll.touched - poll.read), only_ready=True)

    def _named(self, record_ids: Sequence[str], *, only_ready: bool) -> Iterator[_NamedOrders]:
        """Pages of them, each with the server's clock when it was asked for."""
        for ids in chunks(record_ids, ORDERS_AT_ONCE):
            asked = {ORDERS: self._ask.orders_by_id(ids, only_ready=only_ready)}
            if only_ready and self._ask.has_cancel_rule:
                asked["canceled"] = self._ask.canceled_among(ids)
            asked |= self._ask.belonging_to(ids)
            calls = [
                self._connection.read_pages(each, job=self._job)
                for each in chunks(list(asked.values()), MOST_QUERIES)
            ]
            pages = [page for call in calls for page in call.pages]
            answers = self._connection.finish(pages, job=self._job)
            found = dict(zip(asked, answers, strict=True))
            canceled = {row["Id"] for row in found.pop("canceled", ())}
            wanted = [record for record in found.pop(ORDERS) if record["Id"] not in canceled]
            if wanted:
                yield _orders(wanted, self._belongings(found)), calls[0].server_time

    @property
    def _child_names(self) -> tuple[str, ...]:
        return tuple(child.name for child in self._query.children)

    def _belongings(self, found: Mapping[str, Iterable[Record]]) -> Belongings:
        """What belongs to each order, without what was deleted."""
        living = {
            name: [record for record in records if not record.get(DELETED)]
            for name, records in found.items()
        }
        lines = self._by_order(living.pop(LINES, []), LINES)
        return lines, {name: self._by_order(records, name) for name, records in living.items()}

    def _by_order(self, records: Iterable[Record], name: str) -> Lines:
        fields = {child.name: child.parent_field for child in self._query.children}
        field = fields.get(name, self._query.line_parent_field)
        found: dict[str, list[Record]] = {}
        for record in records:
            parent = value_at(record, field)
            if parent:
                found.setdefault(str(parent), []).append(record)
        return found

    def _wanted(self, poll: _Poll, page: tuple[RawOrder, ...]) -> tuple[RawOrder, ...]:
        return tuple(order for order in page if order.cart_order_id not in poll.canceled)

    def _end(self, poll: _Poll, window: Window) -> EndOfChanges:
        pages = [*poll.open_pages, *([poll.pages["open"]] if "open" in poll.pages else [])]
        stamps = {
            row["Id"]: RecordStamp(row["Id"], parse_datetime(row[STAMP]))
            for rows in self._connection.finish(pages, job=self._job)
            for row in rows
            if row["Id"] not in poll.read
        }
        # From the beginning nothing was read that bears what we write.
        not_all = window.resume_after or (self._query.still_ready and not window.since)
        still_ready = self._still_ready(sorted(stamps)) if not_all else set()
        gone = tuple(stamp for key, stamp in sorted(stamps.items()) if key not in still_ready)
        return EndOfChanges(poll.server_time, tuple(poll.canceled.values()), gone)

    def _still_ready(self, record_ids: Sequence[str]) -> set[str]:
        """A resumed window did not look at the orders before its position: ask about them."""
        queries = [self._ask.ready_ids(ids) for ids in chunks(record_ids, MOST_IDS)]
        found = self._connection.read_all(queries, job=self._job)
        return {row["Id"] for rows in found for row in rows}

    def _rest(self, page: Page) -> Iterable[dict[str, Any]]:
        return self._connection.finish([page], job=self._job)[0]

    def _page_after(self, page: Page) -> Page | None:
        if not page.next:
            return None
        return self._connection.read_pages([page.next], job=self._job).pages[0]


@dataclass
class _Poll:
    """What is known so far in one poll; ``touched`` are orders of which a line changed."""

    server_time: datetime
    pages: dict[str, Page]
    open_pages: list[Page]
    canceled: dict[str, CanceledRecord] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    compares: bool = True
    touched: set[str] = field(default_factory=set)

    @property
    def read(self) -> set[str]:
        """Ids that need no further look."""
        return self.seen | self.canceled.keys()


def _calls(queries: Sequence[Query]) -> Iterator[Sequence[Query]]:
    return chunks(queries, MOST_QUERIES)


def _orders(records: Iterable[Record], belongings: Belongings) -> tuple[RawOrder, ...]:
    return tuple(_order(record, belongings) for record in records)


def _order(record: Record, belongings: Belongings) -> RawOrder:
    lines, children = belongings
    own = tuple(lines.get(record["Id"], ()))
    newest = max((parse_datetime(line[STAMP]) for line in own), default=None)
    found = {name: tuple(by_order.get(record["Id"], ())) for name, by_order in children.items()}
    return RawOrder(
        record,
        own,
        parse_datetime(record[STAMP]),
        found,
        line_modstamp=newest,
        created_at=parse_datetime(record[CREATED]),
    )


def _position(page: Sequence[RawOrder]) -> Cursor | None:
    return Cursor(page[-1].modstamp, page[-1].cart_order_id) if page else None


def _canceled_record(row: Record) -> CanceledRecord:
    return CanceledRecord(row["Id"], parse_datetime(row[STAMP]), bool(row["IsDeleted"]))
