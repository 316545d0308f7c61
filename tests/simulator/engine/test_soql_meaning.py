"""What conditions, orders and limits of SOQL mean.

Sources: SOQL guide, v65: Comparison Operators, Logical Operators, null in WHERE, Date Literals,
ORDER BY, LIMIT, OFFSET, USING SCOPE, Quoted String Escape Sequences.
"""
# ruff: noqa: S608 - these queries are put together from the test's own words

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fulfillment_bridge.simulator.clock import SimulatedClock
from tests.simulator.engine.desk import Desk, Shop


@pytest.fixture
def things(admin: Desk) -> Desk:
    """Four things: a, B and c with values, d with none."""
    account = admin.create("Account", Name="Östlund & Co")
    admin.thing("a", Group__c="One", Count__c=1, Price__c=2.5, Flag__c=True, Account__c=account)
    admin.thing("B", Group__c="one", Count__c=2, Day__c="2026-11-18", Tags__c="red;green")
    admin.thing("c", Group__c="Two", Count__c=3, At__c="2026-11-18T10:00:00.500Z", Tags__c="blue")
    admin.thing("d")
    return admin


CONDITIONS = [
    ("Group__c = 'ONE'", "aB", "texts compare without case"),
    ("Group__c != 'one'", "cd", "unequal includes blanks"),
    ("Group__c <> 'one'", "cd", "the other spelling of unequal"),
    ("Group__c = null", "d", "null finds blanks"),
    ("Group__c = ''", "d", "an empty text is a blank"),
    ("Group__c != null", "aBc", "not null finds the others"),
    ("Group__c LIKE 'o%'", "aB", "LIKE knows no case"),
    ("Group__c LIKE '_wo'", "c", "an underscore is one character"),
    ("Group__c LIKE 'o\\%'", "", "an escaped percent sign is itself"),
    ("NOT Group__c LIKE 'o%'", "cd", "NOT includes blanks"),
    ("NOT (Group__c = 'one' AND Count__c = 1)", "Bcd", "NOT over parentheses"),
    ("Group__c IN ('One', 'TWO')", "aBc", "IN knows no case"),
    ("Group__c NOT IN ('one')", "cd", "NOT IN includes blanks"),
    ("Group__c IN ('two', null)", "cd", "IN takes null"),
    ("Group__c NOT IN ('two', null)", "aB", "NOT IN takes null"),
    ("Count__c > 1", "Bc", "numbers compare"),
    ("Count__c <= 2.0", "aB", "a blank is not small"),
    ("NOT (Count__c <= 2)", "cd", "but it is not not small either"),
    ("Count__c IN (1, 3)", "ac", "numbers in lists"),
    ("Flag__c = false", "Bcd", "an unset checkbox is false"),
    ("Flag__c != true", "Bcd", "unequal for checkboxes"),
    ("Flag__c = null", "Bcd", "null means false for checkboxes"),
    ("Day__c = 2026-11-18", "B", "dates"),
    ("At__c = 2026-11-18T10:00:00Z", "c", "milliseconds do not count"),
    ("At__c >= 2026-11-18T11:00:00+01:00", "c", "offsets count"),
    ("At__c > 2026-11-18T10:00:00+0000", "", "an offset may lack its colon"),
    ("Tags__c INCLUDES ('red')", "B", "one of the tags"),
    ("Tags__c INCLUDES ('red;green', 'blue')", "Bc", "both, or the other"),
    ("Tags__c EXCLUDES ('red')", "acd", "without the tag, or any"),
    ("Account__r.Name = null", "Bcd", "a missing parent's fields are blank"),
    ("Account__r.Name != 'x'", "aBcd", "unequal includes missing parents"),
    ("Account__r.Name = 'ÖSTLUND & co'", "a", "letters beyond ASCII have no case either"),
    ("Account__r.Name LIKE 'öst%'", "a", "nor in LIKE"),
    ("Account__r.IsDeleted = false", "aBcd", "a missing parent's checkbox is false"),
    ("Account__c IN (SELECT Id FROM Account WHERE Name LIKE '%Co')", "a", "semi-join"),
    ("Id NOT IN (SELECT Thing__c FROM Part__c)", "aBcd", "anti-join"),
    ("Owner_Name__c = 'nobody'", "Bcd", "formulas can be filtered"),
    ("Worth__c = 2.5", "a", "computed numbers too"),
    ("Thing__c.Code__c = 'A'", "a", "the object's own name may lead a path"),
    ("CALENDAR_YEAR(CreatedDate) = 2026", "aBcd", "date functions"),
    ("DAY_IN_WEEK(Day__c) = 4", "B", "Wednesday is the fourth day"),
    ("(Count__c = 1 OR Count__c = 2) AND Flag__c = true", "a", "parentheses"),
]


