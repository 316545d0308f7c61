"""Roll-up summary fields: what a record knows of its details, kept as they come and go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fulfillment_bridge.simulator import validation
from fulfillment_bridge.simulator.changes import Change
from fulfillment_bridge.simulator.fields import Field, Rollup
from fulfillment_bridge.simulator.row_formula import evaluate
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.store import Row


def after(change: Change, sobject: SObject, *rows: Row) -> None:
    """Bring the roll-ups of all masters of these states of a record up to date.

    A new value moves the master's SystemModstamp, as whatever the platform does by itself, and
    the master's validation rules have their say.
    """
    for link, master, summary in _summaries(change, sobject):
        for master_id in dict.fromkeys(row.get(link.name) for row in rows):
            old = change.row(master.name, master_id)
            if not old or old.get("IsDeleted") or summary.rollup is None:
                continue
            value = _value(change, sobject, link, summary.rollup, master_id)
            if old[summary.name] != value:
                new = change.touch(master, old, {summary.name: value})
                validation.check(change, master, old["Id"], old)
                after(change, master, new)


def _summaries(change: Change, sobject: SObject) -> Iterator[tuple[Field, SObject, Field]]:
    """The references to masters, and the fields there that sum this object up."""
    for link in sobject.fields.values():
        if link.on_delete != "cascade" or not link.reference_to:
            continue
        master = change.object(link.reference_to[0])
        for each in master.fields.values():
            if each.rollup and each.rollup.of.lower() == (link.child_relationship or "").lower():
                yield link, master, each


def _value(change: Change, sobject: SObject, link: Field, rollup: Rollup, master_id: Any) -> Any:
    """The value over the details that are there now."""
    rows = change.live(sobject.name, link.name, master_id)
    if rollup.where:
        rows = [row for row in rows if evaluate(change, sobject, rollup.where, row["Id"], None)]
    if rollup.function == "count":
        return float(len(rows))
    name = rollup.field or ""
    values = [row[name] for row in rows if row[name] is not None]
    if rollup.function == "sum":
        return round(float(sum(values)), 10)
    return (min if rollup.function == "min" else max)(values, default=None)
