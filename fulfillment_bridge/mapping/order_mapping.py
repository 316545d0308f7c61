"""Turning a raw order into ours, or saying everything that stands in the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from fulfillment_bridge.domain.order import Address, HoldReason, Order, OrderLine
from fulfillment_bridge.domain.org_schema import RawOrder, Record, value_at
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.mapping.contents import MappedField, Workbook
from fulfillment_bridge.mapping.explain_rows import LineSeen, RowFinding, explain_rows
from fulfillment_bridge.mapping.missing_values import Demands, empty, mapping_reason
from fulfillment_bridge.mapping.row_rules import Group, RowRules, all_hold, numbered
from fulfillment_bridge.mapping.transforms import (
    HeldOnPurpose,
    Surroundings,
    TransformFault,
    as_text,
)
from fulfillment_bridge.mapping.values import (
    NO_CHILDREN,
    Children,
    default_value,
    mapped_value,
    one_line,
    raw_value,
)

_ADDRESSES = ("ship_to", "bill_to")
_LINES = ("line_1", "line_2", "line_3")


@dataclass(frozen=True)
class MappingResult:
    """An order, and every reason to hold it.

    There is none where a fault leaves nothing to send; what a person may overrule does not.
    """

    order: Order | None
    faults: tuple[HoldReason, ...] = ()

    def despite(self, overruled: Collection[str]) -> MappingResult:
        """The same without the reasons that a person has overruled."""
        faults = tuple(each for each in self.faults if each.rule not in overruled)
        return replace(self, faults=faults)


class OrderMapping:
    """The sheets Order fields, Line fields and SKU aliases, ready to be applied.

    An order that lacks what its warehouse ``needs`` is held.
    """

    def __init__(
        self,
        workbook: Workbook,
        around: Surroundings,
        rules: RowRules,
        needs: WarehouseNeeds = NO_NEEDS,
    ) -> None:
        self._workbook = workbook
        self._around = around
        self._rules = rules
        self._demands = Demands(needs)
        self._number_path = workbook.setting("order_number_field")
        self._order_rows = {row.ours.key: row for row in _country_first(workbook.order_fields)}
        self._line_rows = [
            {row.ours.key: _numbered(row, number) for row in workbook.line_fields}
            for number in range(1, (workbook.repeated_lines or 1) + 1)
        ]

    def apply(self, raw: RawOrder, *, default_currency: str | None) -> MappingResult:
        """The order, and all of its faults at once. Never raises for what a record holds."""
        faults: list[HoldReason] = []
        number = self._order_number(raw.record, faults)
        values = self._values(
            self._order_rows, raw.record, faults, self._rules.order_only_if, raw.children
        )
        if default_currency:
            values.setdefault("currency", default_currency)
        addresses = {prefix: _address(values, prefix) for prefix in _ADDRESSES}
        faults.extend(_address_faults(addresses["ship_to"], self._order_rows, faults))
        faults.extend(self._demands.of_order(values, self._order_rows, faults))
        faults.extend(self._demands.unknown_method(values, self._order_rows, raw.record))
        lines = self._lines(raw, faults)
        faults.extend(self._rules.holds(raw.record))
        if any(map(_blocks, faults)):
            return MappingResult(None, tuple(faults))
        order = Order(
            cart_order_id=raw.cart_order_id,
            order_number=number,
            ship_to=addresses["ship_to"],
            bill_to=addresses["bill_to"],
            lines=lines,
            extras=_extras(values),
            **_plain(values, Order),
        )
        return MappingResult(order, tuple(faults))

    def _order_number(self, record: Record, faults: list[HoldReason]) -> str:
        cell = self._workbook.setting_cell("order_number_field")
        try:
            number = one_line(as_text(value_at(record, self._number_path)))
        except TransformFault as fault:
            faults.append(mapping_reason(f"Order number: {fault.message}.", cell))
            return ""
        if not number:
            remedy = f"Fill in {self._number_path} on the order in Salesforce."
            faults.append(mapping_reason("Order number is empty.", cell, remedy))
        return number

    def _values(
        self,
        rows: Mapping[str, MappedField],
        record: Record,
        faults: list[HoldReason],
        only_if: Mapping[str, Group],
        children: Children = NO_CHILDREN,
        about: str = "",
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, row in rows.items():
            prefix = key.partition(".")[0]
            country = values.get(f"{prefix}.country") if prefix in _ADDRESSES else None
            around = replace(self._around, country=country) if country else self._around
            counts = key not in only_if or all_hold(only_if[key], record)
            try:
                value = (
                    mapped_value(row, record, around, children)
                    if counts
                    else default_value(row, around)
                )
            except HeldOnPurpose as held:
                may_lack = self._demands.may_lack(row, counts=counts)
                faults.append(_held(row, held, about, record, may_lack=may_lack))
                continue
            except TransformFault as fault:
                faults.append(_value_fault(row, fault, about))
                continue
            if value is not None:
                values[key] = value
            elif row.ours.required or (row.required and counts):
                faults.append(empty(row, about, self._demands.reason(key)))
        return values

    def _lines(self, raw: RawOrder, faults: list[HoldReason]) -> tuple[OrderLine, ...]:
        lines: list[OrderLine] = []
        left_out = 0
        for number, record in self._line_records(raw):
            if not self._rules.takes(record, number):
                left_out += 1
                continue
            before, about = len(faults), f"Line {number}: "
            rows = self._line_rows[number - 1 if self._workbook.repeated_lines else 0]
            only_if = {
                key: numbered(group, number) for key, group in self._rules.line_only_if.items()
            }
            values = self._values(rows, record, faults, only_if, about=about)
            faults.extend(self._demands.of_line(values, rows, faults[before:], about))
            faults.extend(self._rules.holds_of_line(record, about, number))
            if not any(map(_blocks, faults[before:])):
                lines.append(self._line(number, record, values))
        if not lines and not any(reason.message.startswith("Line ") for reason in faults):
            faults.append(self._no_lines(left_out))
        return tuple(lines)

    def _line_records(self, raw: RawOrder) -> Iterator[tuple[int, Record]]:
        """Each line with its number; repeated columns that say nothing are no line."""
        if not self._workbook.repeated_lines:
            yield from enumerate(sorted(raw.lines, key=_id_of), 1)
            return
        for number in self._filled_columns(raw.record):
            yield number, {**raw.record, "Id": f"{raw.cart_order_id}#{number}"}

    def _filled_columns(self, record: Record) -> Iterator[int]:
        for number, rows in enumerate(self._line_rows, 1):
            told = (raw_value(rows[key].source, record) for key in ("sku", "quantity"))
            if any(value not in (None, "", 0, (), False) for value in told):
                yield number

    def explain_rows(self, raw: RawOrder) -> list[RowFinding]:
        """Which rules hold the order or a line of it, and which leave lines out."""
        return explain_rows(self._rules, self._workbook.rules, raw.record, self.lines_seen(raw))

    def lines_seen(self, raw: RawOrder) -> list[LineSeen]:
        """The lines of the order as they are numbered, those that are left out among them."""
        return [self._seen(number, record) for number, record in self._line_records(raw)]

    def _seen(self, number: int, record: Record) -> LineSeen:
        rows = self._line_rows[number - 1 if self._workbook.repeated_lines else 0]
        try:
            sku = as_text(raw_value(rows["sku"].source, record))
        except TransformFault:
            sku = ""
        taken = self._rules.takes(record, number)
        return LineSeen(number, record, sku, tuple(rows.values()), taken)

    def repeated_lines(self, record: Record) -> tuple[Record, ...]:
        """The record once for every line that stands in its repeated columns."""
        return tuple(record for _ in self._filled_columns(record))

    def _no_lines(self, left_out: int) -> HoldReason:
        rule = next((row for row in self._workbook.rules if row.applies_to == "take lines"), None)
        if left_out and rule:
            return HoldReason(
                "no_lines",
                "All of its lines are left out by the rules for lines.",
                "Nothing is to be shipped; change the rule if that is wrong.",
                rule.field.place,
            )
        return HoldReason(
            "no_lines",
            "The order has no lines to ship.",
            "Add its products in Salesforce; it is taken by itself then.",
            self._workbook.setting_cell(
                "repeated_lines" if self._workbook.repeated_lines else "line_object"
            ).place,
        )

    def _line(self, number: int, record: Record, values: dict[str, Any]) -> OrderLine:
        sku, quantity = str(values["sku"]), Decimal(values["quantity"])
        alias = self._workbook.sku_aliases.get(sku)
        return OrderLine(
            cart_line_id=_id_of(record),
            line_number=number,
            warehouse_sku=alias.warehouse_sku if alias else sku,
            warehouse_quantity=quantity * alias.units if alias else quantity,
            extras=_extras(values),
            **_plain(values, OrderLine),
        )


def _numbered(row: MappedField, number: int) -> MappedField:
    """The row with the number of a line in the place of #."""
    parts = tuple(
        part.replace("#", str(number)) if isinstance(part, str) else part
        for part in row.source.parts
    )
    return replace(row, source=replace(row.source, parts=parts))


