"""Does a record of the org show what we would write?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fulfillment_bridge.domain.org_schema import ChildUpsert, Record, RecordUpdate, Value, value_at


def shows(record: Record, update: RecordUpdate | ChildUpsert) -> bool:
    """Whether every value of the update stands in the record already."""
    return all(is_same(value_at(record, path), value) for path, value in update.values.items())


def is_same(shown: Any, value: Value) -> bool:
    """Whether a field shows this value."""
    if value is None or value == "":
        return shown in (None, "")
    if shown is None:
        return False
    if isinstance(value, bool):
        return shown is value
    if isinstance(value, datetime):
        return _moment(shown) == value.astimezone(UTC).replace(microsecond=0)
    if isinstance(value, date):
        return str(shown) == value.isoformat()
    if isinstance(value, int | Decimal):
        return _number(shown) == value
    return str(shown).strip() == value.strip()


def _moment(shown: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(shown)).astimezone(UTC).replace(microsecond=0)
    except ValueError:
        return None


def _number(shown: Any) -> Decimal | None:
    try:
        return Decimal(str(shown))
    except InvalidOperation:
        return None
