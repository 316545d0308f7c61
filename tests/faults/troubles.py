"""What goes wrong in a seed: in which step a worker dies, which request fails, and the clock."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from tests.faults.clocks import SharedTime
from tests.faults.orgs import OrgProcess
from tests.faults.themes import Theme

REQUESTS: tuple[dict[str, Any], ...] = (
    {"action": "drop_before"},
    {"action": "drop_after"},
    {"action": "drop_after"},
    {"action": "status", "status": 503},
    {"action": "status", "status": 500, "body": "oops"},
    {"action": "delay", "seconds": 0.005},
    {"action": "error", "code": "SERVER_UNAVAILABLE", "status": 503},
    {"action": "error", "code": "UNABLE_TO_LOCK_ROW", "status": 400},
    {"action": "error", "code": "REQUEST_LIMIT_EXCEEDED", "status": 403},
    {"action": "error", "code": "INVALID_SESSION_ID", "status": 401},
)
RESERVED_FROM = 90
"""Percent of the org's calls that we leave to others, by what we promise."""


class Troubles:
    """Draws and undoes them."""

    def __init__(
        self, orgs: OrgProcess, time: SharedTime, chance: random.Random, theme: Theme
    ) -> None:
        self._orgs, self._time, self._chance, self._theme = orgs, time, chance, theme
        self.requests = 0
        """How many requests were to fail."""
        self.used_up = ""
        """The merchant whose API calls are used up as far as our reserve, or farther."""

    def plan(self, job: str) -> dict[str, Any]:
        """How this job ends; empty where nothing happens to its worker."""
        drawn = self._chance.random()
        if drawn >= self._theme.kill + self._theme.pause:
            return {}
        act = "kill" if drawn < self._theme.kill else "pause"
        points = [point for point in self._theme.points if point.startswith(f"{job}.")]
        if points:
            return {"act": act, "at": 1, "point": self._chance.choice(points)}
        return {"act": act, "at": 1 + int(self._chance.expovariate(1 / 8))}

    def strike(self, names: Sequence[str], orders: Sequence[dict[str, Any]]) -> str:
        """Let something go wrong in the next job, or not; what it is."""
        if self._chance.random() >= self._theme.trouble:
            return ""
        merchant = self._chance.choice(names)
        kind = self._chance.choices(("request", "session", "quota", "locks"), (6, 1, 1, 2))[0]
        if kind == "request":
            self.requests += 1
            rule = {**self._chance.choice(REQUESTS), "nth": self._chance.randrange(1, 4)}
            self._orgs("fail", {"org": merchant, **rule})
            return f"a request to {merchant} will fail: {rule}"
        if kind == "session":
            self._orgs("expire", merchant)
        elif kind == "quota":
            percent = self._chance.choice((85, 95, 100))
            self.used_up = merchant if percent > RESERVED_FROM else ""
            self._orgs("use_up", merchant, percent)
        else:
            locked = [each["id"] for each in orders
                      if each["merchant"] == merchant and self._chance.random() < 0.5]  # fmt: skip
            self._orgs("lock", merchant, locked, self._chance.randrange(4))
        return f"{merchant} has trouble: {kind}"

    def cease(self) -> None:
        """What struck one job does not strike the next."""
        self.used_up = ""
        if self._theme.trouble:
            self._orgs("heal")

    def jump_clock(self) -> None:
        """Our machine's clock is set, rightly or not."""
        if self._chance.random() < self._theme.skew:
            self._time.jump(self._chance.choice(self._theme.skews))

    def heal(self) -> None:
        """All is well from now on."""
        self._orgs("heal")
        self._time.jump(0.0)
