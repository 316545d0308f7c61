"""Tracking onto the merchant's own fields: once, in order, never older over newer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.domain.org_schema import RecordUpdate, UpdateResult
from fulfillment_bridge.errors import OverBudget, Retry
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.mapping.samples import DEMO
from tests.jobs.world import Mortal, World, change_filling
from tests.warehouses.samples import UPS_ONE, UPS_TWO

FIELDS = ("Tracking_No__c", "Shipped_Via__c", "Shipped_On__c", "WMS_Status__c", "WMS_Order__c")


def seen(world: World, number: str = "1001", cart: str = "acme", *fields: str) -> dict[str, Any]:
    """What the merchant sees on the order."""
    order_id = world.order(number, cart).cart_order_id
    return world.merchants[cart].shown("Sales_Order__c", order_id, *(fields or FIELDS))


class Writes:
    """A cart that counts its writing calls, and may answer them in its own way."""

    def __init__(self, cart: Cart, mood: Exception | None = None) -> None:
        self._cart, self._mood = cart, mood
        self.batches: list[Sequence[RecordUpdate]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cart, name)

    def write_updates(self, updates: Sequence[RecordUpdate]) -> list[UpdateResult]:
        self.batches.append(updates)
        if self._mood:
            raise self._mood
        return self._cart.write_updates(updates)


def test_tracking_reaches_the_merchants_own_fields(shipped: World) -> None:
    """All of it in one row, and the order is confirmed."""
    ctx = shipped.run("shipment_upload")
    assert (ctx.counts["written"], ctx.counts["confirmed"], ctx.attention) == (1, 1, [])
    assert seen(shipped) == {
        "Tracking_No__c": UPS_ONE,
        "Shipped_Via__c": "UPS",
        "Shipped_On__c": "2026-11-23",
        "WMS_Status__c": "Shipped",
        "WMS_Order__c": "1001",
    }
    assert shipped.order("1001").shown_state == "confirmed"


def test_many_messages_about_an_order_are_one_row(shipped: World) -> None:
    """Released, sent and shipped: the newest news carries all."""
    writes = Writes(shipped.acme.cart)
    shipped.run("shipment_upload", cart=writes)
    assert [len(batch) for batch in writes.batches] == [1]


def test_uploading_again_writes_nothing(shipped: World) -> None:
    """And asks the org nothing."""
    shipped.run("shipment_upload")
    before = shipped.acme.calls
    assert shipped.run("shipment_upload").counts == {}
    assert shipped.acme.calls == before


def test_our_own_echo_is_no_change(shipped: World) -> None:
    """The write moved the record's stamp; the mapped content is the same."""
    shipped.run("shipment_upload")
    shipped.pass_time(minutes=5)
    ctx = shipped.run("order_download")
    assert (ctx.counts["new"], ctx.counts["changed"], ctx.counts["unchanged"]) == (0, 0, 1)


def test_a_status_is_shown_before_anything_ships(world: World) -> None:
    """At the warehouse, and since when; a held one says why."""
    world.acme.sell("1001")
    world.acme.sell("1002", Delivery__c="Zeppelin")
    world.pass_time(minutes=5)
    world.round()
    assert seen(world, "1001", "acme", "WMS_Status__c") == {"WMS_Status__c": "At warehouse"}
    held = seen(world, "1002", "acme", "WMS_Status__c", "WMS_Remark__c")
    assert held["WMS_Status__c"] == "On hold"
    assert "Zeppelin" in held["WMS_Remark__c"]


def test_several_shipments_show_each_number_once(shipped: World) -> None:
    """Together on the one field, in order."""
    shipped.acme.sell("1002", ("MUG-1", 2), ("TENT-2", 1))
    shipped.pass_time(minutes=5)
    shipped.round()
    shipped.ship("1002", (1, "MUG-1", 2, UPS_ONE), shipment="S2")
    shipped.ship("1002", (2, "TENT-2", 1, UPS_TWO), shipment="S3")
    shipped.run("shipment_collection")
    shipped.run("shipment_upload")
    assert seen(shipped, "1002")["Tracking_No__c"] == f"{UPS_ONE}, {UPS_TWO}"


