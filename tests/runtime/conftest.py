"""A real store, a clock that is moved by hand, and jobs that do what a test says."""

from __future__ import annotations

import pytest

from fulfillment_bridge.clock import ManualClock
from tests.storage.fresh import store
from tests.storage.samples import NOW

__all__ = ["store"]


@pytest.fixture
def clock() -> ManualClock:
    """Stands at NOW."""
    return ManualClock(NOW)
