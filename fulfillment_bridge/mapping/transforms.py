"""Transforms: small named functions that a workbook applies to a value.

Each takes the value as Salesforce gave it (text, number, true or false, nothing; several values
where the row joins fields), what surrounds it, and its own arguments. Each gives a new value or
raises TransformFault, never anything else. Adding one is one decorated function; its docstring
is what people read on the sheet *Read me*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.mapping.cells import LINE_BREAK, number_text, strip_text
from fulfillment_bridge.mapping.findings import did_you_mean, nearest
from fulfillment_bridge.mapping.places import country_code, state_code
from fulfillment_bridge.mapping.value_maps import ValueMap

Value = Any
"""Text, Decimal, int, bool, date, datetime, None, or a tuple of these."""


class TransformFault(UserError):
    """A value that a transform cannot take, or a transform that does not exist."""


@dataclass(frozen=True)
class Surroundings:
    """What a transform may know beside the value.

    ``country`` is the ISO code of the same address, where it is known already.
    """

    time_zone: tzinfo = UTC
    country: str = ""
    value_maps: Mapping[str, ValueMap] = field(default_factory=dict)


@dataclass(frozen=True)
class Parameter:
    """One argument of a transform. ``default`` None means that it must be given."""

    name: str
    is_number: bool = False
    default: str | int | None = None


@dataclass(frozen=True)
class Transform:
    """A named function a workbook may use. ``blanks``: it is asked for empty values too."""

    name: str
    function: Callable[..., Value]
    parameters: tuple[Parameter, ...]
    blanks: bool = False

    @property
    def usage(self) -> str:
        """How it is written: ``cut(length)``."""
        names = ", ".join(parameter.name for parameter in self.parameters)
        return f"{self.name}({names})" if names else self.name

    @property
    def meaning(self) -> str:
        """Its docstring on one line."""
        return " ".join((self.function.__doc__ or "").split())


TRANSFORMS: dict[str, Transform] = {}


@dataclass(frozen=True)
class Step:
    """A transform with its arguments, as a row of a workbook names it."""

    transform: Transform
    arguments: tuple[str | int, ...] = ()

    def apply(self, value: Value, around: Surroundings) -> Value:
        """The new value; empty stays empty unless the transform asks for empty values."""
        if value in (None, "") and not self.transform.blanks:
            return None
        return self.transform.function(value, around, *self.arguments)


def parse_steps(text: str) -> tuple[Step, ...]:
    """The transforms a cell names, such as ``trim; cut(35)``. Raises TransformFault."""
    return tuple(_step(part) for part in _split(text, ";|\n") if part)


def apply_steps(value: Value, steps: Sequence[Step], around: Surroundings) -> Value:
    """The value after all steps. Several values that no step has joined are joined by a space."""
    if isinstance(value, tuple) and not (steps and steps[0].transform.name == "join"):
        value = join(value, around, " ")
    for step in steps:
        value = step.apply(value, around)
    return value


def _step(text: str) -> Step:
    match = _CALL.fullmatch(text)
    if match is None:
        raise TransformFault(f"'{text}' is not a transform, or a bracket is missing")
    name, arguments = match.group(1).lower().replace(" ", "_"), match.group(2)
    transform = TRANSFORMS.get(name)
    if transform is None:
        hint = did_you_mean(nearest(name, TRANSFORMS))
        raise TransformFault(f"there is no transform '{name}'", remedy=hint)
    given = [] if arguments is None else _split(arguments, ",")
    return Step(transform, _arguments(transform, given))


_CALL = re.compile(r"([A-Za-z][A-Za-z_ ]*?)\s*(?:\((.*)\))?", re.DOTALL)


def _arguments(transform: Transform, given: Sequence[str]) -> tuple[str | int, ...]:
    given = [] if list(given) == [""] else given
    if len(given) > len(transform.parameters):
        raise TransformFault(f"too many arguments for {transform.name}: write {transform.usage}")
    values: list[str | int] = []
    for position, parameter in enumerate(transform.parameters):
        if position < len(given):
            values.append(_argument(transform, parameter, given[position]))
        elif parameter.default is None:
            raise TransformFault(f"{parameter.name} is missing: write {transform.usage}")
        else:
            values.append(parameter.default)
    return tuple(values)


def _argument(transform: Transform, parameter: Parameter, text: str) -> str | int:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    if not parameter.is_number:
        return text
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) == 0:
        raise TransformFault(
            f"{parameter.name} of {transform.usage} must be a whole number from 1 on, not '{text}'"
        )
    return int(text)


def _split(text: str, separators: str) -> list[str]:
    """Split outside quotes and brackets; each part stripped."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in separators and depth == 0:
            parts.append("")
            continue
        depth += (character == "(") - (character == ")") if not quote else 0
        parts[-1] += character
    return [part.strip() for part in parts]


