"""What every cart must keep. A new cart type brings a bench and passes all of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest

from fulfillment_bridge import registry
from fulfillment_bridge.carts.base import Cart, OrderPage
from fulfillment_bridge.carts.salesforce import SalesforceCart, SalesforceCartOptions
from fulfillment_bridge.domain.cursor import Window
from fulfillment_bridge.domain.org_schema import InventoryQuery, OrderQuery, RecordUpdate
from fulfillment_bridge.simulator.server import SimulatorServer
from tests.carts.sales import NOON, SALES, Sales, minutes
from tests.salesforce.orgs import open_org

NOBODY = "a00000000000000AAA"


@dataclass
class Bench:
    """A cart and the hands of its merchant.

    ``put_orders(count)``       ready orders with two lines each, all of one stamp; their ids
    ``withdraw(id)``, ``cancel(id)``  the order is not ready any more; it is canceled
    ``text_field``              a field of the order that we may write
    ``began_at``                not later than anything on this bench
    """

    cart: Cart
    query: OrderQuery
    inventory: InventoryQuery
    put_orders: Callable[[int], list[str]]
    withdraw: Callable[[str], None]
    cancel: Callable[[str], None]
    text_field: str
    began_at: datetime


@contextmanager
def salesforce(kind: type[SalesforceCart] = SalesforceCart) -> Iterator[Bench]:
    """A Salesforce cart at a simulated org."""
    with SimulatorServer(tls=False) as server:
        server.clock.set(NOON + minutes(30))
        server.clock.freeze()
        with open_org(server) as org, org.connection() as connection:
            sales = Sales(org, connection, page_size=200)
            org.insert("Depot__c", *[{"City__c": f"SKU-{each}"} for each in range(3)])
            later = NOON + minutes(10)
            yield Bench(
                cart=kind(connection, SalesforceCartOptions(page_size=200)),
                query=SALES,
                inventory=InventoryQuery("Depot__c", key_path="City__c", paths=("Name",)),
                put_orders=lambda count: sales.sell(count, lines=2),
                withdraw=lambda key: org.change("Sale__c", key, stamp=later, Ready__c=False),
                cancel=lambda key: org.change("Sale__c", key, stamp=later, State__c="Canceled"),
                text_field="Tracking__c",
                began_at=NOON,
            )


BENCHES: dict[str, Callable[[], AbstractContextManager[Bench]]] = {"salesforce": salesforce}


@pytest.fixture(scope="module", params=sorted(BENCHES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bench(kind: str) -> Iterator[Bench]:
    with BENCHES[kind]() as ready:
        yield ready


def unproved_kinds(registered: set[str]) -> set[str]:
    """Kinds of cart that no bench puts through this contract."""
    return registered - set(BENCHES)


def test_every_registered_cart_has_a_bench() -> None:
    """A cart that nobody holds to the contract does not exist."""
    assert unproved_kinds(set(registry.CARTS)) == set()


def test_a_cart_has_the_methods_of_the_contract(kind: str) -> None:
    """By name and by parameter."""
    adapter = registry.load(registry.CARTS[kind])
    for name, promised in inspect.getmembers(Cart, inspect.isfunction):
        if not name.startswith("_"):
            kept = inspect.signature(getattr(adapter, name))
            assert list(kept.parameters) == list(inspect.signature(promised).parameters)


def test_a_poll_of_nothing_has_one_page_and_its_end(bench: Bench) -> None:
    """The cursor moves on even when nothing happened."""
    (page,) = bench.cart.fetch_changes(bench.query, Window(None))
    assert page.orders == ()
    assert page.end is not None
    assert page.end.read_until.tzinfo is not None


def test_every_order_comes_once_with_all_its_lines(bench: Bench) -> None:
    """Page by page, in turn; only the last page has the end."""
    ids = bench.put_orders(450)
    pages = list(bench.cart.fetch_changes(bench.query, Window(bench.began_at)))
    orders = [order for page in pages for order in page.orders]
    assert sorted(order.cart_order_id for order in orders) == sorted(ids)
    assert {len(order.lines) for order in orders} == {2}
    places = [(order.modstamp, order.cart_order_id) for order in orders]
    assert places == sorted(places)
    assert [page.end is None for page in pages] == [True] * (len(pages) - 1) + [False]


def test_every_page_says_how_late_it_was_at_the_server(bench: Bench) -> None:
    """No page is younger than what it shows, and the first one says it as well as the last."""
    bench.put_orders(5)
    pages = list(bench.cart.fetch_changes(bench.query, Window(bench.began_at)))
    assert pages[-1].end is not None
    assert {page.server_time for page in pages} == {pages[-1].end.read_until}
    assert all(raw.modstamp <= page.server_time for page in pages for raw in page.orders)
    for page in bench.cart.fetch_orders(bench.query, _ids(pages)):
        assert page.server_time >= pages[0].server_time


def test_a_position_leads_on_from_a_stored_page(bench: Bench) -> None:
    """A run that died resumes inside its window, and every order has come at least once."""
    ids = bench.put_orders(450)
    first = next(iter(bench.cart.fetch_changes(bench.query, Window(bench.began_at))))
    assert first.position is not None
    window = Window(bench.began_at, first.position)
    rest = _ids(bench.cart.fetch_changes(bench.query, window))
    assert set(_ids([first])) | set(rest) == set(ids)


def test_what_became_of_open_orders_is_told(bench: Bench) -> None:
    """Withdrawn and canceled orders are never among the ready ones."""
    withdrawn, canceled, kept = bench.put_orders(3)
    bench.withdraw(withdrawn)
    bench.cancel(canceled)
    window = Window(bench.began_at)
    open_ids = [withdrawn, canceled, kept]
    pages = list(bench.cart.fetch_changes(bench.query, window, open_order_ids=open_ids))
    end = pages[-1].end
    assert end is not None
    assert _ids(pages) == [kept]
    assert [each.record_id for each in end.canceled] == [canceled]
    assert [each.record_id for each in end.no_longer_ready] == [withdrawn]


def test_orders_by_id_leave_out_what_is_gone(bench: Bench) -> None:
    """Not ready, canceled, or never there."""
    ready, withdrawn, canceled = bench.put_orders(3)
    bench.withdraw(withdrawn)
    bench.cancel(canceled)
    wanted = [ready, withdrawn, canceled, NOBODY]
    assert _ids(bench.cart.fetch_orders(bench.query, wanted)) == [ready]
    everything = _ids(bench.cart.fetch_orders(bench.query, wanted, only_ready=False))
    assert sorted(everything) == sorted([ready, withdrawn, canceled])


def test_an_order_is_found_by_what_people_call_it(bench: Bench) -> None:
    """Ready or not, old or not, with its lines; nothing for a number nobody has."""
    first, _ = bench.put_orders(2)
    bench.withdraw(first)
    name = bench.query.order_object
    bench.cart.write_updates([RecordUpdate(name, first, {bench.text_field: "A-'1"})])
    (found,) = bench.cart.find_orders(bench.query, bench.text_field, "A-'1")
    assert (found.cart_order_id, len(found.lines)) == (first, 2)
    assert bench.cart.find_orders(bench.query, bench.text_field, "A-2") == ()


def test_the_ids_of_all_ready_orders_are_known(bench: Bench) -> None:
    """Without those that are canceled."""
    ready, withdrawn, canceled = bench.put_orders(3)
    bench.withdraw(withdrawn)
    bench.cancel(canceled)
    assert [key for page in bench.cart.fetch_ready_ids(bench.query) for key in page] == [ready]


def test_the_newest_ready_orders_come_first_with_their_lines(bench: Bench) -> None:
    """No more than were asked for, and none that is not ready."""
    first, withdrawn, *others = bench.put_orders(4)
    bench.withdraw(withdrawn)
    bench.cart.write_updates(
        [RecordUpdate(bench.query.order_object, first, {bench.text_field: "x"})]
    )
    found = bench.cart.find_newest_orders(bench.query, 2)
    assert found[0].cart_order_id == first
    assert found[1].cart_order_id in others
    assert {len(order.lines) for order in found} == {2}
    assert len(bench.cart.find_newest_orders(bench.query, 50)) == 3


def test_the_newest_records_of_an_object_are_examples(bench: Bench) -> None:
    """Whether they are ready does not matter."""
    first, *_ = bench.put_orders(3)
    update = RecordUpdate(bench.query.order_object, first, {bench.text_field: "x"})
    bench.cart.write_updates([update])
    found = bench.cart.find_newest_records(bench.query.order_object, [bench.text_field], 2)
    assert [record[bench.text_field] for record in found] == ["x", None]


def test_values_are_found_whole_or_by_their_beginning(bench: Bench) -> None:
    """A sign that LIKE would take for anything stands for itself."""
    keys = bench.put_orders(4)
    texts = ("0042", "12_6", "1276", "50% off")
    name = bench.query.order_object
    bench.cart.write_updates(
        [RecordUpdate(name, key, {bench.text_field: text})
         for key, text in zip(keys, texts, strict=True)]
    )  # fmt: skip
    found = bench.cart.find_values(name, bench.text_field, {"42", "0042"}, {"12_", "50%"})
    assert found == {"0042", "12_6", "50% off"}
    assert bench.cart.find_values(name, bench.text_field, {"42"}) == frozenset()


def test_updates_have_results_in_their_order(bench: Bench) -> None:
    """A record that cannot be written does not stop the others."""
    first, second = bench.put_orders(2)
    updates = [
        RecordUpdate(bench.query.order_object, key, {bench.text_field: "x"})
        for key in (first, NOBODY, second)
    ]
    results = bench.cart.write_updates(updates)
    assert [result.record_id for result in results] == [first, NOBODY, second]
    assert [result.written for result in results] == [True, False, True]
    assert results[1].faults


def test_what_was_written_is_read_back(bench: Bench) -> None:
    """Missing records are left out."""
    (key,) = bench.put_orders(1)
    name = bench.query.order_object
    bench.cart.write_updates([RecordUpdate(name, key, {bench.text_field: "1Z999"})])
    found = bench.cart.fetch_records(name, [key, NOBODY], [bench.text_field])
    assert {each: record[bench.text_field] for each, record in found.items()} == {key: "1Z999"}


def test_objects_that_do_not_exist_are_left_out_of_the_schema(bench: Bench) -> None:
    """The workbook check tells what is missing, with the cell."""
    schema = bench.cart.describe([bench.query.order_object, "Nothing_Like_It__c"])
    assert [each.name for each in schema.objects.values()] == [bench.query.order_object]
    assert schema.organization_id == bench.cart.identity().organization_id


def test_inventory_comes_sorted_by_id(bench: Bench) -> None:
    """Every existing record once."""
    keys = [row["Id"] for page in bench.cart.fetch_inventory(bench.inventory) for row in page]
    assert keys == sorted(set(keys))
    assert len(keys) == 3


def _ids(pages: Iterator[OrderPage] | list[OrderPage]) -> list[str]:
    return [order.cart_order_id for page in pages for order in page.orders]
