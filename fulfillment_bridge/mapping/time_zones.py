"""The time zones that can be named here."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones


@lru_cache(maxsize=1)
def known_time_zones() -> frozenset[str]:
    """Every name a time zone can have here."""
    return frozenset(available_timezones())
