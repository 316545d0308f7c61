"""Two virtual objects: what a user may do with given records, and what the asking user may do.

UserRecordAccess answers for records that are named, UserPermissionAccess has a single row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fulfillment_bridge.simulator.changes import Change
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.ids import normalized
from fulfillment_bridge.simulator.locks import is_under_approval
from fulfillment_bridge.simulator.model import QueryResult, User
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.sharing import is_hidden, is_read_only
from fulfillment_bridge.simulator.soql_scope import Frame, Scope
from fulfillment_bridge.simulator.soql_syntax import (
    Call,
    Comparison,
    Item,
    Literal,
    Membership,
    Query,
    TypeOf,
    walk,
)

_MOST_RECORDS = 200
_FLAGS = ("Read", "Edit", "Delete", "Transfer", "All")


def query_access(frame: Frame, query: Query, users: list[User], change: Change) -> QueryResult:
    """The answer of whichever virtual object the query is about."""
    if frame.object_at(query.object_name).name == "UserPermissionAccess":
        return _permissions(frame, query, change.user)
    return _records(frame, query, users, change)


def _permissions(frame: Frame, query: Query, user: User) -> QueryResult:
    """One row: the asking user's own permissions. It takes no filter here."""
    scope = Scope.of(frame, frame.object_at(query.object_name), query)
    if query.where is not None:
        raise SalesforceError("MALFORMED_QUERY", "UserPermissionAccess is asked without a filter")
    names = [_column(scope, item) for item in query.items]
    record: dict[str, Any] = {"attributes": {"type": "UserPermissionAccess", "id": None}}
    record |= {
        name: user.has(name.removeprefix("Permissions")) if name.startswith("Perm") else None
        for name in names
    }
    return QueryResult("UserPermissionAccess", 1, [record])


def _records(frame: Frame, query: Query, users: list[User], change: Change) -> QueryResult:
    """One row per record that the asking user may read, with what the user in question may do."""
    scope = Scope.of(frame, frame.object_at(query.object_name), query)
    names = [_column(scope, item) for item in query.items]
    user_id, record_ids = _wanted(scope, query)
    user = next((each for each in users if each.user_id == user_id), None)
    records = []
    for record_id in record_ids:
        if "Read" not in _levels(change, record_id):
            continue
        values = _row(replace(change, user=user) if user else None, record_id)
        record: dict[str, Any] = {"attributes": {"type": "UserRecordAccess", "id": None}}
        records.append(record | {name: values[name] for name in names})
    return QueryResult("UserRecordAccess", len(records), records)


def _column(scope: Scope, item: Item | TypeOf | Query) -> str:
    if not isinstance(item, Item) or isinstance(item.operand, Call):
        raise _needs_filter()
    return scope.column(item.operand).field.name


def _wanted(scope: Scope, query: Query) -> tuple[str, list[str]]:
    """The user and the records of ``UserId = … AND RecordId = / IN …``."""
    found: dict[str, list[str]] = {}

    def note(condition: Comparison | Membership) -> None:
        if isinstance(condition.operand, Call) or condition.operator not in ("=", "IN"):
            raise _needs_filter()
        name = scope.column(condition.operand).field.name
        if isinstance(condition, Comparison):
            found[name] = [_id(condition.value)]
        elif isinstance(condition.values, tuple):
            found[name] = [_id(literal) for literal in condition.values]

    walk(query.where, note)
    if set(found) != {"UserId", "RecordId"} or len(found["UserId"]) != 1:
        raise _needs_filter()
    if len(found["RecordId"]) > _MOST_RECORDS:
        message = "record limit reached. cannot submit more than 200 records into this call"
        raise SalesforceError("EXCEEDED_ID_LIMIT", message)
    return found["UserId"][0], list(dict.fromkeys(found["RecordId"]))


def _id(literal: Literal) -> str:
    text = literal.text.strip("'")
    record_id = normalized(text)
    if record_id is None:
        raise SalesforceError("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
    return record_id


def _needs_filter() -> SalesforceError:
    return SalesforceError(
        "MALFORMED_QUERY",
        "UserRecordAccess must be filtered by UserId = [single ID] and RecordId = [single ID] "
        "or RecordId IN [list of IDs]",
    )


def _row(change: Change | None, record_id: str) -> dict[str, Any]:
    levels = _levels(change, record_id) if change else []
    row: dict[str, Any] = {f"Has{flag}Access": flag in levels for flag in _FLAGS}
    row["Id"] = None
    row["UserId"] = change.user.user_id if change else None
    row["RecordId"] = record_id
    row["MaxAccessLevel"] = levels[-1] if levels else "None"
    return row


def _levels(change: Change, record_id: str) -> list[str]:
    """The kinds of access the user of this change has, least first."""
    user, sobject = change.user, change.schema.by_id(record_id)
    row = change.store.row(sobject, record_id) if sobject else None
    if sobject is None or not row or row.get("IsDeleted") or not user.may("read", sobject.name):
        return []
    if is_hidden(change, sobject, row):
        return []
    locked = not user.has("ModifyAllData") and is_under_approval(change, sobject, row)
    if locked or is_read_only(change, sobject, row) or not user.may("edit", sobject.name):
        return ["Read"]
    return _with_ownership(sobject, row, user)


def _with_ownership(sobject: SObject, row: dict[str, Any], user: User) -> list[str]:
    """Deleting and passing on are the owner's, whatever else is shared."""
    owns = row.get("OwnerId", user.user_id) == user.user_id or user.has("ModifyAllData")
    if not owns:
        return ["Read", "Edit"]
    if not user.may("delete", sobject.name):
        return ["Read", "Edit", "Transfer"]
    return list(_FLAGS)
