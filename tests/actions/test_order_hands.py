"""What a person decides about an order: only where the moves allow it, and always written down."""

from __future__ import annotations

import pytest

from fulfillment_bridge.actions.by_hand import one_order
from fulfillment_bridge.actions.cancel_order import cancel_order
from fulfillment_bridge.actions.hold_order import hold_order
from fulfillment_bridge.actions.refetch_order import refetch_order
from fulfillment_bridge.actions.release_order import release_order
from fulfillment_bridge.actions.resend_order import resend_order, resend_tracking
from fulfillment_bridge.actions.ship_order import ByHand, ship_order
from fulfillment_bridge.errors import OutcomeUnknown, Rejected, UserError
from tests.actions.hands import ada, decisions, sold, told
from tests.jobs.test_order_delivery import Moody
from tests.jobs.world import Mortal, World


def test_a_held_order_stays_whatever_changes_until_it_is_released(world: World) -> None:
    """An edit in Salesforce maps it anew and does not let it go; the release does."""
    order_id = sold(world)
    hold_order(ada(world, "the address looks odd"), order_id)
    world.acme.add_line(world.order("1001").cart_order_id, "TENT-2", 1)
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    assert (world.order("1001").state, world.references()) == ("held", [])
    release_order(ada(world, "it is right"), world.acme.profile, order_id)
    world.run("order_delivery")
    assert world.references() == ["1001"]
    assert [line.quantity for line in world.at_warehouse()[0].lines] == [2, 1]
    assert decisions(world, order_id) == [
        ("ada", "orders release", "it is right"),
        ("ada", "orders hold", "the address looks odd"),
    ]
    assert told(world, order_id) == [("held", "ada"), ("released", "ada")]


def test_what_has_left_cannot_be_held_or_released(world: World) -> None:
    """The message names the command that helps instead."""
    order_id = sold(world, sent=True)
    with pytest.raises(UserError) as held:
        hold_order(ada(world), order_id)
    with pytest.raises(UserError) as released:
        release_order(ada(world), world.acme.profile, order_id)
    assert "orders cancel 1001 --cart acme" in held.value.remedy
    assert "orders resend 1001 --cart acme" in released.value.remedy
    assert decisions(world, order_id) == []


def test_a_fault_in_the_mapping_cannot_be_released_away(world: World) -> None:
    """It is mended where it comes from; a refetch then takes it along at once."""
    record_id = world.acme.sell("1001", Delivery__c="Pigeon")
    world.pass_time(minutes=5)
    world.run("order_download")
    order_id = world.order("1001").order_id
    with pytest.raises(UserError) as refused:
        release_order(ada(world), world.acme.profile, order_id)
    assert refused.value.problems
    assert "orders refetch 1001" in refused.value.remedy
    world.acme.edit(record_id, Delivery__c="Regular")
    world.pass_time(minutes=1)
    said = refetch_order(ada(world), world.context("order_download"), "1001")
    assert said == "was read again (changed, released); it is released"
    assert told(world, order_id) == [("refetched", "ada")]