@pytest.mark.parametrize(("condition", "expected", "why"), CONDITIONS)
def test_a_condition_finds_exactly_its_records(
    things: Desk, condition: str, expected: str, why: str
) -> None:
    """Each operator finds what it finds in Salesforce."""
    found = things.column(f"SELECT Code__c FROM Thing__c WHERE {condition} ORDER BY Code__c")
    assert "".join(found) == expected, why


DATE_LITERALS = [
    ("YESTERDAY", "2026-11-17"),
    ("TODAY", "2026-11-18"),
    ("TOMORROW", "2026-11-19"),
    ("LAST_WEEK", "2026-11-08 2026-11-14"),
    ("THIS_WEEK", "2026-11-15 2026-11-17 2026-11-18 2026-11-19"),
    ("LAST_MONTH", "2026-10-31"),
    ("THIS_MONTH", "2026-11-08 2026-11-14 2026-11-15 2026-11-17 2026-11-18 2026-11-19"),
    ("NEXT_MONTH", "2026-12-01"),
    ("LAST_QUARTER", "2026-09-30"),
    ("NEXT_YEAR", "2027-01-01"),
    ("LAST_FISCAL_QUARTER", "2026-09-30"),
    ("LAST_N_DAYS:1", "2026-11-17 2026-11-18"),
    ("NEXT_N_DAYS:13", "2026-11-19 2026-12-01"),
    ("LAST_N_WEEKS:1", "2026-11-08 2026-11-14"),
    ("NEXT_N_YEARS:2", "2027-01-01"),
    ("N_DAYS_AGO:3", "2026-11-15"),
    ("N_MONTHS_AGO:1", "2026-10-31"),
    (
        "LAST_90_DAYS",
        "2026-09-30 2026-10-31 2026-11-08 2026-11-14 2026-11-15 2026-11-17 2026-11-18",
    ),
]
DAYS = (
    "2026-09-30 2026-10-31 2026-11-08 2026-11-14 2026-11-15 2026-11-17 2026-11-18 2026-11-19 "
    "2026-12-01 2027-01-01"
)


@pytest.mark.parametrize(("literal", "expected"), DATE_LITERALS)
def test_a_date_literal_means_its_days(admin: Desk, literal: str, expected: str) -> None:
    """Weeks begin on Sunday; the last n days include today. Today is 2026-11-18."""
    days = DAYS.split()
    admin.org.insert_raw(
        "Thing__c", [{"Day__c": day, "At__c": f"{day}T23:59:59Z", "Must__c": "x"} for day in days]
    )
    for column in ("Day__c", "At__c"):
        query = f"SELECT Day__c FROM Thing__c WHERE {column} = {literal} ORDER BY Day__c"
        assert " ".join(admin.column(query)) == expected


def test_comparisons_with_a_date_literal_go_by_its_first_and_last_day(admin: Desk) -> None:
    """Before a week means before its Sunday, after it means after its Saturday."""
    admin.org.insert_raw("Thing__c", [{"Day__c": day, "Must__c": "x"} for day in DAYS.split()])
    counts = {
        operator: len(admin.rows(f"SELECT Id FROM Thing__c WHERE Day__c {operator} THIS_WEEK"))
        for operator in ("<", "<=", ">", ">=", "!=")
    }
    assert counts == {"<": 4, "<=": 8, ">": 2, ">=": 6, "!=": 6}


