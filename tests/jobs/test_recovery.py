"""An older backup takes the place of the store: nothing is sent twice, and nothing is forgotten.

What is told in these tests has happened between the backup and the loss of the store.
"""

from __future__ import annotations

import threading

import pytest

from fulfillment_bridge.actions.hold_order import hold_order
from fulfillment_bridge.actions.release_order import release_order
from tests.actions.hands import ada
from tests.jobs.lost_life import LostLife, change, lose, sell, send
from tests.jobs.world import World, WorldClock
from tests.warehouses.askable import AskableWarehouse
from tests.warehouses.samples import SHIPMENT_HEADING, UPS_ONE, UPS_TWO, put


def sell_and_send(life: LostLife, when: str) -> None:
    """Order 1001, taken in ``when`` and handed over after the backup."""
    if when == "after it":
        life.back_up()
    sell(life, "1001")
    if when == "before the backup":
        life.back_up()
    send(life)


@pytest.mark.parametrize("when", ["before the backup", "after it"])
def test_what_was_sent_is_known_by_its_files(world: World, when: str) -> None:
    """Whether it was waiting in the backup or came later; its tracking comes in once more."""
    life = LostLife(world)
    sell_and_send(life, when)
    world.ship("1001")
    life.run("shipment_collection")
    lose(life)
    assert life.run("order_delivery").counts == {}
    assert (world.references(), world.order("1001").shown_state) == (["1001"], "shipped")
    assert life.told == []


@pytest.mark.parametrize("when", ["before the backup", "after it"])
def test_an_edit_since_it_was_sent_is_told(world: World, when: str) -> None:
    """The warehouse has it as it was, and nothing in the backup says so."""
    life = LostLife(world)
    sell_and_send(life, when)
    change(life, "1001", Gift_Note__c="for Bob")
    lose(life)
    assert world.references() == ["1001"]
    assert "changed_after_release" in world.events("1001")
    assert world.order("1001").attention is not None
    assert any("1001" in sentence for sentence in life.told)


@pytest.mark.parametrize("when", ["before the backup", "after it"])
def test_a_warehouse_is_asked_for_the_edit_once_more(world: World, when: str) -> None:
    """It has accepted before, under a key that is not used again; then nobody has to look."""
    warehouse = AskableWarehouse(world.warehouse)
    life = LostLife(world, warehouse)
    sell_and_send(life, when)
    change(life, "1001", Gift_Note__c="for Bob")
    life.run("order_delivery")
    lose(life)
    life.run("order_delivery")
    gifts = [one.order.order.gift_message for one in warehouse.asked if one.order]
    assert gifts == ["for Bob", "for Bob"]
    assert len({one.key for one in warehouse.asked}) == 2
    assert (world.order("1001").attention, world.order("1001").shown_state) == (
        None,
        "at_warehouse",
    )


def test_a_recovery_ends_where_somebody_edits_all_the_time(world: World) -> None:
    """Such an order never settles, and is known all the same since the warehouse has it."""
    life = LostLife(world)
    life.back_up()
    sell(life, "1001")
    send(life)
    order_id = world.order("1001").cart_order_id

    class Restless(WorldClock):
        def wait(self, seconds: float, stop: threading.Event | None = None) -> bool:
            stopped = super().wait(seconds, stop)
            world.acme.edit(order_id, Gift_Note__c=f"written at {self.now():%T}")
            return stopped

    life.clock = Restless(world.simulator.clock)
    world.acme.edit(order_id, Gift_Note__c="a moment ago")
    life.restore()
    life.recover()
    assert (world.references(), world.order("1001").shown_state) == (["1001"], "at_warehouse")


