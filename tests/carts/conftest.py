"""A running simulator, and a merchant's orders in it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fulfillment_bridge.simulator.server import SimulatorServer
from tests.carts.sales import NOON, Sales, minutes
from tests.salesforce.orgs import TestOrg, open_org


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorServer]:
    """A simulator without TLS for all tests of this process, its clock at half past noon."""
    with SimulatorServer(tls=False) as server:
        server.clock.set(NOON + minutes(30))
        server.clock.freeze()
        yield server


@pytest.fixture
def org(simulator: SimulatorServer) -> Iterator[TestOrg]:
    """An org of this test alone."""
    simulator.clock.set(NOON + minutes(30))
    with open_org(simulator) as opened:
        yield opened


@pytest.fixture
def sales(org: TestOrg) -> Iterator[Sales]:
    """The merchant, whose orders are Sale__c records."""
    with org.connection() as connection:
        yield Sales(org, connection)
