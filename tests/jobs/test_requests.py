"""What changes in Salesforce after an order has left: the warehouse is asked where it can be."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from fulfillment_bridge.actions.release_order import release_order
from fulfillment_bridge.errors import Misconfigured, OutcomeUnknown, Retry
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.warehouses.base import RequestAnswer, WarehouseRequest
from tests.actions.hands import ada
from tests.jobs.test_order_delivery import Moody
from tests.jobs.world import World
from tests.warehouses.askable import AskableWarehouse
from tests.warehouses.samples import UPS_ONE


@pytest.fixture
def sent(world: World) -> World:
    """Order 1001 of two mugs is at the warehouse."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    return world


def edit(world: World, **values: Any) -> JobContext:
    """The merchant edits order 1001, and the bridge reads it."""
    world.acme.edit(world.order("1001").cart_order_id, **values)
    world.pass_time(minutes=5)
    return world.run("order_download")


def shown(world: World) -> str:
    """What the merchant reads on the order."""
    world.run("shipment_upload")
    record_id = world.order("1001").cart_order_id
    return str(world.acme.shown("Sales_Order__c", record_id, "WMS_Status__c")["WMS_Status__c"])


def test_a_cancellation_is_asked_for_accepted_and_written_back(sent: World) -> None:
    """The order is canceled there and here; nobody has to look."""
    edit(sent, Status__c="Cancelled")
    warehouse = AskableWarehouse(sent.warehouse)
    ctx = sent.run("order_delivery", warehouse=warehouse)
    assert ctx.counts["cancel_accepted"] == 1
    assert [(one.reference, one.order) for one in warehouse.asked] == [("1001", None)]
    order = sent.order("1001")
    assert (order.state, order.shown_state, order.attention) == ("canceled", "canceled", None)
    assert shown(sent) == "Canceled"
    assert sent.run("order_download").counts["canceled"] == 0


def test_the_merchant_sees_that_it_is_being_asked_for(sent: World) -> None:
    """The warehouse takes its time; asking again asks for nothing new."""
    edit(sent, Status__c="Cancelled")
    warehouse = AskableWarehouse(sent.warehouse, "thinking")
    sent.run("order_delivery", warehouse=warehouse)
    assert sent.order("1001").shown_state == "cancel_requested"
    assert shown(sent) == "Cancellation asked"
    assert sent.run("order_delivery", warehouse=warehouse).counts == {}
    warehouse.mood = "yes"
    sent.pass_time(minutes=15)
    sent.run("order_delivery", warehouse=warehouse)
    assert sent.order("1001").shown_state == "canceled"
    assert len({one.key for one in warehouse.asked}) == 1


def test_a_refused_cancellation_is_told_and_the_goods_ship(sent: World) -> None:
    """The order is at the warehouse as before, and a person knows why."""
    edit(sent, Status__c="Cancelled")
    ctx = sent.run("order_delivery", warehouse=AskableWarehouse(sent.warehouse, "no"))
    assert "it is on the truck" in ctx.attention[0]
    order = sent.order("1001")
    assert order.shown_state == "at_warehouse"
    assert "refused" in (order.attention or "")
    sent.run("order_download")
    assert sent.order("1001").attention == order.attention
    sent.ship("1001")
    sent.run("shipment_collection")
    assert sent.order("1001").shown_state == "shipped"


def test_what_was_shipped_meanwhile_is_not_asked_for(sent: World) -> None:
    """The warehouse need not be bothered: it is refused because it is shipped."""
    edit(sent, Status__c="Cancelled")
    sent.ship("1001")
    sent.run("shipment_collection")
    warehouse = AskableWarehouse(sent.warehouse)
    ctx = sent.run("order_delivery", warehouse=warehouse)
    assert (ctx.counts["cancel_refused"], warehouse.asked) == (1, [])
    assert sent.order("1001").shown_state == "shipped"


def test_goods_that_ship_while_the_warehouse_is_asked_are_told(sent: World) -> None:
    """They are recorded as shipped, and a person hears of it."""
    edit(sent, Status__c="Cancelled")
    sent.run("order_delivery", warehouse=AskableWarehouse(sent.warehouse, "thinking"))
    sent.ship("1001")
    ctx = sent.run("shipment_collection")
    assert "although its cancellation had been asked for" in ctx.attention[0]
    assert sent.order("1001").shown_state == "shipped"


