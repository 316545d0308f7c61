"""One simulator for all tests of the process; a world of its own for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment_bridge.simulator.server import SimulatorServer
from fulfillment_bridge.storage.database import Store
from tests.jobs.world import START, World, open_world


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorServer]:
    """Simulated orgs on one clock that stands still until a test moves it."""
    with SimulatorServer(tls=False) as server:
        server.clock.set(START)
        server.clock.freeze()
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, migrated once and copied for each test."""
    path = tmp_path_factory.mktemp("store") / "bridge.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(tmp_path: Path, migrated: Path) -> Iterator[Store]:
    """A store in a file of its own."""
    shutil.copy(migrated, tmp_path / "bridge.db")
    opened = Store(f"sqlite:///{tmp_path}/bridge.db")
    yield opened
    opened.close()


@pytest.fixture
def world(simulator: SimulatorServer, store: Store, tmp_path: Path) -> Iterator[World]:
    """One live merchant, one warehouse."""
    with open_world(simulator, store, tmp_path / "warehouse") as opened:
        yield opened
