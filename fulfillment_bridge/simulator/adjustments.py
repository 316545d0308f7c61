"""Changes to a running org from the control address: settings, users, raw records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from fulfillment_bridge.simulator.org import CommitLag, OrgSettings, RowLock, User
from fulfillment_bridge.simulator.tenant import Tenant

SETTING_NAMES = frozenset(each.name for each in fields(OrgSettings))
USER_NAMES = frozenset(each.name for each in fields(User)) - {"user_id", "username"}
SETS_BY_NAME = ("hidden_records", "read_only_records")


class BadAdjustment(ValueError):
    """The change can't be made; the text says why."""


def settings_of(tenant: Tenant) -> dict[str, Any]:
    """All settings of the org, ready for JSON."""
    settings = asdict(tenant.org.settings)
    return {"organization_id": tenant.org.organization_id, **_plain(settings)}


def change_settings(tenant: Tenant, changes: Mapping[str, Any]) -> None:
    """Set what is named; nothing is changed when anything named is unknown or of a wrong kind."""
    _check_names(changes, SETTING_NAMES | {"organization_id"})
    settings = tenant.org.settings
    values = {
        name: _setting(name, getattr(settings, name), value)
        for name, value in changes.items()
        if name != "organization_id"
    }
    for name, value in values.items():
        setattr(settings, name, value)
    if "organization_id" in changes:
        tenant.org.become(str(changes["organization_id"]))


def user_as_json(user: User) -> dict[str, Any]:
    """The user without secrets."""
    shown = _plain(asdict(user))
    return {name: value for name, value in shown.items() if name not in SECRETS}


SECRETS = ("password", "security_token")


def change_user(tenant: Tenant, user: User, changes: Mapping[str, Any]) -> None:
    """Set what is named. A new password or token also ends a lock-out, as a reset does."""
    _check_names(changes, USER_NAMES)
    for name, value in changes.items():
        if name == "permissions":
            value = set(value)
        elif isinstance(getattr(user, name), dict):
            value = {key: set(names) for key, names in dict(value).items()}
        setattr(user, name, value)
    if any(name in changes for name in SECRETS):
        tenant.desk.unlock(user.username)


def put_records(tenant: Tenant, body: Mapping[str, Any]) -> list[str]:
    """Insert rows, or change one when an `id` is given; the ids of the rows."""
    _check_names(body, {"object", "values", "records", "id", "stamp"})
    object_name = str(body.get("object") or "")
    given = body.get("records", body.get("values", []))
    rows = [dict(row) for row in (given if isinstance(given, list) else [given])]
    stamp = datetime.fromisoformat(body["stamp"]) if body.get("stamp") else None
    if record_id := body.get("id"):
        for row in rows:
            tenant.org.update_raw(object_name, str(record_id), row, stamp=stamp)
        return [str(record_id)]
    return tenant.org.insert_raw(object_name, rows, stamp=stamp)


def _check_names(changes: Mapping[str, Any], known: frozenset[str] | set[str]) -> None:
    if unknown := sorted(set(changes) - known):
        raise BadAdjustment(f"unknown: {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _setting(name: str, current: Any, value: Any) -> Any:
    if name == "commit_lag":
        return [CommitLag.of(rule) for rule in value]
    if name == "row_locks":
        return [RowLock.of(rule) for rule in value]
    if name == "locked_records":
        return set(value)
    if name in SETS_BY_NAME:
        return {username.lower(): set(ids) for username, ids in dict(value).items()}
    if type(value) is not type(current):
        raise BadAdjustment(f"{name} must be a {type(current).__name__}")
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
