"""What differs between two states of an order's content, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MOST_DIFFERENCES = 20


def differences(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[str]:
    """One entry per value, ``lines.2.quantity: 5, was 3``; of very many the first ones."""
    before, after = dict(_leaves(old or {})), dict(_leaves(new))
    found = [
        f"{path}: {_shown(after.get(path))}, was {_shown(before.get(path))}"
        for path in dict.fromkeys((*before, *after))
        if before.get(path) != after.get(path)
    ]
    if len(found) > MOST_DIFFERENCES:
        found[MOST_DIFFERENCES:] = [f"and {len(found) - MOST_DIFFERENCES} more"]
    return found


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value, start=1):
            yield from _leaves(item, f"{path}.{number}")
    else:
        yield path, value


def _shown(value: Any) -> str:
    return "nothing" if value in (None, "") else str(value)
