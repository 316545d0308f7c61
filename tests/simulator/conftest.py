"""A running simulator, and a small org in it for each test that asks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from tests.simulator.web_client import ControlClient, OrgClient

NUMBERS = itertools.count(1)


def small_org(name: str) -> dict[str, Any]:
    """A merchant with one custom object and two users."""
    return {
        "name": name,
        "label": "Small Goods",
        "instance": "SML1",
        "objects": {
            "Parcel__c": {
                "label": "Parcel",
                "fields": {
                    "Code__c": {"type": "text", "length": 40, "external_id": True, "unique": True},
                    "Batch__c": {"type": "text", "length": 40, "external_id": True},
                    "Weight__c": {"type": "number", "precision": 10, "scale": 2},
                    "Account__c": {"type": "lookup", "to": "Account", "children": "Parcels__r"},
                },
            }
        },
        "users": [
            {
                "username": f"bridge@{name}.example",
                "role": "integration",
                "full_name": "Warehouse Bridge",
                "email": f"bridge@{name}.example",
                "permissions": ["ApiEnabled", "UseAnyApiAuth", "ViewAllData", "ModifyAllData"],
            },
            {
                "username": f"admin@{name}.example",
                "role": "admin",
                "is_admin": True,
                "full_name": "Ada Admin",
                "email": f"admin@{name}.example",
            },
        ],
    }


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorServer]:
    """A simulator without TLS for all tests of this process; each brings orgs of its own."""
    with SimulatorServer(tls=False) as server:
        yield server


@pytest.fixture
def open_org(simulator: SimulatorServer) -> Iterator[Callable[[], OrgHandle]]:
    """Opens small orgs that end with the test."""
    opened: list[str] = []

    def open_one() -> OrgHandle:
        handle = simulator.add_org(small_org(f"small{next(NUMBERS)}"))
        opened.append(handle.name)
        return handle

    yield open_one
    for name in opened:
        simulator.remove_org(name)


@pytest.fixture
def org(open_org: Callable[[], OrgHandle]) -> OrgHandle:
    """A small org of this test alone."""
    return open_org()


@pytest.fixture
def client(org: OrgHandle) -> Iterator[OrgClient]:
    """The org's integration user, logged in over HTTP."""
    with OrgClient(org) as logged_in:
        logged_in.login()
        yield logged_in


@pytest.fixture
def admin(org: OrgHandle) -> Iterator[OrgClient]:
    """The org's administrator, logged in over HTTP."""
    with OrgClient(org, as_admin=True) as logged_in:
        logged_in.login()
        yield logged_in


@pytest.fixture
def control(simulator: SimulatorServer) -> Iterator[ControlClient]:
    """The control address; the rules a test makes end with it."""
    with ControlClient(simulator.control_url) as connected:
        yield connected
        for rule_id in connected.rule_ids:
            connected.delete(f"/rules/{rule_id}")
