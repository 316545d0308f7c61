"""What an org says to child records that are read, and to records of parcels that are written."""

from __future__ import annotations

from collections.abc import Iterator

from fulfillment_bridge.domain.org_schema import OrgField, OrgObject, OrgSchema
from fulfillment_bridge.mapping.contents import ChildPath, Workbook
from fulfillment_bridge.mapping.findings import Finding, did_you_mean, fault_at, nearest, warning_at
from fulfillment_bridge.mapping.paths import lookups_of
from fulfillment_bridge.mapping.touched import child_paths

LONGEST_KEY = 60
"""Characters that the key of a parcel may have."""


def check_children(workbook: Workbook, schema: OrgSchema) -> Iterator[Finding]:
    """Whether each child object exists and hangs on the order in just one way."""
    told: set[str] = set()
    for child in child_paths(workbook):
        if child.key in told:
            continue
        told.add(child.key)
        known = schema.object(child.object_name)
        if known is None:
            names = [each.name for each in schema.objects.values()]
            yield fault_at(
                child.cell,
                f"the org has no object {child.object_name}, or our user cannot see it",
                did_you_mean(nearest(child.object_name, names))
                or "the API name of the child object",
            )
        else:
            yield from _lookups(workbook, schema, child, known)


def _lookups(
    workbook: Workbook, schema: OrgSchema, child: ChildPath, known: OrgObject
) -> Iterator[Finding]:
    order_object = workbook.setting("order_object")
    found = lookups_of(schema, child, order_object)
    if not known.queryable:
        yield fault_at(child.cell, f"{known.name} cannot be queried", "another object")
    elif not found:
        said = f"{known.name}.{child.lookup}" if child.lookup else known.name
        yield fault_at(
            child.cell, f"{said} is no lookup to {order_object}", "a child object of the order"
        )
    elif len(found) > 1:
        names = " or ".join(f"{known.name}.{each.name}[…]" for each in found)
        yield fault_at(
            child.cell, f"{known.name} has several lookups to {order_object}", f"{names}"
        )
    else:
        yield warning_at(
            child.cell,
            f"the first {known.name} by its Id counts, where several are as the condition says",
        )


def check_packages(workbook: Workbook, schema: OrgSchema) -> Iterator[Finding]:
    """Whether records of parcels can be created, told apart and hung on their order."""
    known = schema.object(workbook.setting("package_object"))
    if not workbook.setting("package_object") or known is None:
        return
    yield from _package_lookup(workbook, known)
    yield from _package_key(workbook, known)
    filled = {row.path.lower() for row in workbook.shipment_fields if row.base == "package"}
    filled |= {
        workbook.setting(key).lower() for key in ("package_order_field", "package_key_field")
    }
    for field in known.fields.values():
        is_filled = field.name.lower() in filled or field.defaulted_on_create
        if not field.nillable and field.createable and not is_filled and field.type != "boolean":
            yield warning_at(
                workbook.setting_cell("package_object"),
                f"{known.name}.{field.name} may not be empty, and nothing fills it; unless "
                "Salesforce does, no record can be created",
            )


def _package_lookup(workbook: Workbook, known: OrgObject) -> Iterator[Finding]:
    cell = workbook.setting_cell("package_order_field")
    field = known.field(cell.name)
    order_object = workbook.setting("order_object")
    if field and order_object.lower() not in (name.lower() for name in field.reference_to):
        leads = ", ".join(field.reference_to) or "nowhere"
        yield fault_at(cell, f"{field.name} leads to {leads}, not to {order_object}")
    elif field and not field.createable:
        yield _cannot_be_set(workbook, "package_order_field", field)
    elif field and not field.updateable:
        yield fault_at(
            cell,
            f"{field.name} cannot be set again once the record is there",
            "a lookup, or a master-detail with 'Child records can be reparented' ticked",
        )


def _package_key(workbook: Workbook, known: OrgObject) -> Iterator[Finding]:
    cell = workbook.setting_cell("package_key_field")
    field = known.field(cell.name)
    if field is None:
        return
    if not (field.external_id and field.unique):
        yield fault_at(
            cell,
            f"{field.name} is not marked as External ID and Unique",
            "a text field with both: Setup > Object Manager > the object > Fields",
        )
    elif field.type.lower() != "string" or field.length < LONGEST_KEY:
        yield fault_at(
            cell,
            f"{field.name} is {field.type} of {field.length} characters",
            f"text of at least {LONGEST_KEY} characters",
        )
    elif not field.createable:
        yield _cannot_be_set(workbook, "package_key_field", field)


def _cannot_be_set(workbook: Workbook, key: str, field: OrgField) -> Finding:
    return fault_at(workbook.setting_cell(key), f"our user may not set {field.name}")