def test_a_correction_replaces_the_number_in_salesforce(shipped: World) -> None:
    """The order stays confirmed."""
    shipped.run("shipment_upload")
    shipped.ship("1001", (1, "MUG-1", 2, UPS_TWO), moment=2)
    shipped.run("shipment_collection")
    shipped.run("shipment_upload")
    assert seen(shipped)["Tracking_No__c"] == UPS_TWO
    assert seen(shipped)["WMS_Status__c"] == "Shipped"
    assert shipped.order("1001").shown_state == "confirmed"


def test_a_correction_takes_a_number_off_again(shipped: World) -> None:
    """The warehouse knows no number any more: what we wrote does not stand there as if it did."""
    shipped.run("shipment_upload")
    shipped.ship("1001", (1, "MUG-1", 2, ""), moment=2)
    shipped.run("shipment_collection")
    ctx = shipped.run("shipment_upload")
    assert (ctx.counts["written"], ctx.attention) == (1, [])
    assert seen(shipped)["Tracking_No__c"] is None
    assert seen(shipped)["Shipped_Via__c"] == "UPS"
    assert shipped.order("1001").shown_state == "confirmed"


def test_a_number_that_a_person_wrote_is_never_taken_off(shipped: World) -> None:
    """It is not what we wrote, so it is theirs."""
    shipped.run("shipment_upload")
    shipped.acme.edit(shipped.order("1001").cart_order_id, Tracking_No__c="BY HAND")
    shipped.ship("1001", (1, "MUG-1", 2, ""), moment=2)
    shipped.run("shipment_collection")
    shipped.run("shipment_upload")
    assert seen(shipped)["Tracking_No__c"] == "BY HAND"


def test_a_number_that_a_dying_process_wrote_is_taken_off_too(shipped: World) -> None:
    """What is about to be written is noted before, so it is known as ours."""
    shipped.die_in("shipment_upload", Mortal(shipped.acme.cart, "write_updates", "after"))
    assert seen(shipped)["Tracking_No__c"] == UPS_ONE
    shipped.ship("1001", (1, "MUG-1", 2, ""), moment=2)
    shipped.run("shipment_collection")
    shipped.pass_time(minutes=16)
    shipped.run("shipment_upload")
    assert seen(shipped)["Tracking_No__c"] is None


def test_a_field_that_the_workbook_names_no_more_is_left_alone(shipped: World) -> None:
    """What stands there is the merchant's own affair from then on."""
    shipped.run("shipment_upload")
    fields = dict(DEMO["globex"].shipment_fields)
    del fields["tracking_numbers"]
    shipped.load_workbook("acme", change_filling(shipment_fields=fields))
    shipped.ship("1001", (1, "MUG-1", 2, ""), moment=2)
    shipped.run("shipment_collection")
    shipped.run("shipment_upload")
    assert seen(shipped)["Tracking_No__c"] == UPS_ONE


def test_a_fault_of_ours_about_one_order_keeps_no_other_waiting(shipped: World) -> None:
    """Its content cannot be read any more; the news about the other is written."""
    shipped.acme.sell("1002")
    shipped.pass_time(minutes=5)
    shipped.run("order_download")
    with shipped.store.begin() as uow:
        uow.connection.exec_driver_sql("UPDATE orders SET content = '{}' WHERE order_number='1002'")
    ctx = shipped.run("shipment_upload")
    assert ctx.counts["written"] == 1
    assert "the news about order 1002 broke off with" in ctx.attention[0]
    assert seen(shipped)["Tracking_No__c"] == UPS_ONE


