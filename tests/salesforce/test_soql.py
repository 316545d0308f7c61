"""SOQL text: whatever a value holds, it stays a value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfillment_bridge.errors import Misconfigured
from fulfillment_bridge.salesforce import soql
from fulfillment_bridge.salesforce.rest import Query
from fulfillment_bridge.salesforce.soql import EVERYTHING, all_of, any_of, compare, select
from tests.salesforce.orgs import TestOrg

UNESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
# Lone halves of a surrogate pair are no text; Salesforce could not be sent them.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def unquoted(literal: str) -> str:
    """What the org understands: an independent reading of SOQL's quoting."""
    assert literal[0] == literal[-1] == "'"
    letters = iter(literal[1:-1])
    read = ""
    for letter in letters:
        assert letter != "'"
        if letter == "\\":
            letter = next(letters)
            if letter == "u":
                letter = chr(int("".join(next(letters) for _ in range(4)), 16))
            else:
                letter = UNESCAPED.get(letter, letter)
        read += letter
    return read


@given(TEXTS)
def test_every_text_is_quoted_so_that_it_reads_back(text: str) -> None:
    """No text ends its own literal, and none is changed."""
    assert unquoted(soql.literal(text)) == text


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="ascii", exclude_categories=["Cs"]), max_size=20))
def test_an_org_finds_exactly_the_text_that_was_asked_for(org: TestOrg, text: str) -> None:
    """The simulated org's own parser reads our quoting as we mean it."""
    (record_id,) = org.insert("Depot__c", {"City__c": f"x{text}x"})
    where = all_of(compare("City__c", "=", f"x{text}x"), compare("Id", "=", record_id))
    user = org.handle.org.users[org.handle.username.lower()]
    found = org.handle.org.query(user, select(["Id"], "Depot__c", where))
    assert found.total_size == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 9, tzinfo=UTC), "2026-11-22T09:00:00Z"),
        (
            datetime(2026, 11, 22, 9, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-22T07:00:00Z",
        ),
        ("it's", "'it\\'s'"),
        ("a\\b\n\x01", "'a\\\\b\\n\\u0001'"),
    ],
)
def test_values_are_written_as_soql_writes_them(value: soql.Value, expected: str) -> None:
    """Each type in its own form, without quotes where there must be none."""
    assert soql.literal(value) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("=", None, "X__c = null"),
        ("!=", "a", "X__c != 'a'"),
        (">=", 3, "X__c >= 3"),
        ("IN", ("a", "b"), "X__c IN ('a', 'b')"),
        ("NOT IN", (1,), "X__c NOT IN (1)"),
        ("IN", ("a", None), "X__c IN ('a') OR X__c = null"),
        ("NOT IN", ("a", None), "X__c NOT IN ('a') AND X__c != null"),
        ("IN", (None,), "X__c = null"),
        ("NOT IN", (None,), "X__c != null"),
        ("LIKE", "A%_\\%\\'", "X__c LIKE 'A%_\\%\\\\\\''"),
        ("NOT LIKE", "A%", "(NOT X__c LIKE 'A%')"),
    ],
)
def test_comparisons(
    operator: str, value: soql.Value | tuple[soql.Value, ...], expected: str
) -> None:
    """Operators of the workbook in SOQL's words; empty values of a list apart."""
    assert compare("X__c", operator, value).text == expected


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("Name; DELETE", "=", 1),
        ("Name--", "=", 1),
        ("", "=", 1),
        ("a..b", "=", 1),
        ("Name\n", "=", 1),
        ("a.b.c.d.e.f.g", "=", 1),
        ("Name", "= 1 OR", 1),
        ("Name", "<", None),
        ("Name", "=", ("a",)),
        ("Name", "IN", ()),
        ("Name", "LIKE", 5),
        ("Name", "=", Decimal("NaN")),
        ("Name", "=", datetime(2026, 1, 1)),  # noqa: DTZ001 - a naive time is the point
        ("Name", "=", "x" * 4001),
        ("Name", "=", "\ud800"),
    ],
)
def test_what_is_no_name_operator_or_value_is_refused(
    field: str, operator: str, value: soql.Value | tuple[soql.Value, ...]
) -> None:
    """Nothing of it reaches the org, and whoever wrote the workbook is told."""
    with pytest.raises(Misconfigured):
        compare(field, operator, value)


def test_and_and_or_are_kept_apart_by_parentheses() -> None:
    """SOQL demands them wherever the two meet, and only there."""
    a, b, c = (compare(name, "=", 1) for name in "abc")
    assert any_of(a, all_of(b, c)).text == "a = 1 OR (b = 1 AND c = 1)"
    assert all_of(a, any_of(b, c)).text == "a = 1 AND (b = 1 OR c = 1)"
    assert all_of(a, all_of(b, c)).text == "a = 1 AND b = 1 AND c = 1"
    assert all_of(a, any_of(b)).text == "a = 1 AND b = 1"
    assert all_of(a, compare("d", "IN", (1, None))).text == "a = 1 AND (d IN (1) OR d = null)"


def test_no_condition_at_all_means_everything() -> None:
    """An alternative that always holds makes the others idle."""
    a = compare("a", "=", 1)
    assert (all_of(), any_of(), any_of(a, EVERYTHING)) == (EVERYTHING,) * 3
    assert all_of(EVERYTHING, a) == a
    assert select(["Id"], "Order") == "SELECT Id FROM Order"


def test_a_query_asks_for_each_column_once() -> None:
    """Salesforce refuses a column that is asked for twice, whatever its case."""
    text = select(
        ["Id", "Name", "id", "Account.Name"],
        "Order",
        compare("Name", "=", "x"),
        order_by=["Name", "Id"],
        limit=1,
    )
    expected = "SELECT Id, Name, Account.Name FROM Order WHERE Name = 'x' ORDER BY Name, Id LIMIT 1"
    assert text == expected


def test_a_query_too_long_for_the_org_is_refused() -> None:
    """100,000 characters are the org's limit."""
    with pytest.raises(Misconfigured):
        select(["Id"], "Order", compare("Name", "IN", ("x" * 3000,) * 40))


def test_a_query_built_here_is_understood_by_an_org(org: TestOrg) -> None:
    """All operators and value types in one query."""
    moment = datetime(2026, 11, 22, 9, tzinfo=UTC)
    where = any_of(
        all_of(
            compare("Ready__c", "=", True),
            compare("State__c", "NOT IN", ("a", None)),
            compare("State__c", "NOT LIKE", "x%"),
            compare("Depot__r.City__c", "!=", "Reno"),
        ),
        compare("Placed__c", ">=", date(2026, 1, 1)),
        compare("SystemModstamp", "<", moment),
        compare("Total__c", ">", Decimal("1.50")),
    )
    with org.connection() as connection:
        query = Query(select(["Id"], "Sale__c", where, order_by=["SystemModstamp", "Id"]))
        assert connection.read_all([query], job="test") == [()]
