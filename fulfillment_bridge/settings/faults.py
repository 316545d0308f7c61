"""Faults of a config.yaml: where, and in plain words what."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ValidationError

from fulfillment_bridge.errors import UserError

Place: TypeAlias = tuple[str | int, ...]
Fault: TypeAlias = tuple[Place, str]

PLAIN_WORDS = {
    "missing": "is missing",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "does not look like it should ({pattern})",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "decimal_parsing": "must be a number",
    "decimal_type": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "literal_error": "must be {expected}",
    "list_type": "must be a list such as [reno]",
    "too_short": "must not be empty",
    "dict_type": "must be a block of keys and values",
    "model_type": "must be a block of keys and values",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


def told(
    error: ValidationError, place: Place, keys_beside: Callable[[Place], Iterable[str]]
) -> Iterator[Fault]:
    """Pydantic's findings in plain words, never with the value: it might be a password."""
    for fault in error.errors(include_url=False, include_input=False):
        here = tuple(part for part in (*place, *fault["loc"]) if part != "[key]")
        limits = fault.get("ctx", {})
        if fault["type"] == "extra_forbidden":
            yield here, "is not known here" + _did_you_mean(str(here[-1]), keys_beside(here))
        elif fault["type"] == "value_error":
            yield here, str(limits["error"])
        else:
            words = PLAIN_WORDS.get(fault["type"])
            yield here, words.format(**limits) if words else fault["msg"].lower()


def unknown(name: Any, known: Iterable[str], place: Place, what: str) -> Iterator[Fault]:
    """A fault if the name is not among the known ones, with the nearest of them."""
    if name is not None and name not in known:
        yield place, f"{str(name)!r} is not {what}{_did_you_mean(str(name), known)}"


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    every = sorted(known)
    near = difflib.get_close_matches(name, every, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there is {', '.join(every)}" if every else ""


def faulty(path: Path, faults: list[Fault], lines: Mapping[Place, int]) -> UserError:
    """All faults as one error, in the order of the file."""
    placed = []
    for place, message in faults:
        known = [lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines]
        placed.append((known[0] if known else 0, ".".join(map(str, place)), message))
    problems = [
        f"line {line}: {place}: {message}" if line else f"{place}: {message}"
        for line, place, message in sorted(dict.fromkeys(placed))
    ]
    count = "a fault" if len(problems) == 1 else f"{len(problems)} faults"
    return UserError(f"{path} has {count}", problems=problems, code="CONFIG")
