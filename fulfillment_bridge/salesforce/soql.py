"""SOQL text. Built and quoted here and nowhere else, from names and typed values.

A ``Term`` knows whether AND or OR holds it together, because SOQL demands parentheses wherever
the two meet. ``EVERYTHING`` is the term without a condition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

from fulfillment_bridge.errors import Misconfigured

Value = str | bool | int | Decimal | date | datetime | None
Joined = Literal["one", "and", "or"]

LONGEST_QUERY = 100_000
LONGEST_TEXT = 4_000
DEEPEST_PATH = 6

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">=", "LIKE"})
_LISTS = frozenset({"IN", "NOT IN"})
_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}


@dataclass(frozen=True)
class Term:
    """A condition, or several joined by the same word."""

    text: str
    joined: Joined = "one"

    def __bool__(self) -> bool:
        return bool(self.text)


EVERYTHING = Term("")


def compare(field: str, operator: str, value: Value | tuple[Value, ...]) -> Term:
    """``field operator value``; a tuple for IN and NOT IN, None for an empty field."""
    name = path(field)
    if operator in _LISTS:
        return _among(name, operator, value if isinstance(value, tuple) else (value,))
    if isinstance(value, tuple):
        raise _refused(f"{field} {operator}: a list of values needs IN")
    if operator == "NOT LIKE":
        return Term(f"(NOT {name} LIKE {_pattern(value)})")
    if operator not in _OPERATORS:
        raise _refused(f"{field}: SOQL has no operator {operator!r}")
    if value is None and operator not in {"=", "!="}:
        raise _refused(f"{field} {operator}: an empty value can only be = or !=")
    shown = _pattern(value) if operator == "LIKE" else literal(value)
    return Term(f"{name} {operator} {shown}")


def all_of(*terms: Term) -> Term:
    """All of the terms hold; EVERYTHING where there is none."""
    return _join([term for term in terms if term], "and")


def any_of(*terms: Term) -> Term:
    """One of the terms holds; EVERYTHING where one of them, or all of nothing, is that."""
    return _join(list(terms), "or") if all(terms) else EVERYTHING


def select(
    columns: Sequence[str],
    object_name: str,
    where: Term = EVERYTHING,
    *,
    order_by: Sequence[str] = (),
    newest_first: bool = False,
    limit: int | None = None,
) -> str:
    """A whole query; each column once, whatever its case. ``newest_first`` sorts downwards."""
    wanted: dict[str, str] = {}
    for column in columns:
        wanted.setdefault(column.lower(), path(column))
    parts = ["SELECT", ", ".join(wanted.values()), "FROM", name(object_name)]
    if where:
        parts.append(f"WHERE {where.text}")
    if order_by:
        turn = " DESC" if newest_first else ""
        parts.append(f"ORDER BY {', '.join(path(each) + turn for each in order_by)}")
    if limit is not None:
        parts.append(f"LIMIT {int(limit)}")
    query = " ".join(parts)
    if len(query) > LONGEST_QUERY:
        raise _refused(f"a query of {len(query)} characters is longer than Salesforce takes")
    return query


def count_per_day(object_name: str, moment: str, where: Term) -> str:
    """How many records there are per UTC day of ``moment``: columns ``on_day`` and ``many``."""
    day = f"DAY_ONLY({path(moment)})"
    text = f"SELECT {day} on_day, COUNT(Id) many FROM {name(object_name)}"  # noqa: S608 - names
    return f"{text}{f' WHERE {where.text}' if where else ''} GROUP BY {day}"


def name(text: str) -> str:
    """An object's or field's API name, refused if it is none."""
    if _NAME.fullmatch(text):
        return text
    raise _refused(f"{text!r} is no API name")


def path(text: str) -> str:
    """A field, or one reached through relationships: ``Account__r.ShippingCity``."""
    parts = text.split(".")
    if len(parts) > DEEPEST_PATH:
        raise _refused(f"{text!r} goes through more than {DEEPEST_PATH - 1} relationships")
    return ".".join(name(part) for part in parts)


def literal(value: Value) -> str:
    """A typed value as SOQL writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return _number(value)


def _join(terms: list[Term], word: Literal["and", "or"]) -> Term:
    if not terms:
        return EVERYTHING
    if len(terms) == 1:
        return terms[0]
    texts = [term.text if term.joined in {"one", word} else f"({term.text})" for term in terms]
    return Term(f" {word.upper()} ".join(texts), word)


def _among(name_: str, operator: str, values: tuple[Value, ...]) -> Term:
    real = [literal(value) for value in values if value is not None]
    empty = Term(f"{name_} {'=' if operator == 'IN' else '!='} null")
    listed = Term(f"{name_} {operator} ({', '.join(real)})")
    if not values:
        raise _refused(f"{name_} {operator}: the list is empty")
    if len(real) == len(values):
        return listed
    if not real:
        return empty
    return any_of(listed, empty) if operator == "IN" else all_of(listed, empty)


def _quoted(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise _refused(f"a text of {len(text)} characters is too long for a condition")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _refused(f"{text!r} is no valid text")
    return "'" + "".join(_letter(letter) for letter in text) + "'"


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    return f"\\u{ord(letter):04x}" if letter < " " or letter == "\x7f" else letter


def _pattern(value: Value | tuple[Value, ...]) -> str:
    """A LIKE pattern: its own ``\\%`` and ``\\_`` stay, every other backslash is a backslash."""
    if not isinstance(value, str):
        raise _refused(f"LIKE needs a text, not {value!r}")
    parts = re.split(r"(\\[%_])", value)
    quoted = [part if place % 2 else _quoted(part)[1:-1] for place, part in enumerate(parts)]
    return "'" + "".join(quoted) + "'"


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise _refused(f"{value} has no time zone")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(value: int | Decimal) -> str:
    if isinstance(value, Decimal) and not value.is_finite():
        raise _refused(f"{value} is no number")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _refused(what: str) -> Misconfigured:
    return Misconfigured(
        f"This query cannot be asked: {what}",
        remedy="Correct the field names and values in the workbook and load it again.",
        code="SOQL",
    )
