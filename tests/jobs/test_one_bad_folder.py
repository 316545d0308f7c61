"""A merchant's folder that nobody can use stops this merchant, and no other."""

from __future__ import annotations

import shutil

import pytest

from fulfillment_bridge.errors import Misconfigured
from tests.jobs.world import World


@pytest.fixture
def spoiled(world: World) -> World:
    """Globex waits for its shipment and its count behind a folder of acme's that is none."""
    world.add_merchant("globex").sell("2001")
    world.pass_time(minutes=5)
    world.round()
    shutil.rmtree(world.folder / "ACME", ignore_errors=True)
    (world.folder / "ACME").write_text("no folder", encoding="utf-8")
    return world


def test_shipments_of_the_others_are_taken_in(spoiled: World) -> None:
    """And the run says which folder it was."""
    spoiled.ship("2001", code="GLOBEX")
    with pytest.raises(Misconfigured, match="ACME"):
        spoiled.run("shipment_collection")
    assert spoiled.order("2001", "globex").shown_state == "shipped"


def test_stock_of_the_others_is_taken_in(spoiled: World) -> None:
    """The same for counts."""
    spoiled.count("GLOBEX", MUG_1=7)
    with pytest.raises(Misconfigured, match="ACME"):
        spoiled.run("stock_collection")
    with spoiled.store.read() as uow:
        assert uow.stock.levels("globex", ["reno"])["reno"].levels["MUG-1"].on_hand == 7
