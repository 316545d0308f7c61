"""What still counts as ready once we have written our own news onto an order.

A ready rule may ask for a field that we write: the mark "downloaded", the fulfillment status.
By such a rule an order stops being ready by being released. It still is what it was as long as
that field holds what it should, or what we write there; only another value is somebody's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from fulfillment_bridge.domain.org_schema import Condition, Rule, Value
from fulfillment_bridge.mapping.rules import condition_holds

OwnValues = Mapping[str, frozenset[Value] | None]
"""What we may write, by the lower-case path of the field; None where it can be anything."""


def still_ready(ready: Rule, ours: OwnValues) -> Rule:
    """The rule that orders of ours keep to, whatever we have written; () where it is ``ready``."""
    groups = [
        group
        for each in ready
        for group in product(*(_alternatives(condition, ours) for condition in each))
    ]
    found = tuple(tuple(c for c in group if c is not None) for group in groups)
    if () in found:
        found = ((),)  # one group asks for nothing any more
    return () if found == ready else found


def _alternatives(condition: Condition, ours: OwnValues) -> list[Condition | None]:
    """The condition itself, and our own values that do not meet it; None is no condition."""
    path = condition.path
    if path.lower() not in ours:
        return [condition]
    values = ours[path.lower()]
    if values is None:
        return [None]
    others = [value for value in values if not condition_holds(condition, {path: value})]
    return [condition, *(Condition(path, "=", value) for value in sorted(others, key=repr))]
