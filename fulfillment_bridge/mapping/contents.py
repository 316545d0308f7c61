"""What a mapping workbook says, as values: each row of each sheet, each value with its cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from fulfillment_bridge.domain.org_schema import Operator
from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.findings import Finding
from fulfillment_bridge.mapping.layout import SETTINGS
from fulfillment_bridge.mapping.our_fields import OurField
from fulfillment_bridge.mapping.transforms import Step
from fulfillment_bridge.mapping.value_maps import ValueMap

AppliesTo = Literal["ready", "cancel", "inventory"]


@dataclass(frozen=True)
class Source:
    """Where a value comes from: fields (several are joined), a constant, or nowhere."""

    cell: Cell
    paths: tuple[str, ...] = ()
    constant: str | None = None

    @property
    def is_empty(self) -> bool:
        return not self.paths and self.constant is None


@dataclass(frozen=True)
class RuleRow:
    """One comparison of the sheet Rules. ``group`` is what ties rows together."""

    applies_to: AppliesTo
    group: str
    field: Cell
    operator: Operator
    operator_cell: Cell
    value: Cell

    @property
    def path(self) -> str:
        return self.field.name


@dataclass(frozen=True)
class MappedField:
    """One row of Order fields or Line fields."""

    ours: OurField
    cell: Cell
    source: Source
    required: bool
    steps: tuple[Step, ...]
    steps_cell: Cell
    default: Cell


@dataclass(frozen=True)
class TargetField:
    """One row of Shipment fields or Inventory fields: our value and the merchant's own field."""

    ours: OurField
    cell: Cell
    target: Cell
    steps: tuple[Step, ...]
    steps_cell: Cell

    @property
    def path(self) -> str:
        return self.target.name


@dataclass(frozen=True)
class Alias:
    """One SKU under two names; ``units`` of the warehouse's make one of Salesforce's."""

    salesforce_sku: str
    warehouse_sku: str
    units: Decimal
    cell: Cell


@dataclass(frozen=True)
class Workbook:
    """Everything a cart's workbook says."""

    format_version: int
    settings: Mapping[str, Cell]
    rules: tuple[RuleRow, ...] = ()
    order_fields: tuple[MappedField, ...] = ()
    line_fields: tuple[MappedField, ...] = ()
    shipment_fields: tuple[TargetField, ...] = ()
    inventory_fields: tuple[TargetField, ...] = ()
    value_maps: Mapping[str, ValueMap] = field(default_factory=dict)
    sku_aliases: Mapping[str, Alias] = field(default_factory=dict)
    faults: tuple[Finding, ...] = ()

    def setting(self, key: str) -> str:
        """A value of the sheet Cart, or its default where the cell is blank."""
        return self.settings[key].text or _DEFAULTS[key]

    @property
    def tracking_separator(self) -> str:
        """As it was typed, blanks and all; quotes around it are taken away."""
        value = self.settings["tracking_separator"].value
        typed = value if isinstance(value, str) and value.strip() else ""
        if len(typed) > 2 and typed[0] == typed[-1] and typed[0] in "\"'":
            typed = typed[1:-1]
        return typed or _DEFAULTS["tracking_separator"]

    def setting_cell(self, key: str) -> Cell:
        """The cell of a setting; for a line that is missing, the sheet itself."""
        return self.settings[key]

    def target(self, fields: tuple[TargetField, ...], key: str) -> TargetField | None:
        """The row of one of our fields, where it names a field of the merchant's."""
        for row in fields:
            if row.ours.key == key and row.path:
                return row
        return None


_DEFAULTS = {setting.key: setting.default for setting in SETTINGS}
