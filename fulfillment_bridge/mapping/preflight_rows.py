"""What a workbook says of lines, parcels, several values and holds, checked against itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fulfillment_bridge.mapping.contents import MappedField, RuleRow, TargetField, Workbook
from fulfillment_bridge.mapping.findings import Finding, fault_at, warning_at
from fulfillment_bridge.mapping.row_rules import conditions_within
from fulfillment_bridge.mapping.transforms import Step

MOST_REPEATED = 50
_PACKAGE_SETTINGS = ("package_object", "package_order_field", "package_key_field")


def check_rows(workbook: Workbook) -> Iterator[Finding]:
    """Every fault and warning about these."""
    yield from _repeated(workbook)
    yield from _numbers(workbook)
    yield from _packages(workbook)
    yield from _reasons(workbook)
    for condition in (*workbook.rules, *(row for _, row in conditions_within(workbook))):
        yield from _several_values(condition)
    for row in (*workbook.order_fields, *workbook.line_fields):
        yield from _maps_of_several(row, workbook)
    for target in (*workbook.shipment_fields, *workbook.inventory_fields):
        yield from _holding_maps(target, workbook)
    for target in workbook.shipment_fields:
        if target.path and target.overwrite != "always" and target.base != "order":
            yield fault_at(
                target.target,
                f"'{target.overwrite}' works on fields of the order itself only",
                "a blank cell in the column Write",
            )


def _repeated(workbook: Workbook) -> Iterator[Finding]:
    cell = workbook.setting_cell("repeated_lines")
    if cell.is_blank:
        return
    if not 0 < workbook.repeated_lines <= MOST_REPEATED:
        expected = f"a number from 1 to {MOST_REPEATED}"
        yield fault_at(cell, "not a number of repeated columns", expected)
        return
    for key in ("line_object", "line_order_field"):
        other = workbook.setting_cell(key)
        if not other.is_blank:
            yield fault_at(
                other,
                f"lines stand in repeated columns already ({cell.ref})",
                "a blank cell, or no repeated columns",
            )


def _numbers(workbook: Workbook) -> Iterator[Finding]:
    """# is the number of a line, and means something only where lines are repeated."""
    cells = [(row.source.cell, path) for row in workbook.line_fields for path in row.source.paths]
    cells += [(row.target, row.path) for row in workbook.shipment_fields]
    cells += [(row.field, row.path) for row in workbook.rules if row.applies_to.endswith("lines")]
    numbered = [cell for cell, path in cells if "#" in path]
    if workbook.repeated_lines:
        sku = [row for row in workbook.line_fields if row.ours.key == "sku"]
        for row in sku:
            if not any("#" in path for path in row.source.paths):
                yield fault_at(
                    row.source.cell, "every line would have this SKU", "a name with #: Item_#__c"
                )
        return
    for cell in numbered:
        yield fault_at(
            cell,
            "# stands for the number of a line",
            "the setting 'Repeated columns' of the sheet Cart, or a name without #",
        )


def _packages(workbook: Workbook) -> Iterator[Finding]:
    targets = [row for row in workbook.shipment_fields if row.path and row.base == "package"]
    filled = [key for key in _PACKAGE_SETTINGS if workbook.setting(key)]
    if not filled:
        for row in targets:
            yield fault_at(
                row.target,
                "the sheet Cart names no package object",
                "the settings 'Package object', 'Package's order field' and 'Package's key field'",
            )
        return
    for key in _PACKAGE_SETTINGS:
        if key not in filled:
            yield fault_at(
                workbook.setting_cell(key),
                "a record per parcel needs its object, its order field and its key field",
                "all three, or none",
            )


def _reasons(workbook: Workbook) -> Iterator[Finding]:
    for row in workbook.rules:
        if row.reason and row.applies_to not in ("hold", "hold lines"):
            yield warning_at(
                row.field, "the reason is told only of rules that apply to hold or hold lines"
            )
        if "#" in row.path and not row.applies_to.endswith("lines"):
            yield fault_at(row.field, "# stands for the number of a line", "a name without #")


def _several_values(row: RuleRow) -> Iterator[Finding]:
    text = row.value.text
    if row.operator in ("=", "!=") and ";" in text and text[0] not in "\"'":
        yield warning_at(
            row.value,
            f"with {row.operator} this is one value, semicolon and all",
            f"the operator {'IN' if row.operator == '=' else 'NOT IN'} for several values",
        )


def _maps_of_several(row: MappedField, workbook: Workbook) -> Iterator[Finding]:
    """A map that looks at several values needs a row that gives as many."""
    for place, name in enumerate(_map_names(row.steps)):
        value_map = workbook.value_maps.get(name.lower())
        if value_map is None or value_map.width == 1 or row.source.is_empty:
            continue
        given = len(row.source.parts) if place == 0 and _is_first(row.steps) else 1
        if given > value_map.width or given == 1:
            yield fault_at(
                row.source.cell,
                f"the map '{value_map.name}' looks at {value_map.width} values, and {given} "
                f"come{'s' if given == 1 else ''} here",
                f"{value_map.width} fields joined with +, and map({value_map.name}) first of all",
            )


def _holding_maps(row: TargetField, workbook: Workbook) -> Iterator[Finding]:
    for name in _map_names(row.steps):
        value_map = workbook.value_maps.get(name.lower())
        if value_map and value_map.holds_orders:
            yield fault_at(
                row.steps_cell,
                f"the map '{value_map.name}' holds orders, and here nothing can be held any more",
                "another map",
            )


def _is_first(steps: Sequence[Step]) -> bool:
    return bool(steps) and steps[0].transform.name == "map"


def _map_names(steps: Sequence[Step]) -> Iterator[str]:
    return (str(step.arguments[0]) for step in steps if step.transform.name == "map")
