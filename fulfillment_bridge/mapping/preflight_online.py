"""What an org says to a workbook: objects, fields, types, lengths, permissions, values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from fulfillment_bridge.domain.fulfillment import STATUS_LABELS
from fulfillment_bridge.domain.org_schema import (
    OrgField,
    OrgSchema,
    PathFault,
    ResolvedPath,
    Value,
)
from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import CHILD, MappedField, RuleRow, TargetField, Workbook
from fulfillment_bridge.mapping.findings import (
    Finding,
    did_you_mean,
    fault_at,
    nearest,
    warning_at,
)
from fulfillment_bridge.mapping.paths import resolve
from fulfillment_bridge.mapping.preflight_children import check_children, check_packages
from fulfillment_bridge.mapping.row_rules import conditions_within
from fulfillment_bridge.mapping.rules import (
    DATE_TYPES,
    NUMBER_TYPES,
    TEXT_TYPES,
    check_operator,
    condition_of,
    is_relative,
    kind_of,
    typed_value,
)
from fulfillment_bridge.mapping.time_zones import known_time_zones
from fulfillment_bridge.mapping.touched import Base, PlacedPath, rule_base, touched_paths
from fulfillment_bridge.mapping.transforms import TransformFault

_COMPOUND = frozenset({"address", "location", "base64", "complexvalue"})
_ACCESS = (
    "Setup > Object Manager, or ask the Salesforce admin to give the integration user access "
    "(permission set, field-level security)"
)
_TRACKING_ROOM = 60


def check_online(workbook: Workbook, schema: OrgSchema) -> Iterator[Finding]:
    """Every fault and warning that only the org can tell."""
    return _OnlineCheck(workbook, schema).findings()


class _OnlineCheck:
    def __init__(self, workbook: Workbook, schema: OrgSchema) -> None:
        self._workbook = workbook
        self._schema = schema
        name = workbook.setting("time_zone")
        self._zone: tzinfo = ZoneInfo(name) if name in known_time_zones() else UTC

    def findings(self) -> Iterator[Finding]:
        yield from self._objects()
        for placed in touched_paths(self._workbook):
            yield from self._path(placed)
        yield from self._hanging()
        yield from check_children(self._workbook, self._schema)
        yield from check_packages(self._workbook, self._schema)
        for row in self._workbook.rules:
            yield from self._rule(row, rule_base(row))
        for base, row in conditions_within(self._workbook):
            yield from self._rule(row, base)
        yield from self._earliest()
        yield from self._parents()
        yield from self._marker()
        for mapped in self._workbook.order_fields:
            yield from self._source("order", mapped)
        for mapped in self._workbook.line_fields:
            yield from self._source("line", mapped)
        for base in ("order", "line", "package"):
            rows = tuple(row for row in self._workbook.shipment_fields if row.base == base)
            yield from self._written(base, rows)
        yield from self._written("inventory", self._workbook.inventory_fields)

    def _base(self, base: Base) -> str:
        return self._workbook.object_of(base)

    def _field(self, base: Base, path: str) -> OrgField | None:
        """The field, where object and path exist; what does not is told by _path."""
        path = path.replace("#", "1")
        found = resolve(self._schema, self._base(base), path) if path else None
        return found.field if isinstance(found, ResolvedPath) else None

    def _objects(self) -> Iterator[Finding]:
        for base in ("order", "line", "inventory", "package"):
            cell = self._workbook.setting_cell(f"{base}_object")
            name = self._workbook.setting(f"{base}_object")
            known = self._schema.object(name)
            if name and known is None:
                hint = did_you_mean(nearest(name, [o.name for o in self._schema.objects.values()]))
                yield fault_at(
                    cell,
                    "the org has no such object, or our user cannot see it",
                    hint or "the API name: Setup > Object Manager",
                )
            elif known and not known.queryable:
                yield fault_at(cell, f"{known.name} cannot be queried", "another object")

    def _path(self, placed: PlacedPath) -> Iterator[Finding]:
        if self._schema.object(self._base(placed.base)) is None:
            return
        found = resolve(self._schema, self._base(placed.base), placed.path)
        if isinstance(found, PathFault):
            yield fault_at(placed.cell, _path_message(found), _path_hint(found))
        elif found.field.type.lower() in _COMPOUND:
            yield fault_at(
                placed.cell,
                f"{found.field.name} is {kind_of(found.field)}",
                "one of its parts, such as ShippingStreet or ShippingCity",
            )

    def _hanging(self) -> Iterator[Finding]:
        cell = self._workbook.setting_cell("line_order_field")
        if self._workbook.repeated_lines:
            return
        field = self._field("line", cell.name)
        if field is None:
            return
        wanted = self._base("order")
        targets = [name.lower() for name in field.reference_to]
        if wanted.lower() not in targets or not field.relationship_name:
            leads = ", ".join(field.reference_to) or "nowhere"
            yield fault_at(
                cell,
                f"{field.name} leads to {leads}, not to {wanted}",
                f"the lookup of {self._base('line')} to {wanted}",
            )

    def _rule(self, row: RuleRow, base: Base) -> Iterator[Finding]:
        field = self._field(base, row.path)
        if field is None:
            return
        asked = self._is_asked_of_the_org(row, base)
        if asked and not field.filterable:
            yield fault_at(
                row.field,
                f"{field.name} is {kind_of(field)}, and Salesforce cannot filter by it",
                "another field",
            )
            return
        try:
            check_operator(row.operator, field)
        except TransformFault as fault:
            yield fault_at(row.operator_cell, fault.message, "another operator")
            return
        try:
            condition = condition_of(row, field, self._zone)
        except TransformFault as fault:
            yield fault_at(row.value, fault.message)
            return
        yield from _unknown_choices(row.value, field, condition.value, row.operator)
        if asked and field.calculated and base == "order":
            yield _rests_on_formula(row.field, field)
        if asked and base == "order" and field.type.lower() in DATE_TYPES:
            yield from _counts_days(row)

    def _is_asked_of_the_org(self, row: RuleRow, base: Base) -> bool:
        """Whether the org finds the records, or we look at what was read anyway."""
        if base.startswith(CHILD):
            return True
        is_rule = any(row is each for each in self._workbook.rules)
        return is_rule and row.applies_to in ("ready", "cancel", "inventory")

    def _earliest(self) -> Iterator[Finding]:
        cell = self._workbook.setting_cell("order_date_field")
        text = self._workbook.setting("earliest_order_date")
        field = self._field("order", cell.name)
        if field is None or not text:
            return
        if field.type.lower() not in DATE_TYPES:
            yield fault_at(cell, f"{field.name} is {kind_of(field)}", "a date field")
        elif not field.filterable:
            yield fault_at(cell, f"Salesforce cannot filter by {field.name}", "another date field")
        elif field.calculated:
            yield _rests_on_formula(cell, field)

    def _parents(self) -> Iterator[Finding]:
        """Said once for each relationship, at the first cell that uses it."""
        told: set[str] = set()
        for placed in touched_paths(self._workbook):
            parent = placed.path.rpartition(".")[0]
            if placed.base == "order" and parent and parent.lower() not in told:
                told.add(parent.lower())
                yield warning_at(
                    placed.cell,
                    f"values of {parent} are read through a relationship: every change of that "
                    "record makes us read its orders again",
                )

    def _marker(self) -> Iterator[Finding]:
        cell = self._workbook.setting_cell("marker_field")
        field = self._field("order", cell.name)
        if field is None:
            return
        yield from _not_writable(cell, field)
        value = self._workbook.setting_cell("marker_value")
        try:
            wanted = typed_value(value.text, field, self._zone)
        except TransformFault as fault:
            yield fault_at(value, fault.message)
            return
        if wanted is None:
            yield fault_at(value, "an empty marker marks nothing", "a value")
        yield from _unknown_choices(value, field, wanted, "=")

    def _source(self, base: Base, row: MappedField) -> Iterator[Finding]:
        for path in row.source.paths:
            field = self._field(base, path)
            if field and not row.steps and not _reads_as(row.ours.kind, field):
                yield fault_at(
                    row.source.cell,
                    f"{field.name} is {kind_of(field)}, '{row.ours.label}' is not",
                    f"a field that holds a {row.ours.kind}",
                )
            elif field and not row.steps and _must_be_parsed(row.ours.kind, field):
                yield warning_at(
                    row.source.cell,
                    f"{field.name} is text: an order with something else than a {row.ours.kind} "
                    "in it is held",
                )

    def _written(self, base: Base, rows: tuple[TargetField, ...]) -> Iterator[Finding]:
        writes = [row for row in rows if row.path and row.ours.group != "Key"]
        known = self._schema.object(self._base(base))
        base = "order" if base == "line" and self._workbook.repeated_lines else base
        if writes and known and not known.updateable:
            cell = self._workbook.setting_cell(f"{base}_object")
            yield fault_at(cell, f"our user may not edit {known.name}", _ACCESS)
        for row in writes:
            field = self._field(base, row.path)
            if field and "." not in row.path:
                yield from _not_writable(row.target, field)
                yield from _wrong_target(row, field)
                if row.overwrite == "only if newer" and field.type.lower() not in DATE_TYPES:
                    yield fault_at(
                        row.target,
                        f"{field.name} is {kind_of(field)}, and only dates can be newer",
                        "a date field, or another word in the column Write",
                    )


def _rests_on_formula(cell: Cell, field: OrgField) -> Finding:
    return warning_at(
        cell,
        f"{field.name} is a formula: its change moves no time stamp, so orders are found by a "
        "slower sweep every 15 minutes",
    )


def _counts_days(row: RuleRow) -> Iterator[Finding]:
    if is_relative(row.value.text):
        yield warning_at(
            row.value,
            "days that are counted from today move no time stamp, so orders are found by a "
            "slower sweep every 15 minutes",
        )


def _path_message(fault: PathFault) -> str:
    if fault.missing == fault.object_name:
        return f"our user cannot see the object {fault.object_name}"
    what = "lookup (relationship)" if fault.is_relationship else "field"
    return f"{fault.object_name} has no {what} '{fault.missing}', or our user cannot see it"


def _path_hint(fault: PathFault) -> str:
    return did_you_mean(fault.suggestions) or _ACCESS


def _unknown_choices(
    cell: Cell, field: OrgField, value: Value | tuple[Value, ...], operator: str
) -> Iterator[Finding]:
    """A word that is not on a picklist may be an old value, so this only warns."""
    if not field.picklist_values or operator not in ("=", "!=", "IN", "NOT IN"):
        return
    known = {choice.lower() for choice in field.picklist_values}
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, str) and item.lower() not in known:
            hint = did_you_mean(nearest(item, field.picklist_values))
            choices = "one of " + ", ".join(field.picklist_values[:8])
            yield warning_at(cell, f"the picklist {field.name} has no '{item}'", hint or choices)


def _not_writable(cell: Cell, field: OrgField) -> Iterator[Finding]:
    if field.calculated:
        yield fault_at(cell, f"{field.name} is a formula and cannot be written", "another field")
    elif not field.updateable:
        yield fault_at(cell, f"our user may not edit {field.name}", _ACCESS)


def _reads_as(kind: str, field: OrgField) -> bool:
    type_ = field.type.lower()
    if kind == "date":
        return type_ in DATE_TYPES | TEXT_TYPES
    if kind in ("money", "quantity", "number"):
        return type_ in NUMBER_TYPES | TEXT_TYPES
    return True


def _must_be_parsed(kind: str, field: OrgField) -> bool:
    return kind in ("date", "money", "quantity", "number") and field.type.lower() in TEXT_TYPES


def _wrong_target(row: TargetField, field: OrgField) -> Iterator[Finding]:
    type_ = field.type.lower()
    kind = row.ours.kind
    fitting = TEXT_TYPES - {"reference", "id"}
    if kind in ("date", "moment"):
        fitting = fitting | DATE_TYPES
    elif kind == "number":
        fitting = fitting | NUMBER_TYPES
    if type_ not in fitting:
        expected = {
            "date": "a date field",
            "moment": "a date/time field",
            "number": "a number field",
        }.get(kind, "a text field")
        yield fault_at(row.target, f"{field.name} is {kind_of(field)}", expected)
    elif row.ours.key == "tracking_numbers" and 0 < field.length < _TRACKING_ROOM:
        yield warning_at(
            row.target,
            f"{field.name} holds {field.length} characters, too few for several tracking numbers",
            "a text field of 255",
        )
    elif row.ours.key == "fulfillment_status" and field.restricted_picklist and not row.steps:
        yield from _strange_states(row, field)
    elif row.ours.key == "status_message" and 0 < field.length < 255:
        yield warning_at(
            row.target,
            f"{field.name} holds {field.length} characters; longer messages are cut",
            "a text field of 255",
        )


def _strange_states(row: TargetField, field: OrgField) -> Iterator[Finding]:
    """Our words that a restricted picklist refuses: that one field is not written then."""
    known = {choice.lower() for choice in field.picklist_values}
    strange = [word for word in dict.fromkeys(STATUS_LABELS.values()) if word.lower() not in known]
    if strange:
        yield warning_at(
            row.target,
            f"the picklist {field.name} has no {', '.join(strange)}",
            "a value map that says them in its words: map(statuses)",
        )
