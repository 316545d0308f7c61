"""Transforms of numbers and units."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from fulfillment_bridge.mapping.findings import did_you_mean, nearest
from fulfillment_bridge.mapping.transform_basics import (
    Parameter,
    Surroundings,
    TransformFault,
    Value,
    as_number,
    as_text,
    shown,
    transform,
)


def check_decimal_sign(text: str) -> None:
    """Raises TransformFault where this is no word for a decimal sign."""
    if text.lower() not in ("point", "comma"):
        raise TransformFault(f"the decimal sign is point or comma, not '{text}'")


@transform(Parameter("decimal sign", default="point", check=check_decimal_sign))
def number(value: Value, around: Surroundings, decimal_sign: str = "point") -> Value:
    """Reads a number from text such as 1,234.50 or $ 12. Where a comma stands before the
    decimals, as in 1.234,50, write number(comma)."""
    text = re.sub(r"[\s$€£¥']", "", as_text(value))
    if decimal_sign.lower() == "comma" and isinstance(value, str):
        text = text.translate(_TURNED)
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    try:
        return as_number(text)
    except TransformFault:
        example = "1.234,50" if decimal_sign.lower() == "comma" else "1,234.50"
        raise TransformFault(f"{shown(value)} is not a number such as {example}") from None


_TURNED = str.maketrans(",.", ".,")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


def check_factor(text: str) -> Decimal:
    """The factor; raises TransformFault where it is no number above zero."""
    factor = as_number(text)
    if factor <= 0:
        raise TransformFault(f"{shown(text)} is not a number above zero")
    return factor


@transform(Parameter("factor", check=check_factor))
def times(value: Value, around: Surroundings, factor: str) -> Value:
    """Multiplies by a factor: times(12) turns dozens into pieces."""
    return _tidy(as_number(value) * check_factor(factor))


@transform(Parameter("divisor", check=check_factor))
def divide(value: Value, around: Surroundings, divisor: str) -> Value:
    """Divides by a number: divide(100) turns cents into dollars."""
    return _tidy(as_number(value) / check_factor(divisor))


def check_decimals(text: str) -> int:
    """How many decimals; raises TransformFault where it is not 0 to 6."""
    if not re.fullmatch(r"[0-6]", text):
        raise TransformFault(f"the number of decimals is 0 to 6, not '{text}'")
    return int(text)


@transform(Parameter("decimals", default="0", check=check_decimals))
def round_(value: Value, around: Surroundings, decimals: str = "0") -> Value:
    """Rounds to so many decimals: round(2); without a number to a whole one."""
    places = Decimal(1).scaleb(-check_decimals(decimals))
    return as_number(value).quantize(places, ROUND_HALF_UP)


_UNITS: dict[str, tuple[str, Decimal]] = {
    "g": ("weight", Decimal(1)),
    "kg": ("weight", Decimal(1000)),
    "oz": ("weight", Decimal("28.349523125")),
    "lb": ("weight", Decimal("453.59237")),
    "mm": ("length", Decimal(1)),
    "cm": ("length", Decimal(10)),
    "m": ("length", Decimal(1000)),
    "in": ("length", Decimal("25.4")),
    "ft": ("length", Decimal("304.8")),
    "piece": ("number", Decimal(1)),
    "pair": ("number", Decimal(2)),
    "dozen": ("number", Decimal(12)),
    "gross": ("number", Decimal(144)),
}
_UNIT_NAMES = {
    "lbs": "lb",
    "pound": "lb",
    "pounds": "lb",
    "ounce": "oz",
    "ounces": "oz",
    "gram": "g",
    "grams": "g",
    "kilogram": "kg",
    "kilograms": "kg",
    "inch": "in",
    "inches": "in",
    "feet": "ft",
    "foot": "ft",
    "pieces": "piece",
    "ea": "piece",
    "each": "piece",
    "pairs": "pair",
    "dozens": "dozen",
}


def check_unit(text: str) -> tuple[str, Decimal]:
    """What a unit measures, and how much it is; raises TransformFault where nobody knows it."""
    word = text.strip().lower()
    found = _UNITS.get(_UNIT_NAMES.get(word, word))
    if found is None:
        hint = did_you_mean(nearest(word, [*_UNITS, *_UNIT_NAMES]))
        raise TransformFault(
            f"there is no unit '{text}'; known are {', '.join(_UNITS)}", remedy=hint
        )
    return found


@transform(Parameter("from", check=check_unit), Parameter("to", check=check_unit))
def convert(value: Value, around: Surroundings, from_: str, to: str) -> Value:
    """Turns one unit into another: convert(lb, kg). Known are g, kg, oz, lb; mm, cm, m, in, ft;
    piece, pair, dozen, gross."""
    (kind, size), (wanted, divisor) = check_unit(from_), check_unit(to)
    if kind != wanted:
        raise TransformFault(f"{from_} measures {kind} and {to} measures {wanted}")
    return _tidy(as_number(value) * size / divisor)


def _tidy(value: Decimal) -> Decimal:
    """Six decimals are enough for goods; more would come from the division alone."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -6:
        return value.quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return value
