"""The org's API calls are shared: who waits, from when, until when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.errors import OverBudget
from fulfillment_bridge.salesforce.budget import (
    MOST_URGENT_FIRST,
    Budget,
    Urgency,
    Usage,
    forecast_text,
    limit_reached_at,
    percent,
    waits,
)
from fulfillment_bridge.salesforce.budget_guard import Spending
from fulfillment_bridge.salesforce.memory import TransientMemory
from fulfillment_bridge.salesforce.rest import Connection, Query
from tests.salesforce.orgs import TestOrg

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMIT = 1000
JOBS: dict[str, Urgency] = {
    "order_download": "orders",
    "inventory_sync": "stock",
    "schema_check": "rest",
}


def usage(used: float, at: datetime = NOW) -> Usage:
    return Usage(at, int(used * LIMIT / 100), LIMIT)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (0, []),
        (79.9, []),
        (80, ["rest"]),
        (84.9, ["rest"]),
        (85, ["stock", "rest"]),
        (89.9, ["stock", "rest"]),
        (90, ["orders", "stock", "rest"]),
        (120, ["orders", "stock", "rest"]),
    ],
)
def test_orders_go_before_stock_and_stock_before_the_rest(used: float, expected: list[str]) -> None:
    """As usage rises the least urgent work waits first; the reserve is left to others."""
    paused_from = Budget().paused_from(usage(used), None)
    assert [each for each in MOST_URGENT_FIRST if waits(each, paused_from)] == expected


def test_what_waits_goes_on_only_below_the_lower_threshold() -> None:
    """Otherwise work would flicker at the upper one."""
    budget = Budget()
    paused_from: Urgency | None = None
    seen = []
    for used in (75, 81, 75, 91, 86, 71, 70, 69.9, 75):
        paused_from = budget.paused_from(usage(used), paused_from)
        seen.append(paused_from)
    assert seen == [None, "rest", "rest", "orders", "orders", "orders", "orders", None, None]


def test_a_reserve_of_one_s_own_moves_the_thresholds() -> None:
    """Stock's lies halfway between the two that are configured."""
    budget = Budget(reserve_percent=40, pause_non_urgent_at=50, resume_at=20)
    assert [budget.waits_at(each) for each in MOST_URGENT_FIRST] == [60, 55, 50]


def test_an_org_without_a_limit_stops_nobody() -> None:
    """Nothing can be said about percentages of nothing."""
    assert percent(Usage(NOW, 5, 0)) == 0
    assert Budget().paused_from(Usage(NOW, 5, 0), None) is None


def samples(*used: int, minutes: int = 10) -> list[Usage]:
    """One a while, the last one now."""
    count = len(used)
    return [
        Usage(NOW - timedelta(minutes=minutes * (count - 1 - place)), each, LIMIT)
        for place, each in enumerate(used)
    ]


def test_the_forecast_goes_on_as_in_the_last_hour() -> None:
    """400 calls an hour and 300 left: in three quarters of an hour."""
    rising = samples(300, 366, 433, 500, 566, 633, 700)
    assert limit_reached_at(rising, NOW) == NOW + timedelta(minutes=45)
    text = forecast_text(NOW + timedelta(minutes=130), NOW)
    assert text == "at this rate the limit is reached at 14:10 UTC"
    assert forecast_text(NOW + timedelta(hours=13), NOW).endswith("at 01:00 UTC tomorrow")


@pytest.mark.parametrize(
    "seen",
    [
        [],
        samples(500),
        samples(700, 600),
        samples(500, 500, 500),
        samples(500, 900, minutes=2),
        samples(500, 501),
        samples(900, 1000),
        samples(100, 900, minutes=120),
    ],
)
def test_nothing_is_foretold_from_too_little(seen: list[Usage]) -> None:
    """One sample, minutes only, falling, level, too slow to matter today, or reached already."""
    assert limit_reached_at(seen, NOW) is None


