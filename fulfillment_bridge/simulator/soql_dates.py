"""Dates in SOQL: literals like LAST_N_DAYS:7, and functions like CALENDAR_YEAR()."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fulfillment_bridge.simulator.sql_functions import zone

_UNITS = "WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR"
_LITERAL = re.compile(
    r"(?P<day>YESTERDAY|TODAY|TOMORROW)"
    rf"|(?P<which>LAST|THIS|NEXT)_(?P<unit>{_UNITS})"
    r"|(?P<ninety>LAST|NEXT)_90_DAYS"
    rf"|(?P<side>LAST|NEXT)_N_(?P<units>DAY|{_UNITS})S:(?P<n>\d+)"
    rf"|N_(?P<ago_units>DAY|{_UNITS})S_AGO:(?P<ago>\d+)"
)
_DAYS = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
_STEPS = {"LAST": -1, "THIS": 0, "NEXT": 1}
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}

# SQL of the date functions; {0} is a date or datetime column as the store writes it.
DATE_FUNCTIONS = {
    "CALENDAR_YEAR": "CAST(SUBSTR({0}, 1, 4) AS INTEGER)",
    "CALENDAR_QUARTER": "((CAST(SUBSTR({0}, 6, 2) AS INTEGER) + 2) / 3)",
    "CALENDAR_MONTH": "CAST(SUBSTR({0}, 6, 2) AS INTEGER)",
    "DAY_ONLY": "SUBSTR({0}, 1, 10)",
    "DAY_IN_MONTH": "CAST(SUBSTR({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "(CAST(STRFTIME('%w', SUBSTR({0}, 1, 10)) AS INTEGER) + 1)",
    "DAY_IN_YEAR": "CAST(STRFTIME('%j', SUBSTR({0}, 1, 10)) AS INTEGER)",
    "WEEK_IN_MONTH": "((CAST(SUBSTR({0}, 9, 2) AS INTEGER) + 6) / 7)",
    "WEEK_IN_YEAR": "((CAST(STRFTIME('%j', SUBSTR({0}, 1, 10)) AS INTEGER) + 6) / 7)",
    "HOUR_IN_DAY": "CAST(SUBSTR({0}, 12, 2) AS INTEGER)",
}
# Months since the year 0, less those by which the fiscal year begins after January.
_FISCAL = (
    "(CAST(SUBSTR({0}, 1, 4) AS INTEGER) * 12 + CAST(SUBSTR({0}, 6, 2) AS INTEGER) - 1 - {before})"
)
DATE_FUNCTIONS |= {
    "FISCAL_YEAR": _FISCAL + " / 12 + {later}",
    "FISCAL_QUARTER": _FISCAL + " % 12 / 3 + 1",
    "FISCAL_MONTH": _FISCAL + " % 12 + 1",
}


@dataclass(frozen=True)
class FiscalYear:
    """The org's fiscal year: its first month, and whether it is named after its first day."""

    start_month: int = 1
    named_after_start: bool = False

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> FiscalYear:
        """As ``fiscal_year: {start_month: 4, named_after: start}`` says; January otherwise."""
        given = description.get("fiscal_year") or {}
        month, named = given.get("start_month", 1), given.get("named_after", "end")
        if set(given) - {"start_month", "named_after"} or named not in ("start", "end"):
            raise ValueError("fiscal_year takes start_month, and named_after: start or end")
        if month not in range(1, 13):
            raise ValueError(f"the fiscal year cannot begin in month {month!r}")
        return cls(int(month), named == "start")

    @property
    def months(self) -> int:
        """By how many months it begins after January."""
        return self.start_month - 1

    @property
    def later(self) -> int:
        """1 where a year is named after its end, which lies in the next calendar year."""
        return int(self.start_month > 1 and not self.named_after_start)


def date_range(literal: str, today: date, fiscal: FiscalYear) -> tuple[date, date] | None:
    """The first day the literal means and the day after the last; None when it is none."""
    match = _LITERAL.fullmatch(literal.upper())
    if match is None:
        return None
    try:
        return _range(match.groupdict(), today, fiscal)
    except (OverflowError, ValueError):  # beyond the calendar
        return None


def _range(found: dict[str, str], today: date, fiscal: FiscalYear) -> tuple[date, date]:
    if found["day"]:
        start = today + timedelta(days=_DAYS[found["day"]])
        return start, start + timedelta(days=1)
    if found["ninety"]:
        return _several(found["ninety"], "DAY", 90, today, fiscal)
    if found["side"]:
        return _several(found["side"], found["units"], int(found["n"]), today, fiscal)
    if found["ago_units"]:
        return _unit(found["ago_units"], -int(found["ago"]), today, fiscal)
    return _unit(found["unit"], _STEPS[found["which"]], today, fiscal)


def _several(
    side: str, unit: str, count: int, today: date, fiscal: FiscalYear
) -> tuple[date, date]:
    """The last or next ``count`` units; of days the last ones end with today."""
    tomorrow = today + timedelta(days=1)
    if unit == "DAY" and side == "LAST":
        return today - timedelta(days=count), tomorrow
    if unit == "DAY":
        return tomorrow, tomorrow + timedelta(days=count)
    if side == "LAST":
        return _unit(unit, -count, today, fiscal)[0], _unit(unit, 0, today, fiscal)[0]
    return _unit(unit, 1, today, fiscal)[0], _unit(unit, count, today, fiscal)[1]


def _unit(unit: str, offset: int, today: date, fiscal: FiscalYear) -> tuple[date, date]:
    """The unit of time that lies ``offset`` units away from today's; weeks begin on Sunday."""
    if unit == "DAY":
        start = today + timedelta(days=offset)
        return start, start + timedelta(days=1)
    if unit == "WEEK":
        sunday = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=offset)
        return sunday, sunday + timedelta(weeks=1)
    months = _MONTHS[unit.removeprefix("FISCAL_")]
    before = fiscal.months if unit.startswith("FISCAL_") else 0
    first = (today.year * 12 + today.month - 1 - before) // months * months + offset * months
    return _month(first + before), _month(first + before + months)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def midnight(day: date, zone_name: str) -> str:
    """The start of the day in the time zone, as the store writes datetimes."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone(zone_name))
    with suppress(OverflowError):  # on the first and last days of the calendar
        start = start.astimezone(UTC)
    return start.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def stored_datetime(text: str) -> str | None:
    """A datetime as SOQL writes it, in the form the store keeps: UTC and whole seconds."""
    try:
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00")).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
