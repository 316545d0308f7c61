"""An org that changes under a workbook: what is optional is left out, what is needed stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fulfillment_bridge.errors import Misconfigured, Rejected
from fulfillment_bridge.jobs.known_drift import SCHEMA_CHECK
from fulfillment_bridge.simulator.model import User
from tests.jobs.world import World, change_filling
from tests.warehouses.samples import UPS_ONE

ORDER, LINE = "Sales_Order__c", "Sales_Order_Line__c"
TOUCHED = 4  # orders, lines, accounts and products


def our_user(world: World) -> User:
    handle = world.acme.org.handle
    return handle.org.users[handle.username.lower()]


def hide(world: World, object_name: str, *fields: str) -> None:
    """The admin takes away the right to read these fields; a deleted one looks the same."""
    our_user(world).hidden_fields.setdefault(object_name, set()).update(fields)
    world.pass_time(seconds=30)


def show(world: World, object_name: str) -> None:
    our_user(world).hidden_fields.pop(object_name, None)
    world.pass_time(seconds=30)


def change_type(world: World, object_name: str, field: str, new: str) -> None:
    known = world.acme.org.handle.org.schema.get(object_name)
    assert known is not None
    known.fields[field.lower()] = replace(known.fields[field.lower()], type=new)
    world.pass_time(seconds=30)


def check(world: World) -> list[str]:
    """What the check asks attention for."""
    return world.run(SCHEMA_CHECK).attention


def test_an_org_that_stays_as_it_is_costs_one_call_a_day(world: World) -> None:
    """The first look reads everything, later ones only ask whether anything changed."""
    world.pass_time(seconds=30)
    calls = world.acme.calls
    first = world.run(SCHEMA_CHECK)
    assert (first.counts["objects"], first.counts["unchanged"]) == (TOUCHED, 0)
    assert world.acme.calls - calls <= 3  # a login may be among them
    for _ in range(6):
        world.pass_time(days=1)
        calls = world.acme.calls
        later = world.run(SCHEMA_CHECK)
        assert (later.counts["unchanged"], later.attention) == (TOUCHED, [])
        assert world.acme.calls - calls <= 2
    world.pass_time(days=1)
    assert world.run(SCHEMA_CHECK).counts["unchanged"] == 0


def test_an_optional_field_is_left_out_and_reported(world: World) -> None:
    """Orders go on without it; once it is back it is read again."""
    world.acme.sell("1001", Gift_Note__c="Happy birthday")
    hide(world, ORDER, "Gift_Note__c")
    with pytest.raises(Rejected):
        world.run("order_download")
    [told] = check(world)
    assert "map.xlsx, Order fields!B" in told
    assert "Sales_Order__c no longer has the field Gift_Note__c, or it is hidden" in told
    assert "orders are read without it" in told
    assert "Set Field-Level Security" in told
    assert world.run("order_download").counts["new"] == 1
    assert world.order("1001").order is not None
    show(world, ORDER)
    world.acme.sell("1002", Gift_Note__c="Get well soon")
    world.pass_time(minutes=5)
    assert check(world) == []
    world.run("order_download")
    content = world.order("1002").order
    assert content is not None
    assert content.gift_message == "Get well soon"


def test_a_needed_field_stops_the_job_and_names_the_cell(world: World) -> None:
    """Nothing is held or lost meanwhile; a cure is noticed at the next look."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    hide(world, LINE, "Item_Code__c")
    [told] = check(world)
    assert "Line fields!B" in told
    assert "what needs it stands still" in told
    calls = world.acme.calls
    one_cell = r"cart acme: Line fields!B\d+: .*Item_Code__c"
    with pytest.raises(Misconfigured, match=one_cell) as caught:
        world.run("order_download")
    assert "fulfillment-bridge run schema_check --cart acme" in caught.value.remedy
    assert world.acme.calls == calls
    show(world, LINE)
    assert check(world) == []
    assert world.run("order_download").counts["new"] == 1


@pytest.mark.parametrize("field", ["Status__c", "Order_No__c", "Ordered_On__c", "Attention__c"])
def test_rules_numbers_and_names_cannot_be_left_out(world: World, field: str) -> None:
    """A rule without its field would let through what must not ship."""
    hide(world, ORDER, field)
    assert check(world)
    with pytest.raises(Misconfigured) as caught:
        world.run("order_download")
    assert any(field in said for said in (caught.value.message, *caught.value.problems))


def test_a_parent_that_is_hidden_stops_everything_that_goes_through_it(world: World) -> None:
    """Without accounts there is no address; every cell is named."""
    our_user(world).object_permissions["Account"] = set()
    world.pass_time(seconds=30)
    assert len(check(world)) > 5
    with pytest.raises(Misconfigured) as caught:
        world.run("order_download")
    assert any("Account" in problem for problem in caught.value.problems)


