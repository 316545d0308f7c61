"""What must not ship does not ship, and the message says what to do."""

from __future__ import annotations

import pytest

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.storage.orders import OrderFilter
from tests.flows.orgs import change_order
from tests.flows.world import WAREHOUSE, FlowWorld, change_config, edited_workbook

OTHER_ORG = "00D000000000099EAA"


def test_a_cart_before_go_live_downloads_and_releases_nothing(acme_world: FlowWorld) -> None:
    """Orders are mapped and wait; saying go releases them with the next download."""
    acme_world.set_up(live=False)
    acme_world.trade("acme", 4)
    with acme_world.bridge() as bridge:
        first = bridge.run("order_download", "acme")
        bridge.run("order_delivery", WAREHOUSE)
        attention = bridge.status()["attention"]
    acme_world.building.tick()
    assert first.counts["new"] == 4
    assert acme_world.order_files("ACME") == {}
    assert "cart acme is not live: fulfillment-bridge carts go-live acme" in attention
    code, said, _ = acme_world.run_command("carts", "go-live", "acme", "--yes")
    assert (code, "4 orders would be released" in said) == (0, True)
    with acme_world.bridge() as bridge:
        bridge.run("order_download", "acme")
        bridge.run("order_delivery", WAREHOUSE)
    acme_world.building.tick()
    assert sorted(acme_world.order_files("ACME").values()) == [1] * 4


def test_orders_from_before_the_day_named_stay_where_they_are(acme_world: FlowWorld) -> None:
    """go-live --from leaves older orders to whoever shipped them before."""
    acme_world.set_up(live=False)
    acme_world.trade("acme", 3)
    code, said, _ = acme_world.run_command(
        "carts", "go-live", "acme", "--from", "2999-01-01", "--yes"
    )
    assert code == 0
    with acme_world.bridge() as bridge:
        bridge.run("order_download", "acme")
        bridge.run("order_delivery", WAREHOUSE)
        with bridge.store.read() as uow:
            states = uow.stories.counts()["acme"]
    assert states == {"new": 3}
    assert "0 orders would be released" in said


def test_a_login_that_lands_in_another_org_suspends_the_connection(acme_world: FlowWorld) -> None:
    """Not one order of the other org is read; it stays so until a person resumes it."""
    acme_world.set_up()
    acme_world.trade("acme", 2)
    acme_world.orgs["acme"].org.become(OTHER_ORG)
    with acme_world.bridge() as bridge:
        run = bridge.run("order_download", "acme")
        again = bridge.run("order_download", "acme")
        attention = "\n".join(bridge.status()["attention"])
    assert (run.outcome, again.outcome) == ("failed", "failed")
    assert run.error is not None
    assert OTHER_ORG in run.error["message"]
    assert "connections resume acme_org" in attention
    assert acme_world.order_files("ACME") == {}
    logins = [
        entry
        for entry in acme_world.control("GET", "/requests?org=acme")
        if "Soap" in entry["path"] and entry["user"] == acme_world.orgs["acme"].username
    ]
    assert len(logins) == 2


def test_orders_of_a_sandbox_never_reach_a_live_warehouse(acme_world: FlowWorld) -> None:
    """They are held, and go once the warehouse says that it takes test orders."""
    acme_world.control("POST", "/orgs/acme/settings", {"is_sandbox": True})
    acme_world.set_up()
    acme_world.trade("acme", 2)
    with acme_world.bridge() as bridge:
        bridge.run("order_download", "acme")
        bridge.run("order_delivery", WAREHOUSE)
        with bridge.store.read() as uow:
            held = uow.orders.held("acme")
    assert acme_world.order_files("ACME") == {}
    assert len(held) == 2
    assert {reason.code for order in held for reason in order.hold_reasons} == {"test_order"}
    assert all("accepts_test_orders" in order.hold_reasons[0].text() for order in held)
    warehouses = {
        WAREHOUSE: {
            "type": "csv_drop",
            "options": {"folder": f"warehouses/{WAREHOUSE}"},
            "merchants": {"acme": "ACME"},
            "accepts_test_orders": True,
        }
    }
    change_config(acme_world, warehouses=warehouses)
    with acme_world.bridge() as bridge:
        bridge.run("order_download", "acme")
        bridge.run("order_delivery", WAREHOUSE)
    acme_world.building.tick()
    assert sorted(acme_world.order_files("ACME").values()) == [1, 1]


