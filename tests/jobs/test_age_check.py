"""What stands still for too long is told, with its orders and what to do."""

from __future__ import annotations

from dataclasses import replace

from fulfillment_bridge.domain.ageing import AgeLimits
from tests.jobs.world import World


def test_nothing_old_rings_nothing(world: World) -> None:
    """A fresh order at the warehouse is as it should be."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    assert world.run("age_check").attention == []


def test_each_kind_rings_for_itself(world: World) -> None:
    """Waiting for the warehouse, at the warehouse, shipped and not confirmed, held."""
    for number in ("1001", "1002", "1003"):
        world.acme.sell(number)
    world.acme.sell("1004", Delivery__c="Pigeon")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.ship("1002")
    world.run("shipment_collection")
    world.acme.sell("1005")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.pass_time(days=3)
    found = world.run("age_check").attention
    assert [(sentence.split(":")[0], _numbers(sentence)) for sentence in found] == [
        ("merchant acme", "1005"),
        ("merchant acme", "1001, 1003"),
        ("merchant acme", "1002"),
        ("merchant acme", "1004"),
    ]
    assert "orders ship 1001 --cart acme" in found[1]
    assert "orders list --cart acme --state held" in found[3]


def test_orders_of_an_org_that_the_cart_read_before_are_not_late(world: World) -> None:
    """The cart moved to another org; nobody there waits for them."""
    world.acme.sell("1001")
    world.acme.sell("1002", Delivery__c="Pigeon")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.pass_time(days=3)
    connection = world.acme.profile.connection
    organization_id = world.order("1001").organization_id
    rings = {}
    for org in (organization_id, "00Danother"):
        with world.store.begin() as uow:
            uow.connections.set(connection, organization_id=org)
        rings[org] = len(world.run("age_check").attention)
    assert rings == {organization_id: 2, "00Danother": 0}


def test_a_cart_that_is_not_live_waits_in_peace(world: World) -> None:
    """Nobody has said go, so nothing is late."""
    with world.store.begin() as uow:
        uow.connection.exec_driver_sql("UPDATE carts SET live_at = NULL")
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.pass_time(days=3)
    assert world.run("age_check").attention == []


def test_the_limits_are_the_carts_own(world: World) -> None:
    """Each merchant may be more or less patient."""
    world.acme.profile = replace(world.acme.profile, age_limits=AgeLimits(at_warehouse=60))
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.pass_time(minutes=2)
    [sentence] = world.run("age_check").attention
    assert "for more than 1 min" in sentence


def _numbers(sentence: str) -> str:
    return sentence.partition("(")[2].partition(")")[0]


def test_an_order_is_held_since_it_was_held(world: World) -> None:
    """Whatever else is done about it; held anew it counts anew."""
    record_id = world.acme.sell("1001", Delivery__c="Pigeon")
    world.pass_time(minutes=5)
    world.run("order_download")
    for attention in ("Grace", "Joan"):
        world.pass_time(hours=20)
        world.acme.edit(record_id, Attention__c=attention)
        world.pass_time(minutes=5)
        world.run("order_download")
    [told] = world.run("age_check").attention
    assert "1001" in told
    world.acme.edit(record_id, Delivery__c="Regular")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.acme.edit(record_id, Delivery__c="Pigeon")
    world.pass_time(minutes=5)
    world.run("order_download")
    assert world.order("1001").shown_state == "held"
    assert world.run("age_check").attention == []
