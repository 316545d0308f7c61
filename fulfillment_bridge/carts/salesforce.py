"""A merchant's Salesforce org as a cart. What it promises stands in ``carts/base.py``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from fulfillment_bridge.carts import salesforce_queries as queries
from fulfillment_bridge.carts.base import DescribedAgain, OrderPage, OrgIdentity, ReadyCounts
from fulfillment_bridge.carts.salesforce_changed import ChangedReader
from fulfillment_bridge.carts.salesforce_changes import ORDERS_AT_ONCE, OrderReader
from fulfillment_bridge.carts.salesforce_counts import OrderCounter
from fulfillment_bridge.carts.salesforce_described import org_object
from fulfillment_bridge.carts.salesforce_examination import SalesforceExaminer
from fulfillment_bridge.carts.salesforce_writes import BatchSize, UpdateWriter
from fulfillment_bridge.domain.changed import ChangedQuery, ChangedRecords
from fulfillment_bridge.domain.cursor import Window
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
from fulfillment_bridge.salesforce.rest import LARGEST_PAGE, SMALLEST_PAGE, Connection, Page, chunks

MOST_VALUES = 1_000
MOST_BEGINNINGS = 50
"""What one query asks about at once when it looks for values."""


class SalesforceCartOptions(BaseModel):
    """What config.yaml may say about a Salesforce cart.

    ``page_size``  orders asked for at a time
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    page_size: int = Field(default=LARGEST_PAGE, ge=SMALLEST_PAGE, le=LARGEST_PAGE)


