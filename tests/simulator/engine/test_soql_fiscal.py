"""Fiscal years: what their literals and functions mean (SOQL guide, v65).

Sources: SOQL guide, v65: Date Literals, Date Functions; Help: Fiscal Years.
"""
# ruff: noqa: S608 - these queries are put together from the test's own words

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.engine.orgs import org_with
from tests.simulator.engine.wood import TREE

FISCAL = [
    # today is 2026-11-18; the fiscal year runs from April 2026 to March 2027
    ("THIS_FISCAL_YEAR", "2026-04-01 2026-11-18 2027-03-31"),
    ("LAST_FISCAL_YEAR", "2025-04-01 2026-03-31"),
    ("NEXT_FISCAL_YEAR", "2027-04-01"),
    ("THIS_FISCAL_QUARTER", "2026-11-18"),
    ("LAST_FISCAL_QUARTER", ""),
    ("NEXT_FISCAL_QUARTER", "2027-03-31"),
    ("LAST_N_FISCAL_QUARTERS:2", "2026-04-01"),
    ("LAST_N_FISCAL_YEARS:1", "2025-04-01 2026-03-31"),
    ("NEXT_N_FISCAL_QUARTERS:2", "2027-03-31 2027-04-01"),
    ("N_FISCAL_QUARTERS_AGO:2", "2026-04-01"),
    ("N_FISCAL_YEARS_AGO:1", "2025-04-01 2026-03-31"),
    ("THIS_YEAR", "2026-03-31 2026-04-01 2026-11-18"),
]
DAYS = ("2025-04-01", "2026-03-31", "2026-04-01", "2026-11-18", "2027-03-31", "2027-04-01")


@pytest.mark.parametrize(("literal", "expected"), FISCAL)
def test_fiscal_literals_follow_the_orgs_fiscal_year(literal: str, expected: str) -> None:
    """Date Literals: fiscal years as defined in Setup under Company Profile."""
    with org_with(objects={"Tree__c": TREE}, fiscal_year={"start_month": 4}) as desk:
        desk.org.insert_raw("Tree__c", [{"Planted__c": day} for day in DAYS])
        soql = f"SELECT Planted__c FROM Tree__c WHERE Planted__c = {literal} ORDER BY Planted__c"
        assert " ".join(desk.column(soql)) == expected


@pytest.mark.parametrize(
    ("named_after", "years"),
    [("end", [2026, 2026, 2027, 2027]), ("start", [2025, 2025, 2026, 2026])],
)
def test_fiscal_functions_count_from_the_fiscal_year(named_after: str, years: list[int]) -> None:
    """Date Functions: FISCAL_… differ from CALENDAR_… where the years do."""
    fiscal = {"start_month": 4, "named_after": named_after}
    with org_with(objects={"Tree__c": TREE}, fiscal_year=fiscal) as desk:
        desk.org.insert_raw("Tree__c", [{"Planted__c": day} for day in DAYS[:4]])
        for function, expected in (
            ("FISCAL_YEAR", years),
            ("FISCAL_QUARTER", [1, 4, 1, 3]),
            ("FISCAL_MONTH", [1, 12, 1, 8]),
        ):
            call = f"{function}(Planted__c)"
            groups = f"GROUP BY Planted__c, {call} ORDER BY Planted__c"
            soql = f"SELECT Planted__c d, {call} v FROM Tree__c {groups}"
            assert [row["v"] for row in desk.rows(soql)] == expected
        shown = desk.rows(
            "SELECT FiscalYearStartMonth, UsesStartDateAsFiscalYearName FROM Organization"
        )
        assert list(shown[0].values()) == [4, named_after == "start"]


@pytest.mark.parametrize(
    "fiscal", [{"start_month": 13}, {"named_after": "me"}, {"begins": 4}, {"start_month": "May"}]
)
def test_a_fiscal_year_that_cannot_be_is_refused_with_the_org(fiscal: dict[str, Any]) -> None:
    """A description is checked when the org is made."""
    with pytest.raises(ValueError, match="fiscal"), org_with(fiscal_year=fiscal):
        pass
