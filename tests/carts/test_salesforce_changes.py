"""Polls: every changed order comes, with all its lines, in few calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from fulfillment_bridge.domain.cursor import Cursor, Window
from fulfillment_bridge.domain.org_schema import Condition, RawOrder
from fulfillment_bridge.salesforce.faults import QueryRefused
from fulfillment_bridge.simulator.model import CommitLag
from tests.carts.sales import NOON, SALES, Sales, minutes, without_parents


def test_an_order_comes_with_all_its_lines_and_parents(sales: Sales) -> None:
    """Columns by name, parents nested, numbers exact, nothing of the wire around them."""
    (depot,) = sales.org.insert("Depot__c", {"City__c": "Reno"})
    (order_id,) = sales.sell(lines=2, Depot__c=depot, Total__c=12.5, State__c="New")
    (order,) = sales.poll(NOON).orders
    assert order.cart_order_id == order_id
    assert order.modstamp == NOON
    assert order.record["Depot__r"] == {"City__c": "Reno"}
    assert order.record["Total__c"] == Decimal("12.5")
    assert "attributes" not in order.record
    assert [line["Item__c"] for line in order.lines] == ["SKU-0", "SKU-1"]
    assert [line["Count__c"] for line in order.lines] == [Decimal(1), Decimal(2)]


def test_an_idle_poll_costs_one_call(sales: Sales) -> None:
    """Nothing new: one call, one empty page with the server's clock."""
    ids = sales.sell(3)
    poll = sales.poll(NOON + minutes(1), open_ids=ids)
    assert (poll.orders, poll.calls, len(poll.pages)) == ([], 1, 1)
    assert poll.end.read_until == NOON + minutes(30)
    assert (poll.canceled, poll.no_longer_ready) == ({}, [])


def test_a_thousand_orders_of_two_lines_cost_one_call(sales: Sales) -> None:
    """Orders and lines each fit one page, and both pages come in one answer."""
    ids = sales.sell(1000, lines=2)
    poll = sales.poll(NOON)
    assert poll.calls == 1
    assert sorted(poll.ids) == sorted(ids)
    assert {len(order.lines) for order in poll.orders} == {2}


def test_lines_are_read_to_their_last_page(sales: Sales) -> None:
    """More lines than a page holds: each order still has all of them."""
    ids = sales.sell(900, lines=3)
    poll = sales.poll(NOON)
    assert sorted(poll.ids) == sorted(ids)
    assert {len(order.lines) for order in poll.orders} == {3}
    assert poll.calls == 2


def test_orders_of_one_stamp_come_completely_in_small_pages(sales: Sales) -> None:
    """450 orders with one stamp, 200 at a time, each page with its lines."""
    sales.page_size = 200
    ids = sales.sell(450, lines=2)
    poll = sales.poll(NOON)
    assert [len(page.orders) for page in poll.pages] == [200, 200, 50, 0]
    assert sorted(poll.ids) == sorted(ids)
    assert poll.ids == [order.cart_order_id for order in sorted(poll.orders, key=_place)]
    assert {len(order.lines) for order in poll.orders} == {2}
    assert poll.calls == 4


def test_an_org_that_answers_fewer_rows_than_asked_for_is_read_completely(sales: Sales) -> None:
    """The page size is a hint; the org has the last word."""
    sales.org.handle.org.settings.query_batch_limit = 7
    ids = sales.sell(20, lines=3)
    poll = sales.poll(NOON)
    assert sorted(poll.ids) == sorted(ids)
    assert {len(order.lines) for order in poll.orders} == {3}


def test_a_first_poll_reads_what_the_rules_allow(sales: Sales) -> None:
    """Without a cursor every ready order comes, however old; canceled ones do not."""
    old = sales.sell(2, stamp=NOON - minutes(60 * 24 * 300))
    sales.sell(1, Ready__c=False)
    sales.sell(1, State__c="Canceled")
    poll = sales.poll(None)
    assert sorted(poll.ids) == sorted(old)
    assert poll.calls == 1


