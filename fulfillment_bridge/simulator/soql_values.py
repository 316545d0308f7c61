"""Values in a WHERE clause: what a literal means for a field of this type, or why it can't."""

from __future__ import annotations

import math
import re
from datetime import date, time
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.features import Currencies
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.ids import normalized
from fulfillment_bridge.simulator.soql_dates import stored_datetime
from fulfillment_bridge.simulator.soql_errors import located
from fulfillment_bridge.simulator.soql_syntax import Literal

_LONGEST_STRING = 4000
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.S)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_MONEY = re.compile(r"([A-Za-z]{3})(\d+)")
_EXPECTED = {"boolean": "boolean", "int": "int", "number": "double", "date": "date"}
_EXPECTED |= {"datetime": "dateTime", "time": "time"}
_KINDS_OF_LITERAL = {
    "string": ("STRING",),
    "id": ("STRING",),
    "boolean": ("TRUE", "FALSE"),
    "int": ("NUMBER",),
    "number": ("NUMBER",),
    "date": ("DATE",),
    "datetime": ("DATETIME",),
    "time": ("TIME",),
}


def value_of(literal: Literal, field: Field, text: str, position: int) -> Any:
    """The literal as the store keeps such values; INVALID_FIELD when it is of another type.

    ``position`` is where the field stands: that is where the caret points.
    """
    if literal.kind == "NULL":
        return None
    kind = field.kind
    if literal.kind not in _KINDS_OF_LITERAL.get(kind, ()):
        raise _of_wrong_type(field, text, position)
    if kind == "id":
        return _id(literal, text, position)
    if kind == "string":
        _check_length(literal, text)
        return unescaped(literal, text)
    if kind == "boolean":
        return int(literal.kind == "TRUE")
    if kind in ("number", "int"):
        return _number(literal, text)
    return _moment(literal, kind, text)


def _check_length(literal: Literal, text: str) -> None:
    if len(literal.text) - 2 > _LONGEST_STRING:
        message = f"A string literal may have {_LONGEST_STRING} characters at most"
        raise located("MALFORMED_QUERY", text, literal.position, message)


def money_of(literal: Literal, currencies: Currencies) -> float | None:
    """What ``EUR100`` is in the corporate currency; None when the literal is no such thing."""
    match = _MONEY.fullmatch(literal.text)
    rate = currencies.rates.get(match[1].upper()) if match else None
    return float(match[2]) / rate if match and rate else None


def unescaped(literal: Literal, text: str) -> str:
    """The text between the quotes; an escape that Salesforce does not know is an error."""

    def plain(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] == "u" and len(code) == 5:
            return chr(int(code[1:], 16))
        if code in _ESCAPES:
            return _ESCAPES[code]
        raise _illegal_escape(literal, code, text)

    value = _ESCAPE.sub(plain, literal.text[1:-1])
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def pattern(literal: Literal, text: str) -> str:
    r"""The pattern of a LIKE for SQLite with ``\`` as its escape character."""

    def kept(match: re.Match[str]) -> str:
        code = match.group(1)
        if code in "%_\\":
            return f"\\{code}"
        return unescaped(Literal("STRING", f"'\\{code}'", literal.position), text)

    return _ESCAPE.sub(kept, literal.text[1:-1])


def _id(literal: Literal, text: str, position: int) -> str:
    record_id = normalized(literal.text[1:-1])
    if literal.text == "''":
        return ""
    if record_id is None:
        raise located(
            "INVALID_QUERY_FILTER_OPERATOR",
            text,
            position,
            f"invalid ID field: {literal.text[1:-1]}",
        )
    return record_id


def _number(literal: Literal, text: str) -> float:
    number = float(literal.text)
    if not math.isfinite(number):
        message = f"For input string: {literal.text}"
        raise located("MALFORMED_QUERY", text, literal.position, message)
    return number


def _moment(literal: Literal, kind: str, text: str) -> str:
    stored = _MOMENTS[kind](literal.text)
    if stored is None:
        message = f"Invalid date: {literal.text}"
        raise located("MALFORMED_QUERY", text, literal.position, message)
    return stored


def _time(text: str) -> str | None:
    try:
        return time.fromisoformat(text.upper().removesuffix("Z")).strftime("%H:%M:%S.000Z")
    except ValueError:
        return None


def _date(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


_MOMENTS = {"date": _date, "datetime": stored_datetime, "time": _time}


def _of_wrong_type(field: Field, text: str, position: int) -> SalesforceError:
    expected = _EXPECTED.get(field.kind)
    quotes = "should not be enclosed" if expected else "should be enclosed"
    return located(
        "INVALID_FIELD",
        text,
        position,
        f"value of filter criterion for field '{field.name}' must be of type "
        f"{expected or 'string'} and {quotes} in quotes",
    )


def _illegal_escape(literal: Literal, code: str, text: str) -> SalesforceError:
    return located(
        "MALFORMED_QUERY",
        text,
        literal.position,
        f"Invalid string literal {literal.text}. Illegal character sequence "
        f"'\\{code}' in string literal.",
    )
