"""Small orgs with one more thing declared, for tests of that one thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.org import Org
from tests.simulator.engine.desk import Desk


@contextmanager
def org_with(**description: Any) -> Iterator[Desk]:
    """The administrator of an org with this description, whose time stands still."""
    clock = SimulatedClock(frozen_at=datetime(2026, 11, 18, 10, 30, 15, tzinfo=UTC))
    org = Org.from_description({"name": "small", **description}, clock=clock)
    try:
        yield Desk(org, org.users["admin@small.example"])
    finally:
        org.close()


def clerk_of(desk: Desk) -> Desk:
    """Somebody in the same org who is no administrator."""
    return Desk(desk.org, desk.org.users["bridge@small.example"])
