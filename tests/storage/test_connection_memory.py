"""What a connection remembers in the store."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.errors import Retry
from fulfillment_bridge.salesforce.memory import ConnectionMemory
from fulfillment_bridge.storage.connection_memory import (
    LEASE_SECONDS,
    PATIENCE_SECONDS,
    StoredConnectionMemory,
)
from fulfillment_bridge.storage.database import Store
from tests.storage.samples import NOW


def memory_of(store: Store, clock: ManualClock) -> ConnectionMemory:
    """The type checker proves that it fits what the wire asks for."""
    return StoredConnectionMemory(store, "acme_org", clock)


def test_an_org_is_remembered_by_every_process(store: Store) -> None:
    """Another object on the same store knows it."""
    clock = ManualClock(NOW)
    assert memory_of(store, clock).organization_id() is None
    memory_of(store, clock).remember_org(
        organization_id="00D1",
        organization_name="Acme",
        is_sandbox=True,
        username="bridge@acme.example",
        user_id="0051",
        default_currency=None,
    )
    assert memory_of(store, clock).organization_id() == "00D1"
    with store.read() as uow:
        assert uow.connections.get("acme_org").is_sandbox


def test_a_suspension_holds_until_other_credentials_or_a_person(store: Store) -> None:
    """The refused credentials' fingerprint is kept with it."""
    memory = memory_of(store, ManualClock(NOW))
    assert memory.suspension() is None
    assert not memory.credentials_changed("one")
    memory.suspend(code="INVALID_LOGIN", message="refused", remedy="set it", fingerprint="one")
    suspension = memory.suspension()
    assert suspension is not None
    assert (suspension.code, suspension.message, suspension.remedy) == (
        "INVALID_LOGIN",
        "refused",
        "set it",
    )
    assert not memory.credentials_changed("one")
    assert memory.credentials_changed("two")
    memory.lift_suspension()
    assert memory.suspension() is None
    assert memory.was_refused("one")
    with store.begin() as uow:
        uow.connections.resume("acme_org")
    assert not memory.was_refused("one")


def test_calls_and_usage_are_kept(store: Store) -> None:
    """By job; the org's own figures beside them."""
    memory = memory_of(store, ManualClock(NOW))
    memory.count_call("order_download")
    memory.count_call("order_download", 2)
    memory.remember_usage(120, 15_000)
    with store.read() as uow:
        assert uow.connections.calls_by_job("acme_org", since=NOW) == {"order_download": 3}
        row = uow.connections.get("acme_org")
        assert (row.api_used, row.api_limit, row.api_seen_at) == (120, 15_000, NOW)


def test_who_waits_for_api_calls_is_known_to_every_process(store: Store) -> None:
    """One of them looks how the usage is, once in a quarter of an hour."""
    clock = ManualClock(NOW)
    memory, other = memory_of(store, clock), memory_of(store, clock)
    assert (memory.api_state().usage, memory.api_state().paused_from) == (None, None)
    memory.remember_usage(900, 1000)
    memory.pause_work_from("stock")
    usage = other.api_state().usage
    assert usage is not None
    assert (usage.used, usage.limit, usage.seen_at) == (900, 1000, NOW)
    assert other.api_state().paused_from == "stock"
    assert [memory.claim_probe(), other.claim_probe()] == [True, False]
    clock.wait(15 * 60)
    assert [other.claim_probe(), memory.claim_probe()] == [True, False]
    other.pause_work_from(None)
    assert memory.api_state().paused_from is None


def test_the_way_of_the_usage_is_kept_for_a_day(store: Store) -> None:
    """One sample in five minutes is enough for a forecast."""
    clock = ManualClock(NOW)
    memory = memory_of(store, clock)
    for minutes in (0, 4, 8, 12, 1600, 1604, 1610):
        clock.set(NOW + timedelta(minutes=minutes))
        memory.remember_usage(minutes, 10_000)
        if minutes == 12:
            assert samples_of(store) == [0, 8]
    assert samples_of(store) == [1600, 1610]


def samples_of(store: Store) -> list[int]:
    with store.read() as uow:
        return [sample.used for sample in uow.api_usage.samples("acme_org", since=NOW)]


def test_one_at_a_time_logs_in(store: Store) -> None:
    """Who waits too long is told to try again; afterwards the way is free."""
    clock = ManualClock(NOW)
    with memory_of(store, clock).login_lease():
        with pytest.raises(Retry, match="logging in"), memory_of(store, clock).login_lease():
            pass
        assert clock.now() - NOW < timedelta(seconds=PATIENCE_SECONDS + 1)
    with memory_of(store, clock).login_lease():
        pass


def test_a_login_that_died_frees_the_way_by_itself(store: Store) -> None:
    """After its lease."""
    clock = ManualClock(NOW)
    with store.begin() as uow:
        assert uow.connections.take_login_lease(
            "acme_org", owner="dead", now=NOW, lease_seconds=LEASE_SECONDS
        )
    clock.wait(LEASE_SECONDS)
    with memory_of(store, clock).login_lease():
        pass


def test_a_login_whose_process_is_gone_holds_nobody_up(store: Store) -> None:
    """A service killed in the middle of its login and started again logs in at once."""
    clock = ManualClock(NOW)
    program = "from fulfillment_bridge.storage.lease_owner import *; print(owner_name())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    with store.begin() as uow:
        assert uow.connections.take_login_lease(
            "acme_org", owner=done.stdout.strip(), now=NOW, lease_seconds=LEASE_SECONDS
        )
    with memory_of(store, clock).login_lease():
        assert clock.now() == NOW
