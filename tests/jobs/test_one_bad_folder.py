"""A merchant's folder that nobody can use stops this merchant, and no other."""

from __future__ import annotations

import shutil

import pytest

from fulfillment_bridge.errors import Misconfigured, PartlyMisconfigured, Retry
from fulfillment_bridge.warehouses.base import RequestAnswer, WarehouseRequest
from tests.jobs.world import World
from tests.warehouses.askable import AskableWarehouse
from tests.warehouses.samples import SHIPMENT_HEADING, UPS_ONE, put


@pytest.fixture
def spoiled(world: World) -> World:
    """Globex waits for its shipment and its count behind a folder of acme's that is none."""
    world.add_merchant("globex").sell("2001")
    world.pass_time(minutes=5)
    world.round()
    spoil(world)
    return world


def spoil(world: World, folder: str = "") -> None:
    """Nobody can use acme's folder, or one in it."""
    path = world.folder / "ACME" / folder
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("no folder", encoding="utf-8")


def test_orders_of_the_others_are_delivered(world: World) -> None:
    """However many orders wait before the broken folder; each run tries it once."""
    globex = world.add_merchant("globex")
    for number in range(1001, 1061):
        world.acme.sell(str(number))
    globex.sell("2001")
    world.pass_time(minutes=5)
    spoil(world)
    for name in ("acme", "globex"):
        world.run("order_download", name)
    with pytest.raises(PartlyMisconfigured, match="ACME"):
        world.run("order_delivery")
    assert world.references("GLOBEX") == ["2001"]
    globex.sell("2002")
    world.pass_time(minutes=5)
    world.run("order_download", "globex")
    with pytest.raises(PartlyMisconfigured, match="ACME"):
        world.run("order_delivery")
    assert world.references("GLOBEX") == ["2001", "2002"]


def test_a_mended_folder_gets_its_orders_at_the_next_run(world: World) -> None:
    """But for the few that were tried; none is doubted or sent twice."""
    world.add_merchant("globex")
    for number in range(1001, 1006):
        world.acme.sell(str(number))
    world.pass_time(minutes=5)
    world.run("order_download")
    spoil(world)
    with pytest.raises(PartlyMisconfigured):
        world.run("order_delivery")
    (world.folder / "ACME").unlink()
    assert world.run("order_delivery").counts["sent"] == 4
    world.pass_time(minutes=2)
    assert world.run("order_delivery").counts["sent"] == 1
    assert sorted(world.references()) == ["1001", "1002", "1003", "1004", "1005"]


def test_a_warehouse_that_nobody_can_use_is_tried_less_and_less_often(world: World) -> None:
    """Where no merchant is left to be served the run has failed as a whole."""
    world.reconfigure(merchants={"acme": "ACME"})
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    spoil(world)
    with pytest.raises(Misconfigured) as caught:
        world.run("order_delivery")
    assert not isinstance(caught.value, PartlyMisconfigured)


def test_requests_of_the_others_are_carried(world: World) -> None:
    """A merchant whose requests cannot be handed over is asked about once in a run."""

    class Deaf(AskableWarehouse):
        def ask(self, request: WarehouseRequest) -> RequestAnswer:
            if request.merchant_code == "ACME":
                self.asked.append(request)
                raise Misconfigured("no right to ask for ACME")
            return super().ask(request)

    globex = world.add_merchant("globex")
    orders = [(world.acme, world.acme.sell(number)) for number in ("1001", "1002")]
    orders.append((globex, globex.sell("2001")))
    world.pass_time(minutes=5)
    world.round()
    for merchant, order_id in orders:
        merchant.edit(order_id, Status__c="Cancelled")
    world.pass_time(minutes=5)
    for name in ("acme", "globex"):
        world.run("order_download", name)
    warehouse = Deaf(world.warehouse)
    with pytest.raises(PartlyMisconfigured, match="no right"):
        world.run("order_delivery", warehouse=warehouse)
    assert [request.reference for request in warehouse.asked] == ["1001", "2001"]
    assert world.order("2001", "globex").shown_state == "canceled"


def test_shipments_of_the_others_are_taken_in(spoiled: World) -> None:
    """And the run says which folder it was."""
    spoiled.ship("2001", code="GLOBEX")
    with pytest.raises(PartlyMisconfigured, match="ACME"):
        spoiled.run("shipment_collection")
    assert spoiled.order("2001", "globex").shown_state == "shipped"


def test_stock_of_the_others_is_taken_in(spoiled: World) -> None:
    """The same for counts."""
    spoiled.count("GLOBEX", MUG_1=7)
    with pytest.raises(PartlyMisconfigured, match="ACME"):
        spoiled.run("stock_collection")
    with spoiled.store.read() as uow:
        assert uow.stock.levels("globex", ["reno"])["reno"].levels["MUG-1"].on_hand == 7


def test_what_cannot_be_put_away_keeps_nobody_waiting(world: World) -> None:
    """Acme's documents are stored, and stay where they are; globex's are read all the same."""
    world.add_merchant("globex").sell("2001")
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.round()
    world.ship("1001")
    world.count(MUG_1=3)
    world.ship("2001", code="GLOBEX")
    world.count("GLOBEX", MUG_1=7)
    spoil(world, "archive")
    for job in ("shipment_collection", "stock_collection"):
        with pytest.raises(PartlyMisconfigured, match="ACME"):
            world.run(job)
    assert world.order("1001").shown_state == "shipped"
    assert world.order("2001", "globex").shown_state == "shipped"
    with world.store.read() as uow:
        assert uow.stock.levels("globex", ["reno"])["reno"].levels["MUG-1"].on_hand == 7


def test_a_file_that_cannot_be_read_keeps_no_other_file_waiting(world: World) -> None:
    """It is told once the others are taken in."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.round()
    folder = world.folder / "ACME" / "shipments"
    # A file that opens and does not read, whoever asks.
    (folder / "shp_S0_20261123000000.csv").symlink_to("/proc/self/mem")
    put(
        folder / "shp_S1_20261123173001.csv",
        f"1001,1,MUG-1,2,2026-11-23,UPS,Ground,{UPS_ONE},1,,",
        heading=SHIPMENT_HEADING,
    )
    with pytest.raises(Retry, match="shipments"):
        world.run("shipment_collection")
    assert world.order("1001").shown_state == "shipped"