class Spender:
    """A connection with a budget, and an org whose other programs use up its calls."""

    def __init__(self, org: TestOrg, connection: Connection, clock: ManualClock) -> None:
        self.org, self.connection, self.clock = org, connection, clock

    def read(self, job: str = "order_download") -> None:
        self.connection.read_all([Query("SELECT Id FROM Sale__c")], job=job)

    def refused(self, job: str = "order_download") -> OverBudget:
        with pytest.raises(OverBudget) as caught:
            self.read(job)
        return caught.value

    def others_use(self, share: float) -> None:
        self.org.handle.org.settings.api_usage_by_others = int(share * LIMIT / 100)

    def calls(self) -> int:
        return len(self.org.data_requests())


@contextmanager
def spending(org: TestOrg, memory: TransientMemory, clock: ManualClock) -> Iterator[Spender]:
    org.handle.org.settings.daily_api_limit = LIMIT
    spending = Spending(Budget(), JOBS)
    with org.connection(memory, spending=spending, clock=clock) as connection:
        yield Spender(org, connection, clock)


@pytest.fixture
def spender(org: TestOrg) -> Iterator[Spender]:
    """With the budget that config.yaml has by default."""
    clock = ManualClock(NOW)
    with spending(org, TransientMemory(clock), clock) as made:
        made.read("warm_up")
        yield made


def test_work_stops_at_the_reserve_and_goes_on_when_usage_falls(spender: Spender) -> None:
    """While it waits the org is asked once in a quarter of an hour, by one cheap call."""
    spender.others_use(91)
    spender.read()
    before = spender.calls()
    problem = spender.refused()
    assert "waiting for API budget: 91 % used by the whole org (91" in problem.message
    assert problem.retry_at == NOW + timedelta(minutes=15)
    for _ in range(20):
        spender.refused()
    assert spender.calls() == before
    for _ in range(4):
        spender.clock.wait(15 * 60)
        for _ in range(5):
            spender.refused()
    assert spender.calls() == before + 4
    assert {entry.client for entry in spender.org.data_requests()[before:]} == {
        "fulfillment_bridge/budget_probe"
    }
    spender.others_use(65)
    spender.refused()
    spender.clock.wait(15 * 60)
    spender.read()
    assert spender.calls() == before + 6


def test_less_urgent_work_waits_while_orders_go_on(spender: Spender) -> None:
    """The usage that orders hear frees the rest too, without a probe."""
    spender.others_use(82)
    spender.read()
    spender.read("inventory_sync")
    spender.refused("schema_check")
    spender.others_use(86)
    spender.read()
    spender.refused("inventory_sync")
    spender.others_use(50)
    spender.read()
    spender.read("inventory_sync")
    spender.read("schema_check")
    assert "budget_probe" not in str([entry.client for entry in spender.org.data_requests()])


def test_what_a_person_asks_for_does_not_wait(spender: Spender) -> None:
    """That is what the reserve is for; at the org's own limit nobody gets anything."""
    spender.others_use(95)
    spender.read("describe")
    spender.read("describe")
    spender.refused()
    spender.others_use(100)
    assert spender.refused("describe").code == "REQUEST_LIMIT_EXCEEDED"


def test_an_org_that_refuses_calls_is_left_alone(spender: Spender) -> None:
    """One refusal is enough: everything waits, and the probe finds out when it is over."""
    spender.org.fail(
        path="/composite", action="error", status=403, code="REQUEST_LIMIT_EXCEEDED", times=1
    )
    assert spender.refused().code == "REQUEST_LIMIT_EXCEEDED"
    before = spender.calls()
    assert "100 %" in spender.refused().message
    assert spender.calls() == before
    spender.clock.wait(15 * 60)
    spender.read()


def test_several_connections_of_one_memory_probe_once(org: TestOrg) -> None:
    """Ten processes that wait do not make ten calls."""
    clock = ManualClock(NOW)
    memory = TransientMemory(clock)
    with spending(org, memory, clock) as first, spending(org, memory, clock) as second:
        first.others_use(95)
        first.read("warm_up")
        second.read("warm_up")
        before = first.calls()
        clock.wait(15 * 60)
        first.refused()
        second.refused()
        assert first.calls() == before + 1
