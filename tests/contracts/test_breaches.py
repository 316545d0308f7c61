"""The twins of the contracts: an adapter that breaks a promise fails its suite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fulfillment_bridge.carts.base import OrderPage
from fulfillment_bridge.carts.salesforce import SalesforceCart
from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.domain.cursor import Window
from fulfillment_bridge.domain.org_schema import OrderQuery, RecordUpdate, UpdateResult
from fulfillment_bridge.warehouses.base import (
    Receipt,
    ShipmentBatch,
    StockBatch,
    Submission,
    WarehouseProfile,
)
from fulfillment_bridge.warehouses.csv_drop import CsvDropOptions, CsvDropWarehouse
from tests.contracts import test_cart as cart_suite
from tests.contracts import test_warehouse as warehouse_suite
from tests.warehouses.samples import NOON


class SendsAgain(CsvDropWarehouse):
    """Takes every attempt for the first, under a new name."""

    def submit(self, submission: Submission, *, first_attempt: bool) -> Receipt:
        name = submission.name if first_attempt else f"ord_AGAIN_{submission.name[4:]}"
        return super().submit(replace(submission, name=name), first_attempt=True)


class ForgetsToAcknowledge(CsvDropWarehouse):
    """Brings the same documents for ever."""

    def acknowledge(self, batch: ShipmentBatch | StockBatch, *, note: str = "") -> None:
        return None


class MixesMerchants(CsvDropWarehouse):
    """Takes every document for Acme's."""

    def fetch_shipments(self) -> Iterator[ShipmentBatch]:
        for batch in super().fetch_shipments():
            yield replace(batch, merchant_code="ACME")


class LosesLines(SalesforceCart):
    """Brings each order with its first line alone."""

    def fetch_changes(
        self, query: OrderQuery, window: Window, *, open_order_ids: Collection[str] = ()
    ) -> Iterator[OrderPage]:
        for page in super().fetch_changes(query, window, open_order_ids=open_order_ids):
            orders = tuple(replace(order, lines=order.lines[:1]) for order in page.orders)
            yield replace(page, orders=orders)


class ForgetsItsPlace(SalesforceCart):
    """Leaves out the orders that share the stamp of the last page."""

    def fetch_changes(
        self, query: OrderQuery, window: Window, *, open_order_ids: Collection[str] = ()
    ) -> Iterator[OrderPage]:
        place = window.resume_after
        for page in super().fetch_changes(query, window, open_order_ids=open_order_ids):
            late = [order for order in page.orders if place and order.modstamp <= place.modstamp]
            yield replace(page, orders=tuple(each for each in page.orders if each not in late))


class TellsOnlySuccess(SalesforceCart):
    """Says that everything was written."""

    def write_updates(self, updates: Sequence[RecordUpdate]) -> list[UpdateResult]:
        results = super().write_updates(updates)
        return [replace(result, written=True, faults=()) for result in results]


@pytest.mark.parametrize(
    ("breach", "test"),
    [
        (
            SendsAgain,
            lambda bench: warehouse_suite.test_a_second_attempt_has_no_second_effect(bench, True),
        ),
        (ForgetsToAcknowledge, warehouse_suite.test_documents_come_until_they_are_acknowledged),
        (ForgetsToAcknowledge, warehouse_suite.test_stock_comes_until_it_is_acknowledged),
        (MixesMerchants, warehouse_suite.test_merchants_are_kept_apart),
    ],
    ids=["sends again", "shipments stay", "stock stays", "mixes merchants"],
)
def test_a_warehouse_that_breaks_a_promise_is_found(
    tmp_path: Path,
    breach: type[CsvDropWarehouse],
    test: Callable[[warehouse_suite.Bench], None],
) -> None:
    """Each breach fails the very test that is about it."""
    bench = warehouse_suite.CsvDropBench(tmp_path)
    bench.warehouse = breach(
        CsvDropOptions(folder=tmp_path),
        WarehouseProfile("reno", merchants={"acme": "ACME", "globex": "GLOBEX"}),
        clock=ManualClock(NOON),
    )
    with pytest.raises((AssertionError, KeyError)):
        test(bench)


@pytest.mark.parametrize(
    ("breach", "test"),
    [
        (LosesLines, cart_suite.test_every_order_comes_once_with_all_its_lines),
        (ForgetsItsPlace, cart_suite.test_a_position_leads_on_from_a_stored_page),
        (TellsOnlySuccess, cart_suite.test_updates_have_results_in_their_order),
    ],
)
def test_a_cart_that_breaks_a_promise_is_found(
    breach: type[SalesforceCart], test: Callable[[cart_suite.Bench], None]
) -> None:
    """The same for carts."""
    with cart_suite.salesforce(breach) as bench, pytest.raises(AssertionError):
        test(bench)


def test_a_cart_without_a_bench_would_be_noticed() -> None:
    """A planted kind is found missing."""
    assert cart_suite.unproved_kinds({*cart_suite.BENCHES, "planted"}) == {"planted"}
