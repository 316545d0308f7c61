"""How far a cart has been read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True)
class Cursor:
    """The last record of a stored page. A pair, because many records share one stamp."""

    modstamp: datetime
    record_id: str


@dataclass(frozen=True)
class Window:
    """What one poll reads.

    ``since``         records stamped at or after this; None reads everything the rules allow
    ``resume_after``  where a run that died had got to inside this same window
    """

    since: datetime | None
    resume_after: Cursor | None = None
