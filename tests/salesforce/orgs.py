"""Simulated orgs for tests of the Salesforce client and cart, and what they were asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fulfillment_bridge.salesforce.login import Credentials
from fulfillment_bridge.salesforce.memory import TransientMemory
from fulfillment_bridge.salesforce.rest import Connection
from fulfillment_bridge.salesforce.session import ConnectionOptions
from fulfillment_bridge.salesforce.transport import Route
from fulfillment_bridge.simulator.request_log import RequestEntry, RequestFilter
from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer

NUMBERS = itertools.count(1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


DEPOT = {"label": "Depot", "fields": {"City__c": {"type": "text", "length": 40}}}
SALE = {
    "label": "Sale",
    "fields": {
        "Ready__c": {"type": "checkbox"},
        "State__c": {"type": "text", "length": 40},
        "Placed__c": {"type": "date"},
        "Total__c": {"type": "currency", "precision": 12, "scale": 2},
        "Depot__c": {"type": "lookup", "to": "Depot__c", "children": "Sales__r"},
        "Tracking__c": {"type": "text", "length": 20},
        "Shipped__c": {"type": "date"},
        "Sent__c": {"type": "datetime"},
        "Weight__c": {"type": "number", "precision": 12, "scale": 6},
        "Way__c": {"type": "picklist", "restricted": True, "values": ["Air", "Sea"]},
    },
    "validation_rules": {
        "No_Bad_Tracking": {
            "when": "Tracking__c = 'BAD'",
            "message": "Tracking must not be BAD",
            "field": "Tracking__c",
        }
    },
}
SALE_LINE = {
    "label": "Sale Line",
    "fields": {
        "Sale__c": {"type": "lookup", "to": "Sale__c", "children": "Lines__r"},
        "Item__c": {"type": "text", "length": 40},
        "Count__c": {"type": "number", "precision": 10, "scale": 2},
    },
}
PERMISSIONS = ["ApiEnabled", "UseAnyApiAuth", "ViewAllData", "ModifyAllData", "ViewSetup"]


def description(name: str, **changes: Any) -> dict[str, Any]:
    """A merchant whose orders, lines, addresses and stock are objects of its own."""
    bridge, admin = f"bridge@{name}.example", f"admin@{name}.example"
    integration = {"username": bridge, "email": bridge, "role": "integration"}
    administrator = {"username": admin, "email": admin, "role": "admin"}
    return {
        "name": name,
        "label": "Test Goods",
        "instance": "TST1",
        "objects": {"Depot__c": DEPOT, "Sale__c": SALE, "Sale_Line__c": SALE_LINE},
        "users": [
            {**integration, "full_name": "Warehouse Bridge", "permissions": PERMISSIONS},
            {**administrator, "full_name": "Ada Admin", "is_admin": True},
        ],
        **changes,
    }


@dataclass
class TestOrg:
    """A running org of one test, with what is needed to ask and to look at it."""

    __test__ = False

    server: SimulatorServer
    handle: OrgHandle

    @property
    def credentials(self) -> Credentials:
        return Credentials(
            host=self.handle.base_url,
            username=self.handle.username,
            password=self.handle.password,
            security_token=self.handle.security_token,
        )

    @property
    def app_credentials(self) -> Credentials:
        return Credentials(
            login="client_credentials",
            host=self.handle.base_url,
            consumer_key=self.handle.consumer_key,
            consumer_secret=self.handle.consumer_secret,
        )

    @property
    def route(self) -> Route:
        return Route(ca_file=self.handle.ca_file, read_seconds=20, write_seconds=20)

    def options(self, **changes: Any) -> ConnectionOptions:
        options = ConnectionOptions("test_org", self.credentials, self.route)
        return replace(options, **changes)

    @contextmanager
    def connection(
        self, memory: TransientMemory | None = None, **changes: Any
    ) -> Iterator[Connection]:
        """A connection that is closed after the test."""
        connection = Connection(self.options(**changes), memory or TransientMemory())
        try:
            yield connection
        finally:
            connection.close()

    def insert(
        self, object_name: str, *rows: dict[str, Any], stamp: datetime | None = None
    ) -> list[str]:
        """Records put there past all rules; their ids."""
        return self.handle.org.insert_raw(object_name, list(rows), stamp=stamp)

    def change(
        self, object_name: str, record_id: str, stamp: datetime | None = None, **values: Any
    ) -> None:
        """A change past all rules; it moves the stamp to ``stamp`` where one is given."""
        self.handle.org.update_raw(object_name, record_id, values, stamp=stamp)

    def requests(self, path: str = "") -> list[RequestEntry]:
        """The requests to this org whose address contains ``path``."""
        return self.server.log.entries(RequestFilter(org=self.handle.name, path=path or None))

    def logins(self) -> int:
        return len(self.requests("/services/Soap/"))

    def data_requests(self) -> list[RequestEntry]:
        return self.requests("/services/data/")

    def fail(self, **rule: Any) -> int:
        """Put a fault rule in force for this org; its number."""
        return self.server.faults.add({"org": self.handle.name, **rule}).id


@contextmanager
def open_org(server: SimulatorServer, **changes: Any) -> Iterator[TestOrg]:
    """An org of its own, closed at the end."""
    handle = server.add_org(description(f"org{next(NUMBERS)}", **changes))
    org = TestOrg(server, handle)
    try:
        yield org
    finally:
        mine = [rule.id for rule in server.faults.all() if rule.settings.get("org") == handle.name]
        server.faults.remove(mine)
        server.remove_org(handle.name)
