"""``--write-probe``: write a value that stands there already, on one order that a person names.

It changes no value, but it is a write: validation rules, triggers and flows of the org run, and
what they would refuse to a shipment they refuse now.
"""

from __future__ import annotations

from collections.abc import Iterator

from fulfillment_bridge.actions.connection_check import Check, Doing, Step, Subject, failed, ok
from fulfillment_bridge.domain.org_schema import (
    OrgField,
    Record,
    RecordUpdate,
    UpdateResult,
    Value,
    value_at,
)
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.mapping.contents import Workbook
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.paths import resolve


def write_probe(subject: Subject, workbook: Workbook, field_map: FieldMap) -> Iterator[Step]:
    """Find the order, write one value as it is, and look at it again."""
    yield Doing(f"writing an unchanged value onto order {subject.probe}")
    try:
        yield from _probed(subject, workbook, field_map)
    except BridgeError as problem:
        yield failed("write_probe", f"write onto order {subject.probe}", problem)


def _probed(subject: Subject, workbook: Workbook, field_map: FieldMap) -> Iterator[Check]:
    fields = _written(workbook, field_map)
    if not fields:
        yield _cannot("the workbook writes nothing onto orders, so there is nothing to try", "")
        return
    query = field_map.order_query()
    found = subject.cart.find_orders(query, field_map.order_number_path, subject.probe)
    if len(found) != 1:
        number = f"{len(found)} orders are" if found else "no order is"
        yield _cannot(
            f"{number} called {subject.probe}, as far as our user sees",
            "Name one order by the number that stands in the workbook's order number field.",
        )
        return
    record_id = found[0].cart_order_id
    paths = [field.name for field in fields]
    before = subject.cart.fetch_records(query.order_object, [record_id], paths)[record_id]
    update = _unchanged(query.order_object, record_id, fields[0], before)
    with subject.store.begin() as uow:
        target = f"cart:{subject.cart_name}"
        detail = {"order": subject.probe, "field": fields[0].name}
        uow.audit.add(subject.clock.now(), subject.actor, "write probe", target, **detail)
    result = subject.cart.write_updates([update])[0]
    if not result.written:
        yield _refused(subject, field_map, update, result)
        return
    after = subject.cart.fetch_records(query.order_object, [record_id], paths)[record_id]
    yield _written_line(subject, fields, before, after)


def _written(workbook: Workbook, field_map: FieldMap) -> list[OrgField]:
    """Fields that shipments go to; texts first, since any value of theirs can be written again."""
    base = workbook.setting("order_object")
    rows = (row for row in workbook.shipment_fields if row.path and row.base == "order")
    resolved = (resolve(field_map.schema, base, row.path) for row in rows)
    fields = [found.field for found in resolved if hasattr(found, "field")]
    return sorted(fields, key=lambda field: field.type != "string")


def _unchanged(object_name: str, record_id: str, field: OrgField, before: Record) -> RecordUpdate:
    value: Value = value_at(before, field.name)
    return RecordUpdate(object_name, record_id, {field.name: value})


def _cannot(what: str, remedy: str) -> Check:
    return Check("write_probe", "failed", f"no write was tried: {what}", remedy)


def _refused(
    subject: Subject, field_map: FieldMap, update: RecordUpdate, result: UpdateResult
) -> Check:
    said = "; ".join(f"{fault.code}: {fault.message}" for fault in result.faults) or "refused"
    columns = [*(name for fault in result.faults for name in fault.fields), *update.values]
    cells = (field_map.cell_for(f"{update.object_name}.{column}") for column in columns)
    cell = next((each for each in cells if each), "")
    field = ", ".join(update.values)
    where = f"{field}, workbook cell {cell}" if cell else field
    return Check(
        "write_probe",
        "failed",
        f"order {subject.probe} ({update.object_name} {update.record_id}, {where}) was refused: "
        f"{said}",
        " ".join(dict.fromkeys(fault.remedy for fault in result.faults if fault.remedy)),
        code=result.faults[0].code if result.faults else "",
    )


def _written_line(subject: Subject, fields: list[OrgField], before: Record, after: Record) -> Check:
    names = [field.name for field in fields]
    changed = [name for name in names if value_at(before, name) != value_at(after, name)]
    what = f"order {subject.probe}: {names[0]} was written with the value it has"
    if not changed:
        return ok("write_probe", f"{what}; no rule or automation of the org objected")
    return Check(
        "write_probe",
        "warning",
        f"{what}, and automation of the org then changed {', '.join(changed)}",
        "Look in Setup > Flows and Apex Triggers of the object: what we write there may not stay.",
    )
