"""Parcels as records, quantities on lines, and fields that are not overwritten, in a real org."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fulfillment_bridge.mapping.filling import To
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.simulator.descriptions import load_description
from tests.jobs.world import Merchant, Mortal, World
from tests.warehouses.samples import UPS_ONE, UPS_TWO

GLOBEX = DEMO["globex"]
PARCEL = {
    "label": "Parcel",
    "fields": {
        "Order__c": {"type": "lookup", "to": "Sales_Order__c", "children": "Parcels__r"},
        "Key__c": {"type": "text", "length": 60, "external_id": True, "unique": True},
        "Number__c": {"type": "text", "length": 40},
        "Contents__c": {"type": "text", "length": 255},
    },
    "validation_rules": {
        "No_Bad_Number": {
            "when": "Number__c = 'BAD'",
            "message": "This parcel is bad",
            "field": "Number__c",
        }
    },
}
FILLING = replace(
    GLOBEX,
    settings={
        **GLOBEX.settings,
        "package_object": "Parcel__c",
        "package_order_field": "Order__c",
        "package_key_field": "Key__c",
    },
    shipment_fields={
        **GLOBEX.shipment_fields,
        "carrier": To("Shipped_Via__c", write="only if empty"),
        "ship_date": To("Shipped_On__c", write="only if newer"),
        "line.shipped": To("Gone__c"),
        "line.tracking_numbers": To("Numbers__c"),
        "package.tracking_number": To("Number__c"),
        "package.contents": To("Contents__c"),
    },
)


@pytest.fixture
def globex(world: World) -> Merchant:
    """A merchant who wants to see every parcel and every line."""
    fields = {
        "Gone__c": {"type": "number", "precision": 9, "scale": 2},
        "Numbers__c": {"type": "text", "length": 80},
    }
    description = load_description("globex")
    description["objects"]["Parcel__c"] = PARCEL
    description["objects"]["Sales_Order_Line__c"]["fields"].update(fields)
    (bridge,) = [user for user in description["users"] if user["role"] == "integration"]
    bridge["object_permissions"] |= {
        "Sales_Order_Line__c": ["read", "edit"],
        "Parcel__c": ["read", "create", "edit"],
    }
    return world.add_merchant("globex", filling=FILLING, description=description)


def released(world: World, globex: Merchant, number: str = "1") -> str:
    """An order of two lines that the warehouse has; its record id."""
    order_id = globex.sell(number, ("MUG-1", 2), ("TENT-2", 1))
    world.pass_time(minutes=5)
    world.run("order_download", "globex")
    world.run("order_delivery")
    return order_id


def collect(world: World) -> Any:
    """What the warehouse has said goes to the merchant's org."""
    world.run("shipment_collection")
    return world.run("shipment_upload", "globex")


def shown(globex: Merchant, query: str) -> list[dict[str, Any]]:
    """What an administrator finds."""
    engine = globex.org.handle.org
    admin = engine.users[globex.org.handle.admin_username.lower()]
    return engine.query(admin, query).records


def parcels(globex: Merchant) -> list[dict[str, Any]]:
    """The records of all parcels, the oldest first."""
    return shown(
        globex,
        "SELECT Id, Order__c, Number__c, Contents__c FROM Parcel__c ORDER BY CreatedDate, Key__c",
    )


def test_every_parcel_has_one_record_however_often_it_is_told(
    world: World, globex: Merchant
) -> None:
    """A correction changes the record; a second parcel makes a second one."""
    order_id = released(world, globex)
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX")
    ctx = collect(world)
    assert (ctx.counts["written"], ctx.attention) == (1, [])
    before = parcels(globex)
    assert [(each["Number__c"], each["Contents__c"]) for each in before] == [(UPS_ONE, "2 x MUG-1")]
    assert {each["Order__c"] for each in before} == {order_id}

    world.ship("1", (1, "MUG-1", 2, UPS_TWO), code="GLOBEX", moment=2)
    world.ship("1", (2, "TENT-2", 1, UPS_ONE), code="GLOBEX", shipment="S2", moment=3)
    collect(world)

    after = parcels(globex)
    assert sorted((each["Number__c"], each["Contents__c"]) for each in after) == sorted(
        [(UPS_TWO, "2 x MUG-1"), (UPS_ONE, "1 x TENT-2")]
    )
    assert before[0]["Id"] in {each["Id"] for each in after}


