"""Roll-up summary fields of a merchant's own.

Sources: Help: Roll-Up Summary Field (count, sum, min and max of details, with a filter; read only;
a new value saves the master again, past its automation here, but not past its validation rules).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fulfillment_bridge.simulator.org import Operation
from tests.simulator.engine.desk import Desk
from tests.simulator.engine.orgs import org_with

TRUNK: dict[str, Any] = {
    "fields": {
        "Leaves__c": {"type": "rollup", "of": "Leaves__r"},
        "Area__c": {"type": "rollup", "of": "Leaves__r", "function": "sum", "field": "Size__c"},
        "Green__c": {"type": "rollup", "of": "Leaves__r", "where": "Color__c = 'green'"},
        "Smallest__c": {"type": "rollup", "of": "Leaves__r", "function": "min", "field": "Size__c"},
        "Last__c": {
            "type": "rollup",
            "of": "Leaves__r",
            "function": "max",
            "field": "Fell_On__c",
            "returns": "date",
        },
    },
    "validation_rules": {"Crown": {"when": "Area__c > 100", "message": "Too much wind"}},
}
LEAF: dict[str, Any] = {
    "fields": {
        "Trunk__c": {"type": "master_detail", "to": "Trunk__c", "children": "Leaves__r"},
        "Size__c": {"type": "number", "scale": 1},
        "Color__c": {"type": "text"},
        "Fell_On__c": {"type": "date"},
    }
}
SHOWN = "SELECT Leaves__c, Area__c, Green__c, Smallest__c, Last__c FROM Trunk__c ORDER BY Name"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with org_with(objects={"Trunk__c": TRUNK, "Leaf__c": LEAF}) as desk:
        yield desk


def values(desk: Desk) -> list[list[Any]]:
    """The roll-ups of every trunk."""
    return [list(row.values()) for row in desk.rows(SHOWN)]


def test_a_rollup_follows_its_details(desk: Desk) -> None:
    """As they come, change, go and come back."""
    trunk = desk.create("Trunk__c", Name="T")
    assert values(desk) == [[0.0, 0.0, 0.0, None, None]]
    green = desk.create("Leaf__c", Trunk__c=trunk, Size__c=2.5, Color__c="Green")
    brown = desk.create("Leaf__c", Trunk__c=trunk, Size__c=0.2, Fell_On__c="2026-11-18")
    assert values(desk) == [[2.0, 2.7, 1.0, 0.2, "2026-11-18"]]
    desk.update("Leaf__c", green, Color__c="yellow", Size__c=3)
    assert values(desk) == [[2.0, 3.2, 0.0, 0.2, "2026-11-18"]]
    desk.delete("Leaf__c", brown)
    assert values(desk) == [[1.0, 3.0, 0.0, 3.0, None]]
    assert desk.save(Operation("undelete", "Leaf__c", brown))[0].success
    assert values(desk) == [[2.0, 3.2, 0.0, 0.2, "2026-11-18"]]


def test_a_new_value_moves_the_system_stamp_alone(desk: Desk) -> None:
    """And only a new value does."""
    trunk = desk.create("Trunk__c", Name="T")
    stamps = "SELECT SystemModstamp, LastModifiedDate FROM Trunk__c"
    desk.org.clock.advance(60)
    leaf = desk.create("Leaf__c", Trunk__c=trunk)
    row = desk.rows(stamps)[0]
    assert row["SystemModstamp"] == "2026-11-18T10:31:15.000+0000"
    assert row["LastModifiedDate"] == "2026-11-18T10:30:15.000+0000"
    desk.org.clock.advance(60)
    desk.update("Leaf__c", leaf, Color__c="red")
    assert desk.rows(stamps) == [row]


def test_a_rollup_that_the_master_refuses_fails_the_detail(desk: Desk) -> None:
    """With the master's own message."""
    trunk = desk.create("Trunk__c", Name="T")
    error = desk.refused_create("Leaf__c", Trunk__c=trunk, Size__c=101)
    assert (error.code, error.message) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Too much wind")
    assert values(desk) == [[0.0, 0.0, 0.0, None, None]]


def test_a_rollup_is_read_only_and_described_as_calculated(desk: Desk) -> None:
    """Like a formula."""
    error = desk.refused_create("Trunk__c", Name="T", Leaves__c=3)
    assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    described = desk.org.describe(desk.user, "Trunk__c", "64.0")["fields"]
    leaves = next(each for each in described if each["name"] == "Leaves__c")
    assert (leaves["calculated"], leaves["type"], leaves["createable"]) == (True, "double", False)
    assert desk.rows("SELECT Id FROM Trunk__c WHERE Area__c > 1") == []


@pytest.mark.parametrize(
    "field",
    [
        {"type": "rollup"},
        {"type": "rollup", "of": "Nothing__r"},
        {"type": "rollup", "of": "Leaves__r", "function": "average", "field": "Size__c"},
        {"type": "rollup", "of": "Leaves__r", "function": "sum"},
        {"type": "rollup", "of": "Leaves__r", "field": "Size__c"},
        {"type": "rollup", "of": "Leaves__r", "function": "sum", "field": "Nothing__c"},
        {"type": "rollup", "of": "Leaves__r", "where": "Nothing__c = 1"},
    ],
)
def test_a_rollup_that_cannot_be_is_refused_with_the_org(field: dict[str, Any]) -> None:
    """A description is checked when the org is made."""
    trunk = {"fields": {"Bad__c": field}}
    with (
        pytest.raises(ValueError, match="Bad__c"),
        org_with(objects={"Trunk__c": trunk, "Leaf__c": LEAF}),
    ):
        pass
