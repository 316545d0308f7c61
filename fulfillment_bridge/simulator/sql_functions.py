"""What the org's SQLite computes with functions of ours: case, time zones and formats."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_STAMP = "%Y-%m-%dT%H:%M:%S.%f%z"


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """The time zone of this name; ValueError when nobody knows it."""
    if name in ("GMT", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, LookupError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error


def casefold(text: Any) -> Any:
    """The text without upper and lower case; other values as they are."""
    return text.casefold() if isinstance(text, str) else text


def like_exactly(text: Any, pattern: str) -> Any:
    """LIKE where upper and lower case differ, ``\\`` being the escape character."""
    return None if text is None else int(_like(pattern).fullmatch(text) is not None)


@lru_cache(maxsize=64)
def _like(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\\?.", pattern, re.S)
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(each) or re.escape(each[-1]) for each in parts), re.S)


def in_zone(stamp: Any, zone_name: str) -> Any:
    """The stored moment as clocks in the zone show it, written as if it were UTC."""
    if stamp is None:
        return None
    local = datetime.strptime(stamp, _STAMP).astimezone(zone(zone_name))
    return local.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def formatted(value: Any, field_type: str, scale: int, currency: str, zone_name: str) -> Any:
    """The value as people in the United States read it."""
    if value is None:
        return None
    if field_type == "currency":
        return _money(value, scale, currency)
    if field_type == "percent":
        return f"{value:,.{scale}f}%"
    if field_type in ("double", "int"):
        return f"{value:,.{scale}f}"
    if field_type == "date":
        return _day(date.fromisoformat(value))
    if field_type == "datetime":
        return _moment(datetime.strptime(value, _STAMP).astimezone(zone(zone_name)))
    return str(value)


def _money(value: float, scale: int, currency: str) -> str:
    """With the code where the org has several currencies, else with the dollar sign."""
    amount = f"{abs(value):,.{scale}f}"
    shown = f"{currency} {amount}" if currency else f"${amount}"
    return f"-{shown}" if value < 0 else shown


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _moment(moment: datetime) -> str:
    hour = moment.hour % 12 or 12
    return f"{_day(moment)}, {hour}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "casefold": (1, casefold),
    "like_exactly": (2, like_exactly),
    "in_zone": (2, in_zone),
    "formatted": (5, formatted),
}
