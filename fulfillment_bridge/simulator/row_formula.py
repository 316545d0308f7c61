"""Formulas over one record as it stands in the transaction, with what changed in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fulfillment_bridge.simulator.changes import Change
from fulfillment_bridge.simulator.formula import compile_formula
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.soql_scope import Frame, Scope, Viewer
from fulfillment_bridge.simulator.soql_syntax import Path, Query
from fulfillment_bridge.simulator.store import Row


def evaluate(
    change: Change, sobject: SObject, formula: str, record_id: str, before: Row | None
) -> Any:
    """What the formula comes to for the record; None when there is no such record."""
    viewer = Viewer(change.user, change.now, include_deleted=True, newest=True)
    frame = Frame(formula, change.schema, change.store, viewer)
    return evaluate_in(frame, sobject, formula, record_id, before)


def evaluate_in(
    frame: Frame, sobject: SObject, formula: str, record_id: str, before: Row | None
) -> Any:
    """The same for somebody who only reads; the frame must see the newest rows."""
    scope = Scope.of(frame, sobject, Query(items=(), object_name=Path(sobject.name, 0)))
    value = compile_formula(
        formula,
        lambda names: scope.within((), names),
        _functions_of_change(sobject, scope, before),
    )
    sql = f'SELECT {value} FROM {scope.table()} WHERE {scope.alias}."Id" = ?'  # noqa: S608
    found = frame.store.read(sql, (record_id,))
    return found[0][0] if found else None


def _functions_of_change(
    sobject: SObject, scope: Scope, before: Row | None
) -> dict[str, Callable[[list[str]], str]]:
    """ISNEW, ISCHANGED, PRIORVALUE, TODAY and NOW, which depend on the change at hand."""
    viewer = scope.frame.viewer

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
        "TODAY": lambda _: _literal(viewer.local_now[:10]),
        "NOW": lambda _: _literal(viewer.now),
    }


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
