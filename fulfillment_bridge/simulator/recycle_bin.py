"""The recycle bin: what deleting puts there, what comes back, what is gone for good."""

from __future__ import annotations

from collections.abc import Iterator

from fulfillment_bridge.simulator import rollups
from fulfillment_bridge.simulator.changes import Change, Refused
from fulfillment_bridge.simulator.errors import RecordError
from fulfillment_bridge.simulator.ids import normalized
from fulfillment_bridge.simulator.model import Operation, SaveResult
from fulfillment_bridge.simulator.rulebook import rules_of
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.store import Row


def put_in(change: Change, sobject: SObject, row: Row) -> None:
    """Delete a row after those it takes along; refuse when a child forbids it."""
    for link in sobject.children:
        child = change.object(link.object_name)
        if child.virtual or not child.engine_field("IsDeleted"):
            continue
        for each in change.live(child.name, link.field_name, row["Id"]):
            if link.on_delete == "cascade":
                put_in(change, child, each)
            elif link.on_delete == "restrict":
                raise _still_needed(sobject, row, child, each)
            else:
                change.store.update(child, each["Id"], {link.field_name: None})
    change.update(sobject, row, {"IsDeleted": 1})
    rollups.after(change, sobject, row)


def undelete(change: Change, sobject: SObject, operation: Operation) -> SaveResult:
    """Bring a record back, and with it those that went along with it."""
    row = _binned(change, sobject, operation)
    if row is None or _went_along(change, sobject, row):
        raise Refused(RecordError("UNDELETE_FAILED", "Entity is not in the recycle bin"))
    _restore(change, sobject, row)
    return SaveResult(row["Id"], success=True)


def empty(change: Change, sobject: SObject, operation: Operation) -> SaveResult:
    """Remove a record in the recycle bin for good, and those that went along with it."""
    row = _binned(change, sobject, operation)
    if row is None:
        raise Refused(RecordError("INVALID_ID_FIELD", "no recycle bin entry found"))
    remove(change, sobject, row)
    return SaveResult(row["Id"], success=True)


def remove(change: Change, sobject: SObject, row: Row) -> None:
    """Remove a deleted row for good, after those that were deleted with it."""
    for child, each in _companions(change, sobject, row):
        remove(change, child, each)
    change.store.purge(sobject, row)


def _restore(change: Change, sobject: SObject, row: Row) -> None:
    companions = list(_companions(change, sobject, row))
    after = change.update(sobject, row, {"IsDeleted": 0})
    for child, each in companions:
        _restore(change, child, each)
    rules_of(sobject).after(change, after)
    rollups.after(change, sobject, after)


def _binned(change: Change, sobject: SObject, operation: Operation) -> Row | None:
    """The deleted record that the operation names."""
    record_id = normalized(operation.record_id or "")
    row = change.store.row(sobject, record_id) if record_id else None
    return row if row and row.get("IsDeleted") else None


def _companions(change: Change, sobject: SObject, row: Row) -> Iterator[tuple[SObject, Row]]:
    """The rows that the deletion of this one took along: they have its stamp."""
    for link in sobject.children:
        child = change.object(link.object_name)
        if link.on_delete != "cascade" or child.virtual or not child.engine_field("IsDeleted"):
            continue
        for each in change.store.deleted_rows(child, link.field_name, row["Id"]):
            if each["SystemModstamp"] == row["SystemModstamp"]:
                yield child, each


def _went_along(change: Change, sobject: SObject, row: Row) -> bool:
    """Whether the row was deleted with a parent that is still in the bin."""
    for field in sobject.fields.values():
        if field.on_delete == "cascade" and field.reference_to and row[field.name]:
            parent = change.row(field.reference_to[0], row[field.name])
            if not parent or parent.get("IsDeleted"):
                return True
    return False


def _still_needed(sobject: SObject, row: Row, child: SObject, needing: Row) -> Refused:
    name = row.get("Name") or row["Id"]
    other = needing.get("OrderNumber") or needing.get("Name") or needing["Id"]
    return Refused(
        RecordError(
            "DELETE_FAILED",
            f"Your attempt to delete {name} could not be completed because it is associated with "
            f"the following {child.plural.lower()}.: {other}\n",
        )
    )
