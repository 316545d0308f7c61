"""What the warehouse sent: each shipment once, corrections replace, nothing is dropped."""

from __future__ import annotations

import os

import pytest

from fulfillment_bridge.storage.shipments import StoredShipment
from tests.jobs.world import Mortal, World
from tests.warehouses.samples import UPS_ONE, UPS_TWO

MUGS = (1, "MUG-1", 2, UPS_ONE)
TENT = (2, "TENT-2", 1, UPS_TWO)


@pytest.fixture
def sent(world: World) -> World:
    """Order 1001 of two mugs and a tent is at the warehouse."""
    world.acme.sell("1001", ("MUG-1", 2), ("TENT-2", 1))
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.take_orders()
    return world


def shipments(world: World, number: str = "1001", cart: str = "acme") -> list[StoredShipment]:
    with world.store.read() as uow:
        return uow.shipments.by_order(world.order(number, cart).order_id)


def tracking(world: World, number: str = "1001", cart: str = "acme") -> list[str]:
    return [n for s in shipments(world, number, cart) for n in s.shipment.tracking_numbers()]


def test_a_whole_shipment_ships_the_order(sent: World) -> None:
    """State, lines, the news for the merchant, and the file is put away."""
    sent.ship("1001", MUGS, TENT)
    ctx = sent.run("shipment_collection")
    assert (ctx.counts["shipments_new"], ctx.attention) == (1, [])
    assert sent.order("1001").shown_state == "shipped"
    assert tracking(sent) == [UPS_ONE, UPS_TWO]
    assert [path.name[:3] for path in (sent.folder / "ACME/archive").iterdir()].count("shp") == 1


def test_two_shipments_ship_it_bit_by_bit(sent: World) -> None:
    """Partially shipped, then shipped."""
    sent.ship("1001", MUGS, shipment="S1")
    sent.run("shipment_collection")
    assert sent.order("1001").shown_state == "partially_shipped"
    sent.ship("1001", TENT, shipment="S2")
    sent.run("shipment_collection")
    assert sent.order("1001").shown_state == "shipped"


def test_the_same_file_again_changes_nothing(sent: World) -> None:
    """By its key, and by its content under another name."""
    sent.ship("1001", MUGS, moment=1)
    sent.run("shipment_collection")
    events = sent.events("1001")
    sent.ship("1001", MUGS, moment=1)
    sent.ship("1001", MUGS, moment=2)
    ctx = sent.run("shipment_collection")
    assert (ctx.counts["documents_again"], ctx.counts["shipments_same"]) == (1, 1)
    assert sent.events("1001") == events


def test_a_correction_replaces_tracking_and_history_stays(sent: World) -> None:
    """The same shipment id, a later stamp."""
    sent.ship("1001", MUGS, moment=1)
    sent.run("shipment_collection")
    sent.ship("1001", (1, "MUG-1", 2, UPS_TWO), moment=2)
    sent.run("shipment_collection")
    [stored] = shipments(sent)
    with sent.store.read() as uow:
        [before] = uow.shipments.history(stored.shipment_id)
    assert tracking(sent) == [UPS_TWO]
    assert before.shipment.tracking_numbers() == (UPS_ONE,)


def test_old_news_is_ignored(sent: World) -> None:
    """A file with an earlier stamp that comes late."""
    sent.ship("1001", (1, "MUG-1", 2, UPS_TWO), moment=2)
    sent.run("shipment_collection")
    sent.ship("1001", MUGS, moment=1)
    ctx = sent.run("shipment_collection")
    assert ctx.counts["shipments_older"] == 1
    assert tracking(sent) == [UPS_TWO]


def test_a_stamp_far_in_the_future_does_not_outrank_what_comes_later(sent: World) -> None:
    """The warehouse's clock was wrong for once: that word counts until the next one comes."""
    sent.ship("1001", MUGS, moment=1)
    sent.run("shipment_collection")
    sent.ship("1001", (1, "MUG-1", 2, UPS_TWO), moment=2)
    folder = sent.folder / "ACME/shipments"
    [file] = folder.iterdir()
    file.rename(folder / "shp_S1_20361123173002.csv")
    ctx = sent.run("shipment_collection")
    assert tracking(sent) == [UPS_TWO]
    assert any("in the future" in text for text in ctx.attention)
    sent.ship("1001", (1, "MUG-1", 2, "1Z3"), moment=3)
    sent.run("shipment_collection")
    assert tracking(sent) == ["1Z3"]


def test_a_first_word_from_the_future_is_corrected_by_any_other(sent: World) -> None:
    """And put away like every other; read again it changes nothing."""
    sent.ship("1001", MUGS)
    folder = sent.folder / "ACME"
    [file] = (folder / "shipments").iterdir()
    file.rename(folder / "shipments/shp_S1_20361123173001.csv")
    sent.run("shipment_collection")
    sent.ship("1001", (1, "MUG-1", 2, UPS_TWO))
    sent.run("shipment_collection")
    (folder / "archive/shp_S1_20361123173001.csv").rename(
        folder / "shipments/shp_S1_20361123173001.csv"
    )
    sent.run("shipment_collection")
    assert tracking(sent) == [UPS_TWO]


def test_names_in_capitals_are_read(sent: World) -> None:
    """Some systems write all names so."""
    sent.ship("1001", MUGS)
    folder = sent.folder / "ACME/shipments"
    [file] = folder.iterdir()
    file.rename(folder / file.name.upper())
    sent.run("shipment_collection")
    assert tracking(sent) == [UPS_ONE]


