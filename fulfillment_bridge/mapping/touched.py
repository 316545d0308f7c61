"""Every column a workbook touches, and for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import MappedField, TargetField, Workbook

Base = Literal["order", "line", "inventory"]
Use = Literal["read", "rule", "number", "hang", "marker", "write", "key"]


@dataclass(frozen=True)
class PlacedPath:
    """A column of the order, line or inventory object, the cell that names it, and its use."""

    base: Base
    path: str
    cell: Cell
    use: Use

    @property
    def is_read(self) -> bool:
        """Whether it is read with every order; a field that is only written is not."""
        return self.use not in ("write", "hang")

    @property
    def is_rule(self) -> bool:
        return self.use == "rule"


def touched_paths(workbook: Workbook) -> tuple[PlacedPath, ...]:
    """Every column, in the order of the sheets; one for every place that names it."""
    return (
        *_settings(workbook),
        *_rules(workbook),
        *_mapped(workbook.order_fields, "order"),
        *_mapped(workbook.line_fields, "line"),
        *_targets(workbook.shipment_fields, "order"),
        *(_targets(workbook.inventory_fields, "inventory") if _has_stock(workbook) else ()),
    )


def _has_stock(workbook: Workbook) -> bool:
    return bool(workbook.setting("inventory_object"))


def _settings(workbook: Workbook) -> Iterator[PlacedPath]:
    dated: Use = "rule" if workbook.setting("earliest_order_date") else "read"
    places: tuple[tuple[str, Base, Use], ...] = (
        ("order_number_field", "order", "number"),
        ("line_order_field", "line", "hang"),
        ("order_date_field", "order", dated),
        ("marker_field", "order", "marker"),
    )
    for key, base, use in places:
        if workbook.setting(key):
            yield PlacedPath(base, workbook.setting_cell(key).name, workbook.setting_cell(key), use)


def _rules(workbook: Workbook) -> Iterator[PlacedPath]:
    for row in workbook.rules:
        if row.applies_to != "inventory":
            yield PlacedPath("order", row.path, row.field, "rule")
        elif _has_stock(workbook):
            yield PlacedPath("inventory", row.path, row.field, "rule")


def _mapped(rows: tuple[MappedField, ...], base: Base) -> Iterator[PlacedPath]:
    for row in rows:
        for path in row.source.paths:
            yield PlacedPath(base, path, row.source.cell, "read")


def _targets(rows: tuple[TargetField, ...], base: Base) -> Iterator[PlacedPath]:
    for row in rows:
        if row.path:
            use: Use = "key" if row.ours.group == "Key" else "write"
            yield PlacedPath(base, row.path, row.target, use)
