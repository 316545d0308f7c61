"""The merchant's flows and triggers: what they edit, and what they take down with them.

Sources: Apex guide: Execution Governors and Limits, Trigger and Bulk Request Best Practices
(chunks of 200); Help: Flow Errors. The texts of limits and flow errors are as users report them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.declarations import automations
from fulfillment_bridge.simulator.org import Operation, Org
from tests.simulator.engine.desk import Desk
from tests.simulator.engine.orgs import org_with

FIELDS: dict[str, Any] = {
    "Status__c": {"type": "text", "length": 20},
    "Stage__c": {"type": "text", "length": 20},
    "Shipped_On__c": {"type": "date"},
    "Amount__c": {"type": "number", "scale": 2},
    "Parent__c": {"type": "lookup", "to": "Trunk__c", "children": "Leaves__r"},
}
TRUNK: dict[str, Any] = {
    "fields": {"Last__c": {"type": "text", "length": 20}, "Count__c": {"type": "number"}},
    "validation_rules": {"No_Rot": {"when": "Last__c = 'rotten'", "message": "No rot here"}},
}


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    leaf = {"fields": FIELDS, "automation": request.param}
    with org_with(objects={"Leaf__c": leaf, "Trunk__c": TRUNK}) as desk:
        yield desk


def with_automation(**automation: Any) -> pytest.MarkDecorator:
    """An org whose Leaf__c has this automation."""
    return pytest.mark.parametrize("desk", [automation], indirect=True)


@with_automation(
    Stamp={
        "when": "ISCHANGED(Status__c) && Status__c = 'Shipped'",
        "set": {"Stage__c": '"Done: " & Status__c', "Shipped_On__c": "TODAY()"},
    }
)
def test_a_flow_edits_the_record_in_the_same_save(desk: Desk) -> None:
    """Its formulas see the record as it would be saved; a save that it is not about stays."""
    leaf = desk.create("Leaf__c", Status__c="New")
    shown = "SELECT Stage__c, Shipped_On__c FROM Leaf__c"
    assert desk.rows(shown) == [{"Stage__c": None, "Shipped_On__c": None}]
    desk.update("Leaf__c", leaf, Status__c="Shipped")
    assert desk.rows(shown) == [{"Stage__c": "Done: Shipped", "Shipped_On__c": "2026-11-18"}]


@with_automation(Tell={"kind": "trigger", "parent": "Parent__r", "set_parent": {"Last__c": "Name"}})
def test_a_trigger_edits_the_parent_and_moves_its_stamps(desk: Desk) -> None:
    """The parent is changed in the name of whoever saved the child."""
    trunk = desk.create("Trunk__c", Name="T")
    desk.org.clock.advance(60)
    desk.create("Leaf__c", Name="L1", Parent__c=trunk)
    row = desk.rows("SELECT Last__c, SystemModstamp, LastModifiedDate FROM Trunk__c")[0]
    moved = "2026-11-18T10:31:15.000+0000"
    assert row == {"Last__c": "L1", "SystemModstamp": moved, "LastModifiedDate": moved}
    assert desk.save(Operation("create", "Leaf__c", values={"Name": "alone"}))[0].success


@pytest.mark.parametrize(
    ("desk", "code", "begins"),
    [
        (
            {"Tell": {"parent": "Parent__r", "set_parent": {"Last__c": "Name"}}},
            "CANNOT_EXECUTE_FLOW_TRIGGER",
            "We can't save this record because the “Tell” process failed.",
        ),
        (
            {
                "Tell": {
                    "kind": "trigger",
                    "parent": "Parent__r",
                    "set_parent": {"Last__c": "Name"},
                }
            },
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "Tell: execution of AfterUpdate\n\ncaused by: System.DmlException: Update failed.",
        ),
    ],
    indirect=["desk"],
)
def test_an_edit_that_the_parent_refuses_fails_the_child(
    desk: Desk, code: str, begins: str
) -> None:
    """Only that one child; the reason stands inside the message."""
    trunk = desk.create("Trunk__c", Name="T")
    good = Operation("create", "Leaf__c", values={"Name": "fine", "Parent__c": trunk})
    bad = Operation("create", "Leaf__c", values={"Name": "rotten", "Parent__c": trunk})
    results = desk.save(good, bad)
    assert [each.success for each in results] == [True, False]
    error = results[1].errors[0]
    assert error.code == code
    assert error.message.startswith(begins)
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION: No rot here" in error.message
    assert desk.column("SELECT Last__c FROM Trunk__c") == ["fine"]


@pytest.mark.parametrize(
    ("desk", "text"),
    [
        (
            {"LeafTrigger": {"kind": "trigger", "most_rows": 3}},
            "LeafTrigger: System.LimitException: Too many SOQL queries: 101",
        ),
        (
            {"LeafTrigger": {"kind": "trigger", "most_rows": 3, "throws": "cpu"}},
            "LeafTrigger: System.LimitException: Apex CPU time limit exceeded",
        ),
        (
            {"LeafTrigger": {"kind": "trigger", "most_rows": 3, "throws": "dml"}},
            "LeafTrigger: System.LimitException: Too many DML statements: 151",
        ),
        (
            {"LeafTrigger": {"kind": "trigger", "most_rows": 3, "throws": "System.Oops: no"}},
            "LeafTrigger: execution of AfterInsert\n\ncaused by: System.Oops: no\n\n"
            "Trigger.LeafTrigger: line 1, column 1",
        ),
    ],
    indirect=["desk"],
)
def test_above_its_limit_a_trigger_takes_the_whole_transaction_along(desk: Desk, text: str) -> None:
    """Every row gets the error, be it ever so right; a smaller transaction passes."""
    rows = [Operation("create", "Leaf__c", values={"Name": f"L{n}"}) for n in range(4)]
    errors = [each.errors[0] for each in desk.save(*rows)]
    assert {(each.code, each.message) for each in errors} == {
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)
    }
    assert desk.column("SELECT Name FROM Leaf__c") == []
    assert all(each.success for each in desk.save(*rows[:3]))
    assert desk.org.query(desk.user, "SELECT COUNT() FROM Leaf__c").total_size == 3


@with_automation(Busy={"kind": "trigger", "when": "Status__c = 'Shipped'", "most_rows": 2})
def test_only_records_that_the_automation_is_about_count(desk: Desk) -> None:
    """And each transaction begins to count anew: another object, another kind of work."""
    new = [Operation("create", "Leaf__c", values={"Status__c": "New"}) for _ in range(5)]
    shipped = [Operation("create", "Leaf__c", values={"Status__c": "Shipped"}) for _ in range(2)]
    other = Operation("create", "Trunk__c", values={"Name": "T"})
    results = desk.save(*new, *shipped, other, *shipped)
    assert all(each.success for each in results)


@with_automation(Guard={"on": ["delete"], "when": "Status__c = 'Kept'", "most_rows": 0,
                        "throws": "this leaf stays"})  # fmt: skip
def test_a_flow_may_stop_a_deletion(desk: Desk) -> None:
    """It throws at the first record that it is about."""
    kept, gone = desk.create("Leaf__c", Status__c="Kept"), desk.create("Leaf__c")
    desk.delete("Leaf__c", gone)
    error = desk.refusal(Operation("delete", "Leaf__c", kept))
    assert error.code == "CANNOT_EXECUTE_FLOW_TRIGGER"
    assert "this leaf stays" in error.message


@pytest.mark.parametrize(
    ("desk", "reason"),
    [
        (
            {"Bad": {"set": {"Amount__c": "'many'"}}},
            "INVALID_TYPE_ON_FIELD_IN_RECORD: Amount__c: value 'many' is of the wrong type",
        ),
        (
            {"Bad": {"kind": "trigger", "set": {"Stage__c": "Name & Name & Name"}}},
            "STRING_TOO_LONG: Stage: data value too large",
        ),
    ],
    indirect=["desk"],
)
def test_a_value_that_does_not_fit_fails_the_automation(desk: Desk, reason: str) -> None:
    """And with it the record, for the merchant's admin to look at."""
    error = desk.refused_create("Leaf__c", Name="twelve chars")
    assert error.code in ("CANNOT_EXECUTE_FLOW_TRIGGER", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    assert reason in error.message


@pytest.mark.parametrize(
    "automation",
    [
        {"kind": "magic"},
        {"whenn": "Status__c = 'New'"},
        "Status__c",
        {"on": ["sometimes"]},
        {"parent": "Parent__r"},
        {"when": "Nothing__c = 1"},
        {"set": {"Status__c": "NOSUCH(Name)"}},
        {"set": {"Nothing__c": "1"}},
        {"parent": "Nothing__r", "set_parent": {"Last__c": "Name"}},
        {"parent": "Parent__r", "set_parent": {"Nothing__c": "Name"}},
    ],
)
def test_automation_that_makes_no_sense_is_refused_with_the_org(automation: dict[str, Any]) -> None:
    """A description is checked when the org is made, not when the first record is saved."""
    leaf = {"fields": FIELDS, "automation": {"Bad": automation}}
    description = {"name": "bad", "objects": {"Leaf__c": leaf, "Trunk__c": TRUNK}}
    with pytest.raises(ValueError, match="Bad"):
        Org.from_description(description, clock=SimulatedClock())


def test_a_bare_on_in_yaml_is_the_key_on() -> None:
    """YAML reads it as the truth value; the events behind it count all the same."""
    entry = yaml.safe_load("Stamp: {on: [update], set: {Name: Name}}")
    [stamp] = automations(entry)
    assert stamp.events == {"update"}


@pytest.mark.parametrize(
    ("what", "entry", "told"),
    [
        ("validation_rules", {"when": "TRUE", "mesage": "No"}, "rule Bad: unknown: mesage; known"),
        ("validation_rules", {"when": "TRUE"}, "rule Bad: needs when and message"),
        ("record_types", {"defualt": True}, "record type Bad: unknown: defualt; known are label"),
        ("duplicate_rules", {"match": ["Name"], "on_edit": "block"}, "rule Bad: unknown: on_edit"),
        ("automation", {"on": ["update"], "most_row": 1}, "automation Bad: unknown: most_row"),
    ],
)
def test_a_key_that_means_nothing_is_refused(what: str, entry: dict[str, Any], told: str) -> None:
    """Passed over in silence, the rule would say less than its author meant."""
    description = {"name": "bad", "objects": {"Leaf__c": {"fields": FIELDS, what: {"Bad": entry}}}}
    with pytest.raises(ValueError, match=told):
        Org.from_description(description, clock=SimulatedClock())
