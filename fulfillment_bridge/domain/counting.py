"""How a number of things is said."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """``1 order``, ``3 orders``, ``2,000 orders``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
