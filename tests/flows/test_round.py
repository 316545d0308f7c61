"""Whole rounds: orders out, tracking and stock back, and nothing left to do after."""

from __future__ import annotations

from decimal import Decimal

from fulfillment_bridge.domain.cursor import Cursor
from tests.flows.orgs import ask, copy_orders, tracking_at, tracking_in_acme
from tests.flows.world import WAREHOUSE, FlowWorld, change_config


def test_a_round_carries_every_order_out_and_its_tracking_back(acme_world: FlowWorld) -> None:
    """Each order is at the warehouse once and shows the warehouse's tracking in the org."""
    acme_world.set_up()
    summary = acme_world.trade("acme", 12)
    with acme_world.bridge() as bridge:
        runs = acme_world.round(bridge)
    assert [run.outcome for run in runs.values()][:5] == ["ok"] * 5
    assert set(acme_world.order_files("ACME").values()) == {1}
    assert len(acme_world.order_files("ACME")) == len(summary.orders)
    in_org = tracking_in_acme(acme_world.orgs["acme"])
    assert in_org == tracking_at(acme_world.building.ledger(), "ACME")


def test_after_a_round_the_next_download_has_nothing_new(acme_world: FlowWorld) -> None:
    """Our own write-back moves the stamps; it is not an edit."""
    acme_world.set_up()
    acme_world.trade("acme", 5)
    with acme_world.bridge() as bridge:
        acme_world.round(bridge)
        again = bridge.run("order_download", "acme")
    assert (again.counts.get("new", 0), again.counts.get("changed", 0)) == (0, 0)
    assert again.counts["unchanged"] == 5


def test_downloading_twice_submits_once(acme_world: FlowWorld) -> None:
    """The overlap reads orders again; the warehouse sees each reference once."""
    acme_world.set_up()
    acme_world.trade("acme", 6)
    with acme_world.bridge() as bridge:
        for _ in range(2):
            bridge.run("order_download", "acme")
            bridge.run("order_delivery", WAREHOUSE)
        acme_world.building.tick()
    assert sorted(acme_world.order_files("ACME").values()) == [1] * 6


def test_same_number_and_same_sku_of_two_merchants_stay_apart(two_merchants: FlowWorld) -> None:
    """Each gets its own tracking and its own level, though both say 00000100 and MUG-1."""
    two_merchants.set_up()
    for name in two_merchants.orgs:
        two_merchants.trade(name, 4)
    with two_merchants.bridge() as bridge:
        two_merchants.round(bridge)
        two_merchants.building.publish_stock()
        bridge.run("stock_collection", WAREHOUSE)
        two_merchants.each_cart(bridge, "inventory_sync")
        with bridge.store.read() as uow:
            numbers = [order.cart for order in uow.orders.by_number("00000100")]
    assert numbers == ["acme", "globex"]
    assert set(two_merchants.order_files("ACME")).isdisjoint(two_merchants.order_files("GLOBEX"))
    ledger = two_merchants.building.ledger()
    acme, globex = two_merchants.orgs["acme"], two_merchants.orgs["globex"]
    assert tracking_in_acme(acme) == tracking_at(ledger, "ACME")
    shown = [
        ask(acme, "SELECT Available__c FROM Inventory__c WHERE SKU__c = 'MUG-1'"),
        ask(globex, "SELECT Warehouse_Stock__c FROM Product2 WHERE ProductCode = 'MUG-1'"),
    ]
    counted = [
        Decimal(ledger["merchants"][code]["stock"]["levels"]["MUG-1"]["available"])
        for code in ("ACME", "GLOBEX")
    ]
    assert [Decimal(str(list(rows[0].values())[-1])) for rows in shown] == counted
    assert counted[0] != counted[1]


