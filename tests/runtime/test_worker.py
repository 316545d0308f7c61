"""One run of one job: claim, lease, outcome."""

from __future__ import annotations

import threading

import pytest
from structlog.testing import capture_logs

from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.errors import (
    BridgeError,
    Misconfigured,
    OutcomeUnknown,
    OverBudget,
    Reauthenticate,
    Rejected,
    Retry,
    Suspended,
)
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.runtime.worker import Claim, Worker
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.runs import Outcome
from tests.runtime.bench import JOB, TARGET, last_run, row_now, schedule_row, worker_that
from tests.storage.samples import NOW, later


def run_once(store: Store, worker: Worker) -> None:
    """Claim the row and run it."""
    worker.run(claimed(store, worker))


def claimed(store: Store, worker: Worker) -> Claim:
    """The row, claimed by the worker."""
    claim = worker.claim(schedule_row(store))
    assert claim is not None
    return claim


def test_a_run_that_worked_is_kept_with_its_counts(store: Store, clock: ManualClock) -> None:
    """Counts of zero are left out; the next run is a beat later."""

    def work(ctx: JobContext) -> None:
        ctx.counts["new"] += 2
        ctx.counts["held"] += 0
        ctx.clock.wait(20)

    run_once(store, worker_that(store, clock, work))
    run = last_run(store)
    assert (run.outcome, dict(run.counts), run.error) == ("ok", {"new": 2}, None)
    assert (run.started_at, run.finished_at) == (NOW, later(20))
    assert (row_now(store).due_at, row_now(store).lease_owner) == (later(300), None)


def test_a_run_with_something_to_look_at_is_not_green(store: Store, clock: ManualClock) -> None:
    """It says what."""
    run_once(store, worker_that(store, clock, lambda ctx: ctx.attention.append("look")))
    assert (last_run(store).outcome, list(last_run(store).attention)) == ("attention", ["look"])


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Retry("x"), "waiting"),
        (OverBudget("x"), "waiting"),
        (Misconfigured("x"), "failed"),
        (Suspended("x"), "failed"),
        (Rejected("x"), "failed"),
        (Reauthenticate("x"), "failed"),
        (OutcomeUnknown("x"), "failed"),
    ],
)
def test_the_class_of_an_error_decides_the_outcome(
    store: Store, clock: ManualClock, error: BridgeError, outcome: Outcome
) -> None:
    """What was counted before is kept; failures add up until a run works again."""

    def work(ctx: JobContext) -> None:
        ctx.counts["new"] += 1
        raise error

    run_once(store, worker_that(store, clock, work))
    assert (last_run(store).outcome, dict(last_run(store).counts)) == (outcome, {"new": 1})
    assert row_now(store).failures == 1
    clock.set(later(9999))
    run_once(store, worker_that(store, clock, lambda _: None))
    assert row_now(store).failures == 0


def test_an_error_is_kept_with_its_remedy(store: Store, clock: ManualClock) -> None:
    """Everything a person needs to act."""

    def work(_: JobContext) -> None:
        raise Suspended(
            "refused", remedy="set the token", code="INVALID_LOGIN", raw="<x/>", problems=["p"]
        )

    run_once(store, worker_that(store, clock, work))
    assert last_run(store).error == {
        "type": "Suspended",
        "message": "refused",
        "remedy": "set the token",
        "code": "INVALID_LOGIN",
        "raw": "<x/>",
        "problems": ["p"],
    }


def test_a_fault_of_ours_fails_this_run_only(store: Store, clock: ManualClock) -> None:
    """The worker goes on."""

    def work(_: JobContext) -> None:
        raise ZeroDivisionError("by zero")

    worker = worker_that(store, clock, work)
    run_once(store, worker)
    assert last_run(store).error == {"type": "ZeroDivisionError", "message": "by zero"}
    clock.set(later(9999))
    run_once(store, worker)


def test_a_context_that_cannot_be_made_fails_the_run(store: Store, clock: ManualClock) -> None:
    """A missing secret stops this target, and says so in its run."""

    def refuse(
        job: str, target: str, *, run_id: int, worker: str, stopping: threading.Event
    ) -> JobContext:
        raise Misconfigured(f"{target}: no password for run {run_id}")

    run_once(store, Worker(store, clock, refuse))
    run = last_run(store)
    assert (run.outcome, run.error and run.error["message"]) == (
        "failed",
        f"acme: no password for run {run.run_id}",
    )


