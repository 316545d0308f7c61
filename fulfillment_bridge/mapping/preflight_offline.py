"""What can be seen in a workbook alone: what is missing, contradicts itself or makes no sense."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import MappedField, TargetField, Workbook
from fulfillment_bridge.mapping.findings import (
    Finding,
    did_you_mean,
    fault_at,
    nearest,
    warning_at,
)
from fulfillment_bridge.mapping.layout import (
    INVENTORY_FIELDS,
    LINE_FIELDS,
    ORDER_FIELDS,
    RULES,
)
from fulfillment_bridge.mapping.our_fields import LINE_FIELDS as LINE_CATALOG
from fulfillment_bridge.mapping.our_fields import ORDER_FIELDS as ORDER_CATALOG
from fulfillment_bridge.mapping.our_fields import Catalog, OurField
from fulfillment_bridge.mapping.preflight_rows import check_rows
from fulfillment_bridge.mapping.rules import moment_of
from fulfillment_bridge.mapping.stock_mapping import LEVELS
from fulfillment_bridge.mapping.time_zones import known_time_zones
from fulfillment_bridge.mapping.transforms import (
    Step,
    Surroundings,
    TransformFault,
    apply_steps,
)
from fulfillment_bridge.mapping.values import finished

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}")
_DIRECT_SETTINGS = (
    "order_object",
    "line_object",
    "line_order_field",
    "marker_field",
    "inventory_object",
    "package_object",
    "package_order_field",
    "package_key_field",
)
_PATH_SETTINGS = ("order_number_field", "order_date_field")
_ADDRESS_LINES = ("line_1", "line_2", "line_3")


def check_offline(workbook: Workbook) -> Iterator[Finding]:
    """Every fault and warning that needs no org."""
    yield from _settings(workbook)
    yield from _time_zone(workbook)
    yield from _pairs(workbook)
    if not any(row.applies_to == "ready" for row in workbook.rules):
        yield _sheet_fault(
            RULES, "no rule says which orders are ready", "at least one row that applies to ready"
        )
    yield from _needed(workbook.order_fields, ORDER_FIELDS, ORDER_CATALOG)
    yield from _needed(workbook.line_fields, LINE_FIELDS, LINE_CATALOG)
    yield from _ship_to(workbook.order_fields)
    yield from _streets(workbook.order_fields)
    for row in (*workbook.order_fields, *workbook.line_fields):
        yield from _mapped_row(row, workbook)
    yield from _targets(workbook.shipment_fields)
    yield from _inventory(workbook)
    yield from _maps(workbook)
    yield from check_rows(workbook)


def _sheet_fault(sheet: str, message: str, expected: str) -> Finding:
    return Finding("fault", sheet, "", message, expected=expected)


def _settings(workbook: Workbook) -> Iterator[Finding]:
    for keys, pattern, what in (
        (_DIRECT_SETTINGS, _NAME, "an API name such as OrderItem or Sales_Order__c"),
        (_PATH_SETTINGS, _PATH, "an API name such as OrderNumber, or a path"),
    ):
        for key in keys:
            cell = workbook.setting_cell(key)
            if cell.text and not pattern.fullmatch(cell.text):
                yield fault_at(cell, "not the name of an object or field", what)


def _time_zone(workbook: Workbook) -> Iterator[Finding]:
    name, cell = workbook.setting("time_zone"), workbook.setting_cell("time_zone")
    if name not in known_time_zones():
        hint = did_you_mean(nearest(name, known_time_zones()))
        yield fault_at(cell, "unknown time zone", hint or "a name such as America/New_York")
        return
    date = workbook.setting("earliest_order_date")
    if date:
        try:
            moment_of(date, "the earliest order date", ZoneInfo(name))
        except TransformFault as fault:
            yield fault_at(workbook.setting_cell("earliest_order_date"), fault.message)


def _pairs(workbook: Workbook) -> Iterator[Finding]:
    """Settings that mean nothing without each other."""
    date, earliest = workbook.setting("order_date_field"), workbook.setting("earliest_order_date")
    if earliest and not date:
        yield fault_at(
            workbook.setting_cell("order_date_field"),
            "no order date field",
            "the field that the earliest order date is compared with",
        )
    if not earliest:
        yield warning_at(
            workbook.setting_cell("earliest_order_date"),
            "without an earliest order date every old order that is ready will be taken",
        )
    marker, value = workbook.setting("marker_field"), workbook.setting("marker_value")
    if bool(marker) != bool(value):
        missing = "marker_value" if marker else "marker_field"
        yield fault_at(
            workbook.setting_cell(missing),
            "a marker needs both its field and its value",
            "both, or neither",
        )


def _needed(rows: Sequence[MappedField], sheet: str, catalog: Catalog) -> Iterator[Finding]:
    present = {row.ours.key for row in rows}
    for ours in catalog:
        if ours.required and ours.key not in present:
            yield _sheet_fault(sheet, f"'{ours.label}' is not mapped", f"a row for '{ours.label}'")
    for row in rows:
        if row.required and row.source.is_empty and row.default.is_blank:
            yield fault_at(
                row.source.cell,
                f"'{row.ours.label}' is needed and comes from nowhere",
                "a Salesforce field, constant: TEXT, or a default",
            )


def _ship_to(rows: Sequence[MappedField]) -> Iterator[Finding]:
    """A parcel needs somebody's name and a street; each can be said in two ways."""
    given = {row.ours.key for row in rows if not (row.source.is_empty and row.default.is_blank)}
    for keys, what in (
        (("ship_to.name", "ship_to.company"), "Ship-to name (or Ship-to company)"),
        (("ship_to.street", "ship_to.line_1"), "Ship-to street (or Ship-to line 1)"),
    ):
        if not given.intersection(keys):
            row = next((row for row in rows if row.ours.key in keys), None)
            message = f"{what} is needed and comes from nowhere"
            if row:
                yield fault_at(row.source.cell, message, "a Salesforce field")
            else:
                yield _sheet_fault(ORDER_FIELDS, message, f"a row for {what}")