def test_blanks_come_first_unless_told_otherwise(things: Desk) -> None:
    """In both directions; NULLS LAST turns it round."""
    order = "SELECT Code__c FROM Thing__c ORDER BY Count__c"
    assert "".join(things.column(order)) == "daBc"
    assert "".join(things.column(f"{order} DESC")) == "dcBa"
    assert "".join(things.column(f"{order} NULLS LAST")) == "aBcd"
    assert "".join(things.column(f"{order} DESC NULLS LAST")) == "cBad"


def test_texts_sort_without_case(things: Desk) -> None:
    """B stands between a and c."""
    assert things.column("SELECT Code__c FROM Thing__c ORDER BY Code__c") == ["a", "B", "c", "d"]


def test_limit_and_offset_cut_a_window(things: Desk) -> None:
    """The total is what is left."""
    query = "SELECT Code__c FROM Thing__c ORDER BY Code__c LIMIT 2 OFFSET 1"
    assert things.column(query) == ["B", "c"]
    assert things.org.query(things.user, query).total_size == 2


def test_ids_match_in_both_lengths_and_with_their_case(things: Desk) -> None:
    """15 characters mean the same record as 18."""
    record_id = things.column("SELECT Id FROM Thing__c WHERE Code__c = 'a'")[0]
    assert things.column(f"SELECT Code__c FROM Thing__c WHERE Id = '{record_id[:15]}'") == ["a"]
    assert things.column(f"SELECT Code__c FROM Thing__c WHERE Id IN ('{record_id}')") == ["a"]


def test_escapes_in_texts_are_what_they_stand_for(admin: Desk) -> None:
    """Quotes, line breaks and unicode escapes."""
    admin.thing("q", Group__c="it's \u00e9")
    found = admin.column(r"SELECT Code__c FROM Thing__c WHERE Group__c = 'it\'s \u00e9'")
    assert found == ["q"]


def test_deleted_records_show_only_when_asked_for(admin: Desk) -> None:
    """queryAll sees them, IsDeleted tells."""
    admin.delete("Thing__c", admin.thing("gone"))
    query = "SELECT Code__c, IsDeleted FROM Thing__c"
    assert admin.rows(query) == []
    assert admin.rows(query, include_deleted=True) == [{"Code__c": "gone", "IsDeleted": True}]


def test_the_scope_mine_shows_what_one_owns(admin: Desk, clerk: Desk) -> None:
    """USING SCOPE mine goes by the owner."""
    admin.thing("a")
    clerk.thing("c")
    assert clerk.column("SELECT Code__c FROM Thing__c USING SCOPE mine") == ["c"]


def test_a_long_list_of_ids_is_answered_by_index(admin: Desk) -> None:
    """Thousands of ids in one IN list are no trouble."""
    ids = admin.org.insert_raw("Thing__c", [{"Must__c": "x"} for _ in range(3000)])
    listed = ", ".join(f"'{each}'" for each in ids)
    assert len(admin.rows(f"SELECT Id FROM Thing__c WHERE Id IN ({listed})")) == 3000


def test_stamps_of_a_page_follow_their_index(admin: Desk, clock: SimulatedClock) -> None:
    """Equal stamps are told apart by id, which is how pages are cut."""
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    ids = admin.org.insert_raw("Order", [{"Status": "Draft"} for _ in range(450)], stamp=stamp)
    query = "SELECT Id FROM Order WHERE SystemModstamp >= 2026-01-01T00:00:00Z"
    assert admin.column(f"{query} ORDER BY SystemModstamp, Id") == sorted(ids)


def test_select_may_name_the_object_or_an_alias(admin: Desk, shop: Shop) -> None:
    """Columns may be qualified, and relationships are not confused with the object."""
    query = "SELECT o.Id, Order.Status, Account.Name FROM Order o WHERE o.Status = 'draft'"
    assert admin.rows(query) == [{"Id": shop.order, "Status": "Draft", "Account": {"Name": "Acme"}}]