def test_nothing_runs_while_it_is_paused(store: Store, clock: ManualClock) -> None:
    """The next beat looks again; resuming lets it run."""
    ran: list[str] = []
    worker = worker_that(store, clock, lambda ctx: ran.append(ctx.target))
    with store.begin() as uow:
        uow.carts.pause(TARGET, at=NOW)
    run_once(store, worker)
    assert (ran, last_run(store).outcome, row_now(store).failures) == ([], "waiting", 0)
    assert row_now(store).due_at == later(300)
    with store.begin() as uow:
        uow.carts.resume(TARGET)
    clock.set(later(300))
    run_once(store, worker)
    assert ran == [TARGET]


def test_a_paused_warehouse_stops_its_jobs(store: Store, clock: ManualClock) -> None:
    """Only jobs that run per warehouse look at it."""
    worker = worker_that(store, clock, lambda _: None, runs_per="warehouse")
    with store.begin() as uow:
        uow.warehouses.pause(TARGET, at=NOW)
        uow.carts.pause("other", at=NOW)
    run_once(store, worker)
    error = last_run(store).error
    assert error is not None
    assert error["code"] == "PAUSED"


def test_a_run_by_hand_needs_no_due_row(store: Store, clock: ManualClock) -> None:
    """The next run is on the beat; while it runs nobody else runs the job."""
    schedule_row(store)
    with store.begin() as uow:
        uow.schedule.make_due(JOB, TARGET, at=later(200))

    def work(ctx: JobContext) -> None:
        ctx.counts["new"] += 1
        with pytest.raises(Retry, match="running"):
            worker.run_now(JOB, TARGET)

    worker = worker_that(store, clock, work)
    assert dict(worker.run_now(JOB, TARGET).counts) == {"new": 1}
    assert row_now(store).due_at == later(500)


def test_a_run_by_hand_works_without_a_schedule(store: Store, clock: ManualClock) -> None:
    """A job that is switched off can still be run; that does not switch it on."""
    worker = worker_that(store, clock, lambda _: None)
    assert worker.run_now(JOB, TARGET).outcome == "ok"
    with store.read() as uow:
        assert uow.schedule.due(later(9999)) == []


def test_a_dead_workers_run_is_taken_over(store: Store, clock: ManualClock) -> None:
    """Its own run is marked interrupted, and it can no longer say how it ended."""
    dead = worker_that(store, clock, lambda _: None)
    claim = claimed(store, dead)
    clock.set(later(91))
    run_once(store, worker_that(store, clock, lambda _: None))
    dead.run(claim)
    with store.read() as uow:
        assert [run.outcome for run in uow.runs.find()] == ["ok", "interrupted"]


def test_a_running_job_keeps_its_lease(store: Store, clock: ManualClock) -> None:
    """Renewed in the background, so that nobody takes it over however long it takes."""
    renewed = threading.Event()

    def work(ctx: JobContext) -> None:
        clock.set(later(3600))
        while not renewed.is_set():
            until = row_now(store).lease_until
            assert until is not None
            if until > later(3600):
                renewed.set()

    run_once(store, worker_that(store, clock, work, lease_seconds=0.15))
    assert last_run(store).outcome == "ok"


def test_a_job_that_lost_its_lease_is_told_to_stop(store: Store, clock: ManualClock) -> None:
    """Another worker has the row now."""

    def work(ctx: JobContext) -> None:
        with store.begin() as uow:
            uow.schedule.free_leases(ctx.worker)
        assert ctx.stopping.wait(30)

    run_once(store, worker_that(store, clock, work, lease_seconds=0.15))
    assert last_run(store).outcome == "interrupted"


def test_a_stopped_worker_stops_its_jobs(store: Store, clock: ManualClock) -> None:
    """They return after the current record, and are due again at once."""
    worker = worker_that(store, clock, lambda ctx: worker.stop())
    run_once(store, worker)
    assert last_run(store).outcome == "interrupted"
    assert row_now(store).due_at == NOW


def test_what_an_order_holds_stands_with_the_run_and_not_in_the_log(
    store: Store, clock: ManualClock
) -> None:
    """The log names the order; who may look at orders reads the rest."""

    def work(ctx: JobContext) -> None:
        ctx.ask_for_attention("order 1 is held: 'Ada, 1 Main St'", in_log="order 1 is held")
        ctx.ask_for_attention("a file was set aside")

    with capture_logs() as lines:
        run_once(store, worker_that(store, clock, work))
    assert next(iter(last_run(store).attention)) == "order 1 is held: 'Ada, 1 Main St'"
    assert lines[-1]["attention"] == ["order 1 is held", "a file was set aside"]
    assert "Ada" not in str(lines)