def test_each_line_shows_what_was_shipped_of_it(world: World, globex: Merchant) -> None:
    """Quantities and tracking numbers on the merchant's own line fields."""
    released(world, globex)
    world.ship("1", (1, "MUG-1", 1, UPS_ONE), code="GLOBEX")
    collect(world)

    lines = shown(
        globex,
        "SELECT Item_Code__c, Gone__c, Numbers__c FROM Sales_Order_Line__c ORDER BY Item_Code__c",
    )
    assert [(each["Item_Code__c"], each["Gone__c"], each["Numbers__c"]) for each in lines] == [
        ("MUG-1", 1, UPS_ONE),
        ("TENT-2", 0, None),
    ]


def test_what_stands_there_is_kept_where_the_workbook_says_so(
    world: World, globex: Merchant
) -> None:
    """A carrier that people typed in, and a later date; everything else is written."""
    first, second = released(world, globex, "1"), released(world, globex, "2")
    globex.edit(first, Shipped_Via__c="Our own truck", Shipped_On__c="2026-12-24")
    globex.edit(second, Shipped_On__c="2026-11-01")
    for number in ("1", "2"):
        world.ship(number, (1, "MUG-1", 2, UPS_ONE), code="GLOBEX", shipment=f"S{number}")
    collect(world)

    fields = ("Shipped_Via__c", "Shipped_On__c", "Tracking_No__c")
    assert globex.shown("Sales_Order__c", first, *fields) == {
        "Shipped_Via__c": "Our own truck",
        "Shipped_On__c": "2026-12-24",
        "Tracking_No__c": UPS_ONE,
    }
    assert globex.shown("Sales_Order__c", second, *fields) == {
        "Shipped_Via__c": "UPS",
        "Shipped_On__c": "2026-11-23",
        "Tracking_No__c": UPS_ONE,
    }


def test_what_is_written_only_where_nothing_stands_may_be_changed_by_people(
    world: World, globex: Merchant
) -> None:
    """From then on it is the merchant's: nobody has undone anything."""
    order_id = released(world, globex)
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX")
    collect(world)
    globex.edit(order_id, Shipped_Via__c="Our own truck")
    world.pass_time(hours=1)
    world.run("order_download", "globex")
    assert world.run("reconciliation", "globex").counts["write_backs_undone"] == 0
    globex.edit(order_id, Tracking_No__c="mine")
    world.pass_time(hours=1)
    world.run("order_download", "globex")
    assert world.run("reconciliation", "globex").counts["write_backs_undone"] == 1


def test_a_parcel_that_the_org_refuses_is_told(world: World, globex: Merchant) -> None:
    """The order's own fields are written all the same; a person must look."""
    order_id = released(world, globex)
    world.ship("1", (1, "MUG-1", 2, "BAD"), code="GLOBEX")
    ctx = collect(world)

    assert globex.shown("Sales_Order__c", order_id, "Tracking_No__c")["Tracking_No__c"] == "BAD"
    (told,) = ctx.attention
    assert "This parcel is bad (workbook cell Shipment fields!B" in told
    assert world.order("1", "globex").attention is not None


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_between_order_and_parcels_leaves_each_parcel_once(
    world: World, globex: Merchant, when: str
) -> None:
    """The next run writes everything again, and the key finds what is there."""
    released(world, globex)
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX")
    world.run("shipment_collection")
    world.die_in("shipment_upload", Mortal(globex.cart, "write_children", when), "globex")

    world.pass_time(hours=1)
    world.run("shipment_upload", "globex")

    assert [each["Number__c"] for each in parcels(globex)] == [UPS_ONE]
    assert world.order("1", "globex").attention is None


def changed_at(globex: Merchant, order_id: str) -> list[dict[str, Any]]:
    """The stamps of everything that belongs to the order."""
    asked = (
        f"SELECT SystemModstamp FROM Sales_Order__c WHERE Id = '{order_id}'",  # noqa: S608
        "SELECT SystemModstamp FROM Sales_Order_Line__c ORDER BY Id",
        "SELECT SystemModstamp FROM Parcel__c ORDER BY Id",
    )
    return [record for query in asked for record in shown(globex, query)]


