"""Nothing is missing, or it is found, healed and told; and that costs little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.storage.proofs import Proof
from tests.jobs.world import START, World


@pytest.fixture
def traded(world: World) -> World:
    """Three orders are here, the first one shipped and confirmed; an hour has passed."""
    for number in ("1001", "1002", "1003"):
        world.acme.sell(number)
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.ship("1001")
    world.run("shipment_collection")
    world.run("shipment_upload")
    world.pass_time(hours=1)
    world.run("order_download")
    return world


def proof(world: World) -> Proof:
    """What was proved last."""
    with world.store.read() as uow:
        found = uow.proofs.get("acme")
    assert found is not None
    return found


def reconcile(world: World, *, since: datetime | None = None) -> JobContext:
    """Run it once."""
    ctx = world.context("reconciliation")
    ctx.since = since
    world.run_in(ctx)
    return ctx


def hide(world: World, number: str) -> None:
    """The bridge forgets an order as if it had never seen it."""
    order_id = world.order(number).order_id
    with world.store.begin() as uow:
        for table, column in (
            ("order_events", "order_id"), ("outbox", "order_id"), ("ledger", "order_id"),
            ("written_values", "order_id"),
        ):  # fmt: skip
            uow.connection.exec_driver_sql(f"DELETE FROM {table} WHERE {column} = {order_id}")  # noqa: S608
        parts = f"SELECT fulfillment_order_id FROM fulfillment_orders WHERE order_id = {order_id}"  # noqa: S608
        uow.connection.exec_driver_sql(
            f"DELETE FROM fulfillment_lines WHERE fulfillment_order_id IN ({parts})"  # noqa: S608
        )
        for table in ("fulfillment_orders", "orders"):
            uow.connection.exec_driver_sql(f"DELETE FROM {table} WHERE order_id = {order_id}")  # noqa: S608


def test_a_cart_with_everything_is_proved_complete(traded: World) -> None:
    """Up to a moment, as far as a user can see."""
    ctx = reconcile(traded)
    assert ctx.attention == []
    found = proof(traded)
    assert found.complete_until == traded.clock.now() - timedelta(minutes=10)
    assert found.text().startswith("complete up to 2026-11-22 12:55Z as far as ")
    assert "days_that_differ" not in ctx.counts


def test_a_cart_that_was_never_read_says_so(world: World) -> None:
    """Nothing is proved where nothing was read."""
    reconcile(world)
    assert proof(world).complete_until is None
    assert "never read" in proof(world).text()


def test_a_lost_order_is_found_taken_in_and_told(traded: World) -> None:
    """The counts of its day differ."""
    hide(traded, "1002")
    ctx = reconcile(traded)
    assert (ctx.counts["days_that_differ"], ctx.counts["missing"]) == (1, 1)
    assert "1 order was missing here" in ctx.attention[0]
    assert traded.order("1002").shown_state == "released"
    assert reconcile(traded).counts["missing"] == 0


def test_a_lost_order_behind_equal_counts_is_found_by_its_id(traded: World) -> None:
    """Another order that the org does not count any more hides it: the sweep compares ids."""
    hide(traded, "1002")
    traded.acme.edit(traded.order("1003").cart_order_id, Status__c="Draft")
    traded.pass_time(hours=1)
    traded.run("order_download")
    with traded.store.begin() as uow:
        uow.connection.exec_driver_sql(
            "UPDATE orders SET modstamp = (SELECT modstamp FROM orders WHERE order_number = '1001')"
        )
    found = sum(reconcile(traded).counts["missing"] for _ in range(7))
    assert found == 1
    assert traded.order("1002").shown_state == "released"


def test_a_missed_edit_is_read_again(traded: World) -> None:
    """We know the order, in an older state than the org shows."""
    traded.acme.edit(traded.order("1002").cart_order_id, Delivery__c="Two Day Air")
    traded.pass_time(days=1)
    with traded.store.begin() as uow:
        uow.cursors.rewind("acme", traded.clock.now(), at=traded.clock.now())
    assert sum(reconcile(traded).counts["read_again"] for _ in range(7)) == 1
    assert "changed_after_release" in traded.events("1002")


def test_a_missed_cancellation_is_found(traded: World) -> None:
    """A cursor that jumped over it does not hide it."""
    traded.acme.edit(traded.order("1002").cart_order_id, Status__c="Cancelled")
    traded.pass_time(days=1)
    with traded.store.begin() as uow:
        uow.cursors.rewind("acme", traded.clock.now(), at=traded.clock.now())
    reconcile(traded)
    assert "canceled_after_release" in traded.events("1002")


def test_a_write_back_that_somebody_undid_is_written_again_once(traded: World) -> None:
    """The second time somebody must look, or the two would fight for ever."""
    record_id = traded.order("1001").cart_order_id
    before = traded.acme.shown("Sales_Order__c", record_id, "Tracking_No__c")
    traded.acme.edit(record_id, Tracking_No__c=None)
    ctx = reconcile(traded)
    assert ctx.counts["write_backs_undone"] == 1
    traded.run("shipment_upload")
    assert traded.acme.shown("Sales_Order__c", record_id, "Tracking_No__c") == before
    traded.acme.edit(record_id, Tracking_No__c=None)
    ctx = reconcile(traded)
    assert "keeps changing" in ctx.attention[0]
    assert "keeps changing" in (traded.order("1001").attention or "")
    assert traded.run("shipment_upload").counts["written"] == 0


@pytest.mark.parametrize("days", [0, 8, 30])
def test_what_somebody_undid_is_found_however_old_the_write_is(traded: World, days: int) -> None:
    """On the next day, up to 35 days after it was written."""
    reconcile(traded)
    traded.pass_time(days=days)
    record_id = traded.order("1001").cart_order_id
    traded.acme.edit(record_id, Tracking_No__c="mine")
    traded.pass_time(hours=1)
    traded.run("order_download")
    before = traded.acme.calls
    assert reconcile(traded).counts["write_backs_undone"] == 1
    assert traded.acme.calls - before <= 4
    assert reconcile(traded).counts["write_backs_undone"] == 0, "news about it waits already"


def test_orders_of_an_org_that_the_cart_read_before_are_not_compared(traded: World) -> None:
    """A sandbox has the record ids of the org it was copied from; that org's orders are others."""
    before = {number: traded.order(number).order_id for number in ("1001", "1002", "1003")}
    with traded.store.begin() as uow:
        for table in ("orders", "ledger"):
            uow.connection.exec_driver_sql(f"UPDATE {table} SET organization_id = '00Dsandbox'")  # noqa: S608
    found = sum(reconcile(traded).counts["missing"] for _ in range(7))
    assert found == 3
    with traded.store.read() as uow:
        canceled_there = uow.orders.by_number("1002")[-1]
    traded.acme.edit(canceled_there.cart_order_id, Status__c="Cancelled")
    traded.pass_time(days=1)
    traded.run("order_download")
    ctx = reconcile(traded)
    assert "days_that_differ" not in ctx.counts
    assert ctx.counts["missing"] == 0
    with traded.store.read() as uow:
        assert uow.orders.get(canceled_there.order_id).state == "canceled"
        assert uow.orders.get(before["1002"]).shown_state == "at_warehouse"
        told = [event.event for event in uow.events.of(before["1002"])]
    assert told == ["received", "released", "sent", "written_back"]


