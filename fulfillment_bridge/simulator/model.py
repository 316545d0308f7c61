"""What crosses between the org and those who call it: users, settings, results, operations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from fulfillment_bridge.simulator.errors import SalesforceError

ALL_PERMISSIONS = frozenset(
    {
        "ApiEnabled",
        "ViewAllData",
        "ModifyAllData",
        "EditActivatedOrders",
        "UseAnyApiAuth",
        "ViewSetup",
        "BulkApiHardDelete",
    }
)
LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")
OBJECT_ACTIONS = frozenset({"read", "create", "edit", "delete"})


@dataclass
class User:
    """Somebody who may log in, and what the profile lets them see and do.

    An object that ``object_permissions`` does not name is fully open. A hidden field does
    not exist for the user; a read-only one can be read but not written.
    """

    user_id: str
    username: str
    password: str = field(repr=False)
    security_token: str = field(repr=False)
    full_name: str
    email: str
    profile_id: str
    is_admin: bool = False
    is_active: bool = True
    currency: str | None = None
    time_zone: str = "GMT"
    permissions: set[str] = field(default_factory=lambda: {"ApiEnabled", "UseAnyApiAuth"})
    object_permissions: dict[str, set[str]] = field(default_factory=dict)
    hidden_fields: dict[str, set[str]] = field(default_factory=dict)
    read_only_fields: dict[str, set[str]] = field(default_factory=dict)

    def has(self, permission: str) -> bool:
        """Whether the user has this permission; an administrator has all of them."""
        return self.is_admin or permission in self.permissions

    def may(self, action: str, object_name: str) -> bool:
        """Whether the user may read, create, edit or delete records of the object."""
        if self.is_admin:
            return True
        for name, actions in self.object_permissions.items():
            if name.lower() == object_name.lower():
                return action in actions
        return True

    def hides(self, object_name: str, field_name: str) -> bool:
        """Whether field-level security hides the field from the user."""
        return not self.is_admin and _lists(self.hidden_fields, object_name, field_name)

    def only_reads(self, object_name: str, field_name: str) -> bool:
        """Whether field-level security lets the user read the field but not write it."""
        return not self.is_admin and _lists(self.read_only_fields, object_name, field_name)


def _lists(fields: dict[str, set[str]], object_name: str, field_name: str) -> bool:
    for name, names in fields.items():
        if name.lower() == object_name.lower():
            return field_name.lower() in {each.lower() for each in names}
    return False


@dataclass
class CommitLag:
    """Rows this rule fits show their new state only ``seconds`` after their stamp.

    ``object_name`` None fits every object; ``record_ids`` None fits every record;
    ``where`` holds field values the new state of the record must have.
    """

    seconds: float
    object_name: str | None = None
    record_ids: frozenset[str] | None = None
    where: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, rule: dict[str, Any]) -> CommitLag:
        """The rule as JSON gives it: seconds, object?, record_ids?, where?."""
        ids = rule.get("record_ids")
        return cls(
            seconds=float(rule["seconds"]),
            object_name=rule.get("object"),
            record_ids=frozenset(ids) if ids is not None else None,
            where=dict(rule.get("where") or {}),
        )


@dataclass
class RowLock:
    """Records this rule fits are held by somebody else when one wants to change them.

    It strikes at every ``every``th try, with ``probability`` (the same ones for the same
    ``seed``), and ``times`` times in all; ``tries`` and ``struck`` count up.
    """

    object_name: str | None = None
    record_ids: frozenset[str] | None = None
    where: dict[str, Any] = field(default_factory=dict)
    every: int = 1
    probability: float = 1.0
    seed: int = 0
    times: int | None = None
    tries: int = 0
    struck: int = 0

    @classmethod
    def of(cls, rule: dict[str, Any]) -> RowLock:
        """The rule as JSON gives it: object?, record_ids?, where?, every?, probability? …"""
        given = dict(rule)
        ids = given.pop("record_ids", None)
        return cls(
            object_name=given.pop("object", None),
            record_ids=frozenset(ids) if ids is not None else None,
            **given,
        )

    def strikes(self) -> bool:
        """Count one try; whether the record is held this time."""
        self.tries += 1
        if self.tries % self.every or self.struck == self.times:
            return False
        digest = hashlib.sha256(f"{self.seed}/{self.tries}".encode()).digest()
        if int.from_bytes(digest[:4], "big") / 2**32 >= self.probability:
            return False
        self.struck += 1
        return True


@dataclass
class OrgSettings:
    """Switches of the org that tests and the control address may turn at any time.

    ``hidden_records`` and ``read_only_records`` list record ids (18 characters) by
    user name: a simple form of sharing. They bind nobody with View/Modify All Data.
    ``locked_records`` are under approval, those of ``row_locks`` held by somebody else.
    Requests for one of ``login_hosts`` come to the host that all orgs share, not to this
    org's own. While ``bulk_jobs_held``, jobs of the Bulk API wait in their queue.
    """

    is_sandbox: bool = False
    instance: str = "SIM1"
    soap_login_enabled: bool = True
    security_token_required: bool = True
    any_api_auth_enforced: bool = False
    api_enabled: bool = True
    daily_api_limit: int = 100_000
    api_usage_by_others: int = 0
    session_seconds: int = 7200
    lockout_after: int = 10
    query_batch_limit: int = 2000
    password_flow_enabled: bool = False
    bulk_jobs_held: bool = False
    login_hosts: list[str] = field(default_factory=lambda: list(LOGIN_HOSTS))
    commit_lag: list[CommitLag] = field(default_factory=list)
    row_locks: list[RowLock] = field(default_factory=list)
    locked_records: set[str] = field(default_factory=set)
    hidden_records: dict[str, set[str]] = field(default_factory=dict)
    read_only_records: dict[str, set[str]] = field(default_factory=dict)


@dataclass
class QueryResult:
    """The whole answer to a query.

    Each record begins with ``attributes`` ``{"type", "id"}``; a parent is such a record or
    None, a child subquery a QueryResult or None; all other values are ready for JSON.
    """

    object_name: str
    total_size: int
    records: list[dict[str, Any]]
    is_aggregate: bool = False
    is_count: bool = False


@dataclass(frozen=True)
class UpdatedIds:
    """Which records changed in a span of time; what came after ``latest_date_covered`` may lack."""

    ids: list[str]
    latest_date_covered: datetime


@dataclass(frozen=True)
class DeletedRecord:
    """A record that was deleted, and when."""

    id: str
    deleted_date: datetime


@dataclass(frozen=True)
class DeletedRecords:
    """Which records were deleted in a span of time, and how far the answer reaches."""

    records: list[DeletedRecord]
    earliest_date_available: datetime
    latest_date_covered: datetime


OperationKind = Literal[
    "create", "update", "upsert", "delete", "undelete", "hard_delete", "empty_bin"
]


@dataclass
class Operation:
    """One record to create, update, upsert, delete, or take out of the recycle bin.

    ``hard_delete`` deletes past the recycle bin, ``empty_bin`` removes a record that is in it.
    """

    kind: OperationKind
    object_name: str
    record_id: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    external_id_field: str | None = None
    external_id: Any = None
    update_only: bool = False


@dataclass(frozen=True)
class SaveOptions:
    """What a caller asks of a whole save: the duplicate rule header of REST and SOAP."""

    allow_duplicates: bool = False
    include_record_details: bool = False
    run_as_current_user: bool = False


DEFAULT_OPTIONS = SaveOptions()


@dataclass
class SaveResult:
    """What became of one operation. Only ``success`` tells: rolled-back rows keep their id."""

    id: str | None
    success: bool
    created: bool = False
    errors: list[SalesforceError] = field(default_factory=list)


def refused(errors: Iterable[SalesforceError], record_id: str | None = None) -> SaveResult:
    """The result of an operation that was refused for these reasons."""
    return SaveResult(id=record_id, success=False, errors=list(errors))