def shipped_and_died(world: World, globex: Merchant, when: str) -> tuple[str, list[dict[str, Any]]]:
    """An order whose upload died ``when`` its parcels were written: its id, and all stamps then."""
    order_id = released(world, globex)
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX")
    world.run("shipment_collection")
    world.die_in("shipment_upload", Mortal(globex.cart, "write_children", when), "globex")
    stamps = changed_at(globex, order_id)
    world.pass_time(minutes=20)
    return order_id, stamps


def test_what_stands_on_lines_and_parcels_is_not_written_again(
    world: World, globex: Merchant
) -> None:
    """After a lost answer: the merchant's automation would run a second time."""
    order_id, stamps = shipped_and_died(world, globex, "after")

    ctx = world.run("shipment_upload", "globex")

    assert (ctx.counts["already_written"], ctx.counts["written"]) == (1, 0)
    assert changed_at(globex, order_id) == stamps


def test_of_what_stands_there_in_part_only_the_rest_is_written(
    world: World, globex: Merchant
) -> None:
    """The process died between the order with its lines and the parcels."""
    order_id, stamps = shipped_and_died(world, globex, "before")

    ctx = world.run("shipment_upload", "globex")

    assert (ctx.counts["already_written"], ctx.counts["written"]) == (0, 1)
    assert changed_at(globex, order_id)[: len(stamps)] == stamps
    assert [each["Number__c"] for each in parcels(globex)] == [UPS_ONE]
    assert world.events("1", "globex")[-1] == "written_back"


def told_of_two(world: World, globex: Merchant) -> str:
    """The warehouse tells of two parcels, and both have a record."""
    order_id = released(world, globex)
    both = ((1, "MUG-1", 1, UPS_ONE), (1, "MUG-1", 1, UPS_TWO))
    world.ship("1", *both, code="GLOBEX")
    collect(world)
    assert len(parcels(globex)) == 2
    return order_id


def test_a_parcel_that_was_taken_back_shows_nothing_any_more(
    world: World, globex: Merchant
) -> None:
    """Its record is the merchant's: it is emptied, not deleted, and a person is told once."""
    told_of_two(world, globex)
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX", moment=2)
    ctx = collect(world)
    found = [(each["Number__c"], each["Contents__c"]) for each in parcels(globex)]
    assert sorted(found, key=str) == [(UPS_ONE, "2 x MUG-1"), (None, None)]
    [told] = ctx.attention
    assert "the warehouse took back parcel reno/1/S1/" in told
    [line] = shown(globex, "SELECT Numbers__c FROM Sales_Order_Line__c WHERE Item_Code__c='MUG-1'")
    assert line["Numbers__c"] == UPS_ONE

    world.ship("1", (1, "MUG-1", 2, UPS_TWO), code="GLOBEX", moment=3)
    ctx = collect(world)
    assert (ctx.counts["written"], ctx.attention) == (1, [])
    assert sorted((each["Number__c"] for each in parcels(globex)), key=str) == [UPS_TWO, None]


def test_a_parcel_that_comes_back_has_its_record_again(world: World, globex: Merchant) -> None:
    """The correction itself was wrong."""
    told_of_two(world, globex)
    before = {each["Id"] for each in parcels(globex)}
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX", moment=2)
    collect(world)
    both = ((1, "MUG-1", 1, UPS_ONE), (1, "MUG-1", 1, UPS_TWO))
    world.ship("1", *both, code="GLOBEX", moment=3)
    collect(world)
    assert sorted(each["Number__c"] for each in parcels(globex)) == sorted([UPS_ONE, UPS_TWO])
    assert {each["Id"] for each in parcels(globex)} == before