def test_stock_that_differs_is_published_at_once(traded: World) -> None:
    """Somebody overwrote a level: the next sync is due now."""
    [record_id] = traded.acme.org.insert(
        "Product2", {"Name": "Mug", "ProductCode": "MUG-1", "IsActive": True}
    )
    traded.count(MUG_1=9)
    traded.run("stock_collection")
    traded.run("inventory_sync")
    assert "stock_records_differ" not in reconcile(traded).counts
    now = traded.clock.now()
    traded.acme.org.change("Product2", record_id, now, Warehouse_Stock__c=1)
    assert reconcile(traded).counts["stock_records_differ"] == 1


def test_an_order_without_news_and_a_shipment_nobody_carries_are_told(traded: World) -> None:
    """Each with its orders and what to do; the shipment is queued again."""
    traded.ship("1002", shipment="S2")
    traded.run("shipment_collection")
    with traded.store.begin() as uow:
        uow.connection.exec_driver_sql("UPDATE outbox SET state = 'done' WHERE state = 'pending'")
    traded.pass_time(days=8)
    ctx = reconcile(traded)
    assert any("1 order has been at the warehouse without news" in each for each in ctx.attention)
    assert ctx.counts["write_backs_queued"] == 1
    traded.run("shipment_upload")
    assert traded.order("1002").shown_state == "confirmed"


def test_everything_since_a_date_is_compared_by_id(traded: World) -> None:
    """On demand, without the daily limits."""
    hide(traded, "1003")
    ctx = reconcile(traded, since=START.replace(hour=0, tzinfo=UTC))
    assert ctx.counts["ids_compared"] == 3
    assert ctx.counts["missing"] == 1


def test_an_idle_day_costs_few_calls(traded: World) -> None:
    """Counts, ids, cancellations, write-backs; no stock is counted here."""
    before = traded.acme.calls
    reconcile(traded)
    assert traded.acme.calls - before <= 4
