"""What the SOQL guide says, sentence by sentence: what a statement means, and what is refused.

Each row names the page of the guide (v65) it rests on. "Seen" marks what the guide leaves open
and users report of real orgs; "inferred" marks a refusal whose text nobody recorded.

Sources: SOQL guide, v65: the page that each row names.
"""

# ruff: noqa: S608 - these queries are put together from the test's own words

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fulfillment_bridge.simulator.errors import SalesforceError
from tests.simulator.engine.desk import Desk
from tests.simulator.engine.orgs import org_with
from tests.simulator.engine.wood import TREE, plant


@pytest.fixture(scope="module")
def wood() -> Iterator[Desk]:
    """The wood, for all statements of this module."""
    with org_with(objects={"Tree__c": TREE}) as desk:
        plant(desk)
        yield desk


MEANS = [
    # Comparison Operators
    ("Comparison Operators", "WHERE Exact__c = 'ab'", "b"),
    ("Comparison Operators", "WHERE Exact__c = 'AB'", ""),
    ("Comparison Operators", "WHERE Exact__c = 'äb'", ""),
    ("Comparison Operators", "WHERE Exact__c IN ('Ab', 'ö')", "a"),
    ("Comparison Operators", "WHERE Exact__c LIKE 'a_'", "b"),
    ("Comparison Operators", "WHERE Exact__c LIKE '%b'", "ab"),
    ("Comparison Operators", "WHERE Name LIKE null", ""),
    ("Comparison Operators", "WHERE Height__c > null", ""),
    ("Comparison Operators", "WHERE Height__c >= +1.5", "ab"),
    ("Comparison Operators", "WHERE Height__c IN (1.5, 2.50)", "ab"),
    ("Comparison Operators", "WHERE Owner__c > '001000000000000'", "a"),
    ("Comparison Operators", "WHERE Owner__c = ''", "bc"),
    ("Comparison Operators", "WHERE Opens__c = 09:30:00Z", "a"),
    ("Comparison Operators", "WHERE Opens__c > 10:00:00.000Z", "b"),
    # Querying Multi-Select Picklists
    ("Multi-Select Picklists", "WHERE Tags__c = 'tall;old'", "a"),
    ("Multi-Select Picklists", "WHERE Tags__c != 'tall;old'", "bc"),
    ("Multi-Select Picklists", "WHERE Tags__c INCLUDES ('old;tall', 'wet')", "ab"),
    ("Multi-Select Picklists", "WHERE Tags__c INCLUDES ('old;wet')", ""),
    ("Multi-Select Picklists", "WHERE Tags__c EXCLUDES ('tall;old')", "bc"),
    # Boolean fields and null in filter conditions
    ("Filtering on Boolean Fields", "WHERE Old__c = null", "bc"),
    ("Filtering on Boolean Fields", "WHERE Old__c IN (true, null)", "abc"),
    ("Filtering on Boolean Fields", "WHERE Old__c NOT IN (null)", "a"),
    ("null in WHERE", "WHERE Owner__r.Parent.Name = null", "abc"),
    ("null in WHERE", "WHERE Owner__r.Name != null", "a"),
    ("null in WHERE", "WHERE Owner__r.Id = null", "bc"),
    ("null in WHERE", "WHERE NOT Owner__r.Name = 'forest'", "bc"),
    # Logical Operators
    ("Logical Operators", "WHERE (Name = 'a' AND Old__c = true) OR Name = 'c'", "ac"),
    ("Logical Operators", "WHERE Name = 'a' OR (Old__c = false AND Height__c = 1.5)", "ab"),
    ("Logical Operators", "WHERE NOT Old__c = true AND Height__c = 1.5", "b"),
    ("Logical Operators", "WHERE (NOT (Name LIKE 'a' OR Name LIKE 'b'))", "c"),
    ("Logical Operators", "WHERE NOT NOT Name = 'A'", "a"),
    # Semi-joins and anti-joins
    ("Semi-Joins", "WHERE Owner__c IN (SELECT Id FROM Account WHERE Name = 'forest')", "a"),
    ("Semi-Joins", "WHERE Owner__c NOT IN (SELECT Id FROM Account)", "bc"),
    ("Semi-Joins", "WHERE (Owner__c IN (SELECT Id FROM Account)) AND Old__c = true", "a"),
    # Alias Notation
    ("Alias Notation", "t, t.Owner__r o WHERE o.Name = 'forest'", "a"),
    ("Alias Notation", "t, t.Parent__r p, p.Owner__r o WHERE o.Name = 'Forest'", "b"),
    # Date Formats and Date Literals
    ("Date Formats", "WHERE Seen__c = 2026-11-18T11:00:00+01:00", "a"),
    ("Date Formats", "WHERE Planted__c IN (2026-11-18, null)", "abc"),
    ("Date Functions", "WHERE CALENDAR_YEAR(convertTimezone(Seen__c)) = 2026", "a"),
    ("Date Functions", "WHERE DAY_ONLY(Seen__c) = TODAY", "a"),
    ("Date Functions", "WHERE HOUR_IN_DAY(Seen__c) = 10", "a"),
    ("Date Functions", "WHERE WEEK_IN_MONTH(Planted__c) = 3", "a"),
    ("Date Functions", "WHERE DAY_IN_YEAR(Planted__c) = 322", "a"),
    # ORDER BY, LIMIT
    ("ORDER BY, picklists", "ORDER BY Kind__c NULLS LAST", "abc"),
    ("ORDER BY, picklists", "ORDER BY Kind__c DESC NULLS LAST", "bac"),
    ("ORDER BY, picklists", "ORDER BY Kind__c", "cab"),
    ("LIMIT", "LIMIT 0", ""),
    ("OFFSET", "OFFSET 2000", ""),
    ("USING SCOPE", "USING SCOPE everything", "abc"),
]


