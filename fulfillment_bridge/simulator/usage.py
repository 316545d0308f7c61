"""The API calls of an org over the last 24 hours, against its daily limit."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)


@dataclass
class ApiUsage:
    """Charged calls in a window that rolls with the simulated clock. Safe in any thread."""

    _calls: deque[tuple[datetime, str]] = field(default_factory=deque)
    _by_user: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def charge(self, user: str, *, now: datetime, limit: int) -> bool:
        """Count one call; False, and nothing counted, when `limit` calls were made already."""
        with self._lock:
            self._forget_old(now)
            if len(self._calls) >= limit:
                return False
            self._calls.append((now, user))
            self._by_user[user] += 1
            return True

    def used(self, *, now: datetime) -> int:
        """The calls of all users in the window."""
        with self._lock:
            self._forget_old(now)
            return len(self._calls)

    def used_by(self, user: str, *, now: datetime) -> int:
        """The calls of one user in the window."""
        with self._lock:
            self._forget_old(now)
            return self._by_user[user]

    def _forget_old(self, now: datetime) -> None:
        while self._calls and self._calls[0][0] <= now - WINDOW:
            _, user = self._calls.popleft()
            self._by_user[user] -= 1
