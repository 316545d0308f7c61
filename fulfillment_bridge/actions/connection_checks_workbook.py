"""What the workbook needs: objects, fields, write-back fields, rules, values of value maps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fulfillment_bridge.actions.connection_check import (
    Check,
    Doing,
    Step,
    Subject,
    failed,
    ok,
    warning,
)
from fulfillment_bridge.actions.describe_org import describe_org
from fulfillment_bridge.domain.counting import counted, named
from fulfillment_bridge.domain.org_schema import OrgField, OrgSchema, PathFault, ResolvedPath
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.mapping.contents import MappedField, TargetField, Workbook
from fulfillment_bridge.mapping.findings import Finding
from fulfillment_bridge.mapping.paths import resolve
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.touched import touched_paths
from fulfillment_bridge.mapping.transforms import Step as Transform
from fulfillment_bridge.mapping.value_maps import HOLD_VALUE, UNCHANGED_VALUE, ValueMap

IN_EXCEL = "Correct this cell in Excel, save, and load the workbook again."
READABLE = (
    "In Setup > Object Manager > the object > Fields & Relationships look whether it exists under "
    "this very API name. If it does, open it > Set Field-Level Security and tick Visible for the "
    "integration user's profile or permission set (for an object: the permission set > Object "
    "Settings > Read). Otherwise correct the cell and load the workbook again."
)
WRITABLE = (
    "In Setup > Object Manager > the object > Fields & Relationships > the field > Set Field-Level "
    "Security clear Read-Only for the integration user's profile or permission set, and give it "
    "Edit on the object (permission set > Object Settings). A formula can never be written: name "
    "another field in the cell then."
)
_GROUPS = {"Rules": "rules", "Shipment fields": "write_back", "Inventory fields": "write_back"}


def look(subject: Subject, workbook: Workbook) -> tuple[OrgSchema | None, list[Step]]:
    """The org as the workbook needs it, and the lines about it; None where it cannot be used."""
    try:
        schema = describe_org(workbook, subject.cart)
    except BridgeError as problem:
        return None, [failed("objects", "describe the workbook's objects", problem)]
    findings = check(workbook, schema, subject.needs)
    is_faulty = any(each.severity == "fault" for each in findings)
    lines: list[Step] = [*_told(workbook, schema, findings)]
    lines += _sums(workbook, schema, findings)
    return None if is_faulty else schema, lines


def describing(subject: Subject) -> Doing:
    """What ``look`` begins with."""
    which = f"the file {subject.file}" if subject.file else "the loaded workbook"
    return Doing(f"comparing the org with {which}")


def _told(workbook: Workbook, schema: OrgSchema, findings: Sequence[Finding]) -> Iterator[Check]:
    """Every fault, and every warning but those that only say how the bridge will read."""
    unseen, unwritable = _places(workbook, schema)
    for finding in findings:
        group = _GROUPS.get(finding.sheet, "fields")
        remedy = IN_EXCEL
        if finding.place in unseen:
            remedy = READABLE
        elif finding.place in unwritable:
            remedy = WRITABLE
        if finding.severity == "fault":
            yield Check(group, "failed", finding.text(), remedy)
        else:
            yield warning(group, finding.text())


def _places(workbook: Workbook, schema: OrgSchema) -> tuple[set[str], set[str]]:
    """Cells that name what our user does not see, and those that name what it may not write."""
    unseen, unwritable = set(), set()
    for base in ("order", "line", "inventory", "package"):
        name, cell = workbook.setting(f"{base}_object"), workbook.setting_cell(f"{base}_object")
        known = schema.object(name) if name else None
        if name and known is None:
            unseen.add(cell.place)
        elif known and not known.updateable:
            unwritable.add(cell.place)
    for placed in touched_paths(workbook):
        found = resolve(schema, workbook.object_of(placed.base), placed.path)
        if isinstance(found, PathFault):
            unseen.add(placed.cell.place)
        elif placed.use in ("write", "marker") and not found.field.updateable:
            unwritable.add(placed.cell.place)
    return unseen, unwritable


def _sums(workbook: Workbook, schema: OrgSchema, findings: Sequence[Finding]) -> Iterator[Check]:
    """One line for each kind of thing that is all right."""
    faulty = {_GROUPS.get(each.sheet, "fields") for each in findings if each.severity == "fault"}
    paths = touched_paths(workbook)
    every = {(each.base, each.path.lower()) for each in paths if each.use != "write"}
    written = {(each.base, each.path.lower()) for each in paths if each.use in ("write", "marker")}
    if "fields" not in faulty:
        objects = [known.name for known in schema.objects.values()]
        yield ok("objects", f"{counted(len(objects), 'object')} can be read: {', '.join(objects)}")
        yield ok("fields", f"{counted(len(every), 'field')} that orders and stock need can be read")
    if "write_back" not in faulty and written:
        yield ok("write_back", f"{counted(len(written), 'field')} we write may be edited")
    elif not written:
        yield ok("write_back", "nothing is written back: the workbook maps no such field")
    if "rules" not in faulty:
        kinds = Counter(row.applies_to for row in workbook.rules)
        said = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        yield ok("rules", f"{counted(len(workbook.rules), 'row')} of rules are valid ({said})")


def values(workbook: Workbook, schema: OrgSchema) -> Iterator[Step]:
    """Whether value maps and the org's picklists speak of the same values."""
    lines = [*_read_values(workbook, schema), *_written_values(workbook, schema)]
    yield from lines
    if not lines and workbook.value_maps:
        number = counted(len(workbook.value_maps), "value map")
        yield ok("values", f"{number} fit the org's picklists")


