"""Checking a workbook before anything stands on it: every fault and every warning at once.

Pure. Without an org's schema the workbook is checked against itself; with one, against the org.
"""

from __future__ import annotations

from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.mapping.contents import Workbook
from fulfillment_bridge.mapping.findings import Finding, bounded_suggestions
from fulfillment_bridge.mapping.layout import SHEETS
from fulfillment_bridge.mapping.paths import unknown_objects
from fulfillment_bridge.mapping.preflight_offline import check_offline
from fulfillment_bridge.mapping.preflight_online import check_online
from fulfillment_bridge.mapping.preflight_warehouse import check_needs
from fulfillment_bridge.mapping.schema_store import (
    excerpt,
    merge,
    schema_from_json,
    schema_to_json,
)
from fulfillment_bridge.mapping.touched import touched_paths

__all__ = [
    "Finding",
    "check",
    "excerpt",
    "merge",
    "objects_to_describe",
    "schema_from_json",
    "schema_to_json",
]

_SHEET_ORDER = {layout.name: place for place, layout in enumerate(SHEETS)}


def check(
    workbook: Workbook, schema: OrgSchema | None, needs: WarehouseNeeds = NO_NEEDS
) -> list[Finding]:
    """Every fault and warning, in the order of the sheets; each is told once.

    ``needs`` is what the warehouse asks that the orders go to.
    """
    with bounded_suggestions():
        findings = [*workbook.faults, *check_offline(workbook)]
        findings += check_needs(workbook, needs, schema)
        if schema is not None:
            findings += check_online(workbook, schema)
    unique = list(dict.fromkeys(findings))
    return sorted(unique, key=lambda finding: _SHEET_ORDER.get(finding.sheet, -1))


def objects_to_describe(workbook: Workbook, schema: OrgSchema) -> frozenset[str]:
    """Objects on the workbook's paths that the schema lacks.

    A path shows its next object only once the one before is known: describe, merge, ask again.
    Objects that do not exist stay in the answer; stop when it holds nothing you have not asked.
    """
    bases = (workbook.object_of(base) for base in ("order", "line", "inventory", "package"))
    names = {name for name in bases if name and schema.object(name) is None}
    for placed in touched_paths(workbook):
        base = workbook.object_of(placed.base)
        names.update(unknown_objects(schema, base, placed.path) if base else ())
    return frozenset(names)