def test_a_type_that_changed_is_told_and_stops_only_what_cannot_go_on(world: World) -> None:
    """A text that became a picklist reads as before; a quantity that became a text does not."""
    change_type(world, ORDER, "Notes__c", "picklist")
    [told] = check(world)
    assert "Notes__c was textarea and is picklist now" in told or "picklist now" in told
    assert "work goes on" in told
    world.run("order_download")


def test_a_quantity_that_became_a_checkbox_stops_the_download(world: World) -> None:
    """A value of that type can be no quantity, whatever the record holds."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    change_type(world, LINE, "Qty__c", "checkbox")
    [told] = check(world)
    assert "Line fields!B" in told
    assert "is checkbox now" in told
    assert "what needs it stands still" in told
    with pytest.raises(Misconfigured, match="Qty__c"):
        world.run("order_download")


def test_a_field_that_can_no_longer_be_written_stops_the_upload_alone(world: World) -> None:
    """Tracking waits in the outbox, it is not thrown away; orders go on."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.take_orders()
    world.ship("1001")
    world.run("shipment_collection")
    our_user(world).read_only_fields.setdefault(ORDER, set()).add("Tracking_No__c")
    world.pass_time(seconds=30)
    [told] = check(world)
    assert "Shipment fields!" in told
    assert "can no longer be written" in told
    with pytest.raises(Misconfigured, match="Tracking_No__c"):
        world.run("shipment_upload")
    world.run("order_download")
    our_user(world).read_only_fields.clear()
    world.pass_time(minutes=30)
    assert check(world) == []
    world.run("shipment_upload")
    record_id = world.order("1001").cart_order_id
    assert world.acme.shown(ORDER, record_id, "Tracking_No__c") == {"Tracking_No__c": UPS_ONE}


def test_stock_stops_alone_where_its_own_field_is_gone(world: World) -> None:
    """Orders do not need to know how much there is."""
    world.acme.org.insert("Product2", {"Name": "Mug", "ProductCode": "MUG-1", "IsActive": True})
    world.count(MUG_1=5)
    world.run("stock_collection")
    hide(world, "Product2", "Warehouse_Stock__c")
    [told] = check(world)
    assert "Inventory fields!" in told
    with pytest.raises(Misconfigured, match="Warehouse_Stock__c"):
        world.run("inventory_sync")
    world.run("order_download")


def test_another_workbook_starts_afresh(world: World) -> None:
    """What was found about the former one does not count for it."""
    hide(world, ORDER, "Gift_Note__c", "Status__c")
    check(world)
    show(world, ORDER)
    with pytest.raises(Misconfigured):
        world.run("order_download")
    world.load_workbook("acme", change_filling(about="A second version"))
    world.run("order_download")


def test_a_refused_query_brings_the_check_forward(world: World) -> None:
    """Nobody has to wait a day for an optional field to be left out."""
    with world.store.begin() as uow:
        uow.schedule.sync({(SCHEMA_CHECK, "acme"): 86_400}, now=world.clock.now())
    check(world)
    tomorrow = world.clock.now() + timedelta(days=1)
    with world.store.begin() as uow:
        uow.schedule.make_due(SCHEMA_CHECK, "acme", at=tomorrow)
    world.pass_time(minutes=20)
    hide(world, ORDER, "Gift_Note__c")
    with pytest.raises(Rejected):
        world.run("order_download")
    with world.store.read() as uow:
        row = uow.schedule.get(SCHEMA_CHECK, "acme")
    assert row is not None
    assert row.due_at == world.clock.now()
    assert world.run(SCHEMA_CHECK).counts["unchanged"] == 0
    world.run("order_download")


def test_a_stop_asks_for_another_look_within_the_hour(world: World) -> None:
    """The service notices a cure by itself, without a call for every turn of the job."""
    with world.store.begin() as uow:
        uow.schedule.sync({(SCHEMA_CHECK, "acme"): 86_400}, now=world.clock.now())
    hide(world, ORDER, "Status__c")
    check(world)
    tomorrow = world.clock.now() + timedelta(days=1)
    with world.store.begin() as uow:
        uow.schedule.make_due(SCHEMA_CHECK, "acme", at=tomorrow)
    for minutes, due in ((20, False), (41, True)):
        world.pass_time(minutes=minutes)
        with pytest.raises(Misconfigured):
            world.run("order_download")
        with world.store.read() as uow:
            row = uow.schedule.get(SCHEMA_CHECK, "acme")
        assert row is not None
        assert (row.due_at == world.clock.now()) == due
