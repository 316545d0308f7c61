"""Stock levels on the merchant's own inventory records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from fulfillment_bridge.domain.inventory import PublishedLevel
from fulfillment_bridge.domain.org_schema import (
    InventoryQuery,
    OrgField,
    Record,
    RecordUpdate,
    Rule,
    Value,
    value_at,
)
from fulfillment_bridge.mapping.contents import TargetField, Workbook
from fulfillment_bridge.mapping.rules import NUMBER_TYPES
from fulfillment_bridge.mapping.target_values import dated
from fulfillment_bridge.mapping.transforms import (
    Surroundings,
    TransformFault,
    apply_steps,
    as_number,
    as_text,
)
from fulfillment_bridge.mapping.values import one_line

LEVELS = ("available", "on_hand", "allocated", "on_hold")


@dataclass(frozen=True)
class StockKey:
    """Whose level an inventory record shows.

    ``units`` of the warehouse's make one of Salesforce's. ``warehouse_code`` is None where the
    org has one record per SKU for all warehouses.
    """

    salesforce_sku: str
    warehouse_sku: str
    units: Decimal
    warehouse_code: str | None = None


class StockMapping:
    """The sheets Inventory fields and SKU aliases, ready to be applied."""

    def __init__(
        self,
        workbook: Workbook,
        field_of: Callable[[str], OrgField],
        rule: Rule,
        around: Surroundings,
    ) -> None:
        rows = workbook.inventory_fields
        self._object = workbook.setting("inventory_object")
        self._aliases = workbook.sku_aliases
        self._rule = rule
        self._around = around
        self._key = workbook.target(rows, "sku")
        self._warehouse = workbook.target(rows, "warehouse")
        self._levels = [(r, field_of(r.path)) for r in rows if r.path and r.ours.key in LEVELS]
        self._as_of = [(r, field_of(r.path)) for r in rows if r.path and r.ours.key == "as_of"]

    def query(self) -> InventoryQuery | None:
        """What to read; None where the workbook leaves stock alone."""
        if not self._object or self._key is None:
            return None
        return InventoryQuery(
            inventory_object=self._object,
            key_path=self._key.path,
            paths=tuple(row.path for row, _ in [*self._levels, *self._as_of]),
            warehouse_path=self._warehouse.path if self._warehouse else None,
            rule=self._rule,
        )

    def key(self, record: Record) -> StockKey | None:
        """Whose level the record shows; None where its SKU (or warehouse) is empty."""
        sku = self._text(self._key, record)
        warehouse = self._text(self._warehouse, record) if self._warehouse else None
        if not sku or warehouse == "":
            return None
        alias = self._aliases.get(sku)
        if alias is None:
            return StockKey(sku, sku, Decimal(1), warehouse)
        return StockKey(sku, alias.warehouse_sku, alias.units, warehouse)

    def _text(self, row: TargetField | None, record: Record) -> str:
        if row is None:
            return ""
        raw = value_at(record, row.path)
        try:
            return one_line(as_text(apply_steps(raw, row.steps, self._around)))
        except TransformFault:
            return ""

    def update(self, record: Record, level: PublishedLevel) -> RecordUpdate | None:
        """What to write so that the record shows the level; None where it shows it already.

        The time of the count goes along with a change and is no change by itself.
        """
        changed: dict[str, Value] = {}
        for row, field in self._levels:
            quantity = _fitting(getattr(level, row.ours.key), field)
            if _shown_number(value_at(record, row.path)) != quantity:
                changed[field.name] = _typed(quantity, field)
        if not changed:
            return None
        for _, field in self._as_of:
            changed[field.name] = dated(level.as_of, field, self._around)
        return RecordUpdate(self._object, str(value_at(record, "Id")), changed)


def _fitting(quantity: Decimal, field: OrgField) -> Decimal:
    """Rounded down to the decimals the field has: half a mug cannot be promised."""
    if field.type.lower() == "int" or (field.type.lower() in NUMBER_TYPES and field.scale == 0):
        return quantity.to_integral_value(ROUND_FLOOR)
    if field.type.lower() in NUMBER_TYPES:
        return quantity.quantize(Decimal(1).scaleb(-field.scale), ROUND_FLOOR)
    return quantity


def _shown_number(value: Any) -> Decimal | None:
    try:
        return None if value in (None, "") else as_number(value)
    except TransformFault:
        return None


def _typed(quantity: Decimal, field: OrgField) -> Value:
    return quantity if field.type.lower() in NUMBER_TYPES else as_text(quantity)
