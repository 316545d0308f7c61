"""What to change on a record so that it meets a condition, in the merchant's own labels."""

from __future__ import annotations

import re

from fulfillment_bridge.domain.org_schema import Condition, OrgSchema, PathFault, ResolvedPath
from fulfillment_bridge.mapping.paths import resolve
from fulfillment_bridge.mapping.rules import value_text

_FIELD_IN_SALESFORCE = re.compile(
    r"(?:(?<=Fill in )|(?<=Correct ))(?P<path>[\w.]+)(?= in Salesforce)"
)

FOLLOWS = {"StatusCode": "Status"}
"""Standard fields that nobody sets: they follow another one."""


class Labels:
    """How people in the org call what the workbook names by API names."""

    def __init__(self, schema: OrgSchema, order_object: str) -> None:
        self._schema = schema
        self._order_object = order_object

    def of(self, object_name: str) -> Labels:
        """The same words about fields of another object, such as a line."""
        return Labels(self._schema, object_name)

    def object(self, name: str) -> str:
        """The object's label, else its API name."""
        found = self._schema.object(name)
        return found.label if found else name

    def order(self) -> str:
        """What an order is called there: Order, Opportunity, Sales Order."""
        return self.object(self._order_object)

    def field(self, path: str) -> str:
        """The field as people find it: ``"Ship Method"``, ``"Shipping City" of its Account``."""
        found = self.resolved(path)
        if found is None:
            return path
        label = f'"{found.field.label}"'
        return f"{label} of its {self.object(found.object_name)}" if found.relationships else label

    def resolved(self, path: str, object_name: str = "") -> ResolvedPath | None:
        """The field at the end of a path of the order, or of the object named.

        None where nobody looked at it.
        """
        found = resolve(self._schema, object_name or self._order_object, path)
        return None if isinstance(found, PathFault) else found

    def in_text(self, text: str, *, line_object: str) -> str:
        """``Fill in ShippingCity in Salesforce`` with the label before the API name."""

        def labeled(match: re.Match[str]) -> str:
            path = match["path"]
            found = self.resolved(path) or self.resolved(path, line_object)
            return f'"{found.field.label}" ({path})' if found else path

        return _FIELD_IN_SALESFORCE.sub(labeled, text)


def meet(condition: Condition, labels: Labels) -> str:
    """What to do in Salesforce so that the condition holds: ``tick "Ready for Fulfillment"``."""
    name = labels.field(condition.path)
    found = labels.resolved(condition.path)
    if found is not None and found.field.calculated:
        return (
            f"{name} is a formula, so change what it is computed from, until it is "
            f"{_wanted(condition)}"
        )
    if found is not None and found.field.name in FOLLOWS:
        return f'change "{FOLLOWS[found.field.name]}", until {name} is {_wanted(condition)}'
    if isinstance(condition.value, bool):
        ticked = condition.value == (condition.operator == "=")
        return f"{'tick' if ticked else 'untick'} {name}"
    if condition.value is None:
        return f"empty {name}" if condition.operator == "=" else f"fill in {name}"
    return f"set {name} to {_wanted(condition)}"


def undo(condition: Condition, labels: Labels) -> str:
    """What to do so that a condition which holds does so no more."""
    name = labels.field(condition.path)
    if isinstance(condition.value, bool):
        ticked = condition.value == (condition.operator == "=")
        return f"{'untick' if ticked else 'tick'} {name}"
    if condition.value is None:
        return f"fill in {name}" if condition.operator == "=" else f"empty {name}"
    return f"change {name}, so that it is not {_wanted(condition)} any more"


def _wanted(condition: Condition) -> str:
    text = value_text(condition.value)
    words = {
        "=": text,
        "!=": f"anything but {text}",
        "<": f"less than {text}",
        "<=": f"{text} or less",
        ">": f"more than {text}",
        ">=": f"{text} or later" if "-" in text else f"{text} or more",
        "LIKE": f"a text like {text}",
        "NOT LIKE": f"a text not like {text}",
        "IN": f"one of {text}",
        "NOT IN": f"none of {text}",
    }
    return words[condition.operator]
