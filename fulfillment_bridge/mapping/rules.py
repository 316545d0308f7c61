"""Rules: which orders are ready or canceled, which inventory records are ours to update."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from fulfillment_bridge.domain.org_schema import (
    Condition,
    Operator,
    OrgField,
    Record,
    Rule,
    Value,
    value_at,
)
from fulfillment_bridge.mapping.cells import plain_text
from fulfillment_bridge.mapping.contents import AppliesTo, RuleRow
from fulfillment_bridge.mapping.layout import BLANK
from fulfillment_bridge.mapping.transforms import TransformFault, as_number

OPERATORS: tuple[Operator, ...] = (
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "LIKE",
    "NOT LIKE",
    "IN",
    "NOT IN",
)

APPLIES_TO: Mapping[str, AppliesTo] = {
    "ready": "ready",
    "cancel": "cancel",
    "hold": "hold",
    "take lines": "take lines",
    "hold lines": "hold lines",
    "inventory": "inventory",
    "canceled": "cancel",
}

_ALIASES: Mapping[str, Operator] = {
    "is": "=",
    "equals": "=",
    "==": "=",
    "is not": "!=",
    "<>": "!=",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
    "is in": "IN",
    "is not in": "NOT IN",
}

TEXT_TYPES = frozenset(
    {
        "string",
        "picklist",
        "textarea",
        "email",
        "phone",
        "url",
        "combobox",
        "encryptedstring",
        "reference",
        "id",
        "anytype",
    }
)
NUMBER_TYPES = frozenset({"double", "currency", "percent", "int", "long"})
DATE_TYPES = frozenset({"date", "datetime"})


def operator_of(text: str) -> Operator | None:
    """The operator people mean by these words or signs; None where there is none."""
    word = text.lower()
    known: dict[str, Operator] = {operator.lower(): operator for operator in OPERATORS}
    return known.get(word) or _ALIASES.get(word)


def conditions_of(
    rows: Sequence[RuleRow],
    applies_to: AppliesTo,
    field_of: Callable[[str], OrgField],
    time_zone: tzinfo,
) -> Rule:
    """The rule that the rows for one purpose make: groups in the order of their first row."""
    groups: dict[str, list[Condition]] = {}
    for row in rows:
        if row.applies_to == applies_to:
            condition = condition_of(row, field_of(row.path), time_zone)
            groups.setdefault(row.group.lower(), []).append(condition)
    return tuple(tuple(group) for group in groups.values())


def rows_of(rows: Sequence[RuleRow], purpose: AppliesTo) -> list[RuleRow]:
    """The rows for one purpose, group by group, in the order of the compiled rule."""
    groups: dict[str, list[RuleRow]] = {}
    for row in rows:
        if row.applies_to == purpose:
            groups.setdefault(row.group.lower(), []).append(row)
    return [row for group in groups.values() for row in group]


def condition_of(row: RuleRow, field: OrgField, time_zone: tzinfo) -> Condition:
    """The row as a comparison of typed values. Raises TransformFault where they do not fit."""
    check_operator(row.operator, field)
    if row.operator in ("IN", "NOT IN"):
        values = tuple(typed_value(text, field, time_zone) for text in list_of(row.value.text))
        return Condition(row.path, row.operator, values)
    value = typed_value(_unquoted(row.value.text), field, time_zone)
    if value is None and row.operator not in ("=", "!="):
        raise TransformFault(f"{BLANK} can only be compared with = and !=")
    return Condition(row.path, row.operator, value)


def check_operator(operator: Operator, field: OrgField) -> None:
    """Raises TransformFault where a field of this type cannot be compared this way."""
    if operator in ("LIKE", "NOT LIKE") and field.type.lower() not in TEXT_TYPES:
        raise TransformFault(f"{operator} works on text, and {field.name} is {kind_of(field)}")
    if operator not in ("=", "!=") and field.type.lower() == "boolean":
        raise TransformFault(f"{field.name} is a checkbox, which only = and != can compare")


_TODAY = re.compile(r"today(?:\s*([+-])\s*([0-9]{1,4}))?", re.IGNORECASE)
_SOME_DAY = date(2000, 1, 1)


def is_relative(text: str) -> bool:
    """Whether the value is a day counted from today: TODAY, TODAY + 3, TODAY - 7."""
    return _TODAY.fullmatch(text.strip()) is not None


def day_from(text: str, today: date) -> str:
    """The day that ``TODAY - 7`` means, as a rule may also write it; other texts stay."""
    match = _TODAY.fullmatch(text.strip())
    if match is None:
        return text
    days = int(match.group(2) or 0)
    return (today + timedelta(days=-days if match.group(1) == "-" else days)).isoformat()


def typed_value(text: str, field: OrgField, time_zone: tzinfo) -> Value:
    """The text as a value of the field's type; None for (blank). Raises TransformFault."""
    if text.lower() == BLANK:
        return None
    kind = field.type.lower()
    if kind in DATE_TYPES:
        text = day_from(text, _SOME_DAY)
    if kind == "boolean":
        return _checkbox(text, field)
    if kind in NUMBER_TYPES:
        return as_number(text)
    if kind == "date":
        return _day(text, field)
    if kind == "datetime":
        return moment_of(text, field.name, time_zone)
    if kind not in TEXT_TYPES:
        raise TransformFault(f"{field.name} is {kind_of(field)}, which no rule can compare")
    return text