def test_the_earliest_date_is_part_of_being_ready(sales: Sales) -> None:
    """Orders before the merchant's first day with us stay where they are."""
    first_day = NOON.date()
    query = replace(SALES, earliest=Condition("Placed__c", ">=", first_day))
    (new,) = sales.sell(1, Placed__c=first_day.isoformat())
    sales.sell(1, Placed__c="2026-11-21")
    assert sales.poll(NOON, query=query).ids == [new]


def test_groups_of_a_rule_are_alternatives(sales: Sales) -> None:
    """Rows of a group all match, one group that matches is enough."""
    rule = (
        (Condition("Ready__c", "=", True), Condition("State__c", "IN", ("Paid", None))),
        (Condition("Depot__r.City__c", "LIKE", "R%"),),
    )
    (depot,) = sales.org.insert("Depot__c", {"City__c": "Reno"})
    wanted = sales.sell(1, State__c="Paid") + sales.sell(1, State__c=None)
    wanted += sales.sell(1, State__c="Open", Ready__c=False, Depot__c=depot)
    sales.sell(1, State__c="Open")
    poll = sales.poll(NOON, query=replace(SALES, ready=rule))
    assert sorted(poll.ids) == sorted(wanted)
    assert {len(order.lines) for order in poll.orders} == {1}


def test_a_changed_line_brings_its_order_in(sales: Sales) -> None:
    """The order itself did not change, and comes with all its lines before the end."""
    order_id, other = sales.sell(2, lines=2)
    line = sales.poll(NOON).orders[0].lines[0]
    assert line["Sale__c"] == order_id
    later = NOON + minutes(10)
    sales.org.change("Sale_Line__c", line["Id"], stamp=later, Count__c=7)
    poll = sales.poll(later)
    assert poll.ids == [order_id]
    assert [each["Count__c"] for each in poll.orders[0].lines] == [Decimal(7), Decimal(2)]
    assert poll.calls == 2
    assert other not in poll.ids


def test_a_deleted_line_brings_its_order_in(sales: Sales) -> None:
    """A line that is gone changes the order as well."""
    (order_id,) = sales.sell(lines=2)
    line = sales.poll(NOON).orders[0].lines[0]
    later = NOON + minutes(10)
    sales.org.change("Sale_Line__c", line["Id"], stamp=later, IsDeleted=True)
    poll = sales.poll(later)
    assert poll.ids == [order_id]
    assert len(poll.orders[0].lines) == 1


def test_a_changed_line_of_an_order_that_is_not_ready_brings_nothing(sales: Sales) -> None:
    """Neither drafts nor canceled orders come in by a back door."""
    later = NOON + minutes(10)
    draft, canceled = sales.sell(Ready__c=False) + sales.sell(State__c="Canceled")
    for order_id in (draft, canceled):
        sales.org.insert("Sale_Line__c", {"Sale__c": order_id}, stamp=later)
    assert sales.poll(later).ids == []


def test_a_changed_parent_brings_its_orders_in(sales: Sales) -> None:
    """An address that comes through a relationship counts as part of the order."""
    (depot,) = sales.org.insert("Depot__c", {"City__c": "Reno"}, stamp=NOON)
    (order_id,) = sales.sell(lines=2, Depot__c=depot)
    later = NOON + minutes(10)
    sales.org.change("Depot__c", depot, stamp=later, City__c="Elko")
    poll = sales.poll(later, open_ids=[order_id])
    assert poll.ids == [order_id]
    assert poll.orders[0].record["Depot__r"]["City__c"] == "Elko"
    assert len(poll.orders[0].lines) == 2
    assert (poll.no_longer_ready, poll.calls) == ([], 1)
    assert sales.poll(later, query=without_parents()).ids == []


def test_a_record_that_becomes_visible_late_arrives_through_the_overlap(sales: Sales) -> None:
    """Its stamp lies behind the last poll; the job asks again from a little earlier."""
    org = sales.org.handle.org
    org.settings.commit_lag.append(CommitLag(seconds=120, object_name="Sale__c"))
    sales.org.server.clock.set(NOON + minutes(30))
    admin = org.users[sales.org.handle.admin_username.lower()]
    assert admin.is_admin
    (late,) = sales.org.insert("Sale__c", {"Ready__c": True})
    first = sales.poll(NOON)
    sales.org.server.clock.advance(180)
    assert first.ids == []
    second = sales.poll(first.end.read_until - minutes(10))
    assert second.ids == [late]


