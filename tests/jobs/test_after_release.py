"""Merchants change their minds about orders that have left already."""

from __future__ import annotations

import pytest

from fulfillment_bridge.mapping.filling import To
from tests.jobs.world import Merchant, World, change_filling


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


@pytest.fixture
def marked(world: World) -> tuple[World, Merchant, str]:
    """Globex' ready rule asks for the mark and for the stage, which we both write.

    One order was released, marked and handed over; its record id."""
    filling = change_filling(
        rules=(
            ("ready", "1", "Stage__c", "=", "Approved", ""),
            ("ready", "1", "Exported__c", "=", "false", ""),
            ("cancel", "1", "Stage__c", "=", "Cancelled", ""),
        ),
        settings={
            **change_filling().settings,
            "marker_field": "Exported__c",
            "marker_value": "true",
        },
        shipment_fields={**change_filling().shipment_fields, "fulfillment_status": To("Stage__c")},
    )
    exported = {
        "Exported__c": {"type": "checkbox", "label": "Exported"},
        "Stage__c": {"type": "text", "length": 40, "label": "Stage"},
    }
    globex = world.add_merchant("globex", filling=filling, order_fields=exported)
    order_id = globex.sell("1001", Stage__c="Approved")
    world.pass_time(minutes=5)
    world.run("order_download", "globex")
    world.run("order_delivery")
    world.run("shipment_upload", "globex")
    world.pass_time(minutes=5)
    return world, globex, order_id


def test_a_ready_rule_that_asks_for_our_own_mark_takes_nothing_back(
    marked: tuple[World, Merchant, str],
) -> None:
    """What we release we mark, and by such a rule it is not ready from then on."""
    world, globex, order_id = marked
    shown = globex.shown("Sales_Order__c", order_id, "Exported__c", "Stage__c")
    assert shown == {"Exported__c": True, "Stage__c": "At warehouse"}
    ctx = world.run("order_download", "globex")
    assert (ctx.attention, ctx.counts) == ([], {"unchanged": 1})
    assert world.order("1001", "globex").shown_state == "at_warehouse"
    assert world.references("GLOBEX") == ["1001"]


def test_what_a_person_writes_over_our_mark_is_news(marked: tuple[World, Merchant, str]) -> None:
    """Whoever writes it, under our own login too: the content decides, not the name."""
    world, globex, order_id = marked
    world.run("order_download", "globex")
    globex.edit(order_id, Stage__c="Blocked")
    world.pass_time(minutes=5)
    ctx = world.run("order_download", "globex")
    assert any("no longer ready" in text for text in ctx.attention)


def test_an_edit_of_a_marked_order_is_seen(marked: tuple[World, Merchant, str]) -> None:
    """Of the order and of its lines, though the ready rule does not hold for it any more."""
    world, globex, order_id = marked
    globex.edit(order_id, Attention__c="Grace Buyer")
    world.pass_time(minutes=5)
    assert world.run("order_download", "globex").counts["changed"] == 1
    globex.add_line(order_id, "TENT-2", 1)
    world.pass_time(minutes=20)
    assert world.run("order_download", "globex").counts["changed"] == 1


def test_an_order_that_was_marked_by_another_is_not_taken_in(
    marked: tuple[World, Merchant, str],
) -> None:
    """We never saw it, and by the rule it is not ready."""
    world, globex, _ = marked
    globex.sell("2001", Exported__c=True, Stage__c="Approved")
    globex.sell("2002", Stage__c="At warehouse")
    world.pass_time(minutes=5)
    assert world.run("order_download", "globex").counts["new"] == 0


def test_a_marked_order_costs_a_poll_no_further_call(marked: tuple[World, Merchant, str]) -> None:
    """One for an idle poll, with our own news in it as well."""
    world, globex, _ = marked
    for _ in range(3):
        before = globex.calls
        world.run("order_download", "globex")
        world.pass_time(minutes=5)
        assert globex.calls - before == 1


def test_a_cart_with_marks_is_proved_complete_without_a_look_at_ids(
    marked: tuple[World, Merchant, str],
) -> None:
    """The counts of both sides agree, though the org's ready rule holds for none of ours."""
    world, _, _ = marked
    world.pass_time(hours=1)
    world.run("order_download", "globex")
    ctx = world.run("reconciliation", "globex")
    assert (ctx.counts["days_that_differ"], ctx.attention) == (0, [])