def _streets(rows: Sequence[MappedField]) -> Iterator[Finding]:
    used = {row.ours.key: row for row in rows if not row.source.is_empty}
    for prefix in ("ship_to", "bill_to"):
        street = used.get(f"{prefix}.street")
        for line in _ADDRESS_LINES:
            row = used.get(f"{prefix}.{line}")
            if street and row:
                yield fault_at(
                    row.source.cell,
                    f"'{row.ours.label}' is filled by '{street.ours.label}' already "
                    f"({street.source.cell.ref})",
                    "one of the two, not both",
                )


def _mapped_row(row: MappedField, workbook: Workbook) -> Iterator[Finding]:
    around = Surroundings(value_maps=workbook.value_maps)
    unknown = list(_unknown_maps(row.steps, row.steps_cell, workbook))
    yield from unknown
    if row.source.constant is not None and not unknown:
        yield from _try(row.ours, row.source.constant, row.steps, row.source.cell, around)
    if not row.default.is_blank:
        yield from _try(row.ours, row.default.text, (), row.default, around)
    if row.steps and row.source.is_empty:
        yield warning_at(row.steps_cell, "a transform without a field does nothing")


def _try(
    ours: OurField, text: str, steps: Sequence[Step], cell: Cell, around: Surroundings
) -> Iterator[Finding]:
    try:
        finished(ours, apply_steps(text, steps, around), around)
    except TransformFault as fault:
        yield fault_at(cell, fault.message, f"a value for '{ours.label}'")


def _unknown_maps(steps: Sequence[Step], cell: Cell, workbook: Workbook) -> Iterator[Finding]:
    for name in _map_names(steps):
        if name.lower() not in workbook.value_maps:
            known = [value_map.name for value_map in workbook.value_maps.values()]
            hint = did_you_mean(nearest(name, known))
            yield fault_at(
                cell, f"there is no value map '{name}'", hint or "a map of the sheet Value maps"
            )


def _map_names(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if step.transform.name == "map":
            yield str(step.arguments[0])


def _targets(rows: Sequence[TargetField]) -> Iterator[Finding]:
    seen: dict[str, TargetField] = {}
    for row in rows:
        if not row.path or row.ours.group == "Key":
            continue
        if "." in row.path:
            yield fault_at(
                row.target, "only a field of the record itself can be written", "a name without dot"
            )
        first = seen.setdefault(f"{row.base}.{row.path.lower()}", row)
        if first is not row:
            yield fault_at(
                row.target,
                f"{first.ours.label} is written here already ({first.target.ref})",
                "another field",
            )


def _inventory(workbook: Workbook) -> Iterator[Finding]:
    rows = workbook.inventory_fields
    filled = {row.ours.key for row in rows if row.path}
    if not workbook.setting("inventory_object"):
        orphans = [row.target for row in rows if row.path]
        orphans += [row.field for row in workbook.rules if row.applies_to == "inventory"]
        for cell in orphans:
            yield fault_at(
                cell,
                "the sheet Cart names no inventory object",
                "the setting 'Inventory object', or a blank cell here",
            )
        return
    if "sku" not in filled:
        yield _sheet_fault(
            INVENTORY_FIELDS, "no field holds the SKU", "a row 'SKU' with a Salesforce field"
        )
    if not filled.intersection(LEVELS):
        yield _sheet_fault(
            INVENTORY_FIELDS,
            "no level is mapped, so nothing would be written",
            "a Salesforce field for 'Available'",
        )
    yield from _targets(rows)


def _maps(workbook: Workbook) -> Iterator[Finding]:
    targets = (*workbook.shipment_fields, *workbook.inventory_fields)
    for row in targets:
        yield from _unknown_maps(row.steps, row.steps_cell, workbook)
    steps = [row.steps for row in (*workbook.order_fields, *workbook.line_fields)]
    steps += [row.steps for row in targets]
    used = {name.lower() for chain in steps for name in _map_names(chain)}
    for key, value_map in workbook.value_maps.items():
        if key not in used:
            yield Finding(
                "warning",
                "Value maps",
                "",
                f"the map '{value_map.name}' is not used anywhere",
                expected=f"map({value_map.name}) in a transform",
            )