def test_a_lost_answer_is_asked_for_again_under_the_same_key(sent: World) -> None:
    """The warehouse has decided once."""
    edit(sent, Status__c="Cancelled")
    warehouse = AskableWarehouse(sent.warehouse, "lost")
    assert sent.run("order_delivery", warehouse=warehouse).counts["retried"] == 1
    sent.pass_time(minutes=5)
    sent.run("order_delivery", warehouse=warehouse)
    assert sent.order("1001").shown_state == "canceled"
    assert (len(warehouse.asked), len(warehouse.decided)) == (2, 1)


def test_a_surprise_while_the_warehouse_is_asked_stops_no_order(sent: World) -> None:
    """A fault of ours: the request waits, and what is to be delivered goes."""

    class Faulty(AskableWarehouse):
        def ask(self, request: WarehouseRequest) -> RequestAnswer:
            raise IndexError("of ours")

    sent.acme.sell("1002")
    edit(sent, Status__c="Cancelled")
    ctx = sent.run("order_delivery", warehouse=Faulty(sent.warehouse))
    assert (ctx.counts["sent"], ctx.counts["retried"]) == (1, 1)
    assert "asking reno about 1001 broke off with IndexError" in ctx.attention[0]
    sent.pass_time(minutes=5)
    ctx = sent.run("order_delivery", warehouse=AskableWarehouse(sent.warehouse))
    assert ctx.counts["cancel_accepted"] == 1


def test_a_changed_order_is_changed_there(sent: World) -> None:
    """Its lines here are those that the warehouse has accepted."""
    sent.acme.add_line(sent.order("1001").cart_order_id, "TENT-2", 1)
    sent.pass_time(minutes=5)
    sent.run("order_download")
    assert sent.order("1001").attention
    warehouse = AskableWarehouse(sent.warehouse)
    ctx = sent.run("order_delivery", warehouse=warehouse)
    assert ctx.counts["change_accepted"] == 1
    [asked] = warehouse.asked
    assert asked.order is not None
    assert [line.sku for line in asked.order.order.lines] == ["MUG-1", "TENT-2"]
    assert sent.order("1001").attention is None
    with sent.store.read() as uow:
        [part] = uow.fulfillment_orders.by_order(sent.order("1001").order_id)
        lines = uow.fulfillment_orders.lines(part.fulfillment_order_id)
    assert [line.sku for line in lines] == ["MUG-1", "TENT-2"]


def test_a_warehouse_that_takes_no_requests_leaves_it_to_a_person(sent: World) -> None:
    """Told once, with the difference and what to do; nothing is sent."""
    ctx = edit(sent, Delivery__c="Two Day Air")
    assert "ship_method: 2nd Day, was Ground" in ctx.attention[0]
    ctx = sent.run("order_delivery")
    assert ctx.attention == ["order 1001: tell reno about 1001"]
    assert sent.references() == ["1001"]
    assert sent.run("order_delivery").counts == {}


def test_a_cancellation_waits_until_it_is_certain_whether_the_order_arrived(world: World) -> None:
    """The answer to the order itself was lost: first that is settled, then it is asked for."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery", warehouse=Moody(world.warehouse, on_1001=Retry("no answer")))
    edit(world, Status__c="Cancelled")
    warehouse = AskableWarehouse(world.warehouse)
    world.run("order_delivery", warehouse=warehouse)
    world.pass_time(minutes=30)
    world.run("order_delivery", warehouse=warehouse)
    assert [one.reference for one in warehouse.asked] == ["1001"]
    assert world.order("1001").shown_state == "canceled"


def test_what_certainly_never_left_is_stopped_though_it_was_tried(world: World) -> None:
    """Its folder could not be made: nothing of it arrived, so it is canceled here."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    blocked = world.folder / "ACME"
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file where the folder should be")
    with pytest.raises(Misconfigured):
        world.run("order_delivery")
    blocked.unlink()
    edit(world, Status__c="Cancelled")
    assert world.order("1001").state == "canceled"
    world.pass_time(hours=2)
    world.run("order_delivery")
    assert world.references() == []


