"""What a workbook gives its warehouse: the fields that it demands, the ship methods it knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fulfillment_bridge.domain.org_schema import OrgSchema, ResolvedPath
from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import MappedField, Workbook
from fulfillment_bridge.mapping.demanded import (
    demanded_of_lines,
    keys_that_fill,
    ticked_for,
)
from fulfillment_bridge.mapping.findings import (
    Finding,
    did_you_mean,
    fault_at,
    nearest,
    warning_at,
)
from fulfillment_bridge.mapping.layout import BLANK, HOLD, LINE_FIELDS, ORDER_FIELDS, UNCHANGED
from fulfillment_bridge.mapping.missing_values import SHIP_METHOD
from fulfillment_bridge.mapping.our_fields import OurField
from fulfillment_bridge.mapping.paths import resolve

_SHOWN = 8
_NO_WORDS = frozenset({"", BLANK, UNCHANGED, HOLD, HOLD.strip("()")})


def check_needs(
    workbook: Workbook, needs: WarehouseNeeds, schema: OrgSchema | None
) -> Iterator[Finding]:
    """Every fault and warning that comes from what the warehouse asks."""
    yield from _demands(needs, ticked_for(needs), workbook.order_fields, ORDER_FIELDS)
    yield from _demands(needs, demanded_of_lines(needs), workbook.line_fields, LINE_FIELDS)
    method = next((row for row in workbook.order_fields if row.ours.key == SHIP_METHOD), None)
    if method is not None and needs.ship_methods:
        yield from _methods(workbook, method, needs)
        if schema is not None:
            yield from _untranslated(workbook, method, needs, schema)


def _demands(
    needs: WarehouseNeeds,
    demanded: Sequence[OurField],
    rows: Sequence[MappedField],
    sheet: str,
) -> Iterator[Finding]:
    by_key = {row.ours.key: row for row in rows}
    for ours in demanded:
        known = [by_key[key] for key in keys_that_fill(ours) if key in by_key]
        filled = [row for row in known if not (row.source.is_empty and row.default.is_blank)]
        asks = f"the warehouse {needs.warehouse} demands it"
        if not known:
            message = f"'{ours.label}' is not mapped, and {asks}"
            yield Finding("fault", sheet, "", message, expected=f"a row for '{ours.label}'")
        elif not filled and not known[0].required:
            # Of a row that is ticked, the same is told without asking the warehouse.
            yield fault_at(
                known[0].source.cell,
                f"'{ours.label}' comes from nowhere, and {asks}",
                "a Salesforce field, constant: TEXT, or a default",
            )
        if known and not any(row.required for row in known):
            ticked = (filled or known)[0].ticked
            yield fault_at(ticked, f"'{ours.label}' cannot be unticked: {asks}", "yes")


def _methods(workbook: Workbook, row: MappedField, needs: WarehouseNeeds) -> Iterator[Finding]:
    """What an order's ship method becomes, where the warehouse has no such code."""
    cells = [row.default]
    if row.source.constant is not None and not row.steps:
        yield from _unknown(row.source.cell, row.source.constant, needs)
    last = row.steps[-1] if row.steps else None
    if last is not None and last.transform.name == "map":
        value_map = workbook.value_maps.get(str(last.arguments[0]).lower())
        cells += value_map.targets if value_map else ()
    for cell in cells:
        yield from _unknown(cell, cell.text, needs)


def _unknown(cell: Cell, text: str, needs: WarehouseNeeds) -> Iterator[Finding]:
    if text.lower() in _NO_WORDS or text in needs.ship_methods:
        return
    hint = did_you_mean(nearest(text, needs.ship_methods))
    message = f"the warehouse {needs.warehouse} has no ship method '{text}': orders with it wait"
    yield warning_at(cell, message, hint or _codes(needs))


def _untranslated(
    workbook: Workbook, row: MappedField, needs: WarehouseNeeds, schema: OrgSchema
) -> Iterator[Finding]:
    """A picklist that goes out as it is, and holds words that the warehouse does not know."""
    if row.steps or len(row.source.paths) != 1 or row.source.children:
        return
    found = resolve(schema, workbook.object_of("order"), row.source.paths[0])
    if not isinstance(found, ResolvedPath):
        return
    values = found.field.picklist_values
    strange = [value for value in values if value not in needs.ship_methods]
    if strange:
        shown = ", ".join(strange[:_SHOWN]) + (" …" if len(strange) > _SHOWN else "")
        yield warning_at(
            row.steps_cell,
            f"orders may say {shown}, which are no ship methods of the warehouse {needs.warehouse}",
            "a value map, such as map(ship methods)",
        )


def _codes(needs: WarehouseNeeds) -> str:
    shown = ", ".join(needs.ship_methods[:_SHOWN])
    return f"one of {shown}" + (" …" if len(needs.ship_methods) > _SHOWN else "")
