"""What a merchant sees on the order: our news on their own fields, cut to what fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from fulfillment_bridge.domain.fulfillment import ShipmentNews
from fulfillment_bridge.domain.org_schema import OrgField, RecordUpdate, Value
from fulfillment_bridge.mapping.contents import TargetField, Workbook
from fulfillment_bridge.mapping.transforms import (
    Surroundings,
    TransformFault,
    apply_steps,
    as_text,
)
from fulfillment_bridge.mapping.values import one_line

STATUS_FIELDS = (
    "fulfillment_status",
    "status_message",
    "warehouse_reference",
    "sent_to_warehouse_at",
)
LONGEST_MESSAGE = 255


@dataclass(frozen=True)
class WriteBack:
    """What to write onto one order, and what could not be written as it is."""

    update: RecordUpdate | None
    warnings: tuple[str, ...] = ()


class WriteBackMapping:
    """The sheet Shipment fields, ready to be applied.

    Only news is written: a value we do not have yet leaves the merchant's field alone. The
    exception is the status message, which is emptied once there is nothing to say.
    """

    def __init__(
        self, workbook: Workbook, field_of: Callable[[str], OrgField], around: Surroundings
    ) -> None:
        self._object = workbook.setting("order_object")
        self._separator = workbook.tracking_separator
        self._around = around
        self._targets = [
            (row, field_of(row.path))
            for row in workbook.shipment_fields
            if row.path and row.base == "order"
        ]

    @property
    def writes_status(self) -> bool:
        """Whether the merchant sees how an order stands, beside its shipments."""
        return any(row.ours.key in STATUS_FIELDS for row, _ in self._targets)

    def write_back(self, record_id: str, news: ShipmentNews) -> WriteBack:
        """The update of one order; without one where nothing of the news is mapped."""
        warnings: list[str] = []
        values: dict[str, Value] = {}
        for row, field in self._targets:
            raw = _NEWS[row.ours.key](news)
            if raw in (None, "", ()) and row.ours.key != "status_message":
                continue
            fits, value = self._value(row, field, raw, warnings)
            if fits:
                values[field.name] = value
        update = RecordUpdate(self._object, record_id, values) if values else None
        return WriteBack(update, tuple(warnings))

    def _value(
        self, row: TargetField, field: OrgField, raw: Any, warnings: list[str]
    ) -> tuple[bool, Value]:
        """Whether the value can be written, and the value."""
        if isinstance(raw, tuple):
            raw = self._joined(raw, field, row, warnings)
        value = self._transformed(row, raw, warnings)
        if isinstance(value, date):
            return True, dated(value, field, self._around)
        text = one_line(as_text(value))
        if row.ours.key == "status_message":
            text = text[:LONGEST_MESSAGE]
        text = _cut(text, field, row, warnings)
        if text and not _is_allowed(text, field):
            warnings.append(
                f"{row.target.place}: '{text}' is not a value of the picklist {field.name}, so "
                "it is not written. Add it in Salesforce, or translate it with a value map."
            )
            return False, None
        return True, text or None

    def _transformed(self, row: TargetField, raw: Any, warnings: list[str]) -> Any:
        try:
            return apply_steps(raw, row.steps, self._around)
        except TransformFault as fault:
            warnings.append(
                f"{row.steps_cell.place}: {row.ours.label}: {fault.message}, so it is written "
                "unchanged."
            )
            return raw

    def _joined(
        self, numbers: tuple[str, ...], field: OrgField, row: TargetField, warnings: list[str]
    ) -> str:
        """As many whole tracking numbers as fit: half a number would be worse than none."""
        room = field.length or None
        for count in range(len(numbers), 0, -1):
            text = self._separator.join(numbers[:count])
            if room is None or len(text) <= room:
                break
        if count < len(numbers):
            warnings.append(
                f"{row.target.place}: {field.name} holds {field.length} characters; left out: "
                + ", ".join(numbers[count:])
            )
        return text


_NEWS: Mapping[str, Callable[[ShipmentNews], Any]] = {
    "tracking_numbers": lambda news: news.tracking_numbers,
    "carrier": lambda news: news.carrier,
    "service": lambda news: news.service,
    "ship_date": lambda news: news.ship_on,
    "fulfillment_status": lambda news: news.fulfillment_status,
    "status_message": lambda news: news.status_message,
    "warehouse_reference": lambda news: news.warehouse_reference,
    "sent_to_warehouse_at": lambda news: news.sent_to_warehouse_at,
}


def dated(value: date, field: OrgField, around: Surroundings) -> Value:
    """A date or moment in the type of the field it goes to; text where the field is text."""
    kind = field.type.lower()
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(microsecond=0)
        if kind == "datetime":
            return moment
        day = moment.astimezone(around.time_zone).date()
        return day if kind == "date" else moment.isoformat().replace("+00:00", "Z")
    if kind == "datetime":
        return datetime.combine(value, time(), around.time_zone).astimezone(UTC)
    return value if kind == "date" else value.isoformat()


def _cut(text: str, field: OrgField, row: TargetField, warnings: list[str]) -> str:
    if not field.length or len(text) <= field.length:
        return text
    warnings.append(
        f"{row.target.place}: {row.ours.label} has {len(text)} characters and {field.name} holds "
        f"{field.length}; the rest is left out."
    )
    return text[: field.length].rstrip()


def _is_allowed(text: str, field: OrgField) -> bool:
    if not field.restricted_picklist or not field.picklist_values:
        return True
    return text in field.picklist_values
