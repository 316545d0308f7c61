"""What every cart can do. One adapter per kind of order source.

The words: a *cart* is one order stream of one merchant on a connection; a *record* is a row of
the org as it answers it; an *order* is what a workbook makes of a record and its lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeAlias, TypeVar

from fulfillment_bridge.domain.changed import ChangedQuery, ChangedRecords
from fulfillment_bridge.domain.cursor import Cursor, Window
from fulfillment_bridge.domain.org_schema import (
    CanceledRecord,
    ChildUpsert,
    InventoryQuery,
    OrderQuery,
    OrgSchema,
    RawOrder,
    Record,
    RecordStamp,
    RecordUpdate,
    Stretch,
    UpdateResult,
)
from fulfillment_bridge.errors import BridgeError


@dataclass(frozen=True)
class OrgIdentity:
    """Who we are in which org. ``default_currency`` is None where the org has several."""

    organization_id: str
    organization_name: str
    is_sandbox: bool
    username: str
    user_id: str
    default_currency: str | None
    base_url: str


@dataclass(frozen=True)
class EndOfChanges:
    """What a whole poll showed beside its orders.

    ``read_until``       the server's clock when the poll began: the next cursor
    ``canceled``         records that match the cancel rule or were deleted
    ``no_longer_ready``  of the open orders asked about: changed, and not ready any more
    """

    read_until: datetime
    canceled: tuple[CanceledRecord, ...] = ()
    no_longer_ready: tuple[RecordStamp, ...] = ()


@dataclass(frozen=True)
class OrderPage:
    """Orders with all their lines, sorted by (SystemModstamp, Id). Only the last has an ``end``.

    ``server_time``  the server's clock when reading began, so never later than it was for this
                     page: it says how long ago an order changed
    ``position``     where a later run may resume inside the same window, once this page is stored
    """

    orders: tuple[RawOrder, ...]
    server_time: datetime
    position: Cursor | None = None
    end: EndOfChanges | None = None


@dataclass(frozen=True)
class DescribedAgain:
    """Objects that changed, lower-case names of those that did not; the others are gone.

    ``as_of`` is the server's clock; None where nothing was asked.
    """

    schema: OrgSchema
    unchanged: frozenset[str]
    as_of: datetime | None


@dataclass(frozen=True)
class ReadyCounts:
    """How many orders are ready, and not canceled, per UTC day of their SystemModstamp.

    ``changed_since`` are the ids of all orders that changed at the end of the time counted, or
    later: they may have moved from one day to another.
    """

    by_day: Mapping[date, int]
    changed_since: frozenset[str]
    server_time: datetime


T = TypeVar("T")
Found: TypeAlias = T | BridgeError
"""What was found out, or why it could not be."""


@dataclass(frozen=True)
class ReadyIds:
    """The first ids of orders that are ready now, and how many there are in all."""

    ids: tuple[str, ...]
    total: int


@dataclass(frozen=True)
class OrdersSeen:
    """What the org answers to the queries of a download; each stands for itself.

    ``sample``, ``lines``, ``canceled``  the first records; () where there is no such query
    ``children``  the same of other child records, by the name of their query
    ``sees_everything``  whether our user sees records that nobody shares with it
    """

    sample: Found[tuple[Record, ...]]
    lines: Found[tuple[Record, ...]]
    canceled: Found[tuple[Record, ...]]
    ready: Found[ReadyIds]
    sees_everything: Found[bool]
    server_time: datetime | None
    children: Mapping[str, Found[tuple[Record, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class InventorySeen:
    """The first inventory records, and how many there are in all."""

    records: tuple[Record, ...]
    total: int


@dataclass(frozen=True)
class AccessSeen:
    """What our user may do with given orders.

    ``editable``         whether it may edit them, by their ids; ids it cannot see are left out
    ``activated``        whether one of them is activated, so that ``edits_activated`` matters
    ``edits_activated``  whether it may edit orders that are activated; None where there is no such
    """

    editable: Found[Mapping[str, bool]]
    activated: Found[bool]
    edits_activated: Found[bool | None]
    inventory: Found[InventorySeen] | None


class CartExaminer(Protocol):
    """A close look at the way to an org and at what our user may do there; for a person."""

    @property
    def address(self) -> str:
        """Where the login goes to."""
        ...

    def reach(self, address: str) -> Iterator[str]:
        """What was found at each step of the way; raises where it ends. Costs no API call."""
        ...

    def api_version(self) -> str:
        """A sentence on the version we speak; Misconfigured where the org does not. Costs none."""
        ...

    def look_at_orders(self, query: OrderQuery, *, sample: int) -> OrdersSeen:
        """The real queries with a limit. One API call; one more with several child queries."""
        ...

    def look_at_access(
        self, query: OrderQuery, record_ids: Sequence[str], inventory: InventoryQuery | None
    ) -> AccessSeen:
        """What may be done with these orders (at most 200), and inventory. One API call."""
        ...


class Cart(Protocol):
    """A merchant's order source.

    Raises ``Suspended``/``Misconfigured`` where a person must act, ``OverBudget``/``Retry`` where
    waiting helps, ``Rejected`` where the query itself is refused.
    """

    def identity(self) -> OrgIdentity:
        """Log in if need be; who we are and which org this is."""
        ...

    def describe(self, object_names: Collection[str]) -> OrgSchema:
        """The named objects as our user sees them; objects that do not exist are left out."""
        ...

    def describe_again(self, known: Mapping[str, datetime | None]) -> DescribedAgain:
        """The named objects, but for those that did not change since the moment beside them.

        Beside an object that is not known, or shall be read whatever happened, stands None.
        """
        ...

    def fetch_changes(
        self, query: OrderQuery, window: Window, *, open_order_ids: Collection[str] = ()
    ) -> Iterator[OrderPage]:
        """Changed orders that are ready, page by page, each with all its lines.

        At least one page comes, the last with its ``end``. An idle poll costs one API call.
        ``open_order_ids`` are orders of ours that are not shipped yet.
        """
        ...

    def fetch_orders(
        self, query: OrderQuery, record_ids: Collection[str], *, only_ready: bool = True
    ) -> Iterator[OrderPage]:
        """The named orders with their lines; those that are gone or not ready are left out."""
        ...

    def find_orders(self, query: OrderQuery, path: str, value: str) -> tuple[RawOrder, ...]:
        """Orders whose ``path`` equals ``value``, with their lines, ready or not, old or not.

        For a person who asks about one order; at most two API calls.
        """
        ...

    def find_orders_among(
        self, query: OrderQuery, path: str, values: Collection[str]
    ) -> tuple[RawOrder, ...]:
        """The same for many values, and with deleted orders among them."""
        ...

    def find_newest_orders(self, query: OrderQuery, count: int) -> tuple[RawOrder, ...]:
        """The orders that are ready and changed last, with their lines, the newest first.

        For a person who wants to see what a workbook makes of them.
        """
        ...

    def find_newest_records(
        self, object_name: str, paths: Sequence[str], count: int
    ) -> tuple[Record, ...]:
        """The records of an object that changed last, as examples; one API call."""
        ...

    def find_values(
        self,
        object_name: str,
        field: str,
        values: Collection[str],
        beginnings: Collection[str] = (),
    ) -> frozenset[str]:
        """Which of the values some record holds in that field; also those that begin so."""
        ...

    def fetch_ready_ids(self, query: OrderQuery) -> Iterator[tuple[str, ...]]:
        """Ids of all orders that are ready now, in pages: the sweep for formula-based rules."""
        ...

    def count_ready(self, query: OrderQuery, since: datetime, until: datetime) -> ReadyCounts:
        """Count the orders that changed since then, up to then, in one API call."""
        ...

    def fetch_ready_stamps(
        self, query: OrderQuery, stretches: Sequence[Stretch]
    ) -> list[tuple[RecordStamp, ...]]:
        """Ids and stamps of the ready orders of each stretch; five pages cost one API call.

        Orders that match the cancel rule may be among them.
        """
        ...

    def fetch_canceled(
        self, query: OrderQuery, record_ids: Collection[str]
    ) -> tuple[CanceledRecord, ...]:
        """Those of the named orders that are deleted or match the cancel rule."""
        ...

    def fetch_records(
        self, object_name: str, record_ids: Collection[str], paths: Sequence[str]
    ) -> dict[str, Record]:
        """Single records by id, to compare before writing again; missing ones are left out."""
        ...

    def fetch_children(
        self, object_name: str, key_field: str, keys: Collection[str], paths: Sequence[str]
    ) -> dict[str, Record]:
        """Child records by external id, to compare before writing; missing ones are left out."""
        ...

    def fetch_changed(
        self, wanted: Sequence[ChangedQuery], *, most_calls: int
    ) -> Mapping[str, ChangedRecords]:
        """Records that changed, by object, as far as they can be read in so many calls.

        At most five objects. What is left over is told by how far the answer reaches.
        """
        ...

    def fetch_inventory(self, query: InventoryQuery) -> Iterator[tuple[Record, ...]]:
        """Existing inventory records in pages, sorted by Id."""
        ...

    def write_children(self, upserts: Sequence[ChildUpsert]) -> list[UpdateResult]:
        """Create child records, or change those that have the external id already.

        Each result has the external id as its ``record_id``. Writing again does no harm.
        """
        ...

    def write_updates(self, updates: Sequence[RecordUpdate]) -> list[UpdateResult]:
        """Update existing records, one row per record; results in the order of ``updates``."""
        ...

    def examiner(self) -> CartExaminer:
        """For ``test-connection``."""
        ...