def test_a_thousand_orders_cost_at_most_six_calls(acme_world: FlowWorld) -> None:
    """Reading orders and lines, the re-read of our own echo, and writing tracking."""
    _many_orders(acme_world, 1000)
    acme_world.set_up()
    with acme_world.bridge() as bridge:
        acme_world.forget_requests()
        bridge.run("order_download", "acme")
        bridge.run("order_delivery", WAREHOUSE)
        acme_world.building.configure({"two_packages_every": 0, "short_every": 0})
        acme_world.building.tick()
        bridge.run("shipment_collection", WAREHOUSE)
        upload = bridge.run("shipment_upload", "acme")
        echo = bridge.run("order_download", "acme")
        ours = bridge.status()["connections"][0]["calls_24h"]
    charged = acme_world.charged("acme")
    del charged["login"], charged["describe"]
    assert upload.outcome == "ok"
    assert echo.counts["unchanged"] == 1000
    assert charged.total() <= 6
    assert {job: ours[job] for job in charged} == dict(charged)


def test_an_idle_poll_costs_one_call(acme_world: FlowWorld) -> None:
    """Nothing changed: one composite request says so."""
    acme_world.set_up()
    with acme_world.bridge() as bridge:
        bridge.run("order_download", "acme")
        acme_world.forget_requests()
        bridge.run("order_download", "acme")
    assert acme_world.charged("acme") == {"order_download": 1}


def test_a_record_that_becomes_visible_late_arrives(acme_world: FlowWorld) -> None:
    """Salesforce stamps a row before its transaction commits: it appears behind the cursor."""
    acme_world.set_up()
    acme_world.trade("acme", 1)
    lag = [{"object": name, "seconds": 120} for name in ("Order", "OrderItem")]
    with acme_world.bridge() as bridge:
        bridge.run("order_download", "acme")
        acme_world.control("POST", "/orgs/acme/settings", {"commit_lag": lag})
        stamped = acme_world.simulator.clock.now()
        copy_orders(acme_world.orgs["acme"], 1, stamp=stamped)
        acme_world.simulator.clock.advance(60)
        before = bridge.run("order_download", "acme")
        with bridge.store.read() as uow:
            read_until = uow.cursors.get("acme").read_until
        acme_world.simulator.clock.advance(90)
        after = bridge.run("order_download", "acme")
    assert read_until is not None
    assert read_until > stamped
    assert before.counts.get("new", 0) == 0
    assert after.counts["new"] == 1


def test_equal_stamps_over_many_pages_all_arrive_after_a_kill(acme_world: FlowWorld) -> None:
    """450 orders of one stamp, 200 a page, killed after the first page is stored."""
    carts = {
        "acme": {
            "merchant": "acme",
            "connection": "acme_org",
            "warehouses": [WAREHOUSE],
            "options": {"page_size": 200},
        }
    }
    change_config(acme_world, carts=carts)
    _many_orders(acme_world, 450)
    acme_world.set_up()
    process = acme_world.command("run", "order_download", "--cart", "acme")
    acme_world.control(
        "POST",
        "/rules",
        {"org": "acme", "path": "/composite", "nth": 3, "action": "kill", "pid": process.pid},
    )
    _, said = process.communicate(timeout=60)
    assert process.returncode == -9, said
    with acme_world.bridge() as bridge:
        with bridge.store.read() as uow:
            stored = len(uow.orders.waiting("acme")) + len(uow.outbox.find(limit=1000))
            window = uow.cursors.get("acme").open_window
        assert 0 < stored < 450
        assert window is not None
        assert isinstance(window.resume_after, Cursor)
        run = bridge.run("order_download", "acme")
        bridge.run("order_delivery", WAREHOUSE)
        acme_world.building.tick()
    assert run.outcome == "ok"
    assert sorted(acme_world.order_files("ACME").values()) == [1] * 450


def _many_orders(world: FlowWorld, count: int) -> None:
    """So many orders of one stamp, a minute old, and none beside them."""
    org = world.orgs["acme"]
    world.trade("acme", 1)
    (first,) = ask(org, "SELECT Id FROM Order WHERE Ready_for_Fulfillment__c = true")
    copy_orders(org, count, stamp=world.simulator.clock.now())
    org.org.update_raw("Order", first["Id"], {"Ready_for_Fulfillment__c": False})
    world.simulator.clock.advance(60)