def test_a_short_order_stays_short_after_it_is_confirmed(shipped: World) -> None:
    """Confirmed is our own affair; a later correction does not hide that it was short."""
    shipped.acme.sell("1002", ("MUG-1", 5))
    shipped.pass_time(minutes=5)
    shipped.round()
    shipped.ship("1002", (1, "MUG-1", 2, UPS_ONE), shipment="S2", complete=True)
    shipped.round()
    shipped.ship("1002", (1, "MUG-1", 2, UPS_TWO), shipment="S2", complete=True, moment=2)
    shipped.round()
    assert shipped.order("1002").shown_state == "confirmed"
    assert seen(shipped, "1002")["WMS_Status__c"] == "Closed short"
    assert seen(shipped, "1002")["Tracking_No__c"] == UPS_TWO


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_around_the_write_writes_once(shipped: World, when: str) -> None:
    """The next worker reads back first and writes only what does not stand there."""
    shipped.die_in("shipment_upload", Mortal(shipped.acme.cart, "write_updates", when))
    assert shipped.run("shipment_upload").counts == {}
    shipped.pass_time(minutes=16)
    writes = Writes(shipped.acme.cart)
    ctx = shipped.run("shipment_upload", cart=writes)
    assert len([update for batch in writes.batches for update in batch]) == (when == "before")
    assert ctx.counts["already_written"] == (when == "after")
    assert seen(shipped)["Tracking_No__c"] == UPS_ONE
    assert shipped.order("1001").shown_state == "confirmed"


def test_an_answer_that_was_lost_on_the_way_is_read_back(shipped: World) -> None:
    """The org committed, the connection broke: compare before writing again."""
    shipped.acme.org.fail(action="drop_after", path="composite", method="POST", nth=1)
    ctx = shipped.run("shipment_upload")
    assert ctx.counts["retried"] == 1
    shipped.pass_time(minutes=5)
    writes = Writes(shipped.acme.cart)
    ctx = shipped.run("shipment_upload", cart=writes)
    assert (ctx.counts["already_written"], writes.batches) == (1, [])
    assert shipped.order("1001").shown_state == "confirmed"


def test_news_that_comes_while_another_worker_writes_waits_for_it(shipped: World) -> None:
    """Otherwise the slower one would put the older number back."""
    shipped.die_in("shipment_upload", Mortal(shipped.acme.cart, "write_updates", "before"))
    shipped.ship("1001", (1, "MUG-1", 2, UPS_TWO), moment=2)
    shipped.run("shipment_collection")
    assert shipped.run("shipment_upload", worker="two").counts["written"] == 0
    shipped.pass_time(minutes=16)
    shipped.run("shipment_upload", worker="two")
    assert seen(shipped)["Tracking_No__c"] == UPS_TWO


def test_a_record_that_salesforce_refuses_is_a_dead_letter_beside_its_neighbours(
    shipped: World,
) -> None:
    """Reason and workbook cell; the other order is written."""
    shipped.acme.sell("1002")
    shipped.pass_time(minutes=5)
    shipped.round()
    shipped.ship("1001", (1, "MUG-1", 2, UPS_TWO), moment=2)
    shipped.ship("1002", (1, "MUG-1", 2, UPS_ONE), shipment="S2")
    shipped.run("shipment_collection")
    order_id = shipped.order("1001").cart_order_id
    shipped.acme.delete(order_id)
    ctx = shipped.run("shipment_upload")
    assert (ctx.counts["written"], ctx.counts["refused"]) == (1, 1)
    assert "order 1001" in ctx.attention[0]
    with shipped.store.read() as uow:
        assert [message.order_id for message in uow.outbox.find(state="dead")] == [
            shipped.order("1001").order_id
        ]
    assert seen(shipped, "1002")["Tracking_No__c"] == UPS_ONE