def _country_first(rows: Iterable[MappedField]) -> list[MappedField]:
    """Countries before the rest, because a state's code depends on its country."""
    return sorted(rows, key=lambda row: row.ours.kind != "country")


def _id_of(record: Record) -> str:
    return str(value_at(record, "Id") or "")


def _plain(values: Mapping[str, Any], kind: type[Order] | type[OrderLine]) -> dict[str, Any]:
    known = kind.__dataclass_fields__
    return {key: value for key, value in values.items() if key in known}


def _extras(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (key.partition(".")[2], str(value))
        for key, value in values.items()
        if key.startswith("extra.")
    )


def _address(values: Mapping[str, Any], prefix: str) -> Address:
    parts = {
        key.partition(".")[2]: value
        for key, value in values.items()
        if key.startswith(f"{prefix}.")
    }
    street = parts.pop("street", None) or [parts[line] for line in _LINES if line in parts]
    for line in _LINES:
        parts.pop(line, None)
    parts.update(zip(_LINES, street, strict=False))
    if "company" in parts:
        parts.setdefault("name", parts["company"])
    return Address(**parts)


def _address_faults(
    address: Address, rows: Mapping[str, MappedField], faults: Iterable[HoldReason]
) -> list[HoldReason]:
    """What no parcel can do without, whatever the workbook ticks as required."""
    told = {fault.place for fault in faults}
    missing: list[HoldReason] = []
    for filled, keys in (
        (address.name, ("ship_to.name", "ship_to.company")),
        (address.line_1, ("ship_to.street", "ship_to.line_1", "ship_to.line_2")),
    ):
        row = next((rows[key] for key in keys if key in rows), None)
        if not filled and row and row.source.cell.place not in told:
            missing.append(empty(row))
    return missing


def _blocks(reason: HoldReason) -> bool:
    """Whether it leaves nothing to send, whatever a person decides."""
    return not reason.rule


def _held(
    row: MappedField, held: HeldOnPurpose, about: str, record: Record, *, may_lack: bool
) -> HoldReason:
    """A value map asks for a person; the order may go without the value, where it can."""
    reason = _value_fault(row, held, about)
    if not may_lack:
        return replace(
            reason, remedy=f"{reason.remedy} It cannot be released without {row.ours.label}."
        )
    return replace(reason, rule=f"{row.ours.key} by {held.row} of {_id_of(record)}")


def _value_fault(row: MappedField, fault: TransformFault, about: str) -> HoldReason:
    where = row.source.named
    remedy = fault.remedy or (f"Correct {where} in Salesforce." if where else "")
    return mapping_reason(f"{about}{row.ours.label}: {fault.message}.", row.source.cell, remedy)
