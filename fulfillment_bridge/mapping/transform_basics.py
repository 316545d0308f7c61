"""What every transform stands on: how one is registered, and how values become texts or numbers.

A transform takes the value as Salesforce gave it (text, number, true or false, nothing; several
values where the row joins fields), what surrounds it, and its own arguments. It gives a new value
or raises TransformFault, never anything else. Adding one is one decorated function; its docstring
is what people read on the sheet *Read me*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.mapping.cells import LINE_BREAK, number_text, strip_text
from fulfillment_bridge.mapping.value_maps import ValueMap

Value = Any
"""Text, Decimal, int, bool, date, datetime, None, or a tuple of these."""


class TransformFault(UserError):
    """A value that a transform cannot take, or a transform that does not exist."""


class HeldOnPurpose(TransformFault):
    """A value map says that orders with this value wait for a person.

    ``row`` is the map and the value: another value is another matter.
    """

    def __init__(self, message: str, *, remedy: str, row: str) -> None:
        super().__init__(message, remedy=remedy)
        self.row = row


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
    """One argument of a transform. ``default`` None means that it must be given.

    ``check`` raises TransformFault for a text that can never work, so that the workbook is
    refused and not every single order.
    """

    name: str
    is_number: bool = False
    default: str | int | None = None
    check: Callable[[str], object] | None = None


@dataclass(frozen=True)
class Transform:
    """A named function a workbook may use.

    ``blanks``   it is asked for empty values too
    ``several``  it takes the values of several fields as they are, not joined by a space
    """

    name: str
    function: Callable[..., Value]
    parameters: tuple[Parameter, ...]
    blanks: bool = False
    several: bool = False

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


def transform(
    *parameters: Parameter, blanks: bool = False, several: bool = False
) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Register a function under its own name."""

    def register(function: Callable[..., Value]) -> Callable[..., Value]:
        name = function.__name__.rstrip("_")
        TRANSFORMS[name] = Transform(name, function, parameters, blanks, several)
        return function

    return register


def as_text(value: Value) -> str:
    """Any single value as text: numbers without needless zeros, true and false in words."""
    if isinstance(value, str):
        return strip_text(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return number_text(as_number(value))
    if isinstance(value, date):
        return value.isoformat()
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
        raise TransformFault(f"{shown(value)} is not a number")
    if abs(number.adjusted()) > 20:
        raise TransformFault(f"{shown(value)} is not a number of ordinary size")
    return number


_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def as_date(value: Value, time_zone: tzinfo) -> date:
    """The day of a date or time, seen in ``time_zone``."""
    found = as_moment(value)
    if isinstance(found, datetime):
        try:
            return found.astimezone(time_zone).date() if found.tzinfo else found.date()
        except OverflowError:
            raise _no_date(value) from None
    return found


def as_moment(value: Value) -> date:
    """A datetime where the value has a time, else a date."""
    if isinstance(value, date):
        return value
    text = as_text(value)
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise _no_date(value) from None


def _no_date(value: Value) -> TransformFault:
    return TransformFault(f"{shown(value)} is not a date such as 2026-11-22")


def shown(value: Value) -> str:
    """The value in quotes, shortened, for a message."""
    text = str(value)
    return f"'{text[:57]}…'" if len(text) > 60 else f"'{text}'"


def text_lines(text: str) -> list[str]:
    """The lines of a text that are not empty, each stripped."""
    return [line for line in (strip_text(line) for line in LINE_BREAK.split(text)) if line]
