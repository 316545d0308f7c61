"""One value of an order: from a record, through a row of the workbook, to what we mean by it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fulfillment_bridge.domain.org_schema import Record, value_at
from fulfillment_bridge.mapping.cells import LINE_BREAK
from fulfillment_bridge.mapping.contents import ChildPath, MappedField, Source
from fulfillment_bridge.mapping.our_fields import OurField
from fulfillment_bridge.mapping.places import country_code, is_currency, state_code
from fulfillment_bridge.mapping.transform_basics import shown
from fulfillment_bridge.mapping.transforms import (
    Surroundings,
    TransformFault,
    apply_steps,
    as_date,
    as_number,
    as_text,
    text_lines,
)

_ADDRESS_GROUPS = frozenset({"Ship-to", "Bill-to"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


Children = Mapping[str, Sequence[Record]]
"""The child records of an order, by the key of a ChildPath."""

NO_CHILDREN: Children = {}


def mapped_value(
    row: MappedField, record: Record, around: Surroundings, children: Children = NO_CHILDREN
) -> Any:
    """The row's value for this record, in the type of our field; None where there is none.

    Raises TransformFault where the value cannot be what our field needs.
    """
    raw = raw_value(row.source, record, children)
    value = finished(row.ours, apply_steps(raw, row.steps, around), around)
    if value in (None, "", ()):
        return default_value(row, around)
    return value


def default_value(row: MappedField, around: Surroundings) -> Any:
    """What the row gives where Salesforce has nothing; None for no default."""
    return None if row.default.is_blank else finished(row.ours, row.default.text, around)


def raw_value(source: Source, record: Record, children: Children = NO_CHILDREN) -> Any:
    """What Salesforce has; a tuple where several fields are named."""
    if source.constant is not None:
        return source.constant
    if len(source.parts) == 1:
        return _part(source.parts[0], record, children)
    return tuple(_part(part, record, children) for part in source.parts) or None


def _part(part: str | ChildPath, record: Record, children: Children) -> Any:
    if isinstance(part, str):
        return value_at(record, part)
    first = next(iter(children.get(part.key, ())), None)
    return None if first is None else value_at(first, part.path)


def finished(ours: OurField, value: Any, around: Surroundings) -> Any:
    """The value as our field's kind needs it; None stays None. Raises TransformFault."""
    if value is None or value == "":
        return None
    if ours.kind == "date":
        return as_date(value, around.time_zone)
    if ours.kind in ("money", "quantity", "number"):
        return _number(ours, value)
    if ours.kind == "street":
        return street_lines(as_text(value))
    text = one_line(as_text(value), ", " if ours.group in _ADDRESS_GROUPS else " ")
    if ours.kind == "country":
        return _country(text)
    if ours.kind == "currency":
        return _currency(text)
    if ours.kind == "state" and around.country:
        return state_code(text, around.country) or text
    return text


def _number(ours: OurField, value: Any) -> Decimal:
    number = as_number(value)
    if ours.kind == "quantity" and number <= 0:
        raise TransformFault(f"{as_text(value)} is not a quantity above zero")
    return number


def _country(text: str) -> str | None:
    if not text:
        return None
    code = country_code(text)
    if code is None:
        raise TransformFault(f"{shown(text)} is not a country that ISO 3166 knows")
    return code


def _currency(text: str) -> str | None:
    code = text.upper()
    if code and not is_currency(code):
        raise TransformFault(f"{shown(text)} is not a currency that ISO 4217 knows")
    return code or None


def one_line(text: str, between: str = " ") -> str:
    """The text on one line: breaks become ``between``, other invisible control characters go."""
    if text.isprintable():
        return text.strip()
    lines = [_CONTROL.sub("", line).strip() for line in LINE_BREAK.split(text)]
    joined = between.join(line.rstrip(",") if between == ", " else line for line in lines if line)
    return "".join(c for c in joined if unicodedata.category(c) != "Cf" or c == "\u200d").strip()


def street_lines(text: str) -> tuple[str, ...]:
    """A street as one to three lines; what does not fit is joined to the third."""
    lines = [clean for line in text_lines(text) if (clean := one_line(line))]
    return (*lines[:2], ", ".join(lines[2:])) if len(lines) > 2 else tuple(lines)
