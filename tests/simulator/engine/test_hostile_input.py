# ruff: noqa: S608 - these queries are put together from the test's own words
"""Nonsense gets an answer of Salesforce's kind, never a failure of the engine.

Sources: none needed: nonsense has to get one of Salesforce's errors.
"""

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
    never = ["Oops__c", "Story__c", "CALENDAR_YEAR(Name)", "COUNT(Id)", "FORMAT(Count__c)"]
    never += ["Tags__c", "toLabel(Tags__c)"]  # of which there is no order
    assert any(answered) == (operand not in [*never, "Account__r.ShippingAddress"])


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_is_answered_or_refused(hardened: Desk, text: str) -> None:
    """As a query, as a condition, and as a text in quotes."""
    is_answered(hardened, text)
    is_answered(hardened, f"SELECT Id FROM Thing__c WHERE {text}")
    is_answered(hardened, f"SELECT Id FROM Thing__c WHERE Name LIKE '{text}'")


BODIES = st.dictionaries(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                "Name", "Id", "AccountId", "Account", "Status", "EffectiveDate", "Pricebook2Id",
                "OwnerId", "Owner", "TotalAmount", "OrderNumber", "IsDeleted", "ShippingAddress",
                "ShippingStreet", "Carrier__c", "Sent_At__c", "attributes", "BillToContactId",
            ]
        ),
    ),
    st.one_of(VALUES, st.sampled_from(["001000000000001AAA", "Draft", "Activated", "UPS", "'"])),
    max_size=5,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    body=BODIES, object_name=st.sampled_from(["Order", "Account", "OrderItem", "Contact", "Nope"])
)
def test_any_body_is_saved_or_refused(
    hardened: Desk, body: dict[str, Any], object_name: str
) -> None:
    """New records, changes of records that are not there, upserts and deletions."""
    for operation in (
        Operation("create", object_name, values=body),
        Operation("update", object_name, str(body.get("Id", "")), body),
        Operation("upsert", object_name, None, body, "Name", body.get("Name")),
        Operation("upsert", "Thing__c", None, body, "Code__c", body.get("Name")),
        Operation("delete", object_name, str(body.get("Id"))),
    ):
        result = hardened.save(operation)[0]
        assert result.success != bool(result.errors)
        assert all(isinstance(each, SalesforceError) for each in result.errors)


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


WORDS = [
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "INCLUDES", "GROUP BY", "HAVING",
    "ORDER BY", "LIMIT", "OFFSET", "ASC", "NULLS LAST", "ROLLUP", "CUBE", "TYPEOF", "WHEN", "THEN",
    "END", "FOR VIEW", "USING SCOPE", "mine", "WITH", "(", ")", ",", "=", "!=", ">", ".", ":", "'",
    "COUNT()", "COUNT(", "MAX(", "FIELDS(ALL)", "FORMAT(", "toLabel(", "CALENDAR_YEAR(",
    "GROUPING(", "convertTimezone(", "Thing__c", "Things__r", "Parts__r", "Account", "t", "1",
    "null", "TODAY", "2026-11-18", "09:00:00Z", "LAST_N_DAYS:9", *OPERANDS, *LITERALS,
]  # fmt: skip
ITEMS = [*OPERANDS, "COUNT()", "MAX(At__c) m", "(SELECT Name FROM Parts__r)", "FIELDS(STANDARD)"]
TAILS = [
    "", "GROUP BY Group__c", "GROUP BY ROLLUP(Group__c, Whole__c)", "HAVING COUNT(Id) > 0",
    "ORDER BY Name DESC NULLS LAST", "LIMIT 1", "LIMIT 0 OFFSET 1", "USING SCOPE mine",
    "WHERE Id IN (SELECT Thing__c FROM Part__c)", "WHERE NOT (Name = 'a' OR Flag__c = true)",
]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_words_of_soql_are_answered_or_refused(hardened: Desk, words: list[str]) -> None:
    """In any order, as a whole query and after a good beginning."""
    is_answered(hardened, " ".join(words))
    is_answered(hardened, f"SELECT Id FROM Thing__c {' '.join(words)}")
    is_answered(hardened, f"SELECT {' '.join(words)} FROM Thing__c")


@settings(max_examples=500, deadline=None)
@given(
    items=st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3),
    tails=st.lists(st.sampled_from(TAILS), max_size=3),
)
def test_any_select_list_with_any_clauses_is_answered_or_refused(
    hardened: Desk, items: list[str], tails: list[str]
) -> None:
    """Columns, functions, children and groups together."""
    is_answered(hardened, f"SELECT {', '.join(items)} FROM Thing__c {' '.join(tails)}")


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
