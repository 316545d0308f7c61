"""Every column a workbook touches, and for what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import (
    AppliesTo,
    ChildPath,
    MappedField,
    RuleRow,
    TargetField,
    Workbook,
)

Base = str
"""``order``, ``line``, ``inventory``, ``package``, or ``child:`` and the name of an object."""

Use = Literal["read", "rule", "condition", "number", "hang", "marker", "write", "key"]
"""A ``rule`` is asked of the org; a ``condition`` is looked at once the record is read."""


@dataclass(frozen=True)
class PlacedPath:
    """A column of one of the objects, the cell that names it, and its use."""

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
    return tuple(
        one
        for placed in (
            *_settings(workbook),
            *_rules(workbook),
            *_mapped(workbook.order_fields, "order"),
            *_mapped(workbook.line_fields, "line"),
            *_targets(workbook.shipment_fields),
            *(_stock(workbook.inventory_fields) if _has_stock(workbook) else ()),
        )
        for one in _repeated(placed, workbook.repeated_lines)
    )


def _repeated(placed: PlacedPath, times: int) -> Iterator[PlacedPath]:
    """Where the lines stand on the order itself, each of the columns that # means."""
    if placed.base != "line" or not times:
        yield placed
    elif "#" not in placed.path:
        yield replace(placed, base="order")
    else:
        for number in range(1, times + 1):
            yield replace(placed, base="order", path=placed.path.replace("#", str(number)))


def child_paths(workbook: Workbook) -> tuple[ChildPath, ...]:
    """Every field of a child record that an order's values come from."""
    return tuple(child for row in workbook.order_fields for child in row.source.children)


def _has_stock(workbook: Workbook) -> bool:
    return bool(workbook.setting("inventory_object"))


def _settings(workbook: Workbook) -> Iterator[PlacedPath]:
    dated: Use = "rule" if workbook.setting("earliest_order_date") else "read"
    places: tuple[tuple[str, Base, Use], ...] = (
        ("order_number_field", "order", "number"),
        *((("line_order_field", "line", "hang"),) if not workbook.repeated_lines else ()),
        ("order_date_field", "order", dated),
        ("marker_field", "order", "marker"),
        ("package_order_field", "package", "hang"),
        ("package_key_field", "package", "write"),
    )
    for key, base, use in places:
        if workbook.setting(key) and workbook.object_of(base):
            yield PlacedPath(base, workbook.setting_cell(key).name, workbook.setting_cell(key), use)


_RULES_OVER: Mapping[AppliesTo, tuple[Base, Use]] = {
    "ready": ("order", "rule"),
    "cancel": ("order", "rule"),
    "hold": ("order", "condition"),
    "take lines": ("line", "condition"),
    "hold lines": ("line", "condition"),
    "inventory": ("inventory", "rule"),
}


def rule_base(row: RuleRow) -> Base:
    """Whose fields a rule compares."""
    return _RULES_OVER[row.applies_to][0]


def _rules(workbook: Workbook) -> Iterator[PlacedPath]:
    for row in workbook.rules:
        base, use = _RULES_OVER[row.applies_to]
        if base != "inventory" or _has_stock(workbook):
            yield PlacedPath(base, row.path, row.field, use)


def _mapped(rows: tuple[MappedField, ...], base: Base) -> Iterator[PlacedPath]:
    for row in rows:
        for path in row.source.paths:
            yield PlacedPath(base, path, row.source.cell, "read")
        for child in row.source.children:
            yield PlacedPath(child.base, child.path, child.cell, "read")
            for condition in child.conditions:
                yield PlacedPath(child.base, condition.path, child.cell, "rule")
        for condition in row.only_if:
            yield PlacedPath(base, condition.path, condition.field, "condition")


def _targets(rows: tuple[TargetField, ...]) -> Iterator[PlacedPath]:
    for row in rows:
        if row.path:
            yield PlacedPath(row.base, row.path, row.target, "write")


def _stock(rows: tuple[TargetField, ...]) -> Iterator[PlacedPath]:
    for row in rows:
        if row.path:
            use: Use = "key" if row.ours.group == "Key" else "write"
            yield PlacedPath("inventory", row.path, row.target, use)
