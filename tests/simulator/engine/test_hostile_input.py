# ruff: noqa: S608 - these queries are put together from the test's own words
"""Nonsense gets an answer of Salesforce's kind, never a failure of the engine."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import Operation, Org
from tests.simulator.engine.desk import DESCRIPTION, Desk

OPERANDS = [
    "Id",
    "Name",
    "Count__c",
    "Whole__c",
    "Flag__c",
    "Day__c",
    "At__c",
    "Tags__c",
    "Worth__c",
    "Story__c",
    "Mail__c",
    "Account__r.Name",
    "Account__r.ShippingAddress",
    "Account__c",
    "Owner_Name__c",
    "Oops__c",
    "CALENDAR_YEAR(At__c)",
    "DAY_ONLY(At__c)",
    "CALENDAR_YEAR(Name)",
    "toLabel(Tags__c)",
    "FORMAT(Count__c)",
    "COUNT(Id)",
]
OPERATORS = ("=", "!=", "<", ">=", "LIKE")
LIST_OPERATORS = ("IN", "NOT IN", "INCLUDES", "EXCLUDES")
LITERALS = [
    "'a'",
    "''",
    "'é%'",
    "'\\u0041'",
    "'\\ud800'",
    "'\\_'",
    "'001000000000001'",
    "1",
    "-1.5",
    "1e999",
    "true",
    "null",
    "2026-11-18",
    "2026-99-99",
    "2026-11-18T10:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "TODAY",
    "LAST_N_DAYS:99999999",
    "N_YEARS_AGO:9999",
    "LAST_WEEK",
    "foo",
]
VALUES: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["2026-11-18", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@pytest.fixture(scope="module")
def hardened() -> Desk:
    """One org for all examples."""
    clock = SimulatedClock()
    org = Org.from_description(DESCRIPTION, clock=clock)
    desk = Desk(org, org.users["admin@testing.example"])
    desk.thing("a", Count__c=1)
    return desk


def is_answered(desk: Desk, query: str) -> bool:
    """Whether the query has an answer; if not, it must be refused properly."""
    try:
        desk.org.query(desk.user, query)
    except SalesforceError:
        return False
    return True


@pytest.mark.parametrize("operand", OPERANDS)
def test_any_comparison_is_answered_or_refused(hardened: Desk, operand: str) -> None:
    """Every kind of column with every operator and every kind of value."""
    conditions = [f"{operand} {each} {value}" for each in OPERATORS for value in LITERALS]
    conditions += [f"{operand} {each} ({value})" for each in LIST_OPERATORS for value in LITERALS]
    conditions += [f"{operand} {each} ({value}, 'z')" for each in ("IN",) for value in LITERALS]
    answered = [
        is_answered(hardened, f"SELECT Id FROM Thing__c WHERE NOT {condition} ORDER BY {operand}")
        for condition in conditions
    ]
    never = ("Oops__c", "Story__c", "CALENDAR_YEAR(Name)", "COUNT(Id)", "FORMAT(Count__c)")
    assert any(answered) == (operand not in (*never, "Account__r.ShippingAddress"))


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_is_answered_or_refused(hardened: Desk, text: str) -> None:
    """As a query, as a condition, and as a text in quotes."""
    is_answered(hardened, text)
    is_answered(hardened, f"SELECT Id FROM Thing__c WHERE {text}")
    is_answered(hardened, f"SELECT Id FROM Thing__c WHERE Name LIKE '{text}'")


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(DESCRIPTION["objects"]["Thing__c"]["fields"])), value=VALUES)
def test_any_value_is_saved_or_refused(hardened: Desk, name: str, value: Any) -> None:
    """And what was saved can be read again."""
    values = {"Must__c": "x", name: value}
    result = hardened.save(Operation("create", "Thing__c", values=values))[0]
    assert result.success != bool(result.errors)
    if result.id is not None:
        hardened.org.retrieve(hardened.user, "Thing__c", result.id, None)
        hardened.delete("Thing__c", result.id)


def test_very_many_conditions_are_answered(hardened: Desk) -> None:
    """Clients join thousands of them."""
    conditions = " OR ".join(f"Count__c = {number}" for number in range(3000))
    assert hardened.column(f"SELECT Code__c FROM Thing__c WHERE {conditions}") == ["a"]


def test_conditions_nested_too_deep_are_too_complicated(hardened: Desk) -> None:
    """Not a failure."""
    query = f"SELECT Id FROM Thing__c WHERE {'NOT ' * 3000} Count__c = 1"
    with pytest.raises(SalesforceError) as caught:
        hardened.org.query(hardened.user, query)
    assert caught.value.code == "QUERY_TOO_COMPLICATED"


def test_many_threads_may_work_at_once(admin: Desk) -> None:
    """Every record is there once, with a number of its own."""
    thing = admin.thing("a")

    def work() -> None:
        for _ in range(25):
            admin.create("Part__c", Thing__c=thing)
            admin.rows("SELECT Id FROM Part__c")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = admin.column("SELECT Name FROM Part__c")
    assert len(names) == len(set(names)) == 100
