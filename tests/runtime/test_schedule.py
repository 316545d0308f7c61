"""When jobs are due, in which order, and who may run them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from fulfillment_bridge.clock import SystemClock
from fulfillment_bridge.errors import Misconfigured, OverBudget, PartlyMisconfigured, Retry
from fulfillment_bridge.registry import JOBS
from fulfillment_bridge.runtime.schedule import (
    Paused,
    in_order_of_work,
    next_beat,
    next_due,
    wanted_rows,
)
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.runs import Outcome
from fulfillment_bridge.storage.schedule import ScheduleRow
from tests.runtime.bench import JOB, TARGET, row_now, schedule_row
from tests.storage.samples import NOW, later
from tests.storage.test_outbox import race

ALL_OFF: dict[str, int | None] = dict.fromkeys(JOBS)

CLAIM_ROWS = """
import json, sys
from datetime import datetime
from fulfillment_bridge.storage.database import Store
store, mine = Store(sys.argv[1]), []
now = datetime.fromisoformat(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    with store.begin() as uow:
        if uow.schedule.claim("order_download", f"cart{number}", owner=sys.argv[2], now=now,
                              lease_seconds=60):
            mine.append(number)
print(json.dumps(mine))
store.close()
"""


def row(*, every_seconds: int = 300, failures: int = 0, due: float = 0) -> ScheduleRow:
    """A row that was due so many seconds after NOW."""
    return ScheduleRow(JOB, TARGET, every_seconds, later(due), None, None, None, failures)


def test_every_enabled_job_has_a_row_for_each_target() -> None:
    """With the configured interval; a job that is switched off has none."""
    every = {**ALL_OFF, "order_download": 60}
    found = wanted_rows(every, lambda job: [f"{job}/a", f"{job}/b"])
    assert found == {
        ("order_download", "order_download/a"): 60,
        ("order_download", "order_download/b"): 60,
    }


def test_a_job_that_is_not_configured_runs_as_often_as_it_says() -> None:
    """Its module knows best."""
    every = {name: seconds for name, seconds in ALL_OFF.items() if name != "order_download"}
    assert wanted_rows(every, lambda _: ["acme"]) == {("order_download", "acme"): 300}


def test_orders_come_before_stock() -> None:
    """As the registry lists the jobs; among equals the longest due."""
    mixed = [
        ScheduleRow("inventory_sync", "a", 60, later(-99), None, None, None, 0),
        ScheduleRow("order_download", "late", 60, later(-1), None, None, None, 0),
        ScheduleRow("shipment_upload", "a", 60, later(-50), None, None, None, 0),
        ScheduleRow("order_download", "early", 60, later(-2), None, None, None, 0),
    ]
    assert [(r.job, r.target) for r in in_order_of_work(mixed)] == [
        ("order_download", "early"),
        ("order_download", "late"),
        ("shipment_upload", "a"),
        ("inventory_sync", "a"),
    ]


@given(
    every=st.integers(1, 86_400),
    passed=st.floats(0, 1e6).map(lambda seconds: timedelta(seconds=seconds)),
)
def test_the_next_beat_is_the_first_one_after_now(every: int, passed: timedelta) -> None:
    """Whatever the time a run took, beats stay where they were."""
    beat = next_beat(NOW, every, NOW + passed)
    assert NOW + passed < beat <= NOW + passed + timedelta(seconds=every)
    assert (beat - NOW) % timedelta(seconds=every) == timedelta(0)


def test_intervals_do_not_drift() -> None:
    """A run of 20 seconds moves nothing; missed beats are left out."""
    assert next_due(row(), "ok", now=later(20)) == later(300)
    assert next_due(row(), "attention", now=later(650)) == later(900)


def test_an_interrupted_run_is_due_at_once() -> None:
    """Whoever starts next goes on with it."""
    assert next_due(row(), "interrupted", now=later(20)) == later(20)


@pytest.mark.parametrize(
    ("failures", "outcome", "error", "earliest", "latest"),
    [
        (0, "waiting", Retry("locked"), 12, 18),
        (2, "waiting", Retry("locked"), 48, 72),
        (30, "waiting", Retry("locked"), 300, 300),
        (0, "waiting", OverBudget("quota"), 900, 900),
        (0, "failed", Misconfigured("no"), 240, 360),
        (1, "failed", ValueError("a fault of ours"), 480, 720),
        (30, "failed", ValueError("a fault of ours"), 3600, 3600),
        (0, "waiting", Paused("paused"), 290, 290),
        (5, "failed", PartlyMisconfigured("one of many"), 290, 290),
    ],
)
def test_trouble_makes_the_next_run_later(
    failures: int, outcome: Outcome, error: Exception, earliest: float, latest: float
) -> None:
    """What may pass is tried soon, what a person must mend later and later; a pause is neither."""
    due_at = next_due(row(failures=failures), outcome, now=later(10), error=error)
    assert later(10 + earliest) <= due_at <= later(10 + latest)


def test_the_other_side_may_say_when() -> None:
    """A Retry with a time is tried then."""
    error = Retry("come back")
    error.retry_at = later(77)
    assert next_due(row(), "waiting", now=later(10), error=error) == later(77)


def test_a_row_made_by_hand_has_no_beat() -> None:
    """It is never due."""
    assert next_due(row(every_seconds=0), "ok", now=later(10)) == NOW


def test_a_restart_moves_nothing(store: Store) -> None:
    """A row keeps its time; a new one is due at once; one that is not wanted goes."""
    with store.begin() as uow:
        uow.schedule.sync({(JOB, "a"): 300, (JOB, "b"): 300}, now=NOW)
        uow.schedule.make_due(JOB, "a", at=later(250))
        uow.schedule.sync({(JOB, "a"): 300, (JOB, "c"): 300}, now=later(100))
        rows = {r.target: r.due_at for r in uow.schedule.find()}
    assert rows == {"a": later(250), "c": later(100)}


def test_a_shorter_interval_brings_a_row_forward(store: Store) -> None:
    """A longer one leaves it where it is until it ran."""
    with store.begin() as uow:
        uow.schedule.sync({(JOB, "a"): 3600, (JOB, "b"): 60}, now=NOW)
        for target in ("a", "b"):
            uow.schedule.make_due(JOB, target, at=later(1000))
        uow.schedule.sync({(JOB, "a"): 60, (JOB, "b"): 3600}, now=later(100))
        rows = {r.target: (r.every_seconds, r.due_at) for r in uow.schedule.find()}
    assert rows == {"a": (60, later(160)), "b": (3600, later(1000))}


def test_a_claimed_row_is_due_for_nobody_until_its_lease_ends(store: Store) -> None:
    """Then its worker is held to be dead."""
    schedule_row(store)
    with store.begin() as uow:
        table = uow.schedule
        assert table.claim(JOB, TARGET, owner="a", now=later(1), lease_seconds=60)
        assert not table.claim(JOB, TARGET, owner="b", now=later(2), lease_seconds=60)
        assert table.due(later(60)) == []
        assert table.renew(JOB, TARGET, owner="a", until=later(100))
        assert table.due(later(99)) == []
        assert [r.lease_owner for r in table.due(later(100))] == ["a"]
        assert table.claim(JOB, TARGET, owner="b", now=later(100), lease_seconds=60)
        assert not table.renew(JOB, TARGET, owner="a", until=later(999))
        assert not table.finish(JOB, TARGET, owner="a", due_at=later(999), failures=0)
        assert table.finish(JOB, TARGET, owner="b", due_at=later(300), failures=0)
    assert (row_now(store).due_at, row_now(store).lease_owner) == (later(300), None)


def test_two_processes_never_claim_the_same_row(tmp_path: Path) -> None:
    """Every row goes to exactly one of them."""
    url = f"sqlite:///{tmp_path}/bridge.db"
    store = Store.open(url)
    with store.begin() as uow:
        uow.schedule.sync({(JOB, f"cart{number}"): 60 for number in range(40)}, now=NOW)
    store.close()
    claimed = race(CLAIM_ROWS, url, NOW.isoformat())
    assert sorted(claimed["a"] + claimed["b"]) == list(range(40))


def test_a_day_of_runs_keeps_its_beat(store: Store) -> None:
    """288 runs of some length each, five minutes apart, on the machine's own clock."""
    clock, ran = SystemClock(), 0
    with freeze_time(NOW) as frozen:
        schedule_row(store)
        while clock.now() < later(86_400):
            with store.begin() as uow:
                for due in uow.schedule.due(clock.now()):
                    now = clock.now()
                    assert uow.schedule.claim(
                        due.job, due.target, owner="w", now=now, lease_seconds=60
                    )
                    frozen.tick(17)
                    due_at = next_due(due, "ok", now=clock.now())
                    uow.schedule.finish(due.job, due.target, owner="w", due_at=due_at, failures=0)
                    ran += 1
            frozen.move_to(row_now(store).due_at)
    assert ran == 288