class SalesforceCart:
    """Orders, inventory and updates of one cart over a connection. Safe in any thread.

    ``job`` is the name under which the org's calls are counted; ``for_job`` gives the same cart
    under another one.
    """

    Options = SalesforceCartOptions

    def __init__(
        self,
        connection: Connection,
        options: SalesforceCartOptions | None = None,
        *,
        job: str = "bridge",
        batch_size: BatchSize | None = None,
    ) -> None:
        self._connection = connection
        self._options = options or SalesforceCartOptions()
        self._job = job
        self._batch_size = batch_size or BatchSize()

    def for_job(self, job: str) -> SalesforceCart:
        """This cart, with calls counted for ``job``; what was learned about writing is shared."""
        return SalesforceCart(self._connection, self._options, job=job, batch_size=self._batch_size)

    def identity(self) -> OrgIdentity:
        login = self._connection.login()
        return OrgIdentity(
            organization_id=login.organization_id,
            organization_name=login.organization_name,
            is_sandbox=login.is_sandbox,
            username=login.username,
            user_id=login.user_id,
            default_currency=login.default_currency,
            base_url=login.instance_url,
        )

    def describe(self, object_names: Collection[str]) -> OrgSchema:
        login = self._connection.login()
        described = self._connection.describe(object_names)
        return OrgSchema(
            objects={name.lower(): org_object(body) for name, body in described.items()},
            organization_id=login.organization_id,
            default_currency=login.default_currency,
        )

    def describe_again(self, known: Mapping[str, datetime | None]) -> DescribedAgain:
        login = self._connection.login()
        answer = self._connection.describe_again(known, job=self._job)
        schema = OrgSchema(
            objects={name.lower(): org_object(body) for name, body in answer.changed.items()},
            organization_id=login.organization_id,
            default_currency=login.default_currency,
        )
        unchanged = frozenset(name.lower() for name in answer.unchanged)
        return DescribedAgain(schema, unchanged, answer.server_time)

    def fetch_changes(
        self, query: OrderQuery, window: Window, *, open_order_ids: Collection[str] = ()
    ) -> Iterator[OrderPage]:
        return self._reader(query).changes(window, open_order_ids)

    def fetch_orders(
        self, query: OrderQuery, record_ids: Collection[str], *, only_ready: bool = True
    ) -> Iterator[OrderPage]:
        return self._reader(query).by_id(record_ids, only_ready=only_ready)

    def find_orders(self, query: OrderQuery, path: str, value: str) -> tuple[RawOrder, ...]:
        return self._reader(query).called(path, value)

    def find_orders_among(
        self, query: OrderQuery, path: str, values: Collection[str]
    ) -> tuple[RawOrder, ...]:
        reader = self._reader(query)
        groups = chunks(sorted(values), MOST_VALUES)
        return tuple(raw for group in groups for raw in reader.called_among(path, group))

    def find_newest_orders(self, query: OrderQuery, count: int) -> tuple[RawOrder, ...]:
        return self._reader(query).newest(count)

    def find_newest_records(
        self, object_name: str, paths: Sequence[str], count: int
    ) -> tuple[Record, ...]:
        asked = queries.newest_records(object_name, paths, count)
        (found,) = self._connection.read_all([asked], job=self._job)
        return tuple(found)

    def find_values(
        self,
        object_name: str,
        field: str,
        values: Collection[str],
        beginnings: Collection[str] = (),
    ) -> frozenset[str]:
        asked = [
            queries.values(object_name, field, group, ())
            for group in chunks(sorted(values), MOST_VALUES)
        ]
        asked += [
            queries.values(object_name, field, (), group)
            for group in chunks(sorted(beginnings), MOST_BEGINNINGS)
        ]
        found = self._connection.read_all(asked, job=self._job)
        return frozenset(str(row[field]) for rows in found for row in rows if row[field])

    def fetch_ready_ids(self, query: OrderQuery) -> Iterator[tuple[str, ...]]:
        return self._reader(query).ready_ids()

    def count_ready(self, query: OrderQuery, since: datetime, until: datetime) -> ReadyCounts:
        return self._counter(query).count(since, until)

    def fetch_ready_stamps(
        self, query: OrderQuery, stretches: Sequence[Stretch]
    ) -> list[tuple[RecordStamp, ...]]:
        return self._counter(query).ready_stamps(stretches)

    def fetch_canceled(
        self, query: OrderQuery, record_ids: Collection[str]
    ) -> tuple[CanceledRecord, ...]:
        return self._counter(query).canceled(record_ids)

    def fetch_records(
        self, object_name: str, record_ids: Collection[str], paths: Sequence[str]
    ) -> dict[str, Record]:
        groups = chunks(sorted(set(record_ids)), ORDERS_AT_ONCE)
        asked = [queries.records(object_name, group, paths) for group in groups]
        found = self._connection.read_all(asked, job=self._job)
        return {row["Id"]: row for rows in found for row in rows}

    def fetch_children(
        self, object_name: str, key_field: str, keys: Collection[str], paths: Sequence[str]
    ) -> dict[str, Record]:
        groups = chunks(sorted(set(keys)), MOST_VALUES)
        asked = [queries.children_by_key(object_name, key_field, each, paths) for each in groups]
        found = self._connection.read_all(asked, job=self._job)
        return {row[key_field]: row for rows in found for row in rows}

    def fetch_changed(
        self, wanted: Sequence[ChangedQuery], *, most_calls: int
    ) -> Mapping[str, ChangedRecords]:
        reader = ChangedReader(self._connection, job=self._job)
        return reader.read(wanted, most_calls=most_calls) if wanted else {}

    def fetch_inventory(self, query: InventoryQuery) -> Iterator[tuple[Record, ...]]:
        asked = [queries.inventory(query)]
        page: Page | None = self._connection.read_pages(asked, job=self._job).pages[0]
        while page:
            yield page.records
            onward = page.next
            page = self._connection.read_pages([onward], job=self._job).pages[0] if onward else None

    def write_updates(self, updates: Sequence[RecordUpdate]) -> list[UpdateResult]:
        return UpdateWriter(self._connection, self._batch_size, job=self._job).write(updates)

    def write_children(self, upserts: Sequence[ChildUpsert]) -> list[UpdateResult]:
        return UpdateWriter(self._connection, self._batch_size, job=self._job).write(upserts)

    def _counter(self, query: OrderQuery) -> OrderCounter:
        return OrderCounter(self._connection, query, job=self._job)

    def examiner(self) -> SalesforceExaminer:
        return SalesforceExaminer(self._connection, self._job)

    def _reader(self, query: OrderQuery) -> OrderReader:
        return OrderReader(
            self._connection, query, job=self._job, page_size=self._options.page_size
        )