def test_a_request_of_the_lost_life_does_not_answer_for_another_order(world: World) -> None:
    """Numbers in the store are given anew; the warehouse remembers the keys that it has seen."""
    warehouse = AskableWarehouse(world.warehouse)
    life = LostLife(world, warehouse)
    life.back_up()
    sell(life, "1001")
    send(life)
    change(life, "1001", Status__c="Cancelled")
    life.run("order_delivery")
    for path in world.folder.glob("*/archive/ord_1001_*"):
        path.unlink()  # it was so long ago that the partner has removed it
    lose(life)
    sell(life, "1002")
    send(life)
    warehouse.mood = "no"
    change(life, "1002", Status__c="Cancelled")
    life.run("order_delivery")
    assert world.order("1002").shown_state == "at_warehouse"
    assert "cancel_refused" in world.events("1002")


@pytest.mark.parametrize("when", ["before the backup", "after it"])
@pytest.mark.parametrize("how", ["canceled", "deleted", "put on hold"])
def test_an_order_that_is_stopped_since_it_was_sent_is_told(
    world: World, when: str, how: str
) -> None:
    """It is known here again though the org shows it to no download; its goods may ship."""
    life = LostLife(world)
    sell_and_send(life, when)
    record_id = world.order("1001").cart_order_id
    if how == "deleted":
        world.acme.delete(record_id)
    else:
        world.acme.edit(record_id, Status__c="Cancelled" if how == "canceled" else "On Hold")
    lose(life)
    order = world.order("1001")
    assert (order.shown_state, order.attention is None) == ("at_warehouse", False)
    told = "no_longer_ready" if how == "put on hold" else how
    assert f"{told}_after_release" in world.events("1001")
    life.run("order_delivery")
    world.ship("1001")
    life.run("shipment_collection")
    assert world.order("1001").shown_state == "shipped"
    assert world.references() == ["1001"]


def test_a_warehouse_is_asked_to_stop_what_was_canceled(world: World) -> None:
    """Though the order came and went within the life that is lost."""
    warehouse = AskableWarehouse(world.warehouse)
    life = LostLife(world, warehouse)
    life.back_up()
    sell(life, "1001")
    send(life)
    change(life, "1001", Status__c="Cancelled")
    lose(life)
    life.run("order_delivery")
    assert [one.reference for one in warehouse.asked] == ["1001"]
    assert world.order("1001").shown_state == "canceled"


def test_an_order_that_was_held_in_the_backup_is_known_to_have_left(world: World) -> None:
    """A person let it go, and then the merchant canceled it."""
    life = LostLife(world)
    sell(life, "1001")
    hold_order(ada(world), world.order("1001").order_id)
    life.back_up()
    release_order(ada(world), world.acme.profile, world.order("1001").order_id)
    send(life)
    assert world.references() == ["1001"]
    world.acme.edit(world.order("1001").cart_order_id, Status__c="Cancelled")
    lose(life)
    assert world.order("1001").shown_state == "at_warehouse"
    assert "canceled_after_release" in world.events("1001")


def test_a_cart_that_was_not_live_in_the_backup_sends_nothing_again(world: World) -> None:
    """What was sent is known at once; when it goes live again the rest leaves."""
    with world.store.begin() as uow:
        uow.carts.go_live("acme", at=world.clock.now(), live_from=None)
    life = LostLife(world)
    life.back_up()
    sell(life, "1001")
    send(life)
    world.ship("1001")
    lose(life)
    world.go_live()
    sell(life, "1002")
    life.run("order_delivery")
    assert world.references() == ["1001", "1002"]
    assert world.order("1001").shown_state == "shipped"


def test_a_second_shipment_of_the_same_order_is_known_by_its_reference(world: World) -> None:
    """A person had it sent once more; what is shipped under that reference is no stranger."""
    life = LostLife(world)
    life.back_up()
    sell(life, "1001")
    send(life)
    [file] = (world.folder / "ACME" / "archive").glob("ord_1001_*")
    again = file.with_name(file.name.replace("ord_1001_", "ord_1001-R1_"))
    again.write_bytes(file.read_bytes().replace(b'"1001"', b'"1001-R1"', 1))
    lose(life)
    with world.store.read() as uow:
        parts = uow.fulfillment_orders.by_order(world.order("1001").order_id)
    assert [(part.reference, part.state) for part in parts] == [
        ("1001", "at_warehouse"),
        ("1001-R1", "at_warehouse"),
    ]


