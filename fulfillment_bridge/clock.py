"""The one place that knows the time. Everything else is told."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Aware UTC now, and waiting that can be cut short."""

    def now(self) -> datetime: ...

    def wait(self, seconds: float, stop: threading.Event | None = None) -> bool:
        """Wait; True when ``stop`` was set before the time was over."""
        ...


def is_time_again(last: datetime, *, now: datetime, every: timedelta) -> bool:
    """Whether so much time has passed; what was done in the future was done by a wrong clock."""
    return not timedelta(0) <= now - last < every


class SystemClock:
    """The machine's clock (freezegun moves it in tests)."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, seconds: float, stop: threading.Event | None = None) -> bool:
        if stop is None:
            time.sleep(max(0.0, seconds))
            return False
        return stop.wait(max(0.0, seconds))


class ManualClock:
    """A clock that stands still until it is moved; waiting moves it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def set(self, now: datetime) -> None:
        with self._lock:
            self._now = now

    def wait(self, seconds: float, stop: threading.Event | None = None) -> bool:
        from_now = datetime.fromtimestamp(self.now().timestamp() + max(0.0, seconds), UTC)
        self.set(from_now)
        return stop is not None and stop.is_set()