def test_a_deleted_order_is_reported_as_canceled(sales: Sales) -> None:
    """Deleted orders are found in the recycle bin."""
    order_id, kept = sales.sell(2)
    later = NOON + minutes(10)
    sales.org.change("Sale__c", order_id, stamp=later, IsDeleted=True)
    poll = sales.poll(later, open_ids=[order_id, kept])
    assert poll.canceled == {order_id: True}
    assert (poll.ids, poll.no_longer_ready, poll.calls) == ([], [], 1)


def test_the_cancel_rule_wins_over_the_ready_rule(sales: Sales) -> None:
    """An order that matches both is never handed on as ready."""
    (order_id,) = sales.sell(State__c="Canceled")
    poll = sales.poll(NOON)
    assert poll.canceled == {order_id: False}
    assert poll.ids == []
    assert not list(sales.cart.fetch_orders(SALES, [order_id]))
    assert [each for ids in sales.cart.fetch_ready_ids(SALES) for each in ids] == []


def test_an_open_order_that_is_canceled_is_found_without_a_cursor(sales: Sales) -> None:
    """A poll from the beginning asks only about canceled orders that we still hold."""
    (mine,) = sales.sell(Ready__c=False, State__c="Canceled")
    sales.sell(Ready__c=False, State__c="Canceled")
    poll = sales.poll(None, open_ids=[mine])
    assert poll.canceled == {mine: False}
    assert poll.no_longer_ready == []


def test_an_open_order_that_is_not_ready_any_more_is_reported(sales: Sales) -> None:
    """It left the filter without a word; we ask after it by its id."""
    order_id, kept, unknown = sales.sell(3)
    later = NOON + minutes(10)
    for each in (order_id, unknown):
        sales.org.change("Sale__c", each, stamp=later, Ready__c=False)
    poll = sales.poll(later, open_ids=[order_id, kept])
    assert poll.no_longer_ready == [order_id]
    assert poll.end.no_longer_ready[0].modstamp == later
    assert poll.calls == 1


def test_an_open_order_that_changed_and_is_ready_still_is_an_order(sales: Sales) -> None:
    """Our own write-back moves the stamp; the order simply comes again."""
    (order_id,) = sales.sell()
    poll = sales.poll(NOON, open_ids=[order_id])
    assert (poll.ids, poll.no_longer_ready) == ([order_id], [])


def test_open_orders_beyond_one_query_are_all_asked_about(sales: Sales) -> None:
    """4,000 ids fit a query; the rest goes into calls of its own, made first."""
    ids = sales.sell(4100, lines=0, Ready__c=False)
    poll = sales.poll(NOON, open_ids=ids)
    assert sorted(poll.no_longer_ready) == sorted(ids)


def test_a_poll_resumes_where_it_died_and_misses_nothing(sales: Sales) -> None:
    """Stored pages are not read again, and nothing that changed since is overlooked."""
    sales.page_size = 200
    ids = sorted(sales.sell(450, lines=0))
    since = NOON - minutes(5)
    lines = [{"Sale__c": order_id, "Item__c": "SKU-0"} for order_id in ids]
    sales.org.insert("Sale_Line__c", *lines, stamp=NOON - minutes(1))
    first = next(sales.cart.fetch_changes(SALES, Window(since)))
    stored = [order.cart_order_id for order in first.orders]
    assert len(stored) == 200
    again = sales.poll(window=Window(since, first.position), open_ids=stored)
    assert sorted(stored + again.ids) == ids
    assert {len(order.lines) for order in again.orders} == {1}
    assert again.no_longer_ready == []


def test_a_resumed_poll_sees_what_changed_in_stored_orders(sales: Sales) -> None:
    """An order, a line and a parent that changed between the two runs all come."""
    (depot,) = sales.org.insert("Depot__c", {"City__c": "Reno"}, stamp=NOON)
    first, second, third, fourth = sorted(sales.sell(4, lines=0))
    sales.org.change("Sale__c", third, stamp=NOON, Depot__c=depot)
    position = Cursor(NOON, fourth)
    later = NOON + minutes(1)
    sales.org.change("Sale__c", first, stamp=later, State__c="New")
    sales.org.insert("Sale_Line__c", {"Sale__c": second}, stamp=later)
    sales.org.change("Depot__c", depot, stamp=later, City__c="Elko")
    for window in (Window(NOON, position), Window(None, position)):
        assert sorted(set(sales.poll(window=window).ids)) == [first, second, third]


