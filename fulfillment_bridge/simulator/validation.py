"""The merchant's validation rules: formulas over a record as it would be saved."""

from __future__ import annotations

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
