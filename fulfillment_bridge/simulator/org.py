"""A simulated Salesforce org: its users, settings and records, behind one lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.model import (
    CommitLag,
    Operation,
    OrgSettings,
    QueryResult,
    SaveResult,
    User,
)

__all__ = ["CommitLag", "Operation", "Org", "OrgSettings", "QueryResult", "SaveResult", "User"]


class Org:
    """One org. Every call is thread-safe; each ``save`` is one transaction."""

    name: str
    label: str
    organization_id: str
    clock: SimulatedClock
    settings: OrgSettings
    users: dict[str, User]

    @classmethod
    def from_description(
        cls, description: dict[str, Any], *, clock: SimulatedClock, seed: int = 0
    ) -> Org:
        """An empty org (but for users and the like) as the description declares it."""
        raise NotImplementedError

    def query(self, user: User, soql: str, *, include_deleted: bool = False) -> QueryResult:
        """All rows of the query as this user sees them; raises SalesforceError."""
        raise NotImplementedError

    def describe(self, user: User, object_name: str, version: str) -> dict[str, Any]:
        """The body of a REST describe (``version`` like "64.0"); raises SalesforceError 404."""
        raise NotImplementedError

    def describe_global(self, user: User, version: str) -> dict[str, Any]:
        """The body of GET sobjects."""
        raise NotImplementedError

    def retrieve(
        self,
        user: User,
        object_name: str,
        record_id: str,
        fields: list[str] | None,
        version: str,
    ) -> dict[str, Any]:
        """One record with these fields (all readable ones when None); 404 when not there."""
        raise NotImplementedError

    def retrieve_by_external_id(
        self, user: User, object_name: str, field_name: str, value: str, fields: list[str] | None
    ) -> dict[str, Any]:
        """One record by external id; MultipleMatches (300) or NOT_FOUND (404) otherwise."""
        raise NotImplementedError

    def save(
        self, user: User, operations: list[Operation], *, all_or_none: bool
    ) -> list[SaveResult]:
        """Do the operations in one transaction; the results come in their order."""
        raise NotImplementedError

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the org's lock; an exception that leaves the block undoes all saves inside."""
        raise NotImplementedError

    def insert_raw(
        self, object_name: str, rows: list[dict[str, Any]], *, stamp: datetime | None = None
    ) -> list[str]:
        """Insert rows fast, past rules and permissions, all stamped ``stamp``; their ids.

        A row may itself give Id, CreatedDate, LastModifiedDate or SystemModstamp.
        """
        raise NotImplementedError

    def update_raw(
        self,
        object_name: str,
        record_id: str,
        values: dict[str, Any],
        *,
        stamp: datetime | None = None,
    ) -> None:
        """Change a row past rules and permissions; ``stamp`` None leaves its stamps alone."""
        raise NotImplementedError
