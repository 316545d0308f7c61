"""One time for a whole seed, in memory that all its processes share."""

from __future__ import annotations

import mmap
import struct
import threading
from datetime import UTC, datetime

from fulfillment_bridge.simulator.clock import SimulatedClock

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class SharedTime:
    """Two numbers: the true time, and how far our own machine's clock is off."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 16)
        self.reset()

    def reset(self) -> None:
        """Back to the start, with a clock that is right."""
        self._memory[:] = struct.pack("dd", START.timestamp(), 0.0)

    @property
    def truth(self) -> float:
        return self._numbers()[0]

    def advance(self, seconds: float) -> None:
        """Time passes, for all."""
        truth, skew = self._numbers()
        self._memory[:] = struct.pack("dd", truth + seconds, skew)

    def jump(self, skew: float) -> None:
        """Our machine's clock is so far ahead of the org's from now on, or behind."""
        self._memory[:] = struct.pack("dd", self.truth, skew)

    def at_the_org(self) -> datetime:
        return datetime.fromtimestamp(self.truth, UTC)

    def on_our_machine(self) -> datetime:
        return datetime.fromtimestamp(sum(self._numbers()), UTC)

    def _numbers(self) -> tuple[float, float]:
        truth, skew = struct.unpack("dd", self._memory[:])
        return truth, skew


class OrgClock(SimulatedClock):
    """The orgs' clock."""

    def __init__(self, time: SharedTime) -> None:
        super().__init__()
        self._time = time

    def now(self) -> datetime:
        return self._time.at_the_org()


class MachineClock:
    """Our machine's clock. Whoever waits goes on at once: time passes when the history says so."""

    def __init__(self, time: SharedTime) -> None:
        self._time = time

    def now(self) -> datetime:
        return self._time.on_our_machine()

    def wait(self, seconds: float, stop: threading.Event | None = None) -> bool:
        return stop is not None and stop.is_set()