def test_what_a_person_wrote_onto_a_parcel_that_was_taken_back_stays(
    world: World, globex: Merchant
) -> None:
    """Only what is ours is taken off; a record that they deleted is not made again."""
    told_of_two(world, globex)
    [second] = [each for each in parcels(globex) if each["Number__c"] == UPS_TWO]
    now = world.clock.now()
    globex.org.change("Parcel__c", second["Id"], now, Contents__c="see the claim at UPS")
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX", moment=2)
    collect(world)
    found = {each["Id"]: each for each in parcels(globex)}
    assert found[second["Id"]]["Number__c"] is None
    assert found[second["Id"]]["Contents__c"] == "see the claim at UPS"

    globex.org.change("Parcel__c", second["Id"], now, IsDeleted=True)
    world.ship("1", (1, "MUG-1", 2, UPS_TWO), code="GLOBEX", moment=3)
    assert collect(world).counts["written"] == 1
    assert [each["Number__c"] for each in parcels(globex)] == [UPS_TWO]


def test_a_parcel_that_was_taken_back_unseen_gets_no_record(world: World, globex: Merchant) -> None:
    """It never stood in the org, so nothing has to be taken off."""
    released(world, globex)
    both = ((1, "MUG-1", 1, UPS_ONE), (1, "MUG-1", 1, UPS_TWO))
    world.ship("1", *both, code="GLOBEX")
    world.run("shipment_collection")
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX", moment=2)
    ctx = collect(world)
    assert [each["Number__c"] for each in parcels(globex)] == [UPS_ONE]
    assert ctx.attention == []


@pytest.mark.parametrize("what", ["line", "parcel", "deleted"])
def test_what_somebody_undid_on_lines_and_parcels_is_written_once_more(
    world: World, globex: Merchant, what: str
) -> None:
    """Found by reconciliation, also weeks after it was written."""
    released(world, globex)
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX")
    collect(world)
    world.run("order_download", "globex")
    world.run("reconciliation", "globex")
    world.pass_time(days=20)
    [line] = shown(globex, "SELECT Id FROM Sales_Order_Line__c WHERE Item_Code__c = 'MUG-1'")
    [parcel] = parcels(globex)
    now = world.clock.now()
    if what == "line":
        globex.org.change("Sales_Order_Line__c", line["Id"], now, Gone__c=0)
    else:
        undone = {"IsDeleted": True} if what == "deleted" else {"Number__c": "other"}
        globex.org.change("Parcel__c", parcel["Id"], now, **undone)
    world.pass_time(hours=1)
    world.run("order_download", "globex")

    assert world.run("reconciliation", "globex").counts["write_backs_undone"] == 1
    world.run("shipment_upload", "globex")

    assert [each["Number__c"] for each in parcels(globex)] == [UPS_ONE]
    [line] = shown(globex, "SELECT Gone__c FROM Sales_Order_Line__c WHERE Item_Code__c = 'MUG-1'")
    assert line["Gone__c"] == 2
    world.pass_time(days=1)
    assert world.run("reconciliation", "globex").counts["write_backs_undone"] == 0


def test_the_parcels_of_a_deleted_order_are_not_made_again(world: World, globex: Merchant) -> None:
    """They went with it; that is not somebody undoing what we wrote."""
    order_id = released(world, globex)
    world.ship("1", (1, "MUG-1", 2, UPS_ONE), (2, "TENT-2", 1, UPS_ONE), code="GLOBEX")
    collect(world)
    globex.delete(order_id)
    for parcel in parcels(globex):
        globex.org.change("Parcel__c", parcel["Id"], world.clock.now(), IsDeleted=True)
    world.pass_time(hours=1)
    world.run("order_download", "globex")
    assert world.run("reconciliation", "globex").counts["write_backs_undone"] == 0


def test_many_orders_with_parcels_cost_few_calls(world: World, globex: Merchant) -> None:
    """One call for orders and lines, one for what must not be overwritten, one for parcels."""
    for number in range(20):
        globex.sell(f"{number}", ("MUG-1", 2), ("TENT-2", 1))
    world.pass_time(minutes=5)
    world.run("order_download", "globex")
    world.run("order_delivery")
    for number in range(20):
        shipment = f"S{number}"
        world.ship(f"{number}", (1, "MUG-1", 2, UPS_ONE), code="GLOBEX", shipment=shipment)
    world.run("shipment_collection")
    before = globex.calls
    ctx = world.run("shipment_upload", "globex")

    assert (ctx.counts["written"], len(parcels(globex))) == (20, 20)
    assert globex.calls - before == 3
