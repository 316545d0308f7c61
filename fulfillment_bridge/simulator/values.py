"""Values of records: from JSON to what the store keeps, or Salesforce's refusal."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from fulfillment_bridge.simulator.errors import RecordError, SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.ids import normalized, to_18
from fulfillment_bridge.simulator.schema import Schema
from fulfillment_bridge.simulator.store import stamp_of

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.I)
_TIME = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?Z?")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_DATE = re.compile(rf"\d{{4}}-\d\d-\d\d|{_DATETIME.pattern}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def stored_value(field: Field, value: Any, schema: Schema) -> Any:
    """What the store keeps for this JSON value; raises the error Salesforce would give."""
    if value is None:
        return int(bool(field.default)) if field.type == "boolean" else None
    if isinstance(value, dict | list):
        raise _not_deserializable(field, value)
    stored = _BY_KIND[field.kind](field, value)
    if field.kind == "id" and stored is not None:
        return _reference(field, stored, schema)
    return stored


def raw_value(field: Field, value: Any) -> Any:
    """What the store keeps for a value that nobody checks: only its form is made right."""
    if value is None or field.kind == "string":
        return value
    if isinstance(value, datetime):
        return stamp_of(value)
    if field.kind == "datetime":
        return _datetime(field, value)
    if field.kind == "id":
        return value if len(value) == 18 else to_18(value)
    if field.kind in ("number", "int", "boolean"):
        return float(value) if field.kind == "number" else int(value)
    return str(value)


def too_long(field: Field, text: str) -> RecordError:
    """STRING_TOO_LONG with the value and the most the field takes."""
    message = f"{field.label}: data value too large: {text} (max length={field.length})"
    return RecordError("STRING_TOO_LONG", message, (field.name,))


def wrong_id(label: str, text: Any, field_name: str) -> RecordError:
    """MALFORMED_ID: not an id at all, or that of another object."""
    message = f"{label}: id value of incorrect type: {text}"
    return RecordError("MALFORMED_ID", message, (field_name,))


def _text(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _not_deserializable(field, value)
    text = value.strip().encode("utf-8", "replace").decode()  # half a surrogate pair is no text
    if not text:
        return None
    if field.length and len(text) > field.length:
        raise too_long(field, text)
    if field.type == "email" and not _EMAIL.fullmatch(text):
        message = f"{field.label}: invalid email address: {text}"
        raise RecordError("INVALID_EMAIL_ADDRESS", message, (field.name,))
    if field.type in ("picklist", "multipicklist"):
        return _picked(field, text)
    return text


def _picked(field: Field, text: str) -> str:
    """The values as the picklist spells them; unknown ones only where it is not restricted."""
    chosen = text.split(";") if field.type == "multipicklist" else [text]
    known = [field.picklist_value(each) for each in chosen]
    if field.restricted and not all(each and each.active for each in known):
        message = f"{field.label}: bad value for restricted picklist field: {text}"
        raise RecordError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))
    spelled = zip(known, chosen, strict=True)
    return ";".join(each.value if each else given for each, given in spelled)


def _boolean(field: Field, value: Any) -> int:
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
        return int(value.lower() in ("true", "1"))
    if not isinstance(value, bool):
        raise _not_deserializable(field, value)
    return int(value)


def _number(field: Field, value: Any) -> float | int | None:
    """A number, also where it comes as a text; rounded to the field's decimal places."""
    if isinstance(value, str):
        if not value.strip():
            return None
        if not _NUMBER.fullmatch(value.strip()):
            raise _not_deserializable(field, value)
    elif isinstance(value, bool):
        raise _not_deserializable(field, value)
    number = float(value)
    whole_digits = field.digits or field.precision - field.scale
    if not math.isfinite(number) or abs(number) >= 10**whole_digits:
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise RecordError("NUMBER_OUTSIDE_VALID_RANGE", message, (field.name,))
    if field.kind == "int":
        if number != int(number):
            raise _not_deserializable(field, value)
        return int(number)
    return round(number, field.scale)


def _date(field: Field, value: Any) -> str | None:
    """A date; of a datetime, its date."""
    if value == "":
        return None
    try:
        return date.fromisoformat(_iso(value, _DATE)[:10]).isoformat()
    except ValueError:
        raise _not_deserializable(field, value) from None


def _datetime(field: Field, value: Any) -> str | None:
    if value == "":
        return None
    try:
        moment = datetime.fromisoformat(_iso(value, _DATETIME))
        return stamp_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (OverflowError, ValueError):
        raise _not_deserializable(field, value) from None


def _time(field: Field, value: Any) -> str | None:
    if value == "":
        return None
    try:
        moment = time.fromisoformat(_iso(value, _TIME))
    except ValueError:
        raise _not_deserializable(field, value) from None
    return moment.strftime("%H:%M:%S.000Z")


def _iso(value: Any, form: re.Pattern[str]) -> str:
    """The text, when it has the one form of ISO 8601 that Salesforce reads."""
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError(value)
    return value


def _id(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _not_deserializable(field, value)
    return value.strip() or None


def _address(field: Field, value: Any) -> Any:
    raise _not_deserializable(field, value)


def _reference(field: Field, text: str, schema: Schema) -> str:
    """The id; MALFORMED_ID unless it is one of an object that the field refers to."""
    record_id = normalized(text)
    sobject = schema.by_id(record_id) if record_id else None
    allowed = not field.reference_to or (sobject and sobject.name in field.reference_to)
    if record_id is None or not allowed:
        raise wrong_id(field.label, text, field.name)
    return record_id


_BY_KIND: dict[str, Callable[[Field, Any], Any]] = {
    "string": _text,
    "boolean": _boolean,
    "number": _number,
    "int": _number,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "id": _id,
    "address": _address,
}
_WANTED = {"string": "string", "id": "string", "number": "double", "datetime": "datetime"}
_TOKENS: list[tuple[type, str]] = [
    (dict, "START_OBJECT"),
    (list, "START_ARRAY"),
    (bool, "VALUE_"),
    (int, "VALUE_NUMBER_INT"),
    (float, "VALUE_NUMBER_FLOAT"),
    (str, "VALUE_STRING"),
]


def _not_deserializable(field: Field, value: Any) -> SalesforceError:
    token = next(name for kind, name in _TOKENS if isinstance(value, kind))
    shown = value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, bool):
        token += shown.upper()
    if isinstance(value, dict | list):
        shown = shown[:1]
    wanted = _WANTED.get(field.kind, field.kind)
    return SalesforceError(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {wanted} from {token} value {shown} or request may be "
        "missing a required field at [line:1, column:2]",
    )
