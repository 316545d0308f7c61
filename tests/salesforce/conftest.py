"""A running simulator, and an org in it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fulfillment_bridge.salesforce.rest import Connection
from fulfillment_bridge.simulator.server import SimulatorServer
from tests.salesforce.orgs import TestOrg, open_org


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorServer]:
    """A simulator without TLS for all tests of this process."""
    with SimulatorServer(tls=False) as server:
        yield server


@pytest.fixture
def org(simulator: SimulatorServer) -> Iterator[TestOrg]:
    """An org of this test alone."""
    with open_org(simulator) as opened:
        yield opened


@pytest.fixture
def connection(org: TestOrg) -> Iterator[Connection]:
    """A connection to it that has not logged in yet."""
    with org.connection() as connected:
        yield connected