@pytest.mark.parametrize(("source", "rest", "expected"), MEANS)
def test_a_statement_means_what_the_guide_says(
    wood: Desk, source: str, rest: str, expected: str
) -> None:
    """Which of the three trees it finds, and in which order."""
    ordered = (
        rest if "ORDER" in rest or rest.startswith(("LIMIT", "OFFSET")) else f"{rest} ORDER BY Name"
    )
    found = wood.column(f"SELECT Name FROM Tree__c {ordered}")
    assert "".join(found) == expected, source


ANSWERS = [
    ("Aggregate Functions", "SELECT MIN(Kind__c) x, MAX(Kind__c) y FROM Tree__c", ["Oak", "Ash"]),
    ("Aggregate Functions", "SELECT COUNT(Id) n, COUNT(Kind__c) k FROM Tree__c", [3, 2]),
    ("Aggregate Functions", "SELECT AVG(Height__c) a, SUM(Height__c) s FROM Tree__c", [2.0, 4.0]),
    (
        "HAVING",
        "SELECT Kind__c, COUNT(Id) n FROM Tree__c GROUP BY Kind__c HAVING Kind__c LIKE 'o%'",
        ["Oak", 1],
    ),
    (
        "GROUP BY",
        "SELECT Kind__c, MAX(Height__c) h FROM Tree__c GROUP BY Kind__c "
        "ORDER BY MAX(Height__c) DESC NULLS LAST LIMIT 1 OFFSET 1",
        ["Ash", 1.5],
    ),
    (
        "GROUP BY",
        "SELECT Kind__c FROM Tree__c GROUP BY Kind__c ORDER BY Kind__c DESC LIMIT 1 OFFSET 1",
        ["Ash"],
    ),
    (
        "Date Functions",
        "SELECT CALENDAR_YEAR(Planted__c) y, COUNT(Id) n FROM Tree__c WHERE Planted__c != null "
        "GROUP BY CALENDAR_YEAR(Planted__c)",
        [2026, 1],
    ),
]


@pytest.mark.parametrize(("source", "soql", "expected"), ANSWERS)
def test_an_aggregate_answers_what_the_guide_says(
    wood: Desk, source: str, soql: str, expected: list[Any]
) -> None:
    """One row, its values in the order of the select list."""
    assert [list(row.values()) for row in wood.rows(soql)] == [expected], source


CHILDREN = [
    ("Relationship Queries", "SELECT Id, (SELECT Name FROM Account.Trees__r) FROM Account"),
    ("Relationship Queries", "SELECT a.Id, (SELECT Tree__c.Name FROM a.Trees__r) FROM Account a"),
    ("OFFSET", "SELECT Id, (SELECT Name FROM Trees__r LIMIT 1 OFFSET 0) FROM Account LIMIT 1"),
]


@pytest.mark.parametrize(("source", "soql"), CHILDREN)
def test_child_queries_may_name_their_parent(wood: Desk, source: str, soql: str) -> None:
    """The relationship with the parent's name or alias before it."""
    children = wood.org.query(wood.user, soql).records[0]["Trees__r"]
    assert [each["Name"] for each in children.records] == ["a"], source


def test_paths_go_five_levels_up_and_no_further(wood: Desk) -> None:
    """Understanding Relationship Query Limitations: five levels from child to parent."""
    path = "Parent__r.Parent__r.Parent__r.Parent__r"
    soql = (
        f"SELECT {path}.Owner__r.Name FROM Tree__c WHERE {path}.Owner__r.Name = null ORDER BY Name"
    )
    assert wood.rows(soql)[0] == {"Parent__r": None}
    with pytest.raises(SalesforceError) as caught:
        wood.rows(f"SELECT {path}.Parent__r.Owner__r.Name FROM Tree__c")
    assert caught.value.code == "INVALID_FIELD"


def test_a_typeof_names_each_object_once() -> None:
    """Seen: the second WHEN of one object is refused."""
    pin = {"fields": {"What__c": {"type": "lookup", "to": ["Account", "Contact"]}}}
    with org_with(objects={"Pin__c": pin}) as desk, pytest.raises(SalesforceError) as caught:
        desk.rows("SELECT TYPEOF What__r WHEN Account THEN Id WHEN account THEN Id END FROM Pin__c")
    assert caught.value.message.endswith("WHEN clause operand [account] is not unique")
