"""The service: it starts what is due, and ends in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fulfillment_bridge.clock import Clock, ManualClock, SystemClock
from fulfillment_bridge.errors import Misconfigured, Retry, UserError
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.runtime.heartbeat import notify
from fulfillment_bridge.runtime.owner import free_leases_of_the_gone
from fulfillment_bridge.runtime.serve import Server
from fulfillment_bridge.runtime.worker import Worker
from fulfillment_bridge.storage.care import back_up, restore
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.in_use import replacing, serving
from fulfillment_bridge.storage.lease_owner import is_gone, owner_name, worker_name
from tests.runtime.bench import JOB, TARGET, last_run, row_now, schedule_row, worker_that
from tests.runtime.test_schedule import ALL_OFF
from tests.storage.samples import NOW, add_order, enqueue, later, release

ROOT = Path(__file__).resolve().parents[2]


def server_of(
    store: Store,
    clock: Clock,
    worker: Worker,
    *,
    targets: tuple[str, ...] = (TARGET,),
    workers: int = 4,
) -> Server:
    """A server with one job, every five minutes."""
    return Server(
        store,
        clock,
        worker,
        every_seconds={**ALL_OFF, JOB: 300},
        targets_of=lambda _: targets,
        workers=workers,
        tick_seconds=0.05,
    )


def test_a_tick_starts_what_is_due(store: Store, clock: ManualClock) -> None:
    """Each target once; nothing until its next beat."""
    ran: list[str] = []
    begun = threading.Semaphore(0)

    def work(ctx: JobContext) -> None:
        ran.append(ctx.target)
        begun.release()

    server = server_of(store, clock, worker_that(store, clock, work), targets=("a", "b"))
    server.prepare()
    server.tick()
    assert begun.acquire(timeout=30)
    assert begun.acquire(timeout=30)
    server.tick()
    assert server.drain(grace_seconds=30) == 0
    assert sorted(ran) == ["a", "b"]


@pytest.mark.parametrize(
    ("trouble", "moves"),
    [
        (Misconfigured("the host is wrong", remedy="Mend it."), True),
        (Retry("the org is asleep", remedy="Nothing."), False),
        (None, False),
    ],
    ids=["failed", "waits", "worked"],
)
def test_a_restart_tries_again_at_once_what_failed(
    store: Store, clock: ManualClock, trouble: Exception | None, moves: bool
) -> None:
    """Somebody may have mended the settings; what waits, or has worked, keeps its time."""

    def work(_ctx: JobContext) -> None:
        if trouble:
            raise trouble

    worker = worker_that(store, clock, work)
    server_of(store, clock, worker).prepare()
    worker.run_now(JOB, TARGET)
    planned = row_now(store).due_at
    clock.wait(1)
    server_of(store, clock, worker).prepare()
    assert planned > clock.now()
    assert row_now(store).due_at == (clock.now() if moves else planned)


def test_jobs_that_wait_for_a_thread_are_not_abandoned_at_the_end(
    store: Store, clock: ManualClock
) -> None:
    """They never began, so nobody waits for them; their lease ends with the process."""
    begun, go_on = threading.Semaphore(0), threading.Event()

    def work(ctx: JobContext) -> None:
        begun.release()
        ctx.stopping.wait(30)
        go_on.wait(30)

    server = server_of(store, clock, worker_that(store, clock, work), targets=("a", "b", "c"))
    server._pool._max_workers = 1  # as if the other threads were slow to come
    server.prepare()
    server.tick()
    assert begun.acquire(timeout=30)
    go_on.set()
    assert server.drain(grace_seconds=30) == 0


def test_no_more_is_claimed_than_there_are_threads(store: Store, clock: ManualClock) -> None:
    """What waits can be taken by another process meanwhile."""
    begun, go_on = threading.Semaphore(0), threading.Event()

    def work(_: JobContext) -> None:
        begun.release()
        go_on.wait(30)

    worker = worker_that(store, clock, work)
    server = server_of(store, clock, worker, targets=("a", "b", "c"), workers=2)
    server.prepare()
    server.tick()
    assert begun.acquire(timeout=30)
    assert begun.acquire(timeout=30)
    server.tick()
    with store.read() as uow:
        assert len(uow.schedule.due(clock.now())) == 1
    go_on.set()
    assert server.drain(grace_seconds=30) == 0


def test_a_locked_database_does_not_end_the_tick(tmp_path: Path, clock: ManualClock) -> None:
    """It is tried again at the next one."""
    url = f"sqlite:///{tmp_path}/bridge.db"
    other = Store.open(url)
    store = Store(url, busy_seconds=0.01)
    server = server_of(store, clock, worker_that(store, clock, lambda _: None))
    server.prepare()
    with other.begin():
        server.tick()
    server.tick()
    assert server.drain(grace_seconds=30) == 0
    assert last_run(store).finished_at == NOW
    store.close()
    other.close()


def test_old_runs_are_forgotten(store: Store, clock: ManualClock) -> None:
    """After five weeks."""
    begun = threading.Semaphore(0)
    worker = worker_that(store, clock, lambda _: begun.release())
    worker.run_now(JOB, "old")
    assert begun.acquire(timeout=30)
    clock.set(later(36 * 86_400))
    server = server_of(store, clock, worker)
    server.prepare()
    server.tick()
    assert begun.acquire(timeout=30)
    assert server.drain(grace_seconds=30) == 0
    with store.read() as uow:
        assert [run.target for run in uow.runs.find()] == [TARGET]


def test_it_serves_until_it_is_stopped(store: Store) -> None:
    """In a thread too, where no signals are heard."""
    ran = threading.Event()
    clock = SystemClock()
    server = server_of(store, clock, worker_that(store, clock, lambda _: ran.set()))
    thread = threading.Thread(target=server.serve)
    thread.start()
    assert ran.wait(30)
    server.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_service_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """The job finishes its record, its run is interrupted and due again."""
    with service(tmp_path, "patient") as process:
        wait_for(process, JOB)
        process.send_signal(number)
        assert wait_for(process, "abandoned") == "abandoned 0"
        assert process.wait(timeout=30) == 0
    store = Store.open(database(tmp_path))
    assert (last_run(store).outcome, dict(last_run(store).counts)) == (
        "interrupted",
        {"finished": 1},
    )
    assert row_now(store).lease_owner is None
    store.close()


def test_a_job_that_does_not_listen_is_abandoned(tmp_path: Path) -> None:
    """The process ends all the same, and the next one takes the job over at once."""
    with service(tmp_path, "deaf") as process:
        wait_for(process, JOB)
        process.terminate()
        assert wait_for(process, "abandoned") == "abandoned 1"
        assert process.wait(timeout=30) == 0
    assert_taken_over(tmp_path)


def test_a_killed_service_is_taken_over_at_once(tmp_path: Path) -> None:
    """The next one sees that the process is gone and does not wait for the lease."""
    with service(tmp_path, "patient") as process:
        wait_for(process, JOB)
        process.kill()
        process.wait(timeout=30)
    assert_taken_over(tmp_path)


def assert_taken_over(folder: Path) -> None:
    """A new service runs the job that the old one left."""
    with service(folder, "quick") as process:
        wait_for(process, JOB)
        process.terminate()
        process.wait(timeout=30)
    store = Store.open(database(folder))
    with store.read() as uow:
        newest, *_, oldest = uow.runs.find()
    store.close()
    assert oldest.outcome == "interrupted"
    assert newest.finished_at is not None


def test_nothing_is_restored_under_a_service_that_is_idle(tmp_path: Path) -> None:
    """Its next job would go on in the former file. Once it is gone, however, it may be."""
    backup = tmp_path / "backup.db"
    with service(tmp_path, "quick") as process:
        wait_for(process, JOB)
        path = tmp_path / "bridge.db"
        back_up(path, backup, {})
        with pytest.raises(UserError, match="a service is running"):
            restore(path, backup, at=NOW, moments={})
        process.kill()
        process.wait(timeout=30)
        assert restore(path, backup, at=NOW, moments={}) is not None


def test_no_service_starts_while_its_database_is_restored(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    """Services side by side are welcome."""
    server = server_of(store, clock, worker_that(store, clock, lambda _: None))
    with replacing(tmp_path / "bridge.db"), pytest.raises(UserError, match="being restored"):
        server.serve()
    with serving(store.url), serving(store.url):
        pass


def database(folder: Path) -> str:
    """The store of the services of a test."""
    return f"sqlite:///{folder}/bridge.db"


@contextmanager
def service(folder: Path, what: str) -> Iterator[subprocess.Popen[str]]:
    """A service of its own; see tests/runtime/service.py."""
    command = [sys.executable, "-m", "tests.runtime.service", database(folder), what]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], word: str) -> str:
    """The first line that the process prints with that word."""
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return line.strip()
    raise AssertionError(f"the service ended without {word}")


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the socket that it names."""
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        assert notify("READY=1", "STATUS=serving")
        assert systemd.recv(100) == b"READY=1\nSTATUS=serving"
    assert not notify("WATCHDOG=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert not notify("WATCHDOG=1")


def test_systemd_may_use_a_socket_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name begins with @."""
    name = f"fulfillment-bridge-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        assert notify("WATCHDOG=1")
        assert systemd.recv(100) == b"WATCHDOG=1"


def test_a_living_process_is_not_gone() -> None:
    """Neither this one nor one that nobody can judge from here."""
    mine = owner_name()
    elsewhere = "/".join(["other-host", *mine.split("/")[1:]])
    assert not is_gone(worker_name(mine))
    assert not is_gone(worker_name(elsewhere))
    assert not is_gone("")
    assert not is_gone("a worker by hand")


def test_a_process_that_ended_is_gone() -> None:
    """And so is one whose id another process bears now."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(timeout=30)
    here, started = owner_name().rsplit("/", 2)[0], owner_name().rsplit("/", 1)[1]
    assert is_gone(worker_name(f"{here}/{ended.pid}/{started}"))
    assert is_gone(worker_name(f"{here}/{os.getpid()}/1"))


def test_what_the_gone_have_claimed_is_free(store: Store, clock: ManualClock) -> None:
    """Rows of the schedule and messages; those of the living stay claimed."""
    alive = worker_name(owner_name())
    here = owner_name().rsplit("/", 2)[0]
    gone = f"{here}/{os.getpid()}/1#x"
    schedule_row(store)
    with store.begin() as uow:
        uow.schedule.claim(JOB, TARGET, owner=gone, now=NOW, lease_seconds=60)
        for number, worker in (("1", gone), ("2", alive)):
            enqueue(uow, release(uow, add_order(uow, number)))
            uow.outbox.claim(
                "warehouse:reno", "fulfillment_order", worker=worker, now=NOW, lease_seconds=60
            )
    assert free_leases_of_the_gone(store, clock) == 2
    assert free_leases_of_the_gone(store, clock) in (0, 1)
    with store.read() as uow:
        assert [row.target for row in uow.schedule.due(NOW)] == [TARGET]
        owners = {m.lease_owner: m.lease_until for m in uow.outbox.find()}
    assert owners == {gone: NOW, alive: later(60)}
