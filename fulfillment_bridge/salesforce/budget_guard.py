"""Keeps a connection within its budget: work that has to wait is stopped before it calls the org.

While work waits, nobody calls the org for it. Every quarter of an hour one process makes one
cheap call to hear whether the org's usage has fallen, unless other work has heard it anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from fulfillment_bridge.clock import Clock, is_time_again
from fulfillment_bridge.errors import OverBudget
from fulfillment_bridge.salesforce.budget import (
    PROBE_EVERY,
    ApiState,
    Budget,
    Remembered,
    Urgency,
    looked_at,
    state_text,
    waits,
    who_waits,
)
from fulfillment_bridge.salesforce.catalogue import CATALOGUE
from fulfillment_bridge.salesforce.login_faults import API_BUDGET
from fulfillment_bridge.salesforce.memory import ConnectionMemory

SOONEST_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Spending:
    """The budget, and how urgent each job is. A job that is not named here never waits."""

    budget: Budget = field(default_factory=Budget)
    urgencies: Mapping[str, Urgency] = field(default_factory=dict)


class BudgetGuard:
    """One connection's. ``probe`` makes the cheap call; the answer's usage is remembered."""

    def __init__(
        self,
        name: str,
        spending: Spending,
        memory: ConnectionMemory,
        clock: Clock,
        probe: Callable[[], None],
    ) -> None:
        self._name = name
        self._spending = spending
        self._memory = memory
        self._clock = clock
        self._probe = probe

    def admit(self, job: str) -> None:
        """Raise OverBudget where this job has to wait."""
        urgency = self._spending.urgencies.get(job)
        if urgency is None:
            return
        state = self._settled()
        if waits(urgency, state.paused_from) and self._is_time_to_look(state):
            self._look()
            state = self._settled()
        if waits(urgency, state.paused_from):
            raise self._over_budget(state)

    def used_up(self) -> None:
        """The org itself refused a call: whatever it said last, nothing is left now."""
        usage = self._memory.api_state().usage
        if usage is not None and usage.used < usage.limit:
            self._memory.remember_usage(usage.limit, usage.limit)

    def _settled(self) -> Remembered:
        """The state after the rules were applied to the newest usage."""
        state = self._memory.api_state()
        if state.usage is None:
            return state
        paused_from = self._spending.budget.paused_from(state.usage, state.paused_from)
        if paused_from != state.paused_from:
            self._memory.pause_work_from(paused_from)
        return ApiState(state.usage, paused_from, state.probed_at)

    def _is_time_to_look(self, state: Remembered) -> bool:
        last = looked_at(state)
        now = self._clock.now()
        return last is None or is_time_again(last, now=now, every=PROBE_EVERY)

    def _look(self) -> None:
        if self._memory.claim_probe():
            with suppress(OverBudget):  # it is remembered; whoever asked waits on
                self._probe()

    def _over_budget(self, state: Remembered) -> OverBudget:
        said = state_text(state.usage) if state.usage else "waiting for API budget"
        waiting = who_waits(state.paused_from) if state.paused_from else ""
        below = f"{waiting} until it is below {self._spending.budget.resume_at} %"
        problem = OverBudget(
            f"{self._name}: {said}; {below}",
            remedy=CATALOGUE[API_BUDGET].remedy,
            code=API_BUDGET,
        )
        now = self._clock.now()
        last = min(looked_at(state) or now, now)
        problem.retry_at = max(last + PROBE_EVERY, now + SOONEST_AGAIN)
        return problem
