"""A warehouse with two merchants, over real files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment_bridge.simulator.warehouse.building import Settings, SimulatedWarehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[SimulatedWarehouse]:
    """A warehouse that ships everything whole, in one package, until told otherwise."""
    settings = Settings(two_packages_every=0, short_every=0)
    building = SimulatedWarehouse(tmp_path / "reno", ["ACME", "GLOBEX"], settings=settings)
    yield building
    building.close()


@pytest.fixture
def acme(warehouse: SimulatedWarehouse) -> Path:
    """Acme's folder at the warehouse."""
    return warehouse.folders["ACME"].root


@pytest.fixture
def globex(warehouse: SimulatedWarehouse) -> Path:
    """Globex's folder at the warehouse."""
    return warehouse.folders["GLOBEX"].root
