"""Duplicate rules: an alert that the caller may overrule, a block that nobody can.

Sources: REST guide: Duplicate Rule Header; a body recorded at v54 (with its misspelled key).
"""

from __future__ import annotations

from typing import Any

import pytest

from fulfillment_bridge.simulator.errors import DuplicatesDetected
from fulfillment_bridge.simulator.org import Operation, SaveOptions, SaveResult
from tests.simulator.engine.desk import Desk
from tests.simulator.engine.orgs import org_with


def contacts(**rule: Any) -> dict[str, Any]:
    """An org whose contacts are one when their names and addresses agree."""
    rules = {"Same_Person": {"match": ["Email", "LastName"], **rule}}
    return {"Contact": {"duplicate_rules": rules}}


def save(desk: Desk, operation: Operation, **options: bool) -> SaveResult:
    """The result of one operation with these options."""
    given = SaveOptions(**options)
    return desk.org.save(desk.user, [operation], all_or_none=False, options=given)[0]


MAX = {"LastName": "Power", "Email": "max@power.example"}
SAME = Operation("create", "Contact", values={"LastName": "POWER", "Email": "Max@power.example"})


def test_an_alert_is_an_error_unless_the_caller_allows_it() -> None:
    """Sforce-Duplicate-Rule-Header allowSave, off by default; comparison ignores case."""
    with org_with(objects=contacts(message="Is it Max again?")) as desk:
        desk.create("Contact", **MAX)
        refused = save(desk, SAME)
        assert not refused.success
        assert refused.errors[0].code == "DUPLICATES_DETECTED"
        assert refused.errors[0].message == "Is it Max again?"
        assert save(desk, SAME, allow_duplicates=True).success


def test_a_block_cannot_be_allowed() -> None:
    """The header bypasses alerts only."""
    with org_with(objects=contacts(on_create="block")) as desk:
        desk.create("Contact", **MAX)
        refused = save(desk, SAME, allow_duplicates=True)
        assert isinstance(refused.errors[0], DuplicatesDetected)
        assert refused.errors[0].result["allowSave"] is False


def match(record_id: str) -> dict[str, Any]:
    """A record that looks like the one to save, as the REST body shows it."""
    url = f"/services/data/v64.0/sobjects/Contact/{record_id}"
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": {"attributes": {"type": "Contact", "url": url}, "Id": record_id},
    }


def test_the_rest_body_tells_which_records_are_alike() -> None:
    """Under the key that real orgs misspell."""
    with org_with(objects=contacts(matching_rule="Names_And_Mail")) as desk:
        first = desk.create("Contact", **MAX)
        body = save(desk, SAME).errors[0].rest_body()[0]
        result = body.pop("duplicateResut")
        assert body == {
            "errorCode": "DUPLICATES_DETECTED",
            "message": "Use one of these records?",
        }
        assert result.pop("matchResults") == [
            {
                "entityType": "Contact",
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": [match(first)],
                "rule": "Names_And_Mail",
                "size": 1,
                "success": True,
            }
        ]
        assert result == {
            "allowSave": True,
            "duplicateRule": "Same_Person",
            "duplicateRuleEntityType": "Contact",
            "errorMessage": "Use one of these records?",
        }


def test_details_of_records_alike_come_when_asked_for() -> None:
    """includeRecordDetails shows the fields that were compared."""
    with org_with(objects=contacts()) as desk:
        desk.create("Contact", **MAX)
        error = save(desk, SAME, include_record_details=True).errors[0]
        assert isinstance(error, DuplicatesDetected)
        shown = error.result["matchResults"][0]["matchRecords"][0]["record"]
        assert (shown["LastName"], shown["Email"]) == ("Power", "max@power.example")


@pytest.mark.parametrize(
    "rule",
    [{"match": []}, {"match": ["Nothing"]}, {"on_create": "shout"}, {"match": ["email"]}],
)
def test_a_rule_that_makes_no_sense_is_refused_with_the_org(rule: dict[str, Any]) -> None:
    """Fields by their exact names, and one of three actions."""
    with pytest.raises(ValueError, match="Same_Person"), org_with(objects=contacts(**rule)):
        pass


@pytest.mark.parametrize(
    "other",
    [{"LastName": "Power"}, {"LastName": "Weak", "Email": "max@power.example"}],
)
def test_every_field_must_agree_and_a_blank_agrees_with_nothing(other: dict[str, str]) -> None:
    """Two contacts without a mail address are two contacts."""
    with org_with(objects=contacts()) as desk:
        desk.create("Contact", LastName="Power")
        desk.create("Contact", **MAX)
        desk.create("Contact", **other)


def test_an_update_is_looked_at_only_where_the_rule_says() -> None:
    """And only when it changes what the rule compares."""
    for on_update, expected in (("allow", True), ("alert", False)):
        with org_with(objects=contacts(on_update=on_update)) as desk:
            desk.create("Contact", **MAX)
            other = desk.create("Contact", LastName="Power")
            change = Operation("update", "Contact", other, {"Email": "max@power.example"})
            assert save(desk, change).success is expected
            assert save(desk, Operation("update", "Contact", other, {"Title": "Dr"})).success