def test_an_order_that_is_no_longer_ready_does_not_ship(acme_world: FlowWorld) -> None:
    """Taken back in the org between download and delivery: held, and nothing is sent."""
    acme_world.set_up()
    summary = acme_world.trade("acme", 2)
    number = summary.orders[0].order_number
    with acme_world.bridge() as bridge:
        bridge.run("order_download", "acme")
        change_order(acme_world.orgs["acme"], number, {"Ready_for_Fulfillment__c": False})
        acme_world.simulator.clock.advance(60)
        bridge.run("order_download", "acme")
        bridge.run("order_delivery", WAREHOUSE)
        acme_world.building.tick()
        with bridge.store.read() as uow:
            (order,) = uow.orders.by_number(number)
    assert order.shown_state == "held"
    assert "no longer ready" in order.hold_reasons[0].text()
    assert set(acme_world.order_files("ACME")) == {summary.orders[1].order_number}


def test_an_edit_before_delivery_goes_out_as_edited(acme_world: FlowWorld) -> None:
    """The warehouse gets the newest address, once."""
    acme_world.set_up()
    number = acme_world.trade("acme", 1).orders[0].order_number
    with acme_world.bridge() as bridge:
        bridge.run("order_download", "acme")
        change_order(acme_world.orgs["acme"], number, {"ShippingCity": "Sparks"})
        acme_world.simulator.clock.advance(60)
        changed = bridge.run("order_download", "acme")
        bridge.run("order_delivery", WAREHOUSE)
    acme_world.building.tick()
    assert changed.counts["changed"] == 1
    assert acme_world.order_files("ACME") == {number: 1}
    received = acme_world.building.ledger()["merchants"]["ACME"]["orders"][number]["received"]
    assert "Sparks" in str(received)


def test_a_cart_without_a_workbook_says_what_to_load(acme_world: FlowWorld) -> None:
    """Nothing can be read before somebody said what the fields mean."""
    with acme_world.bridge() as bridge:
        run = bridge.run("order_download", "acme")
    assert run.outcome == "failed"
    assert run.error is not None
    assert "mapping load" in run.error["remedy"]


def test_a_faulty_workbook_never_replaces_a_good_one(acme_world: FlowWorld) -> None:
    """Loading another merchant's workbook names every field that this org lacks."""
    acme_world.set_up()
    with acme_world.bridge() as bridge:
        before = bridge.active_map("acme").mapping_version_id
        with pytest.raises(UserError) as refused:
            acme_world.load(bridge, "acme", workbook="globex")
        assert bridge.active_map("acme").mapping_version_id == before
    assert any("Sales_Order__c" in problem for problem in refused.value.problems)


def test_a_new_workbook_finds_orders_that_the_former_one_passed_over(
    acme_world: FlowWorld,
) -> None:
    """They are behind the cursor, and no stamp moves because somebody changed a rule."""
    acme_world.set_up()
    summary = acme_world.trade("acme", 3)
    former = edited_workbook(acme_world, "acme", "Rules", "E3", "Draft")
    with acme_world.bridge() as bridge:
        acme_world.load(bridge, "acme", file=former)
        passed_over = bridge.run("order_download", "acme")
        acme_world.simulator.clock.advance(3600)
        bridge.run("order_download", "acme")
        acme_world.load(bridge, "acme")
        found = bridge.run("order_download", "acme")
        acme_world.forget_requests()
        bridge.run("order_download", "acme")
        with bridge.store.read() as uow:
            numbers = {order.order_number for order in uow.orders.find(OrderFilter(cart="acme"))}
    assert passed_over.counts.get("released", 0) == 0
    assert found.counts["new"] == 3
    assert {order.order_number for order in summary.orders} <= numbers
    assert acme_world.charged("acme") == {"order_download": 1}