def test_what_is_written_at_last_needs_nobody_any_more(shipped: World) -> None:
    """The org took it after all, so the refusal is over; what else is to be seen to stays."""
    shipped.acme.sell("1002")
    shipped.pass_time(minutes=5)
    shipped.round()
    refusal = "Salesforce refuses what we write onto Sales_Order__c a01: no"
    with shipped.store.begin() as uow:
        for number, attention in (("1001", refusal), ("1002", "another matter")):
            order_id = shipped.order(number).order_id
            uow.orders.set_attention(order_id, attention, at=shipped.clock.now())
            queue_write_backs(uow, [order_id], at=shipped.clock.now())
    shipped.run("shipment_upload")
    assert shipped.order("1001").attention is None
    assert shipped.order("1002").attention == "another matter"


@pytest.mark.parametrize("mood", [Retry("gone for a while"), OverBudget("no calls left")])
def test_an_org_that_cannot_answer_now_gets_the_news_later(shipped: World, mood: Retry) -> None:
    """The run says that it waits; nothing is lost."""
    with pytest.raises(type(mood)):
        shipped.run("shipment_upload", cart=Writes(shipped.acme.cart, mood))
    shipped.pass_time(minutes=5)
    shipped.run("shipment_upload")
    assert seen(shipped)["Tracking_No__c"] == UPS_ONE


def test_the_marker_is_set_on_released_orders_only(world: World) -> None:
    """It tells other systems that we have the order."""
    settings = {
        **change_filling().settings, "marker_field": "Gift_Note__c", "marker_value": "taken",
    }  # fmt: skip
    order_fields = {key: value for key, value in change_filling().order_fields.items()
                    if key != "gift_message"}  # fmt: skip
    world.load_workbook(
        "acme",
        change_filling(settings=settings, order_fields=order_fields, shipment_fields={}),
    )
    world.acme.sell("1001")
    world.acme.sell("1002", Delivery__c="Zeppelin")
    world.pass_time(minutes=5)
    world.round()
    assert seen(world, "1001", "acme", "Gift_Note__c") == {"Gift_Note__c": "taken"}
    assert seen(world, "1002", "acme", "Gift_Note__c") == {"Gift_Note__c": None}
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    assert (ctx.counts["new"], ctx.counts["changed"], ctx.counts["held"]) == (0, 0, 0)


def test_where_nothing_is_mapped_a_shipped_order_is_confirmed_without_a_call(
    world: World,
) -> None:
    """There is nothing to write."""
    world.load_workbook("acme", change_filling(shipment_fields={}))
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.round()
    world.ship("1001", (1, "MUG-1", 2, UPS_ONE))
    world.run("shipment_collection")
    before = world.acme.calls
    world.run("shipment_upload")
    assert world.order("1001").shown_state == "confirmed"
    assert world.acme.calls == before


def test_hundreds_of_orders_take_few_calls(world: World) -> None:
    """Reading, the re-read of our echo, and writing tracking: at most six."""
    rows = [
        {"Order_No__c": f"{number:08}", "Account__c": world.acme.account_id, "Attention__c": "Ada",
         "Status__c": "Approved", "Delivery__c": "Regular", "Ordered_On__c": "2026-11-20"}
        for number in range(300)
    ]  # fmt: skip
    ids = world.acme.org.insert("Sales_Order__c", *rows)
    lines = [{"Sales_Order__c": order_id, "Item_Code__c": sku, "Qty__c": 1}
             for order_id in ids for sku in ("MUG-1", "TENT-2")]  # fmt: skip
    world.acme.org.insert("Sales_Order_Line__c", *lines)
    world.pass_time(minutes=5)
    before = world.acme.calls
    world.run("order_download")
    world.run("order_delivery")
    for number in range(300):
        world.ship(f"{number:08}", (1, "MUG-1", 1, f"T{number}"), (2, "TENT-2", 1, f"T{number}"),
                   shipment=f"S{number}")  # fmt: skip
    world.run("shipment_collection")
    assert world.run("shipment_upload").counts["written"] == 300
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    assert (ctx.counts["unchanged"], ctx.counts["changed"]) == (300, 0)
    assert world.acme.calls - before <= 6
