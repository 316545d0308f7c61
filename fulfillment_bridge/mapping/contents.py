"""What a mapping workbook says, as values: each row of each sheet, each value with its cell."""

from __future__ import annotations

import re
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

AppliesTo = Literal["ready", "cancel", "inventory", "hold", "take lines", "hold lines"]
Overwrite = Literal["always", "only if empty", "only if newer"]


@dataclass(frozen=True)
class ChildPath:
    """A field of the first child record of an order where conditions hold.

    ``lookup`` names the child's lookup to the order, where the workbook says which.
    """

    object_name: str
    lookup: str
    conditions: tuple[RuleRow, ...]
    path: str
    cell: Cell

    @property
    def key(self) -> str:
        """The same for all paths that read one and the same record."""
        said = (f"{row.path} {row.operator} {row.value.text}" for row in self.conditions)
        return f"{self.object_name}.{self.lookup}[{' and '.join(said)}]".lower()

    @property
    def base(self) -> str:
        """What paths of this object are counted under."""
        return f"{CHILD}{self.object_name}"


CHILD = "child:"
"""Before the name of a child object, where a base is named."""


@dataclass(frozen=True)
class Source:
    """Where a value comes from: fields (several are joined), a constant, or nowhere."""

    cell: Cell
    parts: tuple[str | ChildPath, ...] = ()
    constant: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Those of the parts that stand on the record itself."""
        return tuple(part for part in self.parts if isinstance(part, str))

    @property
    def children(self) -> tuple[ChildPath, ...]:
        """Those of the parts that stand on child records."""
        return tuple(part for part in self.parts if isinstance(part, ChildPath))

    @property
    def named(self) -> str:
        """The fields as people wrote them."""
        names = (p if isinstance(p, str) else f"{p.object_name}.{p.path}" for p in self.parts)
        return " + ".join(names)

    @property
    def is_empty(self) -> bool:
        return not self.parts and self.constant is None


@dataclass(frozen=True)
class RuleRow:
    """One comparison of the sheet Rules. ``group`` is what ties rows together.

    ``said`` is what the value's cell says, where ``value`` has a day in the place of TODAY.
    """

    applies_to: AppliesTo
    group: str
    field: Cell
    operator: Operator
    operator_cell: Cell
    value: Cell
    reason: str = ""
    said: str = ""

    @property
    def path(self) -> str:
        return self.field.name

    @property
    def text(self) -> str:
        """The comparison as it stands in the workbook, whatever day it is."""
        return f"{self.path} {self.operator} {self.said or self.value.text}"


@dataclass(frozen=True)
class MappedField:
    """One row of Order fields or Line fields. It counts only where ``only_if`` holds.

    ``ticked`` is the cell of the column Required.
    """

    ours: OurField
    cell: Cell
    source: Source
    required: bool
    steps: tuple[Step, ...]
    steps_cell: Cell
    default: Cell
    ticked: Cell
    only_if: tuple[RuleRow, ...] = ()


@dataclass(frozen=True)
class TargetField:
    """One row of Shipment fields or Inventory fields: our value and the merchant's own field."""

    ours: OurField
    cell: Cell
    target: Cell
    steps: tuple[Step, ...]
    steps_cell: Cell
    overwrite: Overwrite = "always"

    @property
    def path(self) -> str:
        return self.target.name

    @property
    def base(self) -> str:
        """Whose record it is written to: the order's, a line's, a package's or stock."""
        return {"Line": "line", "Package": "package"}.get(self.ours.group, "order")


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
    sku_cells: tuple[Cell, ...] = ()
    """Those in which somebody typed a SKU of the org, as they stand."""
    faults: tuple[Finding, ...] = ()

    def setting(self, key: str) -> str:
        """A value of the sheet Cart, or its default where the cell is blank."""
        return self.settings[key].text or _DEFAULTS[key]

    def object_of(self, base: str) -> str:
        """The API name of an object: of the order, line, inventory, package or a child."""
        if base == "line" and self.repeated_lines:
            base = "order"
        return (
            base.removeprefix(CHILD) if base.startswith(CHILD) else self.setting(f"{base}_object")
        )

    @property
    def repeated_lines(self) -> int:
        """How many lines stand in repeated columns of the order itself; 0 where none do."""
        text = self.setting("repeated_lines")
        return int(text) if re.fullmatch(r"[1-9][0-9]{0,2}", text) else 0

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
