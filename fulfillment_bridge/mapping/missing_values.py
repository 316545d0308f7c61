"""Why an order is held for a value that it does not have, or that its warehouse does not know."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from fulfillment_bridge.domain.order import HoldReason
from fulfillment_bridge.domain.org_schema import Record, value_at
from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import MappedField
from fulfillment_bridge.mapping.demanded import (
    demanded_of_lines,
    demanded_of_orders,
    keys_that_fill,
)
from fulfillment_bridge.mapping.findings import did_you_mean, nearest
from fulfillment_bridge.mapping.layout import LINE_FIELDS, ORDER_FIELDS
from fulfillment_bridge.mapping.our_fields import OurField
from fulfillment_bridge.mapping.transform_basics import shown

SHIP_METHOD = "ship_method"
LONGEST_METHOD = 60
Rows = Mapping[str, MappedField]

ADDRESSEE = frozenset(
    f"ship_to.{part}" for part in ("name", "company", "street", "line_1", "line_2")
)
"""Whom and where to: one of each kind is needed, whatever the workbook ticks as required."""


def mapping_reason(message: str, cell: Cell, remedy: str = "") -> HoldReason:
    """A reason that stands at a cell of the workbook."""
    return HoldReason("mapping", message, remedy, cell.place)


def empty(row: MappedField, about: str = "", because: str = "") -> HoldReason:
    """A row that has to give a value gives none."""
    where = row.source.named
    if where:
        remedy = f"Fill in {where} in Salesforce, or give a default in {row.default.place}."
    else:
        remedy = f"Name a Salesforce field in {row.source.cell.place}."
    return mapping_reason(f"{about}{row.ours.label} is empty{because}.", row.source.cell, remedy)


class Demands:
    """What a warehouse demands, looked for in the values of an order and of its lines."""

    def __init__(self, needs: WarehouseNeeds) -> None:
        self._warehouse = needs.warehouse
        self._methods = needs.ship_methods
        self._of_orders = demanded_of_orders(needs)
        self._of_lines = demanded_of_lines(needs)
        every = (*self._of_orders, *self._of_lines)
        self._keys = {ours.key for ours in every}
        self._filling = {key for ours in every for key in keys_that_fill(ours)}

    def reason(self, key: str) -> str:
        """Words to add about a field that is empty, where it is the warehouse that asks."""
        return f", and the warehouse {self._warehouse} demands it" if key in self._keys else ""

    def may_lack(self, row: MappedField, *, counts: bool) -> bool:
        """Whether an order can go without a value of this row."""
        key = row.ours.key
        needed = row.ours.required or (row.required and counts)
        return not needed and key not in self._filling and key not in ADDRESSEE

    def of_order(
        self, values: Collection[str], rows: Rows, told: Sequence[HoldReason]
    ) -> Iterator[HoldReason]:
        """What the order lacks; what is told already is not told again."""
        return self._missing(self._of_orders, ORDER_FIELDS, values, rows, told)

    def unknown_method(
        self, values: Mapping[str, Any], rows: Rows, record: Record
    ) -> Iterator[HoldReason]:
        """A ship method that is none of the warehouse's codes, where they are known.

        A person may overrule it: a list in a configuration grows old.
        """
        method = values.get(SHIP_METHOD, "")
        if not method or not self._methods or method in self._methods:
            return
        row = rows[SHIP_METHOD]
        hint = did_you_mean(nearest(method[:LONGEST_METHOD], self._methods))
        yield HoldReason(
            "mapping",
            f"The warehouse {self._warehouse} has no ship method {shown(method)}.",
            (f"{hint[0].upper()}{hint[1:]} " if hint else "")
            + f"Translate it with a value map in {row.steps_cell.place}, or add it to ship_methods "
            f"of {self._warehouse} in config.yaml.",
            row.source.cell.place,
            f"{SHIP_METHOD} {method} at {self._warehouse} of {value_at(record, 'Id')}",
        )

    def of_line(
        self, values: Collection[str], rows: Rows, told: Sequence[HoldReason], about: str
    ) -> Iterator[HoldReason]:
        """The same for a line."""
        return self._missing(self._of_lines, LINE_FIELDS, values, rows, told, about)

    def _missing(
        self,
        demanded: Sequence[OurField],
        sheet: str,
        values: Collection[str],
        rows: Rows,
        told: Sequence[HoldReason],
        about: str = "",
    ) -> Iterator[HoldReason]:
        places = {reason.place for reason in told} if demanded else set()
        for ours in demanded:
            keys = keys_that_fill(ours)
            known = [rows[key] for key in keys if key in rows]
            if any(key in values for key in keys) or any(
                row.source.cell.place in places for row in known
            ):
                continue
            filled = [row for row in known if not row.source.is_empty]
            because = self.reason(ours.key)
            if known:
                yield empty((filled or known)[0], about, because)
            else:
                message = f"{about}{ours.label} is empty{because}."
                remedy = f"Add a row for it to the sheet {sheet}, and load the workbook."
                yield HoldReason("mapping", message, remedy, sheet)