def list_of(text: str) -> tuple[str, ...]:
    """The values of a list: separated by semicolons, or by commas where there is none."""
    separator = ";" if ";" in text else ","
    parts = re.findall(rf'\s*("[^"]*"|[^{separator}]+)\s*(?:{separator}|$)', text)
    return tuple(value for part in parts if (value := _unquoted(part.strip())))


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def kind_of(field: OrgField) -> str:
    """A field's type in words."""
    words = {
        "boolean": "a checkbox",
        "double": "a number",
        "int": "a number",
        "date": "a date",
        "datetime": "a date and time",
        "currency": "an amount of money",
        "picklist": "a picklist",
        "multipicklist": "a multi-select picklist",
        "reference": "a lookup",
        "percent": "a percent",
        "textarea": "a text area",
        "string": "text",
        "address": "a compound address",
    }
    return words.get(field.type.lower(), f"of type {field.type}")


def _checkbox(text: str, field: OrgField) -> bool:
    word = text.lower()
    if word in ("true", "yes", "y", "1", "checked"):
        return True
    if word in ("false", "no", "n", "0", "unchecked"):
        return False
    raise TransformFault(f"{field.name} is a checkbox: write true or false, not '{text}'")


def _day(text: str, field: OrgField) -> date:
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
    except ValueError:
        raise TransformFault(
            f"{field.name} is a date: write it as 2026-11-22 or TODAY - 7, not '{text}'"
        ) from None


def moment_of(text: str, name: str, time_zone: tzinfo) -> datetime:
    """A moment in UTC; a date means its midnight in ``time_zone``. Raises TransformFault."""
    try:
        moment = datetime.fromisoformat(text)
        local = moment if moment.tzinfo else moment.replace(tzinfo=time_zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise TransformFault(
            f"{name} is a date and time: write it as 2026-11-22 or 2026-11-22T09:00:00Z, "
            f"not '{text}'"
        ) from None


def rule_holds(rule: Rule, record: Record) -> bool:
    """Whether one of the groups holds for the record. No groups hold for nothing."""
    return any(all(condition_holds(c, record) for c in group) for group in rule)


def condition_holds(condition: Condition, record: Record) -> bool:
    """Whether the org itself would say so: text without regard to case, empty unlike anything."""
    found = value_at(record, condition.path)
    found = None if found == "" else found
    wanted = condition.value
    operator = condition.operator
    if operator in ("IN", "NOT IN"):
        choices = wanted if isinstance(wanted, tuple) else (wanted,)
        return any(_same(found, choice) for choice in choices) == (operator == "IN")
    if operator in ("=", "!="):
        return _same(found, wanted) == (operator == "=")
    if operator in ("LIKE", "NOT LIKE"):
        return _like(found, wanted) == (operator == "LIKE")
    return _ordered(found, operator, wanted)


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return bool(found) is wanted
    if found is None or wanted is None:
        return found is None and wanted is None
    if isinstance(wanted, str):
        return _same_text(str(found), wanted)
    return bool(_comparable(found, wanted) == wanted)


def _same_text(found: str, wanted: str) -> bool:
    if found.lower() == wanted.lower():
        return True
    return len(found) == 18 and len(wanted) == 15 and found[:15] == wanted  # ids, long and short


def _like(found: Any, wanted: Any) -> bool:
    if found is None:
        return False
    pattern = "".join(
        {"%": ".*", "_": "."}.get(character, re.escape(character)) for character in str(wanted)
    )
    return re.fullmatch(pattern, str(found), re.IGNORECASE | re.DOTALL) is not None


def _ordered(found: Any, operator: Operator, wanted: Any) -> bool:
    if found is None or wanted is None:
        return False
    left: Any = str(found).lower() if isinstance(wanted, str) else _comparable(found, wanted)
    right: Any = wanted.lower() if isinstance(wanted, str) else wanted
    if left is None:
        return False
    return bool(_COMPARE[operator](left, right))


_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _comparable(found: Any, wanted: Any) -> Any:
    """What the record holds, in the type of ``wanted``; None where it cannot be that."""
    try:
        if isinstance(wanted, datetime):
            moment = datetime.fromisoformat(str(found))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)
        if isinstance(wanted, date):
            return date.fromisoformat(str(found)[:10])
        if isinstance(wanted, Decimal | int):
            return as_number(found)
    except (ValueError, TransformFault):
        return None
    return found


def condition_text(condition: Condition) -> str:
    """The comparison as people read it: ``Status__c = Approved``."""
    return f"{condition.path} {condition.operator} {value_text(condition.value)}"


def value_text(value: Any) -> str:
    """A value as people read it; empty is (blank), several stand in brackets."""
    if value is None or value == "":
        return BLANK
    if isinstance(value, tuple):
        return "(" + ", ".join(value_text(item) for item in value) + ")"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return plain_text(Decimal(str(value)))
    if isinstance(value, datetime) and value.tzinfo and value.time() == time():
        return value.isoformat().replace("+00:00", "Z")
    return plain_text(value) if isinstance(value, str | Decimal | date) else str(value)