@pytest.fixture
def doubtful(world: World) -> World:
    """Nobody knows whether order 1001 is at the warehouse."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery", warehouse=Moody(world.warehouse, on_1001=OutcomeUnknown("lost")))
    assert world.order("1001").shown_state == "outcome_unknown"
    return world


def found(world: World, where: Literal["there", "not_there"]) -> None:
    """Ada asked the warehouse."""
    profile, order_id = world.acme.profile, world.order("1001").order_id
    release_order(ada(world), profile, order_id, found=where)


def test_what_was_canceled_meanwhile_does_not_leave_once_it_is_not_there(doubtful: World) -> None:
    """The request waits for the fate of the order, and goes before the order."""
    edit(doubtful, Status__c="Cancelled")
    doubtful.run("order_delivery")
    found(doubtful, "not_there")
    doubtful.run("order_delivery")
    assert doubtful.references() == []
    assert doubtful.order("1001").shown_state == "canceled"


def test_what_was_edited_meanwhile_leaves_as_it_is_now(doubtful: World) -> None:
    """No warehouse is asked to change what it never had; the reference stays."""
    doubtful.acme.add_line(doubtful.order("1001").cart_order_id, "TENT-2", 1)
    edit(doubtful, Attention__c="Grace Buyer")
    doubtful.run("order_delivery")
    found(doubtful, "not_there")
    ctx = doubtful.run("order_delivery")
    [order] = doubtful.at_warehouse()
    assert (order.reference, [line.sku for line in order.lines]) == ("1001", ["MUG-1", "TENT-2"])
    assert (ctx.counts["sent"], ctx.attention) == (1, [])
    assert doubtful.order("1001").attention is None
    with doubtful.store.read() as uow:
        [part] = uow.fulfillment_orders.by_order(doubtful.order("1001").order_id)
        lines = uow.fulfillment_orders.lines(part.fulfillment_order_id)
    assert [line.sku for line in lines] == ["MUG-1", "TENT-2"]


def test_a_warehouse_is_asked_at_once_where_it_turns_out_to_have_it(doubtful: World) -> None:
    """Not a quarter of an hour later."""
    edit(doubtful, Status__c="Cancelled")
    warehouse = AskableWarehouse(doubtful.warehouse)
    doubtful.run("order_delivery", warehouse=warehouse)
    found(doubtful, "there")
    doubtful.run("order_delivery", warehouse=warehouse)
    assert [one.reference for one in warehouse.asked] == ["1001"]
    assert doubtful.order("1001").shown_state == "canceled"


def test_a_person_who_tells_the_fate_leaves_the_cancellation_to_be_seen_to(
    doubtful: World,
) -> None:
    """It is there, and this warehouse cannot be asked: somebody still has to stop it."""
    edit(doubtful, Status__c="Cancelled")
    flag = doubtful.order("1001").attention or ""
    assert "canceled in Salesforce" in flag
    found(doubtful, "there")
    assert doubtful.order("1001").attention == flag


def test_a_person_who_tells_the_fate_settles_what_was_said_of_it(doubtful: World) -> None:
    """Nobody has to look any more."""
    assert "lost" in (doubtful.order("1001").attention or "")
    found(doubtful, "there")
    assert doubtful.order("1001").attention is None


def test_a_shipment_that_tells_the_fate_leaves_the_cancellation_to_be_seen_to(
    doubtful: World,
) -> None:
    """What was said of the delivery is settled; that goods ship though canceled is not."""
    assert "lost" in (doubtful.order("1001").attention or "")
    edit(doubtful, Status__c="Cancelled")
    flag = doubtful.order("1001").attention or ""
    assert "canceled in Salesforce" in flag
    doubtful.ship("1001", (1, "MUG-1", 1, UPS_ONE))
    doubtful.run("shipment_collection")
    assert doubtful.order("1001").attention == flag


def test_a_shipment_that_tells_the_fate_settles_what_was_said_of_it(doubtful: World) -> None:
    """Nobody has to look any more."""
    doubtful.ship("1001")
    doubtful.run("shipment_collection")
    assert doubtful.order("1001").attention is None
