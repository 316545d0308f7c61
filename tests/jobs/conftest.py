"""One simulator for all tests of the process; a world of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment_bridge.simulator.server import SimulatorServer
from fulfillment_bridge.storage.database import Store
from tests.jobs.world import START, World, open_world
from tests.storage.fresh import store
from tests.warehouses.samples import UPS_ONE

__all__ = ["store"]


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorServer]:
    """Simulated orgs on one clock that stands still until a test moves it."""
    with SimulatorServer(tls=False) as server:
        server.clock.set(START)
        server.clock.freeze()
        yield server


@pytest.fixture
def world(simulator: SimulatorServer, store: Store, tmp_path: Path) -> Iterator[World]:
    """One live merchant, one warehouse."""
    with open_world(simulator, store, tmp_path / "warehouse") as opened:
        yield opened


@pytest.fixture
def shipped(world: World) -> World:
    """Order 1001 was shipped, and Salesforce does not know it yet."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("order_delivery")
    world.ship("1001", (1, "MUG-1", 2, UPS_ONE))
    world.run("shipment_collection")
    return world
