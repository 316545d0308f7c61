"""``orders why``: each condition with the value found, and the one thing to change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cli.conftest import Traded
from tests.cli.keyboard import Answer
from tests.flows.orgs import ask, change_order, copy_orders

MOST_CALLS = 3


def why(traded: Traded, number: str, cart: str = "acme") -> Answer:
    """Ask, and see that it cost no more than it may."""
    traded.world.forget_requests()
    answer = traded.type("orders", "why", number, "--cart", cart)
    asked = traded.world.control("GET", f"/requests?org={cart}")
    assert sum(entry["calls"] for entry in asked if entry["charged"]) <= MOST_CALLS
    return answer


def advice(answer: Answer) -> str:
    last = answer.out.splitlines()[-1]
    assert last.startswith("What to do: ")
    return last.removeprefix("What to do: ")


def planted(traded: Traded, kind: str) -> str:
    return next(o.order_number for o in traded.made["acme"].planted if o.kind == kind)


def add_order(traded: Traded, *, first: int, lines: int = 2, age_hours: int = 0) -> str:
    """A ready order of acme, a minute old at least; its number."""
    world = traded.world
    stamp = world.simulator.clock.now() - timedelta(hours=age_hours)
    copy_orders(world.orgs["acme"], 1, stamp=stamp, lines=lines, first=first)
    world.simulator.clock.advance(60)
    return f"9{first:07d}"


def test_an_order_that_arrived_needs_nothing(traded: Traded) -> None:
    """Every condition holds, and the exit code says so."""
    numbers = {order.order_number for order in traded.made["acme"].orders}
    held = {order.order_number for order in traded.made["acme"].planted}
    answer = why(traded, min(numbers - held))
    assert answer.code == 0
    assert "✗" not in answer.out
    assert "✓ handed over to reno as " in answer.out
    assert advice(answer) == "Nothing to change: the order is where it should be."


def test_a_number_that_nobody_has_is_a_matter_of_sharing(traded: Traded) -> None:
    """Our user does not see it; the number may be short of its zeros."""
    nobody = why(traded, "4711")
    assert nobody.code == 1
    assert "✗ bridge@acme.example sees an order with this number in OrderNumber" in nobody.out
    assert "let bridge@acme.example see it (Setup > Sharing Settings" in advice(nobody)
    number = planted(traded, traded.made["acme"].planted[0].kind)
    assert advice(why(traded, number.lstrip("0"))).startswith(f"Did you mean {number}?")


def test_quotes_in_a_number_are_only_text(traded: Traded) -> None:
    """It goes into a query."""
    answer = why(traded, "x' OR OrderNumber != '")
    assert (answer.code, answer.out.count("no such record")) == (1, 1)


def test_an_order_that_is_not_ready_is_told_by_the_label_of_its_field(traded: Traded) -> None:
    """It was never downloaded; each rule row stands with what was found and its cell."""
    number = traded.made["acme"].not_ready[0].order_number
    change_order(traded.world.orgs["acme"], number, {"Ready_for_Fulfillment__c": False})
    answer = why(traded, number)
    assert answer.code == 1
    row = '✗ Ready_for_Fulfillment__c = true ("Ready for Fulfillment") → false  [Rules!C2]'
    assert row in answer.out
    assert "✗ downloaded by the bridge → not yet" in answer.out
    assert advice(answer).startswith('Tick "Ready for Fulfillment" on the Order.')


def test_an_order_from_before_the_earliest_date_names_the_cell(traded: Traded) -> None:
    """Either the date in the org or the workbook is wrong."""
    number = add_order(traded, first=1)
    change_order(traded.world.orgs["acme"], number, {"EffectiveDate": "2019-05-01"})
    answer = why(traded, number)
    assert '✗ EffectiveDate >= 2020-01-01 ("Order Start Date") → 2019-05-01' in answer.out
    assert advice(answer) == (
        'Set "Order Start Date" to 2020-01-01 or later on the Order, or write an earlier date '
        "into Cart!B7 of the workbook and load it."
    )


def test_an_order_without_lines_is_told_once(traded: Traded) -> None:
    """Not as a condition and as a reason."""
    answer = why(traded, add_order(traded, first=2, lines=0))
    assert answer.out.count("✗ has lines") == 1
    assert "no lines to ship" not in answer.out
    assert advice(answer) == "Add a line (Order Product) to the Order."


def test_a_canceled_order_has_two_obstacles(traded: Traded) -> None:
    """The same value is not ready and is canceled: the first comes first."""
    number = traded.made["globex"].not_ready[0].order_number
    org = traded.world.orgs["globex"]
    record_id = traded.made["globex"].not_ready[0].record_id
    now = org.org.clock.now()
    org.org.update_raw("Sales_Order__c", record_id, {"Status__c": "Cancelled"}, stamp=now)
    answer = why(traded, number, "globex")
    assert '✗ Status__c = Approved ("Status") → Cancelled  [Rules!C2]' in answer.out
    assert '✗ not Status__c = Cancelled ("Status") → Cancelled  [Rules!C3]' in answer.out
    assert advice(answer) == (
        'Set "Status" to Approved on the Sales Order. Then look again: 1 more stands in the way.'
    )


def test_a_draft_must_be_activated(traded: Traded) -> None:
    """Nobody can set StatusCode itself."""
    number = add_order(traded, first=3)
    change_order(traded.world.orgs["acme"], number, {"Status": "Draft"})
    assert advice(why(traded, number)) == (
        'Change "Status", until "Status Category" is Activated on the Order.'
    )


def test_a_held_order_names_the_field_to_fill_in(traded: Traded) -> None:
    """The reason is the workbook's, the label the org's."""
    number = planted(traded, "no_city")
    held = why(traded, number)
    assert "✗ Ship-to city is empty.  [Order fields!B16]" in held.out
    assert advice(held).startswith('Fill in "Shipping City" (ShippingCity) in Salesforce')
    change_order(traded.world.orgs["acme"], number, {"ShippingCity": "Reno"})
    corrected = why(traded, number)
    assert corrected.code == 1
    assert "it is corrected in Salesforce" in advice(corrected)


def test_an_order_that_comes_with_the_next_poll_needs_nothing(traded: Traded) -> None:
    """It is new; a person who cannot wait gets the command."""
    answer = why(traded, add_order(traded, first=4))
    assert answer.code == 1
    assert advice(answer) == (
        "Nothing to change: the next order_download takes it in. "
        "At once: fulfillment-bridge run order_download --cart acme"
    )


def test_an_order_that_the_bridge_has_read_past_must_be_touched(traded: Traded) -> None:
    """It became visible, or ready, long after its last change."""
    answer = why(traded, add_order(traded, first=5, age_hours=48))
    assert advice(answer).startswith("Edit any field of the order in Salesforce and save it")


@pytest.mark.parametrize(
    ("kind", "name"), [("cart", "acme"), ("connection", "acme_org"), ("warehouse", "reno")]
)
def test_a_pause_is_told_with_the_command_that_ends_it(
    traded: Traded, kind: str, name: str
) -> None:
    """The order is downloaded and not handed over yet."""
    number = add_order(traded, first=600 + len(kind))
    traded.type("run", "order_download", "--cart", "acme")
    assert advice(why(traded, number)).endswith("run order_delivery --warehouse reno")
    traded.type(f"{kind}s", "pause", name)
    try:
        answer = why(traded, number)
    finally:
        traded.type(f"{kind}s", "resume", name)
    assert answer.code == 1
    assert "paused" in answer.out
    assert f"fulfillment-bridge {kind}s resume {name}" in advice(answer)


def test_every_record_of_that_number_is_explained(traded: Traded) -> None:
    """Nothing keeps an org from having a number twice."""
    number = add_order(traded, first=7)
    copy_orders(traded.world.orgs["acme"], 1, stamp=traded.world.simulator.clock.now(), first=7)
    traded.world.simulator.clock.advance(60)
    answer = why(traded, number)
    rows = ask(traded.world.orgs["acme"], "SELECT Id, OrderNumber FROM Order")
    ids = [row["Id"] for row in rows if row["OrderNumber"] == number]
    assert len(ids) == 2
    assert all(f"Order {number} of acme {record_id}" in answer.out for record_id in ids)


def test_as_json_it_is_one_document(traded: Traded) -> None:
    """A list of records, each with its conditions and the advice."""
    answer = traded.type("orders", "why", planted(traded, "no_sku"), "--cart", "acme", "--json")
    (one,) = answer.json()
    assert set(one) == {"order_number", "cart", "cart_order_id", "conditions", "advice"}
    assert {"holds", "what", "found", "cell"} == set(one["conditions"][0])
    assert answer.err == ""
