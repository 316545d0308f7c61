"""The merchant's automation: flows and triggers that run inside every save."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fulfillment_bridge.simulator import validation
from fulfillment_bridge.simulator.changes import Change, Refused
from fulfillment_bridge.simulator.declarations import Automation, Event
from fulfillment_bridge.simulator.errors import RecordError
from fulfillment_bridge.simulator.locks import check_locks
from fulfillment_bridge.simulator.row_formula import evaluate
from fulfillment_bridge.simulator.rulebook import rules_of
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.store import Row
from fulfillment_bridge.simulator.values import raw_value, too_long

_LIMITS = {
    "soql": "Too many SOQL queries: 101",
    "dml": "Too many DML statements: 151",
    "cpu": "Apex CPU time limit exceeded",
}
_WHEN_OF_TRIGGER = {"create": "AfterInsert", "update": "AfterUpdate", "delete": "BeforeDelete"}


class LimitExceeded(Exception):
    """An automation threw: nothing of its transaction is saved."""

    def __init__(self, error: RecordError) -> None:
        super().__init__(str(error))
        self.error = error


def run_before(change: Change, sobject: SObject, row: Row, before: Row | None, event: Event) -> Row:
    """Let the automation edit the record itself; the record afterwards."""
    for each in _that_apply(change, sobject, row, before, event):
        _count(change, each, event)
        values = {}
        for name, formula in each.set:
            value = evaluate(change, sobject, formula, row["Id"], before)
            values.update(_assigned(each, sobject, name, value))
        if values:
            change.store.update(sobject, row["Id"], values)
            row = {**row, **values}
    return row


def run_after(change: Change, sobject: SObject, row: Row, before: Row | None, event: Event) -> None:
    """Let the automation edit the record's parent."""
    for each in _that_apply(change, sobject, row, before, event):
        if each.parent:
            _edit_parent(change, sobject, each, row, before)


def _that_apply(
    change: Change, sobject: SObject, row: Row, before: Row | None, event: Event
) -> Iterator[Automation]:
    for each in sobject.automations:
        applies = event in each.events
        if applies and evaluate(change, sobject, each.when, row["Id"], before):
            yield each


def _count(change: Change, automation: Automation, event: Event) -> None:
    """One more record in this transaction; LimitExceeded when that is one too many."""
    change.automated_rows[automation.name] += 1
    most = automation.most_rows
    if most is not None and change.automated_rows[automation.name] > most:
        raise LimitExceeded(_thrown(automation, event))


def _thrown(automation: Automation, event: Event) -> RecordError:
    limit = _LIMITS.get(automation.throws)
    if automation.kind == "flow":
        return _flow_failed(automation, limit or automation.throws)
    if limit:
        text = f"{automation.name}: System.LimitException: {limit}"
    else:
        text = (
            f"{automation.name}: execution of {_WHEN_OF_TRIGGER[event]}\n\n"
            f"caused by: {automation.throws}\n\nTrigger.{automation.name}: line 1, column 1"
        )
    return RecordError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)


def _flow_failed(automation: Automation, reason: str) -> RecordError:
    text = (
        f"We can't save this record because the “{automation.name}” process failed. Give your "
        f"Salesforce admin these details. This error occurred when the flow tried to update "
        f"records: {reason}. You can look up ExceptionCode values in the SOAP API Developer Guide."
    )
    return RecordError("CANNOT_EXECUTE_FLOW_TRIGGER", text)


def _edit_parent(
    change: Change, sobject: SObject, automation: Automation, row: Row, before: Row | None
) -> None:
    """Change the parent as the platform does for the merchant: all rights, all rules."""
    link = sobject.relationships[(automation.parent or "").lower()]
    parent = change.object(link.reference_to[0])
    old = change.row(parent.name, row[link.name])
    if not old or old.get("IsDeleted"):
        return
    values = {}
    for name, formula in automation.set_parent:
        value = evaluate(change, sobject, formula, row["Id"], before)
        values.update(_assigned(automation, parent, name, value))
    try:
        check_locks(change, parent, old)
        after = change.update(parent, old, values)
        validation.check(change, parent, old["Id"], old)
    except Refused as refusal:
        raise Refused(_wrapped(automation, refusal)) from refusal
    rules_of(parent).after(change, after)


def _wrapped(automation: Automation, refusal: Refused) -> RecordError:
    """The failure of an edit inside the automation, as the caller of the save sees it."""
    return _failed(automation, f"{refusal.errors[0].code}: {refusal.errors[0].message}")


def _failed(automation: Automation, reason: str) -> RecordError:
    if automation.kind == "flow":
        return _flow_failed(automation, reason)
    text = (
        f"{automation.name}: execution of AfterUpdate\n\ncaused by: System.DmlException: Update "
        f"failed. First exception on row 0; first error: {reason}"
    )
    return RecordError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)


def _assigned(automation: Automation, sobject: SObject, name: str, value: Any) -> Row:
    """The column that an automation sets, when the value can stand in it."""
    field = sobject.fields[name.lower()]
    try:
        stored = raw_value(field, value)
    except (TypeError, ValueError) as error:
        reason = f"{field.name}: value {value!r} is of the wrong type"
        raise Refused(_failed(automation, f"INVALID_TYPE_ON_FIELD_IN_RECORD: {reason}")) from error
    if field.length and isinstance(stored, str) and len(stored) > field.length:
        error_of_field = too_long(field, stored)
        raise Refused(_failed(automation, f"{error_of_field.code}: {error_of_field.message}"))
    return {field.name: stored}
