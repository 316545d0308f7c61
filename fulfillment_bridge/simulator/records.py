"""Saving records: create, update, upsert and delete, many in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from fulfillment_bridge.simulator import automation, duplicates, recycle_bin, rollups, validation
from fulfillment_bridge.simulator.assign import (
    assigned,
    check_references,
    check_required,
    check_unique,
    external_id_field,
    fill_defaults,
    new_row,
)
from fulfillment_bridge.simulator.automation import LimitExceeded
from fulfillment_bridge.simulator.changes import Change, Refused, no_access
from fulfillment_bridge.simulator.errors import MultipleMatches, RecordError, SalesforceError
from fulfillment_bridge.simulator.ids import normalized
from fulfillment_bridge.simulator.locks import check_locks, check_master_locks
from fulfillment_bridge.simulator.model import Operation, SaveResult, refused
from fulfillment_bridge.simulator.rulebook import rules_of
from fulfillment_bridge.simulator.schema import SObject, unknown_type
from fulfillment_bridge.simulator.sharing import hidden_reference, is_hidden, is_read_only
from fulfillment_bridge.simulator.store import Row
from fulfillment_bridge.simulator.values import stored_value, wrong_id

_CHUNK = 200
_ROLLED_BACK = RecordError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone "
    "header",
)


class _RollBack(Exception):
    """Leaves the transaction of an all-or-none request."""


def save(change: Change, operations: list[Operation], *, all_or_none: bool) -> list[SaveResult]:
    """Do the operations in order; each fails by itself, or all with any when asked so."""
    results: list[SaveResult] = []
    twice = _named_twice(operations)
    try:
        with change.store.transaction():
            for chunk in _chunks(operations):
                results += _save_chunk(change, chunk, twice)
            if all_or_none and not all(result.success for result in results):
                raise _RollBack
    except _RollBack:
        results = [_rolled_back(result) if result.success else result for result in results]
    return results


def _chunks(operations: list[Operation]) -> Iterator[list[Operation]]:
    """The operations in groups of one object and kind: automation sees each group as a whole."""
    for _, group in groupby(operations, key=lambda each: (each.object_name.lower(), each.kind)):
        together = list(group)
        for start in range(0, len(together), _CHUNK):
            yield together[start : start + _CHUNK]


def _save_chunk(change: Change, chunk: list[Operation], twice: set[Any]) -> list[SaveResult]:
    """All operations of a chunk; when an automation throws, none of them happened."""
    change.automated_rows.clear()
    try:
        with change.store.transaction():
            return [_save_one(change, operation, twice) for operation in chunk]
    except LimitExceeded as limit:
        return [refused([limit.error], operation.record_id) for operation in chunk]


def _rolled_back(result: SaveResult) -> SaveResult:
    return replace(result, success=False, created=False, errors=[_ROLLED_BACK])


def _save_one(change: Change, operation: Operation, twice: set[Any]) -> SaveResult:
    """One operation in a savepoint of its own."""
    try:
        with change.store.transaction():
            if _key(operation) in twice:
                raise RecordError("DUPLICATE_VALUE", f"duplicate id specified: {_shown(operation)}")
            sobject = _object(change, operation.object_name)
            return _KINDS[operation.kind](change, sobject, operation)
    except Refused as refusal:
        return refused(refusal.errors, operation.record_id)
    except SalesforceError as error:
        return refused([error], operation.record_id)


def _object(change: Change, name: str) -> SObject:
    sobject = change.schema.get(name)
    if sobject is None or not change.user.may("read", sobject.name):
        raise SalesforceError("INVALID_TYPE", unknown_type(name))
    return sobject


def _named_twice(operations: list[Operation]) -> set[Any]:
    """The records that several operations of one request name."""
    counts = Counter(key for each in operations if (key := _key(each)) is not None)
    return {key for key, count in counts.items() if count > 1}


def _key(operation: Operation) -> Any:
    if operation.record_id is not None:
        return normalized(operation.record_id) or operation.record_id
    if operation.external_id_field and operation.external_id is not None:
        return (operation.object_name.lower(), str(operation.external_id).lower())
    return None


def _shown(operation: Operation) -> Any:
    return operation.record_id or operation.external_id


def create(change: Change, sobject: SObject, operation: Operation) -> SaveResult:
    """Add a record."""
    _check_allowed(change, sobject, "create", sobject.createable)
    values = assigned(change, sobject, operation.values, creating=True)
    row = new_row(sobject, values)
    fill_defaults(change, sobject, row)
    rules = rules_of(sobject)
    rules.prepare(change, row, values)
    check_required(sobject, row)
    check_references(change, sobject, values)
    check_unique(change, sobject, "", values)
    rules.derive(sobject, row)
    rules.before_create(change, row)
    duplicates.check(change, sobject, row, None)
    check_master_locks(change, sobject, row)
    row["Id"] = change.ids.next(sobject.key_prefix or "")
    for field in sobject.stored_fields():
        if field.auto_number:
            row[field.name] = change.numbers.next(sobject, field)
        elif field.name_field and sobject.custom and row[field.name] is None:
            row[field.name] = row["Id"][:15]
    change.insert(sobject, row)
    row = automation.run_before(change, sobject, row, None, "create")
    validation.check(change, sobject, row["Id"], None)
    rules.after(change, row)
    rollups.after(change, sobject, row)
    automation.run_after(change, sobject, row, None, "create")
    return SaveResult(row["Id"], success=True, created=True)


def update(change: Change, sobject: SObject, operation: Operation) -> SaveResult:
    """Change a record."""
    _check_allowed(change, sobject, "edit", sobject.updateable)
    before = _target(change, sobject, operation)
    values = assigned(change, sobject, operation.values, creating=False)
    changed = {name: value for name, value in values.items() if before[name] != value}
    check_required(sobject, values)
    check_references(change, sobject, changed)
    check_unique(change, sobject, before["Id"], changed)
    rules = rules_of(sobject)
    rules.before_update(change, before, values)
    duplicates.check(change, sobject, {**before, **values}, before)
    after = change.update(sobject, before, values)
    after = automation.run_before(change, sobject, after, before, "update")
    validation.check(change, sobject, before["Id"], before)
    rules.after(change, after)
    rollups.after(change, sobject, before, after)
    automation.run_after(change, sobject, after, before, "update")
    return SaveResult(before["Id"], success=True)


def upsert(change: Change, sobject: SObject, operation: Operation) -> SaveResult:
    """Change the record with this external id, or add one."""
    field = external_id_field(change, sobject, operation.external_id_field or "")
    if field.name == "Id":
        operation = replace(operation, record_id=operation.record_id or operation.external_id)
        kind = update if operation.record_id else create
        return kind(change, sobject, operation)
    value = stored_value(field, operation.external_id, change.schema)
    if value is None:
        raise RecordError("MISSING_ARGUMENT", f"{field.name} not specified", (field.name,))
    if any(name.lower() == field.name.lower() for name in operation.values):
        message = f"The {field.name} field should not be specified in the sobject data."
        raise SalesforceError("INVALID_FIELD", message)
    found = change.live(sobject.name, field.name, value)
    if len(found) > 1:
        raise several_found(sobject, field.name, [row["Id"] for row in found])
    if found:
        return update(change, sobject, replace(operation, record_id=found[0]["Id"]))
    if operation.update_only:
        raise SalesforceError("NOT_FOUND", "The requested resource does not exist", http_status=404)
    values = {**operation.values, field.name: operation.external_id}
    return create(change, sobject, replace(operation, values=values))


def delete(change: Change, sobject: SObject, operation: Operation) -> SaveResult:
    """Put a record into the recycle bin, and with it the records that belong to it."""
    _check_allowed(change, sobject, "delete", sobject.deletable)
    row = _target(change, sobject, operation)
    rules_of(sobject).before_delete(change, row)
    automation.run_before(change, sobject, row, row, "delete")
    recycle_bin.put_in(change, sobject, row)
    rules_of(sobject).after(change, {**row, "IsDeleted": 1})
    automation.run_after(change, sobject, row, row, "delete")
    return SaveResult(row["Id"], success=True)


def hard_delete(change: Change, sobject: SObject, operation: Operation) -> SaveResult:
    """Delete a record, or take it out of the recycle bin, for good."""
    if not change.user.has("BulkApiHardDelete"):
        raise no_access()
    row = change.row(sobject.name, normalized(operation.record_id or ""))
    if not row.get("IsDeleted"):
        delete(change, sobject, operation)
        row = change.row(sobject.name, row["Id"])
    recycle_bin.remove(change, sobject, row)
    return SaveResult(row["Id"], success=True)


def undelete(change: Change, sobject: SObject, operation: Operation) -> SaveResult:
    """Bring a record back from the recycle bin."""
    _check_allowed(change, sobject, "delete", sobject.deletable)
    return recycle_bin.undelete(change, sobject, operation)


def empty_bin(change: Change, sobject: SObject, operation: Operation) -> SaveResult:
    """Remove a record in the recycle bin for good."""
    _check_allowed(change, sobject, "delete", sobject.deletable)
    return recycle_bin.empty(change, sobject, operation)


_KINDS: dict[str, Callable[[Change, SObject, Operation], SaveResult]] = {
    "create": create,
    "update": update,
    "upsert": upsert,
    "delete": delete,
    "hard_delete": hard_delete,
    "undelete": undelete,
    "empty_bin": empty_bin,
}


def several_found(sobject: SObject, field_name: str, record_ids: list[str]) -> MultipleMatches:
    """The error of an external id that several records carry."""
    listed = ", ".join(record_ids)
    message = f"{field_name}: more than one record found for external id field: [{listed}]"
    error = MultipleMatches(message, sobject.name, tuple(record_ids))
    error.code = "DUPLICATE_EXTERNAL_ID"
    return error


def _target(change: Change, sobject: SObject, operation: Operation) -> Row:
    """The record to change, as it is now; raises when it is not there or not theirs."""
    given = operation.record_id or ""
    record_id = normalized(given)
    if record_id is None or not record_id.startswith(sobject.key_prefix or " "):
        raise wrong_id(f"{sobject.label} ID", given, "Id")
    row = change.store.row(sobject, record_id)
    if row is None:
        raise RecordError(
            "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", http_status=404
        )
    if row.get("IsDeleted"):
        raise RecordError("ENTITY_IS_DELETED", "entity is deleted", http_status=404)
    if is_hidden(change, sobject, row):
        raise Refused(hidden_reference(record_id))
    if is_read_only(change, sobject, row):
        raise no_access()
    check_locks(change, sobject, row)
    return row


def _check_allowed(change: Change, sobject: SObject, action: str, possible: bool) -> None:
    if not possible:
        kind = {"edit": "update"}.get(action, action)
        message = f"entity type {sobject.name} does not support {kind}"
        raise SalesforceError("INVALID_TYPE_FOR_OPERATION", message)
    if not change.user.may(action, sobject.name):
        raise no_access()
