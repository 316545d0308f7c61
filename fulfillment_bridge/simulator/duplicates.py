"""Duplicate rules: records that look like others raise an alert, or are blocked."""

from __future__ import annotations

from typing import Any

from fulfillment_bridge.simulator.changes import Change
from fulfillment_bridge.simulator.declarations import DuplicateRule
from fulfillment_bridge.simulator.errors import DuplicatesDetected
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.store import Row

_MOST_SHOWN = 100


def check(change: Change, sobject: SObject, row: Row, before: Row | None) -> None:
    """Raise DuplicatesDetected for a record like another, unless the caller puts up with it."""
    for rule in sobject.duplicate_rules:
        action = rule.action(creating=before is None)
        if action == "allow" or (action == "alert" and change.options.allow_duplicates):
            continue
        if before is not None and all(row[name] == before[name] for name in rule.match):
            continue
        if found := _alike(change, sobject, rule, row):
            raise DuplicatesDetected(rule.message, _result(change, sobject, rule, action, found))


def _alike(change: Change, sobject: SObject, rule: DuplicateRule, row: Row) -> list[Row]:
    """The other records that agree in every field of the rule; a blank agrees with nothing."""
    wanted = {name: _comparable(row.get(name)) for name in rule.match}
    if None in wanted.values():
        return []
    first = rule.match[0]
    return [
        each
        for each in change.live(sobject.name, first, row[first])
        if each["Id"] != row.get("Id")
        and all(_comparable(each[name]) == value for name, value in wanted.items())
    ]


def _comparable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _result(
    change: Change, sobject: SObject, rule: DuplicateRule, action: str, found: list[Row]
) -> dict[str, Any]:
    """What the API tells about the records that look alike."""
    names = ("Id", *rule.match) if change.options.include_record_details else ("Id",)
    return {
        "allowSave": action == "alert",
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": sobject.name,
        "errorMessage": rule.message,
        "matchResults": [
            {
                "entityType": sobject.name,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": [_match(sobject, each, names) for each in found[:_MOST_SHOWN]],
                "rule": rule.matching_rule,
                "size": len(found[:_MOST_SHOWN]),
                "success": True,
            }
        ],
    }


def _match(sobject: SObject, row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    record = {"attributes": {"type": sobject.name, "id": row["Id"]}}
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": record | {name: row[name] for name in names},
    }
