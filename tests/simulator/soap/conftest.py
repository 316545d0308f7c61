"""The users of a small org, calling by SOAP."""

from __future__ import annotations

import pytest

from tests.simulator.soap.wire import Wire
from tests.simulator.web_client import OrgClient


@pytest.fixture
def wire(client: OrgClient) -> Wire:
    """The integration user."""
    return Wire(client)
