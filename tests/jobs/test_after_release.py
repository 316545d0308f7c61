"""Merchants change their minds about orders that have left already."""

from __future__ import annotations

from tests.jobs.world import World, change_filling


def test_an_order_that_is_put_on_hold_at_the_warehouse_is_told(world: World) -> None:
    """No cancel rule speaks of it, and nobody should ship it: a person must know."""
    order_id = world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.acme.edit(order_id, Status__c="On Hold")
    world.pass_time(minutes=5)
    ctx = world.run("order_download")
    assert any("no longer ready" in text for text in ctx.attention)
    assert "no longer ready" in (world.order("1001").attention or "")


def test_an_order_that_is_shipped_may_stop_being_ready(world: World) -> None:
    """Nobody is asked to look at an order that is done."""
    order_id = world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.ship("1001")
    world.run("shipment_collection")
    world.acme.edit(order_id, Status__c="On Hold")
    world.pass_time(minutes=5)
    assert world.run("order_download").attention == []


def test_a_ready_rule_that_asks_for_our_own_mark_takes_nothing_back(world: World) -> None:
    """What we release we mark, and by such a rule it is not ready from then on."""
    filling = change_filling(
        rules=(
            ("ready", "1", "Status__c", "=", "Approved", ""),
            ("ready", "1", "Exported__c", "=", "false", ""),
        ),
        settings={
            **change_filling().settings,
            "marker_field": "Exported__c",
            "marker_value": "true",
        },
    )
    exported = {"Exported__c": {"type": "checkbox", "label": "Exported"}}
    globex = world.add_merchant("globex", filling=filling, order_fields=exported)
    globex.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download", "globex")
    world.run("shipment_upload", "globex")
    world.pass_time(minutes=5)
    ctx = world.run("order_download", "globex")
    world.run("order_delivery")
    assert world.references("GLOBEX") == ["1001"]
    assert ctx.attention == []
