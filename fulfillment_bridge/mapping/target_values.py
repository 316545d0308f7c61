"""One value for one of the merchant's fields: transformed, typed by the field, cut to what fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_FLOOR, Decimal
from typing import Any, TypeVar

from fulfillment_bridge.domain.org_schema import OrgField, Value
from fulfillment_bridge.mapping.contents import TargetField
from fulfillment_bridge.mapping.rules import NUMBER_TYPES
from fulfillment_bridge.mapping.transforms import (
    Surroundings,
    TransformFault,
    apply_steps,
    as_text,
)
from fulfillment_bridge.mapping.values import one_line

LONGEST_MESSAGE = 255

News = TypeVar("News")
Getters = Mapping[str, Callable[[News], Any]]
"""What a piece of news says for each of our fields."""

Target = tuple[TargetField, OrgField]


class TargetValues:
    """Makes values for rows of the sheet Shipment fields."""

    def __init__(self, separator: str, around: Surroundings) -> None:
        self._separator = separator
        self._around = around

    def of(
        self,
        targets: Sequence[Target],
        getters: Getters[News],
        news: News,
        warnings: list[str],
    ) -> dict[str, Value]:
        """The values of all rows about which there is news, by the names of the fields."""
        values: dict[str, Value] = {}
        for row, field in targets:
            raw = getters[row.ours.key](news)
            if raw in (None, "", ()) and row.ours.key != "status_message":
                continue
            fits, value = self._value(row, field, raw, warnings)
            if fits:
                values[field.name] = value
        return values

    def _value(
        self, row: TargetField, field: OrgField, raw: Any, warnings: list[str]
    ) -> tuple[bool, Value]:
        """Whether the value can be written, and the value."""
        takes_several = bool(row.steps) and row.steps[0].transform.several
        if isinstance(raw, tuple) and not takes_several:
            raw = self._joined(raw, field, row, warnings)
        value = self._transformed(row, raw, warnings)
        if isinstance(value, date):
            return True, dated(value, field, self._around)
        if isinstance(value, Decimal) and field.type.lower() in NUMBER_TYPES:
            return True, value.quantize(Decimal(1).scaleb(-field.scale), ROUND_FLOOR)
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
            return self._separator.join(raw) if isinstance(raw, tuple) else raw

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