def test_a_file_with_a_name_that_is_never_read_is_told(sent: World) -> None:
    """Once it is clear that nobody is still at it."""
    path = sent.folder / "ACME/shipments/tracking of today.csv"
    path.write_text("no name of ours", encoding="utf-8")
    now = sent.clock.now().timestamp()
    os.utime(path, (now, now))
    assert sent.run("shipment_collection").attention == []
    sent.pass_time(minutes=5)
    [told] = sent.run("shipment_collection").attention
    assert "tracking of today.csv" in told


def test_the_warehouses_last_word_closes_what_is_short(sent: World) -> None:
    """Nothing more will come."""
    sent.ship("1001", MUGS, complete=True)
    sent.run("shipment_collection")
    order = sent.order("1001")
    with sent.store.read() as uow:
        [part] = uow.fulfillment_orders.by_order(order.order_id)
        lines = uow.fulfillment_orders.lines(part.fulfillment_order_id)
    assert order.shown_state == "closed_short"
    assert [(int(line.shipped), int(line.short)) for line in lines] == [(2, 0), (0, 1)]


@pytest.mark.parametrize(
    ("short_means", "state", "asks"),
    [("backorder", "partially_shipped", False), ("closed", "closed_short", False),
     ("ask", "partially_shipped", True)],
)  # fmt: skip
def test_what_short_means_is_the_warehouses_rule(
    sent: World, short_means: str, state: str, asks: bool
) -> None:
    """Wait for the rest, close, or ask a person."""
    sent.reconfigure(short_means=short_means)
    sent.ship("1001", MUGS)
    ctx = sent.run("shipment_collection")
    assert sent.order("1001").shown_state == state
    assert bool(ctx.attention) == asks


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ((1, "MUG-1", 5, UPS_ONE), "5 of line 1 were shipped, 2 were ordered"),
        ((1, "CUP-9", 2, UPS_ONE), "CUP-9 was shipped for line 1, which is MUG-1"),
        ((9, "CUP-9", 2, UPS_ONE), "2 CUP-9 was shipped, which is not on the order"),
    ],
)
def test_goods_that_nobody_ordered_are_recorded_and_told(
    sent: World, row: tuple[int, str, int, str], what: str
) -> None:
    """They have left, whatever we think of it."""
    sent.ship("1001", row)
    ctx = sent.run("shipment_collection")
    assert what in ctx.attention[0]
    assert tracking(sent) == [UPS_ONE]


def test_a_shipment_of_a_stranger_is_set_aside_and_told(sent: World) -> None:
    """Unknown, or another merchant's: nothing of it is taken."""
    sent.add_merchant("globex")
    sent.ship("7777", MUGS)
    sent.ship("1001", MUGS, code="GLOBEX", shipment="S9")
    ctx = sent.run("shipment_collection")
    assert len(ctx.attention) == 2
    assert tracking(sent) == []
    reason = next((sent.folder / "GLOBEX/set_aside").glob("*.reason.txt")).read_text()
    assert "1001 is no order of GLOBEX" in reason


def test_two_merchants_with_one_number_each_get_their_own_tracking(world: World) -> None:
    """The reference tells them apart."""
    world.add_merchant("globex")
    for merchant in world.merchants.values():
        merchant.sell("1001")
    world.pass_time(minutes=5)
    world.round()
    world.ship("1001", MUGS, code="ACME")
    world.ship("1001-2", (1, "MUG-1", 2, UPS_TWO), code="GLOBEX")
    world.run("shipment_collection")
    assert tracking(world, cart="acme") == [UPS_ONE]
    assert tracking(world, cart="globex") == [UPS_TWO]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_around_the_acknowledgement_loses_and_doubles_nothing(
    sent: World, when: str
) -> None:
    """The document is stored; it comes again, or it does not."""
    sent.ship("1001", MUGS, TENT)
    sent.die_in("shipment_collection", Mortal(sent.warehouse, "acknowledge", when))
    events = sent.events("1001")
    sent.run("shipment_collection")
    assert sent.order("1001").shown_state == "shipped"
    assert sent.events("1001") == events
    assert list((sent.folder / "ACME/shipments").iterdir()) == []


def test_a_shipment_proves_that_an_order_arrived(sent: World) -> None:
    """The process died before it could note the delivery; the goods are there already."""
    sent.acme.sell("1002")
    sent.pass_time(minutes=5)
    sent.run("order_download")
    sent.die_in("order_delivery", Mortal(sent.warehouse, "submit", "after"))
    sent.take_orders()
    sent.ship("1002", (1, "MUG-1", 2, UPS_TWO), shipment="S2")
    sent.run("shipment_collection")
    assert sent.order("1002").shown_state == "shipped"
    sent.pass_time(minutes=6)
    ctx = sent.run("order_delivery")
    assert ctx.counts == {"already_settled": 1}
    assert sorted(sent.references()) == ["1001", "1002"]


def test_a_correction_that_takes_goods_back_asks_for_attention(sent: World) -> None:
    """Shipped cannot become unshipped by itself."""
    sent.ship("1001", MUGS, TENT, moment=1)
    sent.run("shipment_collection")
    sent.ship("1001", MUGS, moment=2)
    ctx = sent.run("shipment_collection")
    assert "it was shipped, and the warehouse's shipments say partially_shipped" in ctx.attention[0]


def test_a_file_with_a_bad_row_gives_what_it_can(sent: World) -> None:
    """The good rows are taken, the file is set aside with the reason."""
    sent.ship("1001", MUGS, (2, "TENT-2", -1, UPS_TWO))
    ctx = sent.run("shipment_collection")
    assert (ctx.counts["shipments_new"], ctx.counts["faults"]) == (1, 1)
    assert "row 3" in ctx.attention[0]
    assert sent.order("1001").shown_state == "partially_shipped"
