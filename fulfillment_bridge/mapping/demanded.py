"""Which of our fields a warehouse demands, and how each of them may be filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.mapping.our_fields import LINE_FIELDS, ORDER_FIELDS, OurField

_NEEDED_ANYWAY = frozenset({"ship_to.name", "ship_to.street", "ship_to.line_1"})
"""No parcel can do without: the mapping itself holds an order that lacks them."""

_ALSO_FILLED_BY = {
    "bill_to.street": ("bill_to.line_1",),
    "bill_to.line_1": ("bill_to.street",),
}


def demanded_field(name: str) -> OurField | None:
    """The field that a configuration names; what stands alone is of the ship-to."""
    return ORDER_FIELDS.find(name) or LINE_FIELDS.find(name) or ORDER_FIELDS.find(f"ship_to.{name}")


def unknown_demands(names: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names that are none of our fields, each with those that look like it."""
    for name in names:
        if demanded_field(name) is None:
            yield name, (ORDER_FIELDS.nearest(name) or LINE_FIELDS.nearest(name))


def demanded_of_orders(needs: WarehouseNeeds) -> tuple[OurField, ...]:
    """Fields of the order that the warehouse demands and that are not needed anyway."""
    return tuple(ours for ours in _demanded(needs) if LINE_FIELDS.find(ours.key) is not ours)


def ticked_for(needs: WarehouseNeeds) -> tuple[OurField, ...]:
    """Those of the order's that a workbook has to give: the org itself may fill its currency."""
    return tuple(ours for ours in demanded_of_orders(needs) if ours.kind != "currency")


def demanded_of_lines(needs: WarehouseNeeds) -> tuple[OurField, ...]:
    """The same for the lines."""
    return tuple(ours for ours in _demanded(needs) if LINE_FIELDS.find(ours.key) is ours)


def keys_that_fill(ours: OurField) -> tuple[str, ...]:
    """The rows of a workbook that may fill the field, itself first."""
    return (ours.key, *_ALSO_FILLED_BY.get(ours.key, ()))


def _demanded(needs: WarehouseNeeds) -> Iterator[OurField]:
    found = {ours.key: ours for name in needs.demands if (ours := demanded_field(name))}
    for key, ours in found.items():
        if not ours.required and key not in _NEEDED_ANYWAY:
            yield ours
