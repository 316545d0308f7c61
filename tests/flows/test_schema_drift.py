"""An org that changes under its workbook, as the people who run the bridge see it."""

from __future__ import annotations

from tests.cli.keyboard import type_command
from tests.flows.world import FlowWorld

CHECK = ("run", "schema_check", "--cart", "acme")


def hide(world: FlowWorld, object_name: str, field: str) -> None:
    """The admin hides a field from our user; a deleted one looks the same."""
    handle = world.orgs["acme"]
    user = handle.org.users[handle.username.lower()]
    user.hidden_fields.setdefault(object_name, set()).add(field)
    world.simulator.clock.advance(60)


def show(world: FlowWorld) -> None:
    """The admin gives them back."""
    handle = world.orgs["acme"]
    handle.org.users[handle.username.lower()].hidden_fields.clear()
    world.simulator.clock.advance(60)


def test_an_optional_field_is_left_out_and_stands_in_status(acme_world: FlowWorld) -> None:
    """Orders go on; who looks at status learns workbook, cell and clicks."""
    acme_world.set_up()
    acme_world.trade("acme", 2)
    hide(acme_world, "Order", "Packing_Note__c")
    assert type_command(*CHECK, config=acme_world.config).code == 1
    with acme_world.bridge() as bridge:
        assert bridge.run("order_download", "acme").counts["new"] == 2
    status = type_command("status", config=acme_world.config)
    assert status.code == 1
    for said in (
        "schema_check acme: SalesForce_Data_Mapping.xlsx, Order fields!B",
        "Packing_Note__c",
        "orders are read without it",
        "Set Field-Level Security",
    ):
        assert said in status.out
    show(acme_world)
    assert type_command(*CHECK, config=acme_world.config).code == 0
    assert "Packing_Note__c" not in type_command("status", config=acme_world.config).out


def test_a_needed_field_stops_the_cart_before_orders_are_lost(acme_world: FlowWorld) -> None:
    """The cursor stays; once the field is back, every order comes, once."""
    acme_world.set_up()
    hide(acme_world, "OrderItem", "Quantity")
    type_command(*CHECK, config=acme_world.config)
    acme_world.trade("acme", 3)
    with acme_world.bridge() as bridge:
        run = bridge.run("order_download", "acme")
    assert run.outcome == "failed"
    assert run.error is not None
    assert run.error["code"] == "SCHEMA_DRIFT"
    status = type_command("status", config=acme_world.config).out
    assert "order_download acme failed: cart acme: Line fields!B" in status
    assert "fulfillment-bridge run schema_check --cart acme" in status
    show(acme_world)
    type_command(*CHECK, config=acme_world.config)
    with acme_world.bridge() as bridge:
        assert bridge.run("order_download", "acme").counts["new"] == 3
