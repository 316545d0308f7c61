"""Reading a mapping workbook.

Reading never stops at the first fault: what cannot be understood is left out and noted in
``Workbook.faults``, so that a person sees everything at once. Only a file that is no mapping
workbook at all raises WorkbookFault right away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from fulfillment_bridge.mapping.cell_texts import check_path, conditions_in, source_of
from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import (
    MappedField,
    Overwrite,
    RuleRow,
    TargetField,
    Workbook,
)
from fulfillment_bridge.mapping.findings import (
    Finding,
    WorkbookFault,
    bounded_suggestions,
    did_you_mean,
    nearest,
)
from fulfillment_bridge.mapping.layout import (
    BLANK,
    CART,
    FORMAT_VERSION,
    INVENTORY_FIELDS,
    LINE_FIELDS,
    LISTS,
    NO,
    ORDER_FIELDS,
    READ_ME,
    RULES,
    SETTINGS,
    SHIPMENT_FIELDS,
    SKU_ALIASES,
    VALUE_MAPS,
    VERSION_LABEL,
    YES,
)
from fulfillment_bridge.mapping.map_rows import EATEN, aliases_of, is_eaten, value_maps_of
from fulfillment_bridge.mapping.our_fields import (
    INVENTORY_FIELDS as INVENTORY_CATALOG,
)
from fulfillment_bridge.mapping.our_fields import (
    LINE_FIELDS as LINE_CATALOG,
)
from fulfillment_bridge.mapping.our_fields import (
    ORDER_FIELDS as ORDER_CATALOG,
)
from fulfillment_bridge.mapping.our_fields import (
    SHIPMENT_FIELDS as SHIPMENT_CATALOG,
)
from fulfillment_bridge.mapping.our_fields import (
    Catalog,
    OurField,
)
from fulfillment_bridge.mapping.package import read_bytes, refused
from fulfillment_bridge.mapping.rules import APPLIES_TO, OPERATORS, operator_of
from fulfillment_bridge.mapping.sheets import Findings, Row, Tables, read_tables
from fulfillment_bridge.mapping.transforms import Step, TransformFault, parse_steps

__all__ = ["Workbook", "WorkbookFault", "read_workbook"]

_OVERWRITES: Mapping[str, Overwrite] = {
    "": "always",
    "always": "always",
    "only if empty": "only if empty",
    "only if newer": "only if newer",
}


def read_workbook(source: bytes | Path) -> Workbook:
    """Read a workbook. What is wrong in its cells is in ``.faults``.

    Raises WorkbookFault where the file is no mapping workbook, is hostile, or has a format that
    this version does not know.
    """
    findings = Findings()
    with bounded_suggestions():
        tables = read_tables(read_bytes(source), findings, loose_sheet=READ_ME)
        return understood(tables, findings)


def understood(tables: Tables, findings: Findings) -> Workbook:
    """What the tables of a file say; ``findings`` is what reading them found already."""
    _check_version(tables)
    findings.all += [
        Finding("warning", title, "", "this sheet is not read")
        for title in tables.others
        if title != LISTS
    ]
    rows = tables.rows
    return Workbook(
        format_version=FORMAT_VERSION,
        settings=_settings(rows[CART], findings),
        rules=tuple(r for row in rows[RULES] if (r := _rule(row, findings))),
        order_fields=_mapped(rows[ORDER_FIELDS], ORDER_CATALOG, findings),
        line_fields=_mapped(rows[LINE_FIELDS], LINE_CATALOG, findings),
        shipment_fields=_targets(rows[SHIPMENT_FIELDS], SHIPMENT_CATALOG, findings),
        inventory_fields=_targets(rows[INVENTORY_FIELDS], INVENTORY_CATALOG, findings),
        value_maps=value_maps_of(rows[VALUE_MAPS], findings),
        sku_aliases=aliases_of(rows[SKU_ALIASES], findings),
        sku_cells=tuple(
            cell for row in rows[SKU_ALIASES] if not (cell := row["salesforce_sku"]).is_blank
        ),
        faults=tuple(findings.all),
    )


def _check_version(tables: Tables) -> None:
    cell = _version_cell(tables)
    if cell is None and not any(tables.rows.values()):
        seen = f" (it has: {', '.join(tables.others[:5])})" if tables.others else ""
        raise refused(
            f"it is an Excel workbook, but none of its sheets is one of a mapping{seen}",
            "Start from the blank workbook: fulfillment-bridge mapping template.",
        )
    if cell is not None and cell.text not in ("", str(FORMAT_VERSION)):
        raise WorkbookFault(
            "this workbook has a format that this version does not know",
            [
                Finding(
                    "fault",
                    cell.sheet,
                    cell.ref,
                    "unknown format version",
                    cell.text,
                    str(FORMAT_VERSION),
                )
            ],
            remedy="Copy what you filled in to a new blank workbook (mapping template).",
        )


def _version_cell(tables: Tables) -> Cell | None:
    for row in tables.loose[READ_ME]:
        for label, value in pairwise(row):
            if label.name.lower() == VERSION_LABEL.lower():
                return value
    return None


def _settings(rows: tuple[Row, ...], findings: Findings) -> Mapping[str, Cell]:
    by_label = {_straight(setting.label): setting for setting in SETTINGS}
    found: dict[str, Cell] = {}
    for row in rows:
        label = row["setting"]
        setting = by_label.get(_straight(label.name))
        if setting is None:
            labels = [s.label for s in SETTINGS]
            findings.fault(
                label,
                "unknown setting" if not label.is_blank else "a value without its setting",
                expected=did_you_mean(nearest(label.name, labels)) or "one of " + ", ".join(labels),
            )
        elif setting.key in found:
            findings.fault(label, f"this setting stands in {found[setting.key].ref} already")
        else:
            found[setting.key] = row["value"]
    for setting in SETTINGS:
        cell = found.setdefault(setting.key, Cell(CART, ""))
        replaced = setting.unless and setting.unless in found and found[setting.unless].text
        if setting.required and cell.is_blank and not replaced:
            findings.fault(cell, f"'{setting.label}' is not filled in", expected=setting.note)
    return found


def _straight(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower().replace("'", "")).strip()


def _rule(row: Row, findings: Findings) -> RuleRow | None:
    before = len(findings.all)
    applies_to = APPLIES_TO.get(row["applies_to"].name.lower())
    if applies_to is None:
        findings.fault(
            row["applies_to"],
            "unknown purpose of a rule",
            expected="one of " + ", ".join(dict.fromkeys(APPLIES_TO.values())),
        )
    operator = operator_of(row["operator"].name)
    if operator is None:
        findings.fault(
            row["operator"], "unknown operator", expected="one of " + ", ".join(OPERATORS)
        )
    check_path(row["field"], findings)
    if row["value"].is_blank:
        findings.fault(row["value"], "no value", expected=f"a value, or {BLANK} for empty")
    if applies_to is None or operator is None or len(findings.all) > before:
        return None
    return RuleRow(
        applies_to,
        row["group"].text or "1",
        row["field"],
        operator,
        row["operator"],
        row["value"],
        row["reason"].text,
    )


def _mapped(rows: tuple[Row, ...], catalog: Catalog, findings: Findings) -> tuple[MappedField, ...]:
    found: dict[str, MappedField] = {}
    for row in rows:
        ours = _our_field(row, catalog, findings)
        source = source_of(row["salesforce_field"], findings, repeated=row.sheet == LINE_FIELDS)
        steps = _steps(row["transform"], findings)
        required = _required(row["required"], findings)
        default = _default(row["default"], findings)
        only_if = row["only_if"]
        conditions = conditions_in(only_if.name, only_if, findings) if only_if.text else ()
        if ours is None:
            continue
        if ours.key in found:
            findings.fault(
                row["our_field"], f"this field is mapped in {found[ours.key].cell.ref} already"
            )
            continue
        found[ours.key] = MappedField(
            ours,
            row["our_field"],
            source,
            required or ours.required,
            steps,
            row["transform"],
            default,
            row["required"],
            conditions,
        )
    return tuple(found.values())


def _targets(
    rows: tuple[Row, ...], catalog: Catalog, findings: Findings
) -> tuple[TargetField, ...]:
    found: dict[str, TargetField] = {}
    for row in rows:
        ours = _our_field(row, catalog, findings)
        steps = _steps(row["transform"], findings)
        overwrite = _overwrite(row["write"], findings)
        if not row["salesforce_field"].is_blank:
            check_path(row["salesforce_field"], findings, repeated=row.sheet == SHIPMENT_FIELDS)
        if ours is None:
            continue
        if ours.key in found:
            findings.fault(
                row["our_field"], f"this field is mapped in {found[ours.key].cell.ref} already"
            )
            continue
        found[ours.key] = TargetField(
            ours,
            row["our_field"],
            row["salesforce_field"],
            steps,
            row["transform"],
            overwrite,
        )
    return tuple(found.values())


def _our_field(row: Row, catalog: Catalog, findings: Findings) -> OurField | None:
    cell = row["our_field"]
    if cell.is_blank:
        findings.fault(cell, "a row without our field", expected="one of our fields, see the list")
        return None
    if catalog.extras and _straight(cell.name) in ("order number", "extra"):
        expected = "the setting 'Order number field' of the sheet Cart"
        if _straight(cell.name) == "extra":
            expected = "a name for it, such as 'Extra: gift wrap'"
        findings.fault(cell, "this cannot be mapped here", expected=expected)
        return None
    ours = catalog.find(cell.name)
    if ours is None:
        hint = did_you_mean(catalog.nearest(cell.name))
        findings.fault(cell, "not one of our fields", expected=hint or "a field from the list")
    return ours


def _steps(cell: Cell, findings: Findings) -> tuple[Step, ...]:
    try:
        return parse_steps(cell.name)
    except TransformFault as fault:
        findings.fault(
            cell,
            fault.message,
            expected=fault.remedy or "transforms of the sheet Read me, such as trim; cut(35)",
        )
        return ()


def _overwrite(cell: Cell, findings: Findings) -> Overwrite:
    found = _OVERWRITES.get(cell.name.lower())
    if found is None:
        findings.fault(cell, "unknown word", expected="blank, only if empty or only if newer")
    return found or "always"


def _required(cell: Cell, findings: Findings) -> bool:
    word = cell.name.lower()
    if word not in YES | NO:
        findings.fault(cell, "not a yes or a no", expected="yes or no")
    return word in YES


def _default(cell: Cell, findings: Findings) -> Cell:
    if is_eaten(cell):
        findings.fault(cell, EATEN, expected="text")
    return cell
