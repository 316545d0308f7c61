"""Transforms: small named functions that a workbook applies to a value.

Here a cell such as ``trim; cut(35)`` becomes steps, and steps are applied. The functions
themselves stand in ``transforms_text``, ``_places``, ``_numbers`` and ``_dates``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fulfillment_bridge.mapping import (
    transforms_dates,
    transforms_numbers,
    transforms_places,
    transforms_text,
)
from fulfillment_bridge.mapping.findings import did_you_mean, nearest
from fulfillment_bridge.mapping.transform_basics import (
    TRANSFORMS,
    HeldOnPurpose,
    Parameter,
    Surroundings,
    Transform,
    TransformFault,
    Value,
    as_date,
    as_moment,
    as_number,
    as_text,
    text_lines,
)

__all__ = [
    "FAMILIES",
    "TRANSFORMS",
    "HeldOnPurpose",
    "Parameter",
    "Step",
    "Surroundings",
    "Transform",
    "TransformFault",
    "Value",
    "apply_steps",
    "as_date",
    "as_moment",
    "as_number",
    "as_text",
    "parse_steps",
    "split_outside",
    "text_lines",
]

FAMILIES = (transforms_text, transforms_places, transforms_numbers, transforms_dates)
"""The modules that hold transforms; importing one registers its functions."""


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
    return tuple(_step(part) for part in split_outside(text, ";|\n") if part)


def apply_steps(value: Value, steps: Sequence[Step], around: Surroundings) -> Value:
    """The value after all steps. Several values that no step has joined are joined by a space."""
    if isinstance(value, tuple) and not (steps and steps[0].transform.several):
        value = transforms_text.join(value, around, " ")
    for step in steps:
        value = step.apply(value, around)
    return value


def _step(text: str) -> Step:
    match = _CALL.fullmatch(text)
    if match is None:
        hint = "semicolons between several: trim; upper" if "," in text else ""
        raise TransformFault(f"'{text}' is not a transform, or a bracket is missing", remedy=hint)
    name, arguments = match.group(1).lower().replace(" ", "_"), match.group(2)
    transform = TRANSFORMS.get(name)
    if transform is None:
        hint = did_you_mean(nearest(name, TRANSFORMS))
        raise TransformFault(f"there is no transform '{name}'", remedy=hint)
    given = [] if arguments is None else split_outside(arguments, ",")
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
    if parameter.check:
        parameter.check(text)
    if not parameter.is_number:
        return text
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) == 0:
        raise TransformFault(
            f"{parameter.name} of {transform.usage} must be a whole number from 1 on, not '{text}'"
        )
    return int(text)


def split_outside(text: str, separators: str) -> list[str]:
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
        depth += (character in "([") - (character in ")]") if not quote else 0
        parts[-1] += character
    return [part.strip() for part in parts]
