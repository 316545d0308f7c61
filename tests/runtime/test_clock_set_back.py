"""A clock that is set back must not leave work standing still until the time comes round again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from fulfillment_bridge.clock import ManualClock, SystemClock, is_time_again
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.lease_owner import owner_name, worker_name
from tests.runtime.bench import JOB, TARGET, row_now, schedule_row, worker_that
from tests.runtime.test_serve import server_of
from tests.storage.samples import NOW, add_order, enqueue, later, release

AN_HOUR_AGO = NOW - timedelta(hours=1)
DESTINATION, KIND = "warehouse:reno", "fulfillment_order"


@pytest.fixture
def elsewhere() -> str:
    """A worker on another machine, of which nobody can tell from here whether it is there."""
    return worker_name("/".join(["other-host", *owner_name().split("/")[1:]]))


def test_a_running_service_notices_and_goes_on(store: Store) -> None:
    """Its tick, its housekeeping and the job's row all lie far ahead."""
    ran = threading.Semaphore(0)
    with freeze_time(datetime.now(UTC), tick=True) as frozen:
        clock = SystemClock()
        server = server_of(store, clock, worker_that(store, clock, lambda _: ran.release()))
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            assert ran.acquire(timeout=30)
            frozen.move_to(clock.now() - timedelta(hours=5))
            assert ran.acquire(timeout=30)
        finally:
            server.stop()
            thread.join(timeout=30)
    assert not thread.is_alive()


def test_a_service_that_starts_on_an_older_clock_runs_what_was_due(
    store: Store, clock: ManualClock
) -> None:
    """A virtual machine went back to a snapshot, its database did not."""
    begun = threading.Semaphore(0)
    schedule_row(store)
    clock.set(AN_HOUR_AGO)
    server = server_of(store, clock, worker_that(store, clock, lambda _: begun.release()))
    server.prepare()
    server.tick()
    assert begun.acquire(timeout=30)
    assert server.drain(grace_seconds=30) == 0


def test_messages_that_were_queued_or_tried_in_the_future_are_due(
    store: Store, clock: ManualClock
) -> None:
    """A run by hand sees to it too; back-off that is as long as it may be stays."""
    with store.begin() as uow:
        for number in ("1", "2", "3"):
            enqueue(uow, release(uow, add_order(uow, number)))
        first, second, _ = uow.outbox.claim(
            DESTINATION, KIND, worker="w", now=NOW, lease_seconds=60
        )
        uow.outbox.back_off(first.message_id, "w", error="no", next_attempt_at=later(3600), at=NOW)
        uow.outbox.back_off(
            second.message_id, "w", error="no", next_attempt_at=later(1200), at=AN_HOUR_AGO
        )
        uow.outbox.put_back(3, "w")
    clock.set(AN_HOUR_AGO + timedelta(minutes=10))
    worker_that(store, clock, lambda _: None).run_now(JOB, TARGET)
    with store.read() as uow:
        due = {message.message_id: message.next_attempt_at for message in uow.outbox.find()}
    assert due == {first.message_id: clock.now(), second.message_id: later(1200), 3: clock.now()}


def test_no_lease_lasts_until_the_time_comes_round(
    store: Store, clock: ManualClock, elsewhere: str
) -> None:
    """Its holder may be gone; whoever is at work renews it meanwhile."""
    schedule_row(store)
    with store.begin() as uow:
        uow.schedule.claim(JOB, TARGET, owner=elsewhere, now=NOW, lease_seconds=90)
        enqueue(uow, release(uow, add_order(uow)))
        uow.outbox.claim(DESTINATION, KIND, worker=elsewhere, now=NOW, lease_seconds=300)
    clock.set(AN_HOUR_AGO)
    server_of(store, clock, worker_that(store, clock, lambda _: None)).prepare()
    quarter_later = AN_HOUR_AGO + timedelta(minutes=15)
    with store.read() as uow:
        assert row_now(store).lease_until == quarter_later
        assert [message.lease_until for message in uow.outbox.find()] == [quarter_later]


def test_waits_as_they_should_be_are_left_alone(
    store: Store, clock: ManualClock, elsewhere: str
) -> None:
    """On a clock that is right, or a few minutes behind another machine's, nothing moves."""
    with store.begin() as uow:
        uow.schedule.sync({(JOB, "a"): 300, (JOB, "b"): 86_400}, now=NOW)
        uow.schedule.make_due(JOB, "a", at=later(300))
        uow.schedule.make_due(JOB, "b", at=later(86_400))
        uow.schedule.claim_now(JOB, "c", owner=elsewhere, now=NOW, lease_seconds=90)
        enqueue(uow, release(uow, add_order(uow)))
    for moment in (NOW, NOW - timedelta(minutes=4)):
        with store.begin() as uow:
            assert uow.stamps_ahead.bring_back(moment) == 0


def test_what_is_done_once_in_a_while_is_done_again(store: Store) -> None:
    """What was done in the future was not done lately."""
    hour = timedelta(hours=1)
    assert not is_time_again(NOW, now=later(60), every=hour)
    assert is_time_again(NOW, now=later(3600), every=hour)
    assert is_time_again(later(60), now=NOW, every=hour)
    with store.begin() as uow:
        assert uow.moments.take("told", now=later(7200), every=hour)
        assert uow.moments.take("told", now=NOW, every=hour)
        assert not uow.moments.take("told", now=later(60), every=hour)
