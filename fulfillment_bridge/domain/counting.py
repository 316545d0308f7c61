"""How a number of things is said, and how the first few of many are named."""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 5


def counted(number: int, thing: str) -> str:
    """``1 order``, ``3 orders``, ``2,000 orders``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def named(words: Iterable[str]) -> str:
    """The first of these words, and how many more there are."""
    every = list(words)
    more = f" and {len(every) - MOST_NAMED} more" if len(every) > MOST_NAMED else ""
    return ", ".join(every[:MOST_NAMED]) + more
