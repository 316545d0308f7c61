"""JSON as Salesforce writes it: numbers exact, dates and times in its own forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def dumps(value: Any) -> bytes:
    """The JSON of plain values, dates, aware datetimes and Decimals (as exact numbers)."""
    return _text(value).encode()


def datetime_text(moment: datetime) -> str:
    """An aware datetime in UTC, with milliseconds, as Salesforce reads it."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{moment.microsecond // 1000:03d}Z"
    )


def parse_datetime(text: str) -> datetime:
    """``2026-11-22T09:00:00.000+0000`` as an aware datetime in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def plain_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without ``attributes``, parents included, every number a Decimal."""
    return {name: _plain(value) for name, value in record.items() if name != "attributes"}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return plain_record(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and not value.isascii():
        # Half a surrogate pair, left where Apex cut a text in two, fits into no file or database.
        return value.encode("utf-8", errors="replace").decode()
    return value


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return f'"{datetime_text(value)}"'
    if isinstance(value, date):
        return f'"{value.isoformat()}"'
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(str(name))}:{_text(each)}" for name, each in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return "[" + ",".join(_text(each) for each in value) + "]"
    return json.dumps(value, allow_nan=False)


def _number(value: Decimal) -> str:
    # The json module would go through float and send 0.1 + 0.2 for 0.3.
    if not value.is_finite():
        raise ValueError(f"{value} is no number that JSON knows")
    return format(value, "f")
