"""The org's daily API calls, which all its programs share: who waits, from when, until when.

Pure rules. Percentages are of the whole org's use of its rolling 24 hours, as its answers say it.
Orders and shipments go before stock, and stock before the rest. What a person asks for, and
logging in, never waits: that is what the reserve is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

Urgency = Literal["orders", "stock", "rest"]
MOST_URGENT_FIRST: tuple[Urgency, ...] = ("orders", "stock", "rest")
PROBE_EVERY = timedelta(minutes=15)

FORECAST_FROM = timedelta(hours=1)
FORECAST_AT_LEAST = timedelta(minutes=10)
FORECAST_UP_TO = timedelta(hours=24)

_WHO_WAITS: dict[Urgency, str] = {
    "orders": "everything waits",
    "stock": "stock and all but orders and shipments wait",
    "rest": "all but orders, shipments and stock wait",
}


class UsageSample(Protocol):
    """What the org said at one moment."""

    @property
    def seen_at(self) -> datetime: ...

    @property
    def used(self) -> int: ...

    @property
    def limit(self) -> int: ...


@dataclass(frozen=True)
class Usage:
    """A ``UsageSample``."""

    seen_at: datetime
    used: int
    limit: int


class Remembered(Protocol):
    """What is remembered of a connection's budget, whatever process asks."""

    @property
    def usage(self) -> UsageSample | None: ...

    @property
    def paused_from(self) -> Urgency | None: ...

    @property
    def probed_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class ApiState:
    """A ``Remembered``."""

    usage: UsageSample | None = None
    paused_from: Urgency | None = None
    probed_at: datetime | None = None


def looked_at(state: Remembered) -> datetime | None:
    """When anybody last heard, or tried to hear, how the org's usage is."""
    known = [state.usage.seen_at if state.usage else None, state.probed_at]
    return max((moment for moment in known if moment), default=None)


@dataclass(frozen=True)
class Budget:
    """Percentages, as config.yaml gives them."""

    reserve_percent: int = 10
    pause_non_urgent_at: int = 80
    resume_at: int = 70

    def waits_at(self, urgency: Urgency) -> float:
        """The percentage from which such work waits; stock's lies halfway to the reserve."""
        reserve = 100 - self.reserve_percent
        if urgency == "orders":
            return reserve
        halfway = (self.pause_non_urgent_at + reserve) / 2
        return halfway if urgency == "stock" else self.pause_non_urgent_at

    def paused_from(self, usage: UsageSample, before: Urgency | None) -> Urgency | None:
        """The most urgent work that has to wait; what is less urgent waits with it.

        What waits goes on only once the usage has fallen below ``resume_at``, so that work does
        not flicker at a threshold.
        """
        used = percent(usage)
        if used < self.resume_at:
            return None
        reached = [each for each in MOST_URGENT_FIRST if used >= self.waits_at(each)]
        waiting = [*reached, *([before] if before else [])]
        return min(waiting, key=MOST_URGENT_FIRST.index, default=None)


def waits(urgency: Urgency, paused_from: Urgency | None) -> bool:
    """Whether work of this urgency waits."""
    if paused_from is None:
        return False
    return MOST_URGENT_FIRST.index(urgency) >= MOST_URGENT_FIRST.index(paused_from)


def percent(usage: UsageSample) -> float:
    """How much of its calls the org has used; 0 where it has no limit."""
    return usage.used * 100 / usage.limit if usage.limit > 0 else 0.0


def state_text(usage: UsageSample) -> str:
    """``waiting for API budget: 91 % used by the whole org (13,650 of 15,000 calls)``"""
    used = f"{usage.used:,} of {usage.limit:,} calls"
    return f"waiting for API budget: {percent(usage):.0f} % used by the whole org ({used})"


def who_waits(paused_from: Urgency) -> str:
    """In plain words."""
    return _WHO_WAITS[paused_from]


def limit_reached_at(samples: Sequence[UsageSample], now: datetime) -> datetime | None:
    """When the org will have used all of its calls, going on as in the last hour.

    None where nothing points there within a day, or too little was seen to tell. What falls out
    of the rolling 24 hours is in the samples already.
    """
    recent = [sample for sample in samples if now - sample.seen_at <= FORECAST_FROM]
    if len(recent) < 2 or recent[-1].seen_at - recent[0].seen_at < FORECAST_AT_LEAST:
        return None
    first, last = recent[0], recent[-1]
    rise, left = last.used - first.used, last.limit - last.used
    if rise <= 0 or left <= 0:
        return None
    reached_at = last.seen_at + (last.seen_at - first.seen_at) * (left / rise)
    return reached_at if now <= reached_at <= now + FORECAST_UP_TO else None


def forecast_text(reached_at: datetime, now: datetime) -> str:
    """``at this rate the limit is reached at 14:10 UTC``"""
    at = reached_at.astimezone(UTC)
    tomorrow = " tomorrow" if at.date() > now.astimezone(UTC).date() else ""
    return f"at this rate the limit is reached at {at:%H:%M} UTC{tomorrow}"


@dataclass(frozen=True)
class BudgetReport:
    """How a connection's budget stands, for people and programs."""

    state: Literal["unknown", "ok", "waiting"]
    text: str
    waiting: tuple[Urgency, ...] = ()
    used: int | None = None
    limit: int | None = None
    percent: float | None = None
    seen_at: datetime | None = None
    resume_at: int | None = None
    limit_reached_at: datetime | None = None
    forecast: str = ""


def budget_report(
    budget: Budget, state: Remembered, samples: Sequence[UsageSample], now: datetime
) -> BudgetReport:
    """How the budget stands by what was last heard of the org's usage."""
    usage = state.usage
    if usage is None:
        return BudgetReport("unknown", "the org has not been asked for anything yet")
    paused_from = budget.paused_from(usage, state.paused_from)
    text = state_text(usage)
    if paused_from:
        text = f"{text}; {who_waits(paused_from)} until it is below {budget.resume_at} %"
    else:
        text = text.removeprefix("waiting for API budget: ")
    reached_at = limit_reached_at([*samples, usage], now)
    return BudgetReport(
        state="waiting" if paused_from else "ok",
        text=text,
        waiting=tuple(each for each in MOST_URGENT_FIRST if waits(each, paused_from)),
        used=usage.used,
        limit=usage.limit,
        percent=round(percent(usage), 1),
        seen_at=usage.seen_at,
        resume_at=budget.resume_at,
        limit_reached_at=reached_at,
        forecast=forecast_text(reached_at, now) if reached_at else "",
    )