def transform(
    *parameters: Parameter, blanks: bool = False
) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Register a function under its own name."""

    def register(function: Callable[..., Value]) -> Callable[..., Value]:
        name = function.__name__.rstrip("_")
        TRANSFORMS[name] = Transform(name, function, parameters, blanks)
        return function

    return register


def as_text(value: Value) -> str:
    """Any single value as text: numbers without needless zeros, true and false in words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return number_text(as_number(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return strip_text(value)
    raise TransformFault("it is a compound value: name one of its parts instead")


def as_number(value: Value) -> Decimal:
    """A number of ordinary size. Text must be written the way computers do: 1234.5."""
    if isinstance(value, bool):
        raise TransformFault("true or false is not a number")
    text = str(value).strip()
    try:
        number = Decimal(text) if _NUMBER.fullmatch(text) else None
    except InvalidOperation:
        number = None
    if number is None:
        raise TransformFault(f"{_shown(value)} is not a number")
    if abs(number.adjusted()) > 20:
        raise TransformFault(f"{_shown(value)} is not a number of ordinary size")
    return number


_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def as_date(value: Value, time_zone: tzinfo) -> date:
    """The day of a date or time, seen in ``time_zone``."""
    if isinstance(value, datetime):
        return value.astimezone(time_zone).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    text = as_text(value)
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(time_zone).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        raise TransformFault(f"{_shown(value)} is not a date such as 2026-11-22") from None


def _shown(value: Value) -> str:
    text = str(value)
    return f"'{text[:57]}…'" if len(text) > 60 else f"'{text}'"


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


@transform(Parameter("separator", default=" "), blanks=True)
def join(value: Value, around: Surroundings, separator: str = " ") -> Value:
    """Joins several fields, leaving out empty ones: FirstName + LastName with join, or
    join(", ")."""
    parts = value if isinstance(value, tuple) else (value,)
    return separator.join(text for text in (as_text(part) for part in parts) if text) or None


@transform(Parameter("map name"), blanks=True)
def map_(value: Value, around: Surroundings, name: str) -> Value:
    """Looks the value up in the sheet Value maps: map(ship methods). A value the map does not
    name holds the order, unless the map has a row (anything else)."""
    value_map = around.value_maps.get(name.lower())
    if value_map is None:
        raise TransformFault(f"there is no value map '{name}'")
    text = as_text(value)
    found = value_map.translate(text)
    if found is None:
        what = f"'{text}'" if text else "an empty value"
        raise TransformFault(
            f"the value map '{value_map.name}' has no row for {what}",
            remedy="Add the row on the sheet Value maps, or one for (anything else).",
        )
    return found


@transform()
def country_iso(value: Value, around: Surroundings) -> Value:
    """Turns a country's name or code into the two-letter ISO code: Germany becomes DE. Countries
    of an address go through this by themselves."""
    text = as_text(value)
    code = country_code(text)
    if code is None:
        raise TransformFault(f"{_shown(text)} is not a country that ISO 3166 knows")
    return code


@transform()
def state_code_(value: Value, around: Surroundings) -> Value:
    """Turns a state's name into its code within the country of the same address: Nevada becomes
    NV. Countries whose parcels need no state keep the text."""
    text = as_text(value)
    if not around.country:
        return text
    code = state_code(text, around.country)
    if code is None:
        raise TransformFault(f"{_shown(text)} is not a state of {around.country}")
    return code


@transform(Parameter("line", is_number=True))
def street_line(value: Value, around: Surroundings, line: int) -> Value:
    """Takes one line of a street that has several: street_line(1)."""
    lines = text_lines(as_text(value))
    return lines[line - 1] if line <= len(lines) else None


@transform()
def first_name(value: Value, around: Surroundings) -> Value:
    """Takes everything before the last word of a full name."""
    words = as_text(value).split()
    return " ".join(words[:-1] or words)


@transform()
def last_name(value: Value, around: Surroundings) -> Value:
    """Takes the last word of a full name; nothing where there is just one word."""
    words = as_text(value).split()
    return words[-1] if len(words) > 1 else None


@transform()
def number(value: Value, around: Surroundings) -> Value:
    """Reads a number from text such as 1,234.50 or $ 12."""
    text = re.sub(r"[\s$€£¥]", "", as_text(value))
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    try:
        return as_number(text)
    except TransformFault:
        raise TransformFault(f"{_shown(value)} is not a number such as 1,234.50") from None


_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


_DATE_PARTS = {
    "YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{1,2})",
}


@transform(Parameter("format", default="YYYY-MM-DD"))
def date_(value: Value, around: Surroundings, format: str = "YYYY-MM-DD") -> Value:
    """Reads a date from text in the given order: date(MM/DD/YYYY). Date fields need no
    transform."""
    text = as_text(value)
    pattern = re.escape(format.upper()).replace(r"\-", "-")
    for part, expression in _DATE_PARTS.items():
        pattern = pattern.replace(part, expression, 1)
    match = re.fullmatch(pattern, text, re.ASCII)
    try:
        found = match.groupdict() if match else {}
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except (KeyError, ValueError):
        raise TransformFault(f"{_shown(text)} is not a date written {format}") from None


@transform()
def phone(value: Value, around: Surroundings) -> Value:
    """Keeps digits, a leading + and an extension: (775) 555-0100 becomes 7755550100."""
    text = as_text(value)
    main, _, extension = re.sub(r"(?i)\s*(ext\.?|extension|x)\s*(?=\d+\s*$)", "#", text).partition(
        "#"
    )
    digits = "".join(re.findall(r"[0-9]", main))
    if not digits:
        raise TransformFault(f"{_shown(text)} is not a phone number")
    more = "".join(re.findall(r"[0-9]", extension))
    return ("+" if main.lstrip().startswith("+") else "") + digits + (f"x{more}" if more else "")


def text_lines(text: str) -> list[str]:
    """The lines of a text that are not empty, each stripped."""
    return [line for line in (strip_text(line) for line in LINE_BREAK.split(text)) if line]
