"""What the status asks a person to look at, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fulfillment_bridge.actions.pause import Kind, pause, resume
from fulfillment_bridge.actions.status_report import (
    WAITS_ALLOWED,
    Configured,
    soap_days_left,
    soap_notices,
    status_report,
)
from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.jobs.base import CartProfile
from fulfillment_bridge.storage.database import Store
from tests.storage.samples import add_order, release

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = Configured(
    carts={"acme": "acme_org"}, soap_connections=[], connections=["acme_org"], warehouses=["reno"]
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


def report(store: Store, clock: ManualClock) -> dict[str, Any]:
    return status_report(store, clock, NAMES)


def waited(store: Store, times: int) -> None:
    """A run that had to wait, the last of so many in a row."""
    error = {"message": "nobody answers", "remedy": "wait"}
    with store.begin() as uow:
        uow.schedule.claim_now("order_download", "acme", owner="w", now=NOON, lease_seconds=60)
        run_id = uow.runs.start("order_download", "acme", worker="w", at=NOON)
        uow.runs.finish(run_id, "waiting", at=NOON, counts={}, attention=[], error=error)
        uow.schedule.finish("order_download", "acme", owner="w", due_at=NOON, failures=times)


def test_a_new_bridge_asks_for_a_workbook_only(store: Store, clock: ManualClock) -> None:
    """With the command to type."""
    assert report(store, clock)["attention"] == [
        "cart acme has no workbook: fulfillment-bridge mapping load FILE --cart acme"
    ]


@pytest.mark.parametrize(
    ("kind", "name"), [("cart", "acme"), ("connection", "acme_org"), ("warehouse", "reno")]
)
def test_a_pause_is_a_notice_until_it_ends(
    store: Store, clock: ManualClock, kind: Kind, name: str
) -> None:
    """Somebody wanted it, so it is no alarm; but it must not be forgotten."""
    pause(store, clock, kind, name, reason="moving", actor="test")
    (notice,) = report(store, clock)["notices"]
    assert notice.startswith(f"{kind} {name} has been paused since 2026-11-22 12:00:00Z")
    assert notice.endswith(f"fulfillment-bridge {kind}s resume {name}")
    resume(store, clock, kind, name, actor="test", targets=())
    assert report(store, clock)["notices"] == []


def test_waiting_is_an_alarm_only_when_it_goes_on(store: Store, clock: ManualClock) -> None:
    """Orgs are down for a moment now and then."""
    waited(store, WAITS_ALLOWED - 1)
    assert "wait" not in " ".join(report(store, clock)["attention"])
    waited(store, WAITS_ALLOWED)
    first = report(store, clock)["attention"][0]
    assert first == "order_download acme has had to wait 3 times in a row: nobody answers"


def test_a_suspended_connection_comes_first(store: Store, clock: ManualClock) -> None:
    """With what happened, what to do, and the command that ends it."""
    with store.begin() as uow:
        uow.connections.suspend(
            "acme_org", at=NOON, code="X", message="acme_org: login refused.", remedy="Correct it."
        )
    assert report(store, clock)["attention"][0] == (
        "connection acme_org is suspended: login refused. What to do: Correct it. "
        "Then: fulfillment-bridge connections resume acme_org"
    )


def test_the_end_of_soap_login_is_one_sentence_for_all_connections() -> None:
    """And none where nobody uses it."""
    assert soap_notices([], NOON) == []
    (one,) = soap_notices(["acme_org", "globex_org"], NOON)
    assert one.startswith("connections acme_org, globex_org: SOAP login is retired on 2027-06-01")
    assert soap_days_left(NOON) == 190
    assert soap_days_left(NOON + timedelta(days=400)) == 0


def test_a_job_without_a_good_run_for_two_intervals_is_told(
    store: Store, clock: ManualClock
) -> None:
    """With when it last succeeded; one that is a little late is not."""
    with store.begin() as uow:
        uow.schedule.sync({("order_download", "acme"): 3600}, now=NOON)
        run_id = uow.runs.start("order_download", "acme", worker="w", at=NOON)
        uow.runs.finish(run_id, "ok", at=NOON)
    clock.set(NOON + timedelta(minutes=119))
    assert not overdue(report(store, clock))
    clock.set(NOON + timedelta(minutes=121))
    [sentence] = overdue(report(store, clock))
    assert sentence.startswith(
        "order_download acme has had no successful run since 2026-11-22 12:00Z"
    )


def test_a_job_that_fails_for_long_is_named_once(store: Store, clock: ManualClock) -> None:
    """Why, and since when."""
    with store.begin() as uow:
        uow.schedule.sync({("order_download", "acme"): 3600}, now=NOON)
        run_id = uow.runs.start("order_download", "acme", worker="w", at=NOON)
        uow.runs.finish(run_id, "failed", at=NOON, error={"message": "no password"})
    clock.set(NOON + timedelta(hours=5))
    told = [each for each in report(store, clock)["attention"] if "order_download acme" in each]
    assert told == [
        "order_download acme failed: no password (no successful run since 2026-11-22 12:00Z)"
    ]


def overdue(document: dict[str, Any]) -> list[str]:
    """The sentences about runs that did not come."""
    return [each for each in document["attention"] if "no successful run" in each]


def test_the_status_tells_what_stands_still(store: Store, clock: ManualClock) -> None:
    """Per merchant, with the orders; looked at now, not when the last check ran."""
    with store.begin() as uow:
        uow.carts.go_live("acme", at=NOON)
        release(uow, add_order(uow))
    profile = CartProfile("acme", "acme", "acme_org", ())
    names = replace(NAMES, profiles=[profile])
    clock.set(NOON)
    found = [each for each in status_report(store, clock, names)["attention"] if "1001" in each]
    [sentence] = found
    assert sentence.startswith("merchant acme: 1 order has been waiting for the warehouse")
