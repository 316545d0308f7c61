"""Who may do what in the copy of an org: whoever made the dump as much as there, others more.

A describe tells what its own user may do. An integration user who makes no accounts would leave
a copy in which nobody can, and no order could ever be rehearsed. So objects and fields that hold
a merchant's records are open to the copy's administrator, and closed to its integration user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fulfillment_bridge.simulator.sobjects import SObject

Body = Mapping[str, Any]
_ACTIONS = {"createable": "create", "updateable": "edit", "deletable": "delete"}


def users_like(name: str, bodies: Iterable[Body]) -> list[dict[str, Any]]:
    """An integration user with the rights that the describes tell, and an administrator."""
    permissions, read_only = {}, {}
    for body in bodies:
        if not all(body.get(flag, True) for flag in _ACTIONS):
            allowed = [action for flag, action in _ACTIONS.items() if body.get(flag, True)]
            permissions[body["name"]] = ["read", *allowed]
        if names := [each["name"] for each in body["fields"] if not _is_written(each)]:
            read_only[body["name"]] = names
    integration = {
        "username": f"bridge@{name}.example",
        "role": "integration",
        "object_permissions": permissions,
        "read_only_fields": read_only,
    }
    return [integration, {"username": f"admin@{name}.example", "role": "admin"}]


def opened(body: Body, standard: SObject | None) -> Body:
    """The describe as an administrator would get it; ``standard`` is what the engine knows."""
    if body["name"].endswith("__c") and not body.get("customSetting"):
        rights = dict.fromkeys(_ACTIONS, True)
    elif standard and standard.createable:
        rights = {flag: getattr(standard, flag) or body.get(flag, True) for flag in _ACTIONS}
    else:
        return body
    return {**body, **rights, "fields": [_opened(each, standard) for each in body["fields"]]}


def _opened(field: Body, standard: SObject | None) -> Body:
    if _is_written(field) or field.get("calculated") or field.get("autoNumber"):
        return field
    known = standard.field(field["name"]) if standard else None
    if known is not None:
        return {**field, "createable": known.createable, "updateable": known.updateable}
    name = field["name"]
    if not (name.endswith("__c") or name == "OwnerId" or field.get("nameField")):
        return field
    return {**field, "createable": True, "updateable": field.get("relationshipOrder") is None}


def _is_written(field: Body) -> bool:
    return bool(field.get("createable", True) or field.get("updateable", True))