def _read_values(workbook: Workbook, schema: OrgSchema) -> Iterator[Check]:
    rows: tuple[tuple[str, Sequence[MappedField]], ...] = (
        (workbook.object_of("order"), workbook.order_fields),
        (workbook.object_of("line"), workbook.line_fields),
    )
    for base, fields in rows:
        for row in fields:
            translated = _first_map(workbook, row.steps)
            if translated is None or not row.source.paths or not base:
                continue
            field = _field(schema, base, row.source.paths[0].replace("#", "1"))
            if field and field.picklist_values:
                yield from _compared(translated, field, row)


def _compared(translated: ValueMap, field: OrgField, row: MappedField) -> Iterator[Check]:
    known = {value.casefold() for value in field.picklist_values}
    if translated.width == 1:
        strange = sorted(word for word in translated.values if word not in known)
        if strange:
            yield warning(
                "values",
                f"{row.steps_cell.place}: the value map '{translated.name}' has rows for "
                f"{named(strange)}, which the picklist {field.name} does not have",
                "Were they renamed in Salesforce? Correct the column From in the sheet Value maps, "
                "or take the rows out.",
            )
    if translated.width > 1 or translated.other is not None:
        return
    missing = [each for each in field.picklist_values if translated.translate(each) is None]
    if missing:
        yield warning(
            "values",
            f"{row.steps_cell.place}: the value map '{translated.name}' has no row for "
            f"{named(missing)}, which orders may have in {field.name}: such orders are held",
            "Add a row for each in the sheet Value maps, or one for (anything else).",
        )


def _written_values(workbook: Workbook, schema: OrgSchema) -> Iterator[Check]:
    rows = [(row.base, row) for row in workbook.shipment_fields]
    rows += [("inventory", row) for row in workbook.inventory_fields]
    for base, row in rows:
        translated = _first_map(workbook, row.steps)
        name = workbook.object_of(base)
        field = _field(schema, name, row.path) if name and row.path else None
        if translated and field and field.restricted_picklist:
            yield from _strange(translated, field, row)


def _strange(translated: ValueMap, field: OrgField, row: TargetField) -> Iterator[Check]:
    """Words that the map writes and the picklist refuses."""
    known = {value.casefold() for value in field.picklist_values}
    said = [*translated.values.values(), translated.blank, translated.other]
    wanted = {value for value in said if value and value not in _NO_WORDS}
    strange = sorted(value for value in wanted if value.casefold() not in known)
    if strange:
        yield Check(
            "values",
            "failed",
            f"{row.steps_cell.place}: the value map '{translated.name}' writes {named(strange)} "
            f"into {field.name}, a restricted picklist without it",
            "Add the value in Setup > Object Manager > the object > the field > Values, or "
            "correct the column To in the sheet Value maps.",
        )


_NO_WORDS = (HOLD_VALUE, UNCHANGED_VALUE)


def _first_map(workbook: Workbook, steps: Sequence[Transform]) -> ValueMap | None:
    """The map that sees the org's own values: only where nothing changes them before it."""
    if not steps or steps[0].transform.name != "map":
        return None
    return workbook.value_maps.get(str(steps[0].arguments[0]).lower())


def _field(schema: OrgSchema, base: str, path: str) -> OrgField | None:
    found = resolve(schema, base, path)
    return found.field if isinstance(found, ResolvedPath) else None