def test_a_refetch_finds_an_order_that_was_never_downloaded(world: World) -> None:
    """By its number in the org."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    refetch_order(ada(world), world.context("order_download"), "1001")
    assert world.order("1001").shown_state == "released"
    with pytest.raises(UserError, match="neither the bridge nor the org"):
        refetch_order(ada(world), world.context("order_download"), "9999")


def test_a_refetch_of_what_changed_a_moment_ago_says_so(world: World) -> None:
    """Its lines may still be on the way."""
    world.acme.sell("1001")
    said = refetch_order(ada(world), world.context("order_download"), "1001")
    assert "a moment ago" in said


@pytest.mark.parametrize("sent", [False, True])
def test_a_refetch_of_a_deleted_order_says_that_it_was_deleted(world: World, sent: bool) -> None:
    """One that has not left is canceled; of one that has a person hears."""
    sold(world, sent=sent)
    world.acme.delete(world.order("1001").cart_order_id)
    said = refetch_order(ada(world), world.context("order_download"), "1001")
    assert "it was deleted in Salesforce" in said
    order = world.order("1001")
    assert order.shown_state == ("at_warehouse" if sent else "canceled")
    assert ("was deleted" in (order.attention or "")) is sent


def test_a_refused_order_is_released_as_it_is_now(world: World) -> None:
    """The warehouse has learned the SKU meanwhile; the refused message is no dead letter now."""
    order_id = sold(world)
    moody = Moody(world.warehouse, on_1001=Rejected("unknown SKU MUG-1"))
    world.run("order_delivery", warehouse=moody)
    release_order(ada(world, "the SKU is there now"), world.acme.profile, order_id)
    world.run("order_delivery")
    assert world.references() == ["1001"]
    assert world.order("1001").attention is None
    with world.store.read() as uow:
        assert uow.dead_letters.find() == []


@pytest.mark.parametrize(("found", "arrived"), [("there", True), ("not_there", False)])
def test_a_person_settles_an_unknown_outcome(world: World, found: str, arrived: bool) -> None:
    """It is there, and nothing is sent; or it is not, and it is sent once."""
    world.options["partner_archives"] = False
    order_id = sold(world)
    world.die_in("order_delivery", Mortal(world.warehouse, "submit", "after"))
    for path in (world.folder / "ACME" / "orders").iterdir():
        path.unlink()
    world.pass_time(minutes=6)
    world.run("order_delivery")
    with pytest.raises(UserError, match="may or may not"):
        release_order(ada(world), world.acme.profile, order_id)
    assert world.order("1001").shown_state == "outcome_unknown"
    release_order(
        ada(world), world.acme.profile, order_id,
        found="there" if found == "there" else "not_there",
    )  # fmt: skip
    assert world.run("order_delivery").counts["sent"] == (0 if arrived else 1)
    assert world.references() == ([] if arrived else ["1001"])
    assert world.order("1001").shown_state == "at_warehouse"
    assert ("settled", "ada") in told(world, order_id)


def test_a_word_about_an_outcome_that_is_known_is_refused(world: World) -> None:
    """Nobody moves an order by mistake."""
    order_id = sold(world, sent=True)
    with pytest.raises(UserError, match="no unknown outcome"):
        release_order(ada(world), world.acme.profile, order_id, found="not_there")


def test_an_order_that_has_not_left_is_canceled_here(world: World) -> None:
    """Nothing is sent, and the merchant reads it."""
    order_id = sold(world)
    cancel_order(ada(world), order_id)
    world.run("order_delivery")
    world.run("shipment_upload")
    assert world.references() == []
    assert world.order("1001").shown_state == "canceled"
    record_id = world.order("1001").cart_order_id
    shown = world.acme.shown("Sales_Order__c", record_id, "WMS_Status__c")
    assert shown == {"WMS_Status__c": "Canceled"}
    with pytest.raises(UserError, match="canceled already"):
        cancel_order(ada(world), order_id)


def test_where_the_warehouse_cannot_be_asked_its_answer_is_written_down(world: World) -> None:
    """A csv_drop warehouse takes no requests: a person asks there."""
    order_id = sold(world, sent=True)
    cancel_order(ada(world), order_id)
    ctx = world.run("order_delivery")
    assert ctx.counts["cannot_be_asked"] == 1
    assert "--accepted" in ctx.attention[0]
    assert world.order("1001").shown_state == "at_warehouse"
    cancel_order(ada(world, "they took it off the line"), order_id, said="accepted")
    assert (world.order("1001").state, world.order("1001").attention) == ("canceled", None)


def test_a_refused_cancellation_leaves_the_order_there(world: World) -> None:
    """It ships as if nobody had asked."""
    order_id = sold(world, sent=True)
    cancel_order(ada(world), order_id)
    world.run("order_delivery")
    cancel_order(ada(world, "too late"), order_id, said="refused")
    world.ship("1001")
    world.run("shipment_collection")
    assert world.order("1001").shown_state == "shipped"
    assert world.order("1001").attention is None


def test_goods_that_ship_after_a_cancellation_are_recorded_and_told(world: World) -> None:
    """The tracking still reaches the merchant."""
    order_id = sold(world, sent=True)
    cancel_order(ada(world), order_id, said="accepted")
    world.ship("1001")
    ctx = world.run("shipment_collection")
    assert "shipped after it had been canceled" in ctx.attention[0]
    assert world.order("1001").shown_state == "canceled"
    world.run("shipment_upload")
    record_id = world.order("1001").cart_order_id
    shown = world.acme.shown("Sales_Order__c", record_id, "Tracking_No__c")
    assert shown["Tracking_No__c"]


def test_a_resend_has_a_new_reference_and_is_the_only_second_time(world: World) -> None:
    """1001-R1, then 1001-R2; the first one stays what it is."""
    order_id = sold(world, sent=True)
    world.ship("1001")
    world.run("shipment_collection")
    resend_order(ada(world, "lost by the carrier"), world.acme.profile, order_id)
    with pytest.raises(UserError, match="has not left yet"):
        resend_order(ada(world), world.acme.profile, order_id)
    world.run("order_delivery")
    resend_order(ada(world), world.acme.profile, order_id)
    world.run("order_delivery")
    assert sorted(world.references()) == ["1001", "1001-R1", "1001-R2"]
    assert world.order("1001").shown_state == "at_warehouse"
    with world.store.read() as uow:
        states = [part.state for part in uow.fulfillment_orders.by_order(order_id)]
    assert states == ["shipped", "at_warehouse", "at_warehouse"]
    assert ("resent", "ada") in told(world, order_id)


def test_what_has_not_left_is_not_resent(world: World) -> None:
    """It would ship twice without anybody having wanted that."""
    order_id = sold(world)
    with pytest.raises(UserError, match="has not left yet"):
        resend_order(ada(world), world.acme.profile, order_id)
    moody = Moody(world.warehouse, on_1001=OutcomeUnknown("no answer"))
    world.run("order_delivery", warehouse=moody)
    with pytest.raises(UserError, match="must be settled first"):
        resend_order(ada(world), world.acme.profile, order_id)


def test_tracking_written_by_hand_reaches_salesforce(world: World) -> None:
    """The warehouse told it on the phone."""
    order_id = sold(world, sent=True)
    shipped = ByHand(["1Z1", "1Z2"], carrier="UPS")
    ship_order(ada(world), world.context("shipment_collection"), order_id, shipped)
    world.run("shipment_upload")
    assert world.order("1001").shown_state == "confirmed"
    record_id = world.order("1001").cart_order_id
    shown = world.acme.shown("Sales_Order__c", record_id, "Tracking_No__c")
    assert "1Z1" in shown["Tracking_No__c"]
    assert "1Z2" in shown["Tracking_No__c"]
    with pytest.raises(UserError, match="nothing of it is open"):
        ship_order(ada(world), world.context("shipment_collection"), order_id, shipped)


def test_an_order_shipped_by_hand_before_it_left_is_never_sent(world: World) -> None:
    """Somebody took it off the shelf themselves."""
    order_id = sold(world)
    ship_order(ada(world), world.context("shipment_collection"), order_id, ByHand(["1Z1"]))
    assert world.run("order_delivery").counts == {"already_settled": 1}
    assert world.references() == []
    assert world.order("1001").shown_state == "shipped"


def test_tracking_is_written_once_more_on_request(world: World) -> None:
    """Somebody emptied the field in Salesforce."""
    order_id = sold(world, sent=True)
    world.ship("1001")
    world.run("shipment_collection")
    world.run("shipment_upload")
    record_id = world.order("1001").cart_order_id
    before = world.acme.shown("Sales_Order__c", record_id, "Tracking_No__c")
    world.acme.edit(record_id, Tracking_No__c=None)
    resend_tracking(ada(world), order_id)
    world.run("shipment_upload")
    assert world.acme.shown("Sales_Order__c", record_id, "Tracking_No__c") == before


def test_a_number_that_is_not_ours_or_several_ask_for_more(world: World) -> None:
    """Nobody acts on the wrong merchant's order."""
    sold(world)
    world.add_merchant("globex").sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download", "globex")
    with pytest.raises(UserError, match="2 orders are called 1001"):
        one_order(world.store, "1001", None)
    assert one_order(world.store, "1001", "globex").cart == "globex"
    assert one_order(world.store, "1001-2", None).cart == "globex"
    with pytest.raises(UserError, match="no order 9999"):
        one_order(world.store, "9999", None)
