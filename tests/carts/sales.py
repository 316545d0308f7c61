"""A merchant's orders in a simulated org, and a cart that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fulfillment_bridge.carts.base import EndOfChanges, OrderPage
from fulfillment_bridge.carts.salesforce import SalesforceCart, SalesforceCartOptions
from fulfillment_bridge.domain.cursor import Window
from fulfillment_bridge.domain.org_schema import Condition, OrderQuery, RawOrder
from fulfillment_bridge.salesforce.rest import Connection
from tests.salesforce.orgs import TestOrg

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

SALES = OrderQuery(
    order_object="Sale__c",
    order_paths=("Name", "State__c", "Total__c", "Depot__r.City__c"),
    line_object="Sale_Line__c",
    line_paths=("Item__c", "Count__c"),
    line_parent_field="Sale__c",
    line_parent_relationship="Sale__r",
    ready=((Condition("Ready__c", "=", True),),),
    cancel=((Condition("State__c", "=", "Canceled"),),),
    parent_stamps=("Depot__r",),
)


@dataclass
class Sales:
    """The org of one test, its cart and what has been put there."""

    org: TestOrg
    connection: Connection
    page_size: int = 2000

    @property
    def cart(self) -> SalesforceCart:
        return SalesforceCart(
            self.connection, SalesforceCartOptions(page_size=self.page_size), job="order_download"
        )

    def sell(
        self, count: int = 1, *, lines: int = 1, stamp: datetime = NOON, **values: Any
    ) -> list[str]:
        """Ready orders with lines, all stamped alike; their ids."""
        ready = {"Ready__c": True, **values}
        ids = self.org.insert("Sale__c", *[ready] * count, stamp=stamp)
        rows = [
            {"Sale__c": order_id, "Item__c": f"SKU-{number}", "Count__c": number + 1}
            for order_id in ids
            for number in range(lines)
        ]
        self.org.insert("Sale_Line__c", *rows, stamp=stamp)
        return ids

    def poll(
        self,
        since: datetime | None = None,
        *,
        open_ids: Sequence[str] = (),
        query: OrderQuery = SALES,
        window: Window | None = None,
    ) -> Poll:
        """One whole poll, and how many calls it was charged."""
        self.connection.login()
        before = self.calls
        window = window or Window(since)
        pages = list(self.cart.fetch_changes(query, window, open_order_ids=open_ids))
        return Poll(pages, self.calls - before)

    @property
    def calls(self) -> int:
        """What the org has charged our user."""
        charged = self.org.server.log.usage(org=self.org.handle.name, user=self.org.handle.username)
        return int(charged["charged"])


@dataclass
class Poll:
    pages: list[OrderPage]
    calls: int

    @property
    def orders(self) -> list[RawOrder]:
        return [order for page in self.pages for order in page.orders]

    @property
    def ids(self) -> list[str]:
        return [order.cart_order_id for order in self.orders]

    @property
    def end(self) -> EndOfChanges:
        assert [page.end is not None for page in self.pages].index(True) == len(self.pages) - 1
        end = self.pages[-1].end
        assert end is not None
        return end

    @property
    def canceled(self) -> dict[str, bool]:
        return {each.record_id: each.deleted for each in self.end.canceled}

    @property
    def no_longer_ready(self) -> list[str]:
        return [each.record_id for each in self.end.no_longer_ready]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def without_parents(query: OrderQuery = SALES) -> OrderQuery:
    return replace(query, parent_stamps=())
