"""Orders from the org into the store, and released once they may be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fulfillment_bridge.errors import Misconfigured
from tests.jobs.world import START, Mortal, World, change_filling


def test_a_ready_order_is_stored_and_released(world: World) -> None:
    """One transaction makes the order, the fulfillment order and the message."""
    world.acme.sell("1001", ("MUG-1", 2), ("TENT-2", 1), stamp=START - timedelta(hours=1))
    ctx = world.run("order_download")
    assert ctx.counts == {"new": 1, "released": 1}
    order = world.order("1001")
    assert order.shown_state == "released"
    assert world.events("1001") == ["received", "released"]
    with world.store.read() as uow:
        [part] = uow.fulfillment_orders.by_order(order.order_id)
        kinds = [message.kind for message in uow.outbox.by_order(order.order_id)]
    assert (part.reference, part.merchant_code) == ("1001", "ACME")
    assert kinds == ["fulfillment_order", "write_back"]


def test_the_next_poll_finds_nothing_new(world: World) -> None:
    """What the overlap reads again is unchanged, and costs one call."""
    world.acme.sell("1001", stamp=START - timedelta(minutes=5))
    world.run("order_download")
    before = world.acme.calls
    ctx = world.run("order_download")
    assert ctx.counts == {"unchanged": 1}
    assert world.acme.calls - before == 1


def test_without_a_workbook_the_cart_is_misconfigured(world: World) -> None:
    """The message says what to load."""
    world.merchants["other"] = world.acme
    world.acme.profile = world.acme.profile.__class__("other", "acme", "org", ())
    with pytest.raises(Misconfigured) as caught:
        world.run("order_download", "other")
    assert "mapping load" in caught.value.remedy


def test_an_unmappable_order_is_held_with_every_reason_and_blocks_nobody(world: World) -> None:
    """Reasons name the workbook cell; the order beside it goes."""
    world.acme.sell("1001", Delivery__c="Zeppelin", Attention__c=None, Account__c=None)
    world.acme.sell("1002")
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    order = world.order("1001")
    assert (ctx.counts["held"], ctx.counts["released"]) == (1, 1)
    assert order.shown_state == "held"
    assert len(order.hold_reasons) > 1
    assert any("!" in reason.place for reason in order.hold_reasons)
    assert "1001" in ctx.attention[0]
    assert world.order("1002").shown_state == "released"


def test_a_held_order_goes_once_it_is_mended_in_salesforce(world: World) -> None:
    """Nobody has to do anything here."""
    order_id = world.acme.sell("1001", Delivery__c="Zeppelin")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.acme.edit(order_id, Delivery__c="Regular")
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    assert ctx.counts["released"] == 1
    assert world.order("1001").hold_reasons == ()
    assert world.order("1001").shown_state == "released"


def test_a_held_order_is_tried_again_with_a_new_workbook(world: World) -> None:
    """The map was wrong, not the order: the record did not change."""
    world.acme.sell("1001", Delivery__c="Zeppelin")
    world.pass_time(hours=2)
    world.run("order_download")
    world.pass_time(hours=2)
    world.load_workbook(
        "acme", change_filling(value_maps={"delivery": {"(anything else)": "Ground"},
                                           "statuses": {"(anything else)": "(unchanged)"}})
    )  # fmt: skip
    ctx = world.run("order_download")
    assert (ctx.counts["released"], world.order("1001").shown_state) == (1, "released")
    before = world.acme.calls
    world.run("order_download")
    assert world.acme.calls - before == 1


def test_a_cart_that_is_not_live_maps_and_releases_nothing(world: World) -> None:
    """Nothing ships by surprise; what waited goes when a person says so."""
    world.add_merchant("globex")
    with world.store.begin() as uow:
        uow.connection.exec_driver_sql("UPDATE carts SET live_at = NULL WHERE name = 'globex'")
    world.merchants["globex"].sell("1001")
    world.pass_time(minutes=5)
    ctx = world.run("order_download", "globex")
    assert (ctx.counts["new"], ctx.counts["not_live"], ctx.counts["released"]) == (1, 1, 0)
    assert world.order("1001", "globex").shown_state == "new"
    world.go_live("globex")
    assert world.run("order_download", "globex").counts["released"] == 1


def test_going_live_from_a_day_leaves_older_orders_alone(world: World) -> None:
    """The backlog was shipped by somebody else."""
    world.go_live(live_from=START - timedelta(days=1))
    world.acme.sell("1001", Ordered_On__c="2026-11-01")
    world.acme.sell("1002", Ordered_On__c="2026-11-22")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_download")
    assert world.order("1001").shown_state == "new"
    assert world.order("1002").shown_state == "released"


def test_an_order_that_just_changed_waits_until_its_lines_are_in(world: World) -> None:
    """Too young to be complete: not stored, and read again through the overlap."""
    order_id = world.acme.sell("1001")
    ctx = world.run("order_download")
    assert ctx.counts == {"waiting": 1}
    world.acme.add_line(order_id, "TENT-2", 1)
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    assert ctx.counts["new"] == 1
    order = world.order("1001").order
    assert order is not None
    assert [line.sku for line in order.lines] == ["MUG-1", "TENT-2"]


def test_an_order_without_lines_is_held_until_a_line_comes(world: World) -> None:
    """A line moves its own stamp only, and brings its order in."""
    [order_id] = world.acme.org.insert(
        "Sales_Order__c",
        {"Order_No__c": "1001", "Account__c": world.acme.account_id, "Attention__c": "Ada",
         "Status__c": "Approved", "Delivery__c": "Regular", "Ordered_On__c": "2026-11-20"},
    )  # fmt: skip
    world.pass_time(minutes=5)
    world.run("order_download")
    assert [reason.code for reason in world.order("1001").hold_reasons] == ["no_lines"]
    world.pass_time(hours=1)
    world.acme.add_line(order_id, "MUG-1", 1)
    world.pass_time(minutes=5)
    assert world.run("order_download").counts["released"] == 1


def test_an_edit_before_it_leaves_is_mapped_anew(world: World) -> None:
    """The message that was never tried is replaced; the warehouse sees the new order only."""
    order_id = world.acme.sell("1001", ("MUG-1", 2))
    world.pass_time(minutes=5)
    world.run("order_download")
    world.acme.edit(order_id, Gift_Note__c="Happy birthday")
    world.acme.add_line(order_id, "TENT-2", 3)
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    assert (ctx.counts["changed"], ctx.counts["released"]) == (1, 1)
    world.run("order_delivery")
    [sent] = world.at_warehouse()
    assert (sent.reference, sent.header["gift_message"]) == ("1001", "Happy birthday")
    assert [line.sku for line in sent.lines] == ["MUG-1", "TENT-2"]


def test_an_edit_before_it_leaves_can_hold_it(world: World) -> None:
    """It is taken back."""
    order_id = world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.acme.edit(order_id, Delivery__c="Zeppelin")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    assert world.order("1001").shown_state == "held"
    assert world.references() == []


def test_an_edit_after_it_left_is_told_once_with_the_difference(world: World) -> None:
    """A person decides; the warehouse keeps the order it has."""
    order_id = world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.round()
    world.acme.edit(order_id, Gift_Note__c="Too late")
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    assert any("gift_message: Too late, was nothing" in text for text in ctx.attention)
    assert world.order("1001").attention is not None
    again = world.run("order_download")
    assert (again.attention, again.counts["changed"]) == ([], 0)
    assert world.references() == ["1001"]


@pytest.mark.parametrize("how", ["cancel", "delete"])
def test_a_cancellation_stops_an_order_that_has_not_left(world: World, how: str) -> None:
    """By rule or by deletion; its message is never delivered."""
    order_id = world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    if how == "cancel":
        world.acme.edit(order_id, Status__c="Cancelled")
    else:
        world.acme.delete(order_id)
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    assert ctx.counts["canceled"] == 1
    assert world.order("1001").shown_state == "canceled"
    world.run("order_delivery")
    assert world.references() == []
    assert world.run("order_download").counts["canceled"] == 0


def test_a_cancellation_after_it_left_asks_for_attention_once(world: World) -> None:
    """The warehouse has it: somebody must call."""
    order_id = world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.round()
    world.acme.edit(order_id, Status__c="Cancelled")
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    assert ctx.attention == [
        "order 1001 was canceled in Salesforce after it had left for the warehouse"
    ]
    assert world.run("order_download").attention == []
    assert world.order("1001").shown_state == "at_warehouse"


def test_an_order_that_is_no_longer_ready_is_held_and_goes_on_when_it_is(world: World) -> None:
    """Before it left it is taken back."""
    order_id = world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.acme.edit(order_id, Status__c="On Hold")
    world.pass_time(minutes=5)
    world.run("order_download")
    assert [r.code for r in world.order("1001").hold_reasons] == ["no_longer_ready"]
    world.run("order_delivery")
    assert world.references() == []
    world.acme.edit(order_id, Status__c="Approved")
    world.pass_time(minutes=5)
    assert world.run("order_download").counts["released"] == 1


def test_two_merchants_with_one_order_number_get_two_references(world: World) -> None:
    """The reference is the number, suffixed where it is taken."""
    world.add_merchant("globex")
    for merchant in world.merchants.values():
        merchant.sell("1001")
    world.pass_time(minutes=5)
    world.round()
    assert (world.references("ACME"), world.references("GLOBEX")) == (["1001"], ["1001-2"])


def test_orders_of_a_sandbox_never_reach_a_live_warehouse(world: World) -> None:
    """Held with the remedy; when the warehouse takes test orders they go by themselves."""
    world.add_merchant("globex", is_sandbox=True)
    world.merchants["globex"].sell("1001")
    world.pass_time(minutes=5)
    ctx = world.run("order_download", "globex")
    assert [r.code for r in world.order("1001", "globex").hold_reasons] == ["test_order"]
    assert "accepts_test_orders" in ctx.attention[0]
    world.reconfigure(accepts_test_orders=True)
    assert world.run("order_download", "globex").counts["released"] == 1
    assert world.order("1001", "globex").test_order


def test_450_orders_of_one_stamp_arrive_once_though_the_process_dies_after_a_page(
    world: World,
) -> None:
    """The stored pair (stamp, id) takes the next run up inside the window."""
    globex = world.add_merchant("globex", page_size=200, settle_seconds=0)
    for number in range(450):
        globex.sell(f"{number:08}", stamp=START)
    world.pass_time(minutes=5)
    mortal = Mortal(globex.cart, "fetch_changes", items=1)
    world.die_in("order_download", mortal, "globex")
    with world.store.read() as uow:
        stored = len(uow.orders.open_ids("globex"))
    assert stored == 200
    ctx = world.run("order_download", "globex")
    assert ctx.counts["new"] == 250
    again = world.run("order_download", "globex")
    assert (again.counts["new"], again.counts["changed"]) == (0, 0)
    world.run("order_delivery")
    assert len(set(world.references("GLOBEX"))) == len(world.references("GLOBEX")) == 450


def test_a_row_that_becomes_visible_late_behind_the_position_of_a_dead_run_arrives(
    world: World,
) -> None:
    """A window taken up again is read from that place once more by the next poll."""
    globex = world.add_merchant("globex", page_size=200)
    for number in range(250):
        globex.sell(f"{number:08}", stamp=START)
    world.pass_time(minutes=1)
    world.die_in("order_download", Mortal(globex.cart, "fetch_changes", items=1), "globex")
    globex.sell("late", stamp=START - timedelta(seconds=1))
    world.pass_time(hours=5)
    world.run("order_download", "globex")
    world.run("order_download", "globex")
    assert world.order("late", "globex").shown_state == "released"


def test_a_marked_order_that_we_do_not_know_is_held(world: World) -> None:
    """Somebody else took it; our own mark holds nothing."""
    settings = {
        **change_filling().settings, "marker_field": "WMS_Order__c", "marker_value": "taken",
    }  # fmt: skip
    world.load_workbook("acme", change_filling(settings=settings))
    world.acme.sell("1001", WMS_Order__c="taken")
    world.pass_time(minutes=5)
    world.run("order_download")
    assert [r.code for r in world.order("1001").hold_reasons] == ["already_marked"]


def test_a_column_that_is_gone_names_the_workbook_cell(world: World) -> None:
    """Somebody withdrew the right to read it after the workbook was loaded."""
    user = world.acme.org.handle.org.users[world.acme.org.handle.username.lower()]
    user.hidden_fields.setdefault("Sales_Order__c", set()).add("Gift_Note__c")
    with pytest.raises(Exception, match="workbook cell Order fields!"):
        world.run("order_download")
