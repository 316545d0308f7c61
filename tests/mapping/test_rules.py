"""Rules: typed by the field they compare, and judged as the org itself would."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fulfillment_bridge.domain.org_schema import Condition, Operator, OrgField
from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import RuleRow
from fulfillment_bridge.mapping.rules import (
    condition_holds,
    condition_of,
    condition_text,
    operator_of,
    rule_holds,
)
from fulfillment_bridge.mapping.transforms import TransformFault

DENVER = ZoneInfo("America/Denver")


def condition(type_: str, operator: Operator, value: Any) -> Condition:
    """The condition a row makes of a field F__c of this type."""
    cells = {
        name: Cell("Rules", ref, text)
        for name, ref, text in (
            ("field", "C2", "F__c"),
            ("operator", "D2", operator),
            ("value", "E2", value),
        )
    }
    row = RuleRow("ready", "1", cells["field"], operator, cells["operator"], cells["value"])
    return condition_of(row, OrgField("F__c", "F", type_), DENVER)


@pytest.mark.parametrize(
    ("type_", "operator", "typed", "value"),
    [
        ("boolean", "=", "Yes", True),
        ("boolean", "=", False, False),
        ("double", ">", Decimal("100.50"), Decimal("100.50")),
        ("currency", "<=", "12", Decimal(12)),
        ("date", ">=", "2026-11-22", date(2026, 11, 22)),
        ("date", ">=", datetime(2026, 11, 22), date(2026, 11, 22)),  # noqa: DTZ001 - as Excel
        ("datetime", ">=", "2026-11-22", datetime(2026, 11, 22, 7, tzinfo=UTC)),
        ("datetime", "<", "2026-11-22T09:00:00Z", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("picklist", "=", "Approved", "Approved"),
        ("string", "=", "a, b", "a, b"),
        ("string", "=", "'quoted'", "quoted"),
        ("string", "=", "(Blank)", None),
        ("string", "IN", "Paid; Invoiced", ("Paid", "Invoiced")),
        ("string", "IN", 'Paid, "In, part"', ("Paid", "In, part")),
        ("double", "NOT IN", "1, 2.5", (Decimal(1), Decimal("2.5"))),
        ("string", "LIKE", "WEB-%", "WEB-%"),
    ],
)
def test_values_are_typed_by_their_field(
    type_: str, operator: Operator, typed: Any, value: Any
) -> None:
    """What people type becomes what the field holds."""
    assert condition(type_, operator, typed) == Condition("F__c", operator, value)


@pytest.mark.parametrize(
    ("type_", "operator", "typed", "says"),
    [
        ("boolean", "=", "maybe", "write true or false, not 'maybe'"),
        ("boolean", ">", "true", "only = and !="),
        ("double", "=", "many", "'many' is not a number"),
        ("date", "=", "11/22/2026", "write it as 2026-11-22"),
        ("datetime", "=", "noon", "write it as 2026-11-22"),
        ("double", "LIKE", "1%", "works on text"),
        ("string", ">", "(blank)", "only be compared with = and !="),
        ("multipicklist", "=", "a", "multi-select"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    type_: str, operator: Operator, typed: str, says: str
) -> None:
    """The message says how to write it."""
    with pytest.raises(TransformFault, match=says):
        condition(type_, operator, typed)


@pytest.mark.parametrize(
    ("operator", "value", "found", "holds"),
    [
        ("=", "approved", "Approved", True),
        ("!=", "Approved", None, True),
        ("=", None, "", True),
        ("!=", None, "x", True),
        ("=", True, None, False),
        ("=", False, None, True),
        ("=", Decimal("1.50"), Decimal("1.5"), True),
        (">", Decimal(3), None, False),
        (">", Decimal(3), 4, True),
        ("IN", ("a", None), None, True),
        ("NOT IN", ("a", "b"), "B", False),
        ("LIKE", "web-%", "WEB-12", True),
        ("LIKE", "a_c", "a.c", True),
        ("LIKE", "a.c", "abc", False),
        ("NOT LIKE", "a%", None, True),
        (">=", date(2026, 1, 1), "2026-01-01", True),
        ("<", date(2026, 1, 1), "not a date", False),
        (">=", datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00.000+0000", True),
        ("=", "801000000000001", "801000000000001AAA", True),
        ("<", "b", "A", True),
    ],
)
def test_conditions_are_judged_as_the_org_would(
    operator: Operator, value: Any, found: Any, holds: bool
) -> None:
    """Text without regard to case, empty values as SOQL sees them."""
    assert condition_holds(Condition("A__r.F__c", operator, value), {"A__r": {"F__c": found}}) is (
        holds
    )


def test_one_group_that_holds_is_enough() -> None:
    """AND within a group, OR between groups, and no groups hold for nothing."""
    yes, no = Condition("A", "=", "1"), Condition("A", "=", "2")
    record = {"A": "1"}

    assert rule_holds(((yes, no), (yes,)), record)
    assert not rule_holds(((yes, no),), record)
    assert not rule_holds((), record)


def test_operators_have_names_people_use() -> None:
    """Whatever the sign or word."""
    assert [operator_of(word) for word in ("is", "<>", "Not In", "≥", "contains?")] == [
        "=",
        "!=",
        "NOT IN",
        ">=",
        None,
    ]


def test_a_condition_reads_as_people_say_it() -> None:
    """For orders why."""
    assert condition_text(Condition("Paid__c", "=", True)) == "Paid__c = true"
    assert condition_text(Condition("A", "IN", ("x", None))) == "A IN (x, (blank))"
