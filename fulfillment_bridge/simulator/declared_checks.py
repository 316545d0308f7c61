"""Checks of what a description declares, made with the org: later nobody would look there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from fulfillment_bridge.simulator.changes import Change
from fulfillment_bridge.simulator.declarations import Automation
from fulfillment_bridge.simulator.row_formula import evaluate
from fulfillment_bridge.simulator.schema import SObject


def check_declared(change: Change, sobject: SObject) -> None:
    """ValueError for a formula that cannot be computed, or a field that is not there."""
    _check_rollups(change, sobject)
    for name, field_name in _named_fields(change, sobject):
        raise ValueError(f"{sobject.name}.{name}: there is no field {field_name}")
    defaults = [each.developer_name for each in sobject.record_types if each.default]
    if len(defaults) > 1:
        raise ValueError(f"{sobject.name}: several default record types: {', '.join(defaults)}")
    for name, formula in _formulas(sobject):
        _check_formula(change, sobject, f"{sobject.name}.{name}", formula)


def _check_rollups(change: Change, sobject: SObject) -> None:
    """A roll-up needs details of its own, a field of theirs, and a condition that holds water."""
    for each in sobject.fields.values():
        if each.rollup is None:
            continue
        wanted = each.rollup.of.lower()
        child = next((one for one in sobject.children if (one.name or "").lower() == wanted), None)
        if child is None or child.on_delete != "cascade":
            raise ValueError(f"{sobject.name}.{each.name}: no details called {each.rollup.of}")
        details = change.object(child.object_name)
        if each.rollup.field and not _has_column(details, each.rollup.field):
            raise ValueError(f"{sobject.name}.{each.name}: no field {each.rollup.field} there")
        if each.rollup.where:
            _check_formula(change, details, f"{sobject.name}.{each.name}", each.rollup.where)


def _named_fields(change: Change, sobject: SObject) -> Iterator[tuple[str, str]]:
    """What names a field that is not there or has no column, with that field."""
    for each in sobject.automations:
        for target, names in _targets(change, sobject, each):
            yield from ((each.name, name) for name in names if not _has_column(target, name))
    for rule in sobject.duplicate_rules:
        columns = {each.name for each in sobject.fields.values() if each.stored}
        yield from ((rule.name, name) for name in rule.match if name not in columns)
    for validation in sobject.validation_rules:
        if validation.field and sobject.field(validation.field) is None:
            yield validation.name, validation.field


def _check_formula(change: Change, sobject: SObject, name: str, formula: str) -> None:
    try:
        evaluate(change, sobject, formula, "", None)
    except (ValueError, sqlite3.Error) as error:
        raise ValueError(f"{name}: {error}") from error


def _targets(
    change: Change, sobject: SObject, automation: Automation
) -> Iterator[tuple[SObject, list[str]]]:
    """The objects that an automation edits, and which of their fields."""
    yield sobject, [name for name, _ in automation.set]
    if automation.parent:
        link = sobject.relationships.get(automation.parent.lower())
        if link is None:
            raise ValueError(f"{sobject.name}.{automation.name}: no parent {automation.parent}")
        parent = change.object(link.reference_to[0])
        yield parent, [name for name, _ in automation.set_parent]


def _has_column(sobject: SObject, name: str) -> bool:
    field = sobject.field(name)
    return field is not None and field.stored


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
