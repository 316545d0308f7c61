"""A desk for bulk jobs, of the integration user and of the administrator."""

from __future__ import annotations

import pytest

from tests.simulator.bulk.desk import BulkDesk
from tests.simulator.web_client import OrgClient


@pytest.fixture
def desk(client: OrgClient) -> BulkDesk:
    """The bulk jobs of the integration user."""
    return BulkDesk(client)


@pytest.fixture
def admin_desk(admin: OrgClient) -> BulkDesk:
    """The bulk jobs of the administrator."""
    return BulkDesk(admin)
