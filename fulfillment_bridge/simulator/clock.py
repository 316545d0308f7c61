"""The time in the simulated org: real time moved by an offset, or standing still."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class SimulatedClock:
    """A settable clock; several orgs and threads may share one."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._frozen_at = _aware(frozen_at) if frozen_at else None

    def now(self) -> datetime:
        """The simulated time, aware and in UTC."""
        with self._lock:
            return self._frozen_at or datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> datetime:
        """Move the time forward (or back, when negative); the new time."""
        with self._lock:
            if self._frozen_at:
                self._frozen_at += timedelta(seconds=seconds)
            else:
                self._offset += timedelta(seconds=seconds)
        return self.now()

    def set(self, moment: datetime) -> datetime:
        """Make it ``moment`` now; a frozen clock stays frozen, a running one runs on."""
        moment = _aware(moment)
        with self._lock:
            if self._frozen_at:
                self._frozen_at = moment
            else:
                self._offset = moment - datetime.now(UTC)
        return self.now()

    def freeze(self) -> datetime:
        """Stop the time where it is."""
        now = self.now()
        with self._lock:
            self._frozen_at = now
        return now

    def unfreeze(self) -> datetime:
        """Let the time run on from where it stands."""
        with self._lock:
            if self._frozen_at:
                self._offset = self._frozen_at - datetime.now(UTC)
                self._frozen_at = None
        return self.now()

    @property
    def is_frozen(self) -> bool:
        """Whether the time stands still."""
        with self._lock:
            return self._frozen_at is not None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC)
