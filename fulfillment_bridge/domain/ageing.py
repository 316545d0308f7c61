"""How long something may stand still before a person is told, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_NAMED = 5


@dataclass(frozen=True)
class AgeLimits:
    """Seconds until somebody is told.

    ``new``           taken in or released, and not at the warehouse
    ``at_warehouse``  at the warehouse, and nothing was heard of it
    ``unconfirmed``   shipped, and not shown in the cart
    ``held``          held for the same reasons
    """

    new: int = 30 * 60
    at_warehouse: int = 48 * 3600
    unconfirmed: int = 2 * 3600
    held: int = 24 * 3600


def span(seconds: int) -> str:
    """``90 s``, ``30 min``, ``48 h``."""
    if seconds % 3600 == 0:
        return f"{seconds // 3600} h"
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


def named(numbers: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    shown = ", ".join(numbers[:MOST_NAMED])
    more = len(numbers) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
