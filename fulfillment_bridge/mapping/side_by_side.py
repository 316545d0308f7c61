"""An order beside the record it came from, row by row, for people who approve a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fulfillment_bridge.domain.order import HoldReason, Order
from fulfillment_bridge.domain.org_schema import RawOrder, Record, value_at
from fulfillment_bridge.mapping.contents import MappedField, Workbook
from fulfillment_bridge.mapping.explain_rows import LineSeen
from fulfillment_bridge.mapping.order_mapping import MappingResult
from fulfillment_bridge.mapping.values import NO_CHILDREN, Children, raw_value

_STREET = ("line_1", "line_2", "line_3")


@dataclass(frozen=True)
class Pair:
    """One of our fields: what the warehouse gets, and what Salesforce has where.

    ``line`` is the number of an order line, 0 for the order itself; ``left_out`` is one that is
    not shipped.
    """

    line: int
    our_field: str
    warehouse: str
    salesforce_field: str
    salesforce: str
    cell: str
    left_out: bool = False


@dataclass(frozen=True)
class Preview:
    """What would become of one order."""

    order_number: str
    record_id: str
    order: Order | None
    reasons: tuple[HoldReason, ...]
    pairs: tuple[Pair, ...]

    @property
    def is_held(self) -> bool:
        return bool(self.reasons)

    def shown(self, pair: Pair) -> str:
        """What the warehouse gets, as people read it."""
        if pair.left_out:
            return "(left out)"
        return "(held)" if self.is_held else pair.warehouse


def side_by_side(
    workbook: Workbook, raw: RawOrder, result: MappingResult, seen: Sequence[LineSeen]
) -> Preview:
    """The order and its record, and why it would be held where it would be."""
    content = result.order.content() if result.order else {}
    path = workbook.setting("order_number_field")
    number = str(value_at(raw.record, path) or raw.cart_order_id)
    first = Pair(
        0,
        "Order number",
        str(content.get("order_number", "")),
        path,
        _shown(value_at(raw.record, path)),
        workbook.setting_cell("order_number_field").place,
    )
    pairs = [first, *_pairs(0, workbook.order_fields, raw.record, content, raw.children)]
    lines = {line["line_number"]: line for line in content.get("lines", ())}
    for line in seen:
        for pair in _pairs(line.number, line.rows, line.record, lines.get(line.number, {})):
            pairs.append(replace(pair, left_out=not line.taken))
    return Preview(number, raw.cart_order_id, result.order, result.faults, tuple(pairs))


def _pairs(
    line: int,
    rows: Sequence[MappedField],
    record: Record,
    content: Mapping[str, Any],
    children: Children = NO_CHILDREN,
) -> Iterator[Pair]:
    for row in rows:
        if row.source.is_empty and row.default.is_blank:
            continue
        named = row.source.cell.text.replace("#", str(line)) if line else row.source.cell.text
        found = raw_value(row.source, record, children) if row.source.constant is None else None
        parts = [_shown(part) for part in (found if isinstance(found, tuple) else (found,))]
        held = " + ".join(parts) if any(parts) else ""
        yield Pair(
            line,
            row.ours.label,
            _value_of(row, content),
            named or f"default: {row.default.text}",
            held,
            row.source.cell.place,
        )


def _value_of(row: MappedField, content: Mapping[str, Any]) -> str:
    """The value of our field in an order's content."""
    if row.ours.is_extra:
        extras: Sequence[Sequence[str]] = content.get("extras", ())
        return next((text for name, text in extras if name == row.ours.extra_name), "")
    part, _, key = row.ours.key.partition(".")
    value: Any = content.get(part)
    if key and isinstance(value, Mapping):
        if key == "street":
            return ", ".join(value[each] for each in _STREET if value.get(each))
        value = value.get(key)
    return _shown(value)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " / ".join(str(value).splitlines())
