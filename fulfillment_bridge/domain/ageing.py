"""How long something may stand still before a person is told, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass


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