def test_what_fits_no_order_is_told(world: World) -> None:
    """Neither the backup nor the org knows it."""
    life = LostLife(world)
    life.back_up()
    sell(life, "1001")
    send(life)
    [file] = (world.folder / "ACME" / "archive").glob("ord_1001_*")
    file.rename(file.with_name(file.name.replace("1001", "4711")))
    [file] = (world.folder / "ACME" / "archive").glob("ord_4711_*")
    file.write_bytes(file.read_bytes().replace(b'"1001"', b'"4711"'))
    lose(life)
    assert [sentence for sentence in life.told if "4711" in sentence] == [
        "reno was given 4711 for acme (order 4711), and no order here or in Salesforce fits it; "
        "ask reno whether it is to be shipped"
    ]
    assert "1001" in world.references()


def test_good_rows_of_a_document_that_was_set_aside_come_in_again(world: World) -> None:
    """They were taken in before, and only the document's other row was at fault."""
    life = LostLife(world)
    sell(life, "1001")
    send(life)
    life.back_up()
    put(
        world.folder / "ACME" / "shipments" / "shp_S1_20261123173001.csv",
        f"1001,1,MUG-1,2,2026-11-23,UPS,Ground,{UPS_ONE},1,,",
        f"1001,1,MUG-1,many,2026-11-23,UPS,Ground,{UPS_TWO},2,,",
        heading=SHIPMENT_HEADING,
    )
    life.run("shipment_collection")
    assert world.order("1001").shown_state == "shipped"
    lose(life)
    assert world.order("1001").shown_state == "shipped"


def test_a_document_that_was_set_aside_counts_once_its_order_is_known(world: World) -> None:
    """It stands in the backup as one with a fault, and comes again."""
    life = LostLife(world)
    world.ship("1001")
    life.run("shipment_collection")
    sell(life, "1001")
    send(life)
    aside = world.folder / "ACME" / "set_aside" / "shp_S1_20261123173001.csv"
    aside.rename(world.folder / "ACME" / "shipments" / aside.name)
    life.run("shipment_collection")
    assert world.order("1001").shown_state == "shipped"


def test_the_newest_count_comes_in_again(world: World) -> None:
    """Else the org would be shown an older level than it shows."""
    life = LostLife(world)
    world.count(MUG_1=9)
    life.run("stock_collection")
    life.back_up()
    world.pass_time(minutes=30)
    world.count(MUG_1=5)
    life.run("stock_collection")
    lose(life)
    with world.store.read() as uow:
        levels = uow.stock.levels("acme", ["reno"])["reno"].levels
    assert [int(level.on_hand) for level in levels.values()] == [5]


def test_two_merchants_who_share_numbers_keep_their_own(world: World) -> None:
    """Each is known by its own file, whoever is read first after the restoration."""
    world.add_merchant("globex")
    life = LostLife(world)
    life.back_up()
    for name in ("globex", "acme"):
        world.merchants[name].sell("1001")
    world.pass_time(minutes=15)
    for name in ("globex", "acme"):
        world.run("order_download", name)
    send(life)
    before = {code: world.references(code) for code in ("ACME", "GLOBEX")}
    assert before == {"ACME": ["1001-2"], "GLOBEX": ["1001"]}
    lose(life)
    life.run("order_delivery")
    assert {code: world.references(code) for code in before} == before
    assert {world.order("1001", name).shown_state for name in world.merchants} == {"at_warehouse"}
    assert world.order("1001").attention is None


def test_a_clock_that_was_wrong_by_days_doubles_nothing(world: World) -> None:
    """When the backup was made our clock was two days ahead; then it was set right."""
    life = LostLife(world)
    world.pass_time(days=2)
    life.back_up()
    world.pass_time(days=-2)
    sell(life, "1001")
    send(life)
    lose(life)
    assert world.references() == ["1001"]
    assert world.order("1001").shown_state == "at_warehouse"
