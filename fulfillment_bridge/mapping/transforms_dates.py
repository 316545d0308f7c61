"""Transforms of dates and times."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from fulfillment_bridge.mapping.findings import did_you_mean, nearest
from fulfillment_bridge.mapping.time_zones import known_time_zones
from fulfillment_bridge.mapping.transform_basics import (
    Parameter,
    Surroundings,
    TransformFault,
    Value,
    as_date,
    as_moment,
    as_text,
    shown,
    transform,
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_READ = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MON": r"(?P<name>[A-Za-z]{3})[a-z]{0,6}\.?",
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
}
_WRITE = {
    "YYYY": "{0.year:04d}",
    "YY": "{1:02d}",
    "MON": "{2}",
    "MM": "{0.month:02d}",
    "DD": "{0.day:02d}",
    "HH": "{0.hour:02d}",
    "MI": "{0.minute:02d}",
    "SS": "{0.second:02d}",
}
_TOKENS = re.compile("YYYY|YY|MON|MM|DD|HH|MI|SS")
_CLOCK = re.compile(r"(HH\W?)MM")


def check_read_format(text: str) -> re.Pattern[str]:
    """The pattern of a format that dates are read in. Raises TransformFault for any other."""
    found = _read_pattern(text)
    if found is None:
        raise TransformFault(
            f"'{text}' is not a format of a date: use YYYY or YY, MM or MON, and DD, each once"
        )
    return found


@lru_cache(maxsize=256)
def _read_pattern(text: str) -> re.Pattern[str] | None:
    pieces = re.split("(YYYY|YY|MON|MM|DD)", text.upper())
    used = pieces[1::2]
    whole = {"day"} | {"year" if u.startswith("YY") else "month" for u in used if u != "DD"}
    if len(used) != 3 or "DD" not in used or whole != {"day", "year", "month"}:
        return None
    parts = [_READ[each] if place % 2 else re.escape(each) for place, each in enumerate(pieces)]
    return re.compile("".join(parts), re.ASCII | re.IGNORECASE)


@transform(Parameter("format", default="YYYY-MM-DD", check=check_read_format))
def date_(value: Value, around: Surroundings, format: str = "YYYY-MM-DD") -> Value:
    """Reads a date from text in the given order: date(MM/DD/YYYY), date(DD MON YY). Date fields
    need no transform."""
    text = as_text(value)
    match = check_read_format(format).fullmatch(text)
    found = _date_of(match.groupdict()) if match else None
    if found is None:
        raise TransformFault(f"{shown(text)} is not a date written {format}")
    return found


def _date_of(found: dict[str, str]) -> date | None:
    year = int(found["year"]) if "year" in found else 2000 + int(found["short"])
    month = found.get("month")
    try:
        number = int(month) if month else _MONTHS.index(found["name"].lower()) + 1
        return date(year, number, int(found["day"]))
    except ValueError:
        return None


def check_zone(text: str) -> tzinfo | None:
    """The time zone of that name, None for no name. Raises TransformFault where it is unknown."""
    if not text:
        return None
    if text not in known_time_zones():
        hint = did_you_mean(nearest(text, known_time_zones()))
        raise TransformFault(f"there is no time zone '{text}'", remedy=hint)
    return ZoneInfo(text)


@transform(Parameter("time zone", default="", check=check_zone))
def date_in(value: Value, around: Surroundings, time_zone: str = "") -> Value:
    """Takes the day of a date and time as it is in a time zone: date_in(Europe/Berlin). Without
    one, the time zone of the sheet Cart."""
    return as_date(value, check_zone(time_zone) or around.time_zone)


def check_write_format(text: str) -> None:
    """Raises TransformFault where a format says nothing of a date or time."""
    if not _TOKENS.search(text.upper()):
        raise TransformFault(f"'{text}' says no part of a date, such as YYYY, MM, DD, HH:MM")


@transform(
    Parameter("format", check=check_write_format),
    Parameter("time zone", default="", check=check_zone),
)
def date_text(value: Value, around: Surroundings, format: str, time_zone: str = "") -> Value:
    """Writes a date or time as text: date_text(MM/DD/YYYY), or date_text(DD MON YYYY HH:MM,
    Europe/Berlin). Without a time zone, the one of the sheet Cart."""
    moment = as_moment(value)
    zone = check_zone(time_zone) or around.time_zone
    if isinstance(moment, datetime):
        try:
            moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(zone)
        except OverflowError:
            raise TransformFault(f"{shown(value)} is beyond all calendars") from None
    else:
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    name = _MONTHS[moment.month - 1].capitalize()
    return _TOKENS.sub(
        lambda found: _WRITE[found.group()].format(moment, moment.year % 100, name),
        _CLOCK.sub(r"\1MI", format.upper()),
    )
