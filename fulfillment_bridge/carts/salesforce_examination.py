"""A close look at an org for ``test-connection``: in two calls, whatever there is to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from fulfillment_bridge.carts import salesforce_queries as queries
from fulfillment_bridge.carts.base import AccessSeen, Found, InventorySeen, OrdersSeen, ReadyIds
from fulfillment_bridge.carts.salesforce_queries import OrderQueries
from fulfillment_bridge.domain.org_schema import InventoryQuery, OrderQuery, Record
from fulfillment_bridge.errors import BridgeError, Misconfigured
from fulfillment_bridge.salesforce import soql
from fulfillment_bridge.salesforce.catalogue import CATALOGUE
from fulfillment_bridge.salesforce.reaching import reach
from fulfillment_bridge.salesforce.rest import (
    LARGEST_PAGE,
    MOST_QUERIES,
    SMALLEST_PAGE,
    Connection,
    Page,
    Query,
    accesses,
    chunks,
)

T = TypeVar("T")
_Asked = Mapping[str, Query]
_Pages = Mapping[str, Page | BridgeError]
NOTHING: Page = Page(())


class SalesforceExaminer:
    """What ``CartExaminer`` asks for, over one connection."""

    def __init__(self, connection: Connection, job: str) -> None:
        self._connection = connection
        self._job = job

    @property
    def address(self) -> str:
        return self._connection.login_host

    def reach(self, address: str) -> Iterator[str]:
        return reach(address, self._connection.options.route)

    def api_version(self) -> str:
        wanted = self._connection.options.api_version
        offered = [str(each["version"]) for each in self._connection.versions()]
        if wanted in offered:
            return f"we speak version {wanted}; the org offers {offered[0]} to {offered[-1]}"
        fault = CATALOGUE["UNSUPPORTED_API_VERSION"]
        raise Misconfigured(
            f"the org does not offer version {wanted}, but {', '.join(offered)}",
            remedy=fault.remedy,
            code=fault.code,
        )

    def look_at_orders(self, query: OrderQuery, *, sample: int) -> OrdersSeen:
        ask = OrderQueries(query, SMALLEST_PAGE)
        asked = {
            "sample": ask.ready_sample(sample),
            "ready": ask.ready_ids(),
            "sees_everything": _permission("ViewAllData"),
        }
        if query.has_line_records:
            asked["lines"] = ask.lines_sample(1)
        if query.cancel:
            asked["canceled"] = ask.canceled_sample(1)
        for child in query.children:
            asked[f"child {child.name}"] = ask.children_sample(child, 1)
        pages, server_time = self._ask(asked)
        return OrdersSeen(
            sample=_of(pages["sample"], _records),
            lines=_of(pages.get("lines", NOTHING), _records),
            canceled=_of(pages.get("canceled", NOTHING), _records),
            ready=_of(pages["ready"], _ready_ids),
            sees_everything=_of(pages["sees_everything"], _is_given),
            server_time=server_time,
            children={
                child.name: _of(pages[f"child {child.name}"], _records) for child in query.children
            },
        )

    def look_at_access(
        self, query: OrderQuery, record_ids: Sequence[str], inventory: InventoryQuery | None
    ) -> AccessSeen:
        asked: dict[str, Query] = {}
        if record_ids:
            asked["editable"] = self._connection.access_query(record_ids)
        if record_ids and query.order_object.lower() == "order":
            asked["activated"] = _activated(record_ids)
            asked["edits_activated"] = _permission("EditActivatedOrders")
        if inventory:
            asked["inventory"] = queries.inventory(inventory)
        pages = self._ask(asked)[0] if asked else {}
        return AccessSeen(
            editable=_of(pages.get("editable", NOTHING), _editable),
            activated=_of(pages.get("activated", NOTHING), lambda page: bool(page.records)),
            edits_activated=_of(pages.get("edits_activated", NOTHING), _is_given_if_asked),
            inventory=_of(pages["inventory"], _inventory) if inventory else None,
        )

    def _ask(self, asked: _Asked) -> tuple[_Pages, datetime | None]:
        pages: list[Page | BridgeError] = []
        moment: datetime | None = None
        for some in chunks(list(asked.values()), MOST_QUERIES):
            answers = self._connection.ask(some, job=self._job)
            pages += answers.pages
            moment = answers.server_time
        return dict(zip(asked, pages, strict=True)), moment


def _permission(name: str) -> Query:
    return Query(soql.select([f"Permissions{name}"], "UserPermissionAccess"))


def _activated(record_ids: Sequence[str]) -> Query:
    where = soql.all_of(
        soql.compare("Id", "IN", tuple(record_ids)), soql.compare("StatusCode", "=", "Activated")
    )
    return Query(soql.select(["Id"], "Order", where, limit=1))


def _of(page: Page | BridgeError, read: Callable[[Page], T]) -> Found[T]:
    return page if isinstance(page, BridgeError) else read(page)


def _records(page: Page) -> tuple[Record, ...]:
    return page.records


def _ready_ids(page: Page) -> ReadyIds:
    return ReadyIds(tuple(str(row["Id"]) for row in page.records), page.total)


def _inventory(page: Page) -> InventorySeen:
    return InventorySeen(page.records[:LARGEST_PAGE], page.total)


def _editable(page: Page) -> Mapping[str, bool]:
    return {key: access.may_edit for key, access in accesses(page.records).items()}


def _is_given(page: Page) -> bool:
    return any(value is True for row in page.records for value in row.values())


def _is_given_if_asked(page: Page) -> bool | None:
    return _is_given(page) if page.records else None
