"""A small org whose time stands still, its administrator and a clerk with fewer rights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.org import Org
from tests.simulator.engine.desk import DESCRIPTION, Desk, Shop


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(frozen_at=datetime(2026, 11, 18, 10, 30, 15, 999_000, tzinfo=UTC))


@pytest.fixture
def org(clock: SimulatedClock) -> Iterator[Org]:
    org = Org.from_description(DESCRIPTION, clock=clock)
    yield org
    org.close()


@pytest.fixture
def admin(org: Org) -> Desk:
    return Desk(org, org.users["admin@testing.example"])


@pytest.fixture
def clerk(org: Org) -> Desk:
    return Desk(org, org.users["clerk@testing.example"])


@pytest.fixture
def shop(admin: Desk) -> Shop:
    return Shop.of(admin)
