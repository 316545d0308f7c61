"""Query locators: the rest of a result, kept for two days."""

from __future__ import annotations

import secrets
import string
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import QueryResult, User

LIFETIME = timedelta(days=2)
ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Cursor:
    """A result as it was when it was queried, for the user who asked."""

    username: str
    result: QueryResult
    batch_size: int
    made_at: datetime


@dataclass
class Locators:
    """The open cursors of an org. Safe in any thread."""

    clock: SimulatedClock
    _cursors: dict[str, Cursor] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, user: User, result: QueryResult, batch_size: int) -> str:
        """Keep a result; the opaque name under which its later pages are asked for."""
        name = "0r8" + "".join(secrets.choice(ALPHABET) for _ in range(15))
        with self._lock:
            self._forget_old()
            self._cursors[name] = Cursor(user.username, result, batch_size, self.clock.now())
        return name

    def find(self, user: User, locator: str) -> tuple[str, Cursor, int]:
        """Name, cursor and offset of a locator; raises INVALID_QUERY_LOCATOR."""
        name, _, suffix = locator.rpartition("-")
        with self._lock:
            self._forget_old()
            cursor = self._cursors.get(name)
        if cursor is None or cursor.username != user.username or not suffix.isdecimal():
            raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
        if int(suffix) > len(cursor.result.records):
            raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return name, cursor, int(suffix)

    def forget_all(self) -> int:
        """Invalidate every open locator; how many there were."""
        with self._lock:
            count = len(self._cursors)
            self._cursors.clear()
            return count

    def _forget_old(self) -> None:
        oldest = self.clock.now() - LIFETIME
        for name in [name for name, cursor in self._cursors.items() if cursor.made_at <= oldest]:
            del self._cursors[name]