def test_a_resumed_poll_still_finds_open_orders_that_are_not_ready_any_more(sales: Sales) -> None:
    """Orders before the position are asked about one by one instead of being mistaken."""
    first, second, third = sorted(sales.sell(3))
    sales.org.change("Sale__c", first, stamp=NOON, Ready__c=False)
    window = Window(NOON, Cursor(NOON, third))
    assert sales.poll(window=window, open_ids=[first, second]).no_longer_ready == [first]


def test_orders_are_fetched_by_id(sales: Sales) -> None:
    """Those that are gone or not ready are left out, unless they are wanted all the same."""
    ready, draft = sales.sell(1, lines=2) + sales.sell(1, Ready__c=False)
    wanted = [ready, draft, "a00000000000000AAA"]
    (page,) = sales.cart.fetch_orders(SALES, wanted)
    assert [order.cart_order_id for order in page.orders] == [ready]
    assert len(page.orders[0].lines) == 2
    (page,) = sales.cart.fetch_orders(SALES, wanted, only_ready=False)
    assert sorted(order.cart_order_id for order in page.orders) == sorted([ready, draft])
    assert not list(sales.cart.fetch_orders(SALES, []))


def test_an_order_is_looked_up_by_its_number_in_one_call(sales: Sales) -> None:
    """A person asks about one order; the org's quota hardly notices."""
    (order_id,) = sales.sell(lines=3, State__c="4711", Ready__c=False)
    sales.connection.login()
    before = sales.calls
    (found,) = sales.cart.find_orders(SALES, "State__c", "4711")
    assert (found.cart_order_id, len(found.lines), sales.calls - before) == (order_id, 3, 1)


def test_many_orders_are_fetched_by_id_a_thousand_at_a_time(sales: Sales) -> None:
    """A long list of ids costs one call per thousand."""
    ids = sales.sell(1500)
    sales.connection.login()
    before = sales.calls
    pages = list(sales.cart.fetch_orders(SALES, ids))
    assert sorted(order.cart_order_id for page in pages for order in page.orders) == sorted(ids)
    assert sales.calls - before == 2


def test_the_sweep_finds_all_ready_ids(sales: Sales) -> None:
    """Where a rule rests on a formula no stamp moves, so all ids are compared."""
    ids = sales.sell(2100, lines=0)
    sales.sell(3, lines=0, Ready__c=False)
    sales.connection.login()
    before = sales.calls
    pages = list(sales.cart.fetch_ready_ids(SALES))
    assert [len(page) for page in pages] == [2000, 100]
    assert sorted(each for page in pages for each in page) == sorted(ids)
    assert sales.calls - before == 2


def test_a_field_that_is_not_there_is_named_with_its_object(sales: Sales) -> None:
    """Whoever catches the error can point to the workbook's cell."""
    query = replace(SALES, order_paths=("Name", "Ghost__c"))
    with pytest.raises(QueryRefused) as caught:
        sales.poll(NOON, query=query)
    error = caught.value
    assert (error.code, error.entity, error.column) == ("INVALID_FIELD", "Sale__c", "Ghost__c")
    assert (error.row, error.position) == (1, 47)
    assert "Field-Level Security" in error.remedy


def test_a_relationship_that_is_not_there_is_named(sales: Sales) -> None:
    """A misspelled relationship is told apart from a misspelled field."""
    query = replace(SALES, order_paths=("Name", "Depott__r.City__c"))
    with pytest.raises(QueryRefused) as caught:
        sales.poll(NOON, query=query)
    assert caught.value.column == "Depott__r"


def test_calls_carry_the_jobs_name(sales: Sales) -> None:
    """So that the org's own log and ours tell the same story."""
    list(sales.cart.for_job("reconciliation").fetch_ready_ids(SALES))
    (entry,) = sales.org.requests("/composite")
    assert entry.client == "fulfillment_bridge/reconciliation"


def _place(order: RawOrder) -> tuple[datetime, str]:
    return order.modstamp, order.cart_order_id
