"""Transforms of text."""

from __future__ import annotations

import re

from fulfillment_bridge.mapping.transform_basics import (
    HeldOnPurpose,
    Parameter,
    Surroundings,
    TransformFault,
    Value,
    as_text,
    shown,
    transform,
)
from fulfillment_bridge.mapping.value_maps import HOLD_VALUE


@transform()
def trim(value: Value, around: Surroundings) -> Value:
    """Takes blanks away at both ends and makes one of several in between."""
    return " ".join(as_text(value).split())


@transform()
def upper(value: Value, around: Surroundings) -> Value:
    """Makes all letters capitals."""
    return as_text(value).upper()


@transform()
def lower(value: Value, around: Surroundings) -> Value:
    """Makes all letters small."""
    return as_text(value).lower()


@transform(Parameter("length", is_number=True))
def cut(value: Value, around: Surroundings, length: int) -> Value:
    """Keeps the first so many characters: cut(35)."""
    return as_text(value)[:length].rstrip()


@transform(Parameter("separator"), Parameter("number", is_number=True))
def part(value: Value, around: Surroundings, separator: str, number: int) -> Value:
    """Takes one part of a text that a separator divides: part(-, 2) of AB-12-X is 12."""
    text = as_text(value)
    parts = text.split(separator) if separator else text.split()
    return parts[number - 1].strip() or None if number <= len(parts) else None


@transform(Parameter("old"), Parameter("new", default=""))
def replace(value: Value, around: Surroundings, old: str, new: str = "") -> Value:
    """Puts one text in the place of another: replace(/, -). Without a new text it is taken
    away."""
    text = as_text(value)
    return text.replace(old, new) if old else text


@transform()
def digits(value: Value, around: Surroundings) -> Value:
    """Keeps the digits and nothing else: AB-12/3 becomes 123."""
    return "".join(re.findall(r"[0-9]", as_text(value)))


@transform(Parameter("text"))
def prefix(value: Value, around: Surroundings, text: str) -> Value:
    """Puts a text before the value, where there is one: prefix("Attn: ")."""
    return text + as_text(value)


@transform(Parameter("text"))
def suffix(value: Value, around: Surroundings, text: str) -> Value:
    """Puts a text behind the value, where there is one: suffix(" pcs")."""
    return as_text(value) + text


@transform(Parameter("separator", default=" "), blanks=True, several=True)
def join(value: Value, around: Surroundings, separator: str = " ") -> Value:
    """Joins several fields, leaving out empty ones: FirstName + LastName with join, or
    join(", ")."""
    parts = value if isinstance(value, tuple) else (value,)
    return separator.join(text for text in (as_text(part) for part in parts) if text) or None


@transform(blanks=True, several=True)
def first(value: Value, around: Surroundings) -> Value:
    """Takes the first of several values that is not empty, such as the first tracking number."""
    return next(iter(_filled(value)), None)


@transform(blanks=True, several=True)
def last(value: Value, around: Surroundings) -> Value:
    """Takes the last of several values that is not empty, such as the newest tracking number."""
    return next(reversed(_filled(value)), None)


def _filled(value: Value) -> list[Value]:
    parts = value if isinstance(value, tuple) else (value,)
    return [part for part in parts if as_text(part)]


@transform(Parameter("map name"), blanks=True, several=True)
def map_(value: Value, around: Surroundings, name: str) -> Value:
    """Looks the value up in the sheet Value maps: map(ship methods). A value the map does not
    name holds the order, unless the map has a row (anything else). Where the map fills From 2 or
    From 3, join as many fields: Method__c + Country__c."""
    value_map = around.value_maps.get(name.lower())
    if value_map is None:
        raise TransformFault(f"there is no value map '{name}'")
    if isinstance(value, tuple) and value_map.width == 1:
        value = join(value, around)
    texts = tuple(as_text(part) for part in (value if isinstance(value, tuple) else (value,)))
    found = value_map.find(texts)
    if found is None or found == HOLD_VALUE:
        what = " + ".join(shown(text) if text else "an empty value" for text in texts)
        raise _held(value_map.name, what, on_purpose=found is not None)
    return found


def _held(name: str, what: str, *, on_purpose: bool) -> TransformFault:
    if on_purpose:
        return HeldOnPurpose(
            f"the value map '{name}' holds orders with {what}",
            remedy="Change the order in Salesforce, or the row on the sheet Value maps.",
            row=f"{name}: {what}",
        )
    return TransformFault(
        f"the value map '{name}' has no row for {what}",
        remedy="Add the row on the sheet Value maps, or one for (anything else).",
    )
