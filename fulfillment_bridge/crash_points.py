"""Places where a sudden end would fall between two effects, each with a name of its own.

In production a crash point does nothing. A test arms this process and ends it there: whatever the
next start finds must lead to the same result as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable

_act: Callable[[str], None] | None = None


def crash_point(name: str) -> None:
    """One effect is done and the next is not; ``name`` is ``PART.after_WHAT`` and used once."""
    if _act is not None:
        _act(name)


def arm(act: Callable[[str], None] | None) -> None:
    """Call ``act`` with the name of every crash point this process reaches; None disarms it."""
    global _act
    _act = act
