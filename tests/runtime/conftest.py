"""A real store, a clock that is moved by hand, and jobs that do what a test says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.storage.database import Store
from tests.storage.samples import NOW


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file of its own."""
    opened = Store.open(f"sqlite:///{tmp_path}/bridge.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> ManualClock:
    """Stands at NOW."""
    return ManualClock(NOW)
