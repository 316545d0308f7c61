"""The merchant's validation rules: formulas over a record as it would be saved."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from fulfillment_bridge.simulator.changes import Change, Refused
from fulfillment_bridge.simulator.errors import RecordError
from fulfillment_bridge.simulator.row_formula import evaluate
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.store import Row


def check(change: Change, sobject: SObject, record_id: str, before: Row | None) -> None:
    """Refuse the record with the message of every rule that is true of it."""
    errors = [
        RecordError(
            "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, (rule.field,) if rule.field else ()
        )
        for rule in sobject.validation_rules
        if evaluate(change, sobject, rule.when, record_id, before)
    ]
    if errors:
        raise Refused(*errors)


def check_formulas(change: Change, sobject: SObject) -> None:
    """ValueError for a formula of the object that could never be computed."""
    for name, formula in _formulas(sobject):
        try:
            evaluate(change, sobject, formula, "", None)
        except (ValueError, sqlite3.Error) as error:
            raise ValueError(f"{sobject.name}.{name}: {error}") from error


def _formulas(sobject: SObject) -> Iterator[tuple[str, str]]:
    """Every formula of fields, validation rules, automation and approval lock, with its name."""
    for field in sobject.fields.values():
        if field.formula is not None:
            yield field.name, field.formula
    for rule in sobject.validation_rules:
        yield rule.name, rule.when
    for each in sobject.automations:
        for _, formula in (("when", each.when), *each.set, *each.set_parent):
            yield each.name, formula
    if sobject.approval_lock:
        yield "approval_lock", sobject.approval_lock
