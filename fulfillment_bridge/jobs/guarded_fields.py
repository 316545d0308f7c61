"""Fields that are written only where nothing, or nothing newer, stands there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from fulfillment_bridge.domain.org_schema import Record, RecordUpdate, Value, value_at


def without_guarded(
    update: RecordUpdate, guarded: Mapping[str, str], record: Record | None
) -> RecordUpdate | None:
    """The update without what must not be overwritten; None where nothing is left of it."""
    if record is None or not guarded:
        return update
    kept = {
        name: value
        for name, value in update.values.items()
        if name not in guarded or _may_be_written(guarded[name], value_at(record, name), value)
    }
    return replace(update, values=kept) if kept else None


def _may_be_written(guard: str, shown: object, value: Value) -> bool:
    if shown in (None, ""):
        return True
    return guard == "only if newer" and _moment(value) > _moment(shown)


def _moment(value: object) -> datetime:
    """A date or moment, from the org or ours; a day counts from its midnight."""
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day, tzinfo=UTC)
    else:
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
