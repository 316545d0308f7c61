"""Child records that values come from ride along with the orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fulfillment_bridge.domain.cursor import Cursor, Window
from fulfillment_bridge.domain.org_schema import ChildQuery, Condition, OrderQuery
from fulfillment_bridge.simulator.server import SimulatorServer
from tests.carts.sales import NOON, SALES, Sales, minutes
from tests.salesforce.orgs import DEPOT, SALE, SALE_LINE, open_org

NOTE = {
    "label": "Sale Note",
    "fields": {
        "Sale__c": {"type": "lookup", "to": "Sale__c", "children": "Notes__r"},
        "Kind__c": {"type": "text", "length": 20},
        "Text__c": {"type": "text", "length": 80},
        "Rank__c": {"type": "number", "precision": 3, "scale": 0},
    },
}
GIFT = ChildQuery(
    name="gift",
    object_name="Sale_Note__c",
    parent_field="Sale__c",
    parent_relationship="Sale__r",
    paths=("Text__c",),
    rule=((Condition("Kind__c", "=", "Gift"),),),
)
DOCK = replace(GIFT, name="dock", rule=((Condition("Kind__c", "=", "Dock"),),))
WITH_GIFT = replace(SALES, children=(GIFT,))
WITH_BOTH = replace(SALES, children=(GIFT, DOCK))


@pytest.fixture
def noted(simulator: SimulatorServer) -> Iterator[Sales]:
    """A merchant whose sales have notes."""
    simulator.clock.set(NOON + minutes(30))
    objects = {"Depot__c": DEPOT, "Sale__c": SALE, "Sale_Line__c": SALE_LINE, "Sale_Note__c": NOTE}
    with open_org(simulator, objects=objects) as org, org.connection() as connection:
        yield Sales(org, connection)


def note(sales: Sales, order_id: str, text: str, kind: str = "Gift") -> str:
    """A note on a sale, as old as the sale."""
    values = {"Sale__c": order_id, "Kind__c": kind, "Text__c": text}
    return sales.org.insert("Sale_Note__c", values, stamp=NOON)[0]


def texts(sales: Sales, query: OrderQuery = WITH_GIFT, name: str = "gift") -> dict[str, list[str]]:
    """The notes of every order of a poll since noon."""
    orders = sales.poll(NOON, query=query).orders
    return {o.cart_order_id: [each["Text__c"] for each in o.children[name]] for o in orders}


def test_child_records_come_in_the_same_call_as_their_orders(noted: Sales) -> None:
    """Also where open orders are asked about, which fills the call: still just one."""
    first, second, bare = noted.sell(3, lines=2)
    note(noted, first, "Happy birthday")
    note(noted, first, "Second thoughts")
    note(noted, second, "At the back", kind="Dock")

    poll = noted.poll(NOON, query=WITH_GIFT, open_ids=[first, bare])

    assert poll.calls == 1
    found = {order.cart_order_id: order for order in poll.orders}
    assert [each["Text__c"] for each in found[first].children["gift"]] == [
        "Happy birthday",
        "Second thoughts",
    ]
    assert found[second].children["gift"] == found[bare].children["gift"] == ()
    assert {len(order.lines) for order in poll.orders} == {2}


def test_an_idle_poll_with_child_records_costs_one_call(noted: Sales) -> None:
    """However often nothing happens; a second kind of child record costs a second call."""
    (order_id,) = noted.sell()
    note(noted, order_id, "Happy birthday")
    later = NOON + minutes(10)

    assert noted.poll(later, query=WITH_GIFT, open_ids=[order_id]).calls == 1
    assert noted.poll(later, query=WITH_BOTH, open_ids=[order_id]).calls == 2


def test_a_thousand_orders_with_child_records_cost_one_call(noted: Sales) -> None:
    """Two lines and a note each."""
    ids = noted.sell(1000, lines=2)
    rows = [{"Sale__c": each, "Kind__c": "Gift", "Text__c": each} for each in ids]
    noted.org.insert("Sale_Note__c", *rows, stamp=NOON)

    poll = noted.poll(NOON, query=WITH_GIFT, open_ids=ids[:10])

    assert all(o.children["gift"][0]["Text__c"] == o.cart_order_id for o in poll.orders)
    assert (len(poll.orders), {len(o.lines) for o in poll.orders}) == (1000, {2})
    assert poll.calls <= 6


def test_a_changed_or_deleted_child_record_brings_its_order_in(noted: Sales) -> None:
    """The order itself did not change; it comes with its lines."""
    first, second, _ = noted.sell(3, lines=2)
    changed, deleted = note(noted, first, "Old"), note(noted, second, "Gone soon")
    later = NOON + minutes(10)
    noted.org.change("Sale_Note__c", changed, stamp=later, Text__c="New")
    noted.org.change("Sale_Note__c", deleted, stamp=later, IsDeleted=True)

    poll = noted.poll(later, query=WITH_GIFT)

    found = {order.cart_order_id: order for order in poll.orders}
    assert sorted(found) == sorted([first, second])
    assert found[first].children["gift"][0]["Text__c"] == "New"
    assert found[second].children["gift"] == ()
    assert {len(order.lines) for order in poll.orders} == {2}


def test_a_child_record_that_is_not_wanted_any_more_brings_its_order_in(noted: Sales) -> None:
    """It only stopped matching its condition; that of an order that changed too is left out."""
    first, second, _ = noted.sell(3, lines=2)
    notes = [note(noted, order_id, "Happy birthday") for order_id in (first, second)]
    (depot,) = noted.org.insert("Depot__c", {"City__c": "Reno"}, stamp=NOON)
    noted.org.change("Sale__c", first, stamp=NOON, Depot__c=depot)
    later = NOON + minutes(10)
    for each in notes:
        noted.org.change("Sale_Note__c", each, stamp=later, Kind__c="Private")
    noted.org.change("Sale__c", second, stamp=later, State__c="Paid")

    poll = noted.poll(later, query=WITH_GIFT)

    found = {order.cart_order_id: order.children["gift"] for order in poll.orders}
    assert found == {first: (), second: ()}
    assert poll.calls == 2


def test_changed_and_deleted_lines_are_still_seen_beside_child_records(noted: Sales) -> None:
    """Lines and their changes share one query then."""
    first, second, third = noted.sell(3, lines=2)
    lines = {o.cart_order_id: o.lines for o in noted.poll(NOON, query=WITH_GIFT).orders}
    later = NOON + minutes(10)
    noted.org.change("Sale_Line__c", lines[first][0]["Id"], stamp=later, Count__c=9)
    noted.org.change("Sale_Line__c", lines[second][0]["Id"], stamp=later, IsDeleted=True)
    noted.org.change("Sale_Line__c", lines[third][0]["Id"], stamp=later, IsDeleted=True)
    noted.org.change("Sale__c", third, stamp=later, State__c="Paid")

    poll = noted.poll(later, query=WITH_GIFT)

    counts = {order.cart_order_id: len(order.lines) for order in poll.orders}
    assert counts == {first: 2, second: 1, third: 1}


def test_small_pages_and_several_kinds_miss_nothing(noted: Sales) -> None:
    """Page by page, and with more queries than one call takes."""
    ids = noted.sell(450, lines=1)
    for each in ids[::50]:
        note(noted, each, f"gift {each}")
        note(noted, each, f"dock {each}", kind="Dock")
    late = note(noted, ids[7], "late")
    noted.page_size = 200

    gifts = texts(noted, WITH_BOTH)
    assert len(gifts) == 450
    assert all(gifts[each] == [f"gift {each}"] for each in ids[::50])
    assert texts(noted, WITH_BOTH, "dock")[ids[50]] == [f"dock {ids[50]}"]
    assert gifts[ids[7]] == ["late"]

    later = NOON + minutes(10)
    noted.org.change("Sale_Note__c", late, stamp=later, Text__c="later")
    for each in ids[100:]:
        noted.org.change("Sale__c", each, stamp=later, State__c="Paid")
    poll = noted.poll(later, query=WITH_BOTH)
    assert sorted(set(poll.ids)) == sorted({*ids[100:], ids[7]})


def test_child_records_come_by_id_by_number_and_after_a_resumed_poll(noted: Sales) -> None:
    """In every way in which an order is read."""
    first, second = sorted(noted.sell(2))
    for each in (first, second):
        note(noted, each, f"gift {each}")
    resumed = Window(NOON - minutes(5), resume_after=Cursor(NOON, first))

    by_id = [o for page in noted.cart.fetch_orders(WITH_GIFT, [first]) for o in page.orders]
    by_number = noted.cart.find_orders(WITH_GIFT, "Id", second)
    after = noted.poll(query=WITH_GIFT, window=resumed).orders

    assert [o.children["gift"][0]["Text__c"] for o in by_id] == [f"gift {first}"]
    assert [o.children["gift"][0]["Text__c"] for o in by_number] == [f"gift {second}"]
    assert {o.cart_order_id for o in after} == {first, second}
    assert all(o.children["gift"] for o in after)


def test_orders_without_line_records_are_read_in_one_call(noted: Sales) -> None:
    """Their lines stand in columns of the order itself."""
    repeated = replace(
        SALES,
        line_object="",
        line_paths=(),
        line_parent_field="",
        line_parent_relationship="",
        children=(GIFT,),
    )
    (order_id,) = noted.sell(lines=2)
    note(noted, order_id, "Happy birthday")

    poll = noted.poll(NOON, query=repeated)

    assert (poll.ids, poll.calls) == ([order_id], 1)
    assert poll.orders[0].lines == ()
    assert len(poll.orders[0].children["gift"]) == 1
