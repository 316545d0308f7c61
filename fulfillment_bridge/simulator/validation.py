"""The merchant's validation rules: formulas over a record as it would be saved."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from fulfillment_bridge.simulator.changes import Change, Refused
from fulfillment_bridge.simulator.errors import RecordError
from fulfillment_bridge.simulator.formula import compile_formula
from fulfillment_bridge.simulator.schema import SObject, ValidationRule
from fulfillment_bridge.simulator.soql_scope import Frame, Scope, Viewer
from fulfillment_bridge.simulator.soql_syntax import Path, Query
from fulfillment_bridge.simulator.store import Row


def check(change: Change, sobject: SObject, record_id: str, before: Row | None) -> None:
    """Refuse the record with the message of every rule that is true of it."""
    errors = [
        RecordError(
            "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, (rule.field,) if rule.field else ()
        )
        for rule in sobject.validation_rules
        if _is_true(change, sobject, rule, record_id, before)
    ]
    if errors:
        raise Refused(*errors)


def check_formulas(change: Change, sobject: SObject) -> None:
    """ValueError for a formula of a field or rule that could never be computed."""
    fields = (field for field in sobject.fields.values() if field.formula is not None)
    formulas = [ValidationRule(field.name, field.formula or "", "") for field in fields]
    for rule in (*sobject.validation_rules, *formulas):
        try:
            _is_true(change, sobject, rule, "", None)
        except (ValueError, sqlite3.Error) as error:
            raise ValueError(f"{sobject.name}.{rule.name}: {error}") from error


def _is_true(
    change: Change, sobject: SObject, rule: ValidationRule, record_id: str, before: Row | None
) -> bool:
    viewer = Viewer(change.user, change.now, include_deleted=True, newest=True)
    frame = Frame(rule.when, change.schema, change.store, viewer)
    scope = Scope.of(frame, sobject, Query(items=(), object_name=Path(sobject.name, 0)))
    condition = compile_formula(
        rule.when,
        lambda names: scope.within((), names),
        _functions_of_change(change, sobject, scope, before),
    )
    sql = f'SELECT {condition} FROM {scope.table()} WHERE {scope.alias}."Id" = ?'  # noqa: S608
    found = change.store.read(sql, (record_id,))
    return bool(found and found[0][0])


def _functions_of_change(
    change: Change, sobject: SObject, scope: Scope, before: Row | None
) -> dict[str, Callable[[list[str]], str]]:
    """ISNEW, ISCHANGED, PRIORVALUE, TODAY and NOW, which depend on the change at hand."""

    def prior(paths: list[str]) -> str:
        field = sobject.field(paths[0])
        return _literal(before.get(field.name) if before and field else None)

    def changed(paths: list[str]) -> str:
        if before is None:
            return "0"
        return f"({scope.within((), [paths[0]])[0]} IS NOT {prior(paths)})"

    return {
        "ISNEW": lambda _: str(int(before is None)),
        "ISCHANGED": changed,
        "PRIORVALUE": prior,
        "TODAY": lambda _: _literal(change.now[:10]),
        "NOW": lambda _: _literal(change.now),
    }


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
