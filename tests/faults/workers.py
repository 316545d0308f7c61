"""A process of the bridge that runs jobs when told, and dies or stands still at any step.

A step is whatever has an effect outside, or is about to: a crash point, a request, the end of a
transaction, a file that is opened, renamed or removed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import Engine, event

from fulfillment_bridge.actions.by_hand import Hand
from fulfillment_bridge.actions.order_report import order_report
from fulfillment_bridge.actions.pause import resume
from fulfillment_bridge.actions.release_order import Found, release_order
from fulfillment_bridge.app import Bridge
from fulfillment_bridge.crash_points import arm
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.settings import Settings
from fulfillment_bridge.storage import care
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.moments import BACKUP_AT, RECOVERED_AT, RESTORED_AT
from fulfillment_bridge.storage.orders import OrderFilter
from tests.faults.clocks import START, MachineClock, SharedTime
from tests.faults.forks import Child
from tests.faults.themes import Kind

A_YEAR = timedelta(days=365)
DISK_STEPS = frozenset({"os.rename", "os.remove", "os.mkdir"})
TOLD = ("_after_release", "ready_again", "canceled")
"""Events that tell a person so for good, even where nothing is left to do."""
REQUEST_STEPS = frozenset({"http.client.send"})


class WorkerProcess:
    """One running program, with one of these settings."""

    def __init__(self, settings: Mapping[Kind, Settings], store: Store, time: SharedTime) -> None:
        self._child = Child(lambda connection: _serve(connection, settings, store, time))

    def begin(self, kind: Kind) -> None:
        """From here on it is a program that was started a moment ago."""
        self._child.connection.send(kind)

    def end(self) -> None:
        """It lets go of everything that belongs to this seed."""
        self._child.connection.send(None)
        self._child.receive()

    def start(self, job: str, target: str, plan: Mapping[str, Any]) -> Any:
        """Begin a job; ``("done", run)``, ``("paused", where)``, or None where it died of it."""
        self._child.connection.send((job, target, dict(plan)))
        return self._child.receive()

    def go_on(self, plan: Mapping[str, Any]) -> Any:
        """After a pause; as ``start``."""
        self._child.connection.send(dict(plan))
        return self._child.receive()

    def kill(self) -> None:
        self._child.kill()


class Workers:
    """Programs for all seeds: one that lives on at the end of a seed serves the next, as new.

    Forking one costs as much as a job or two.
    """

    def __init__(self, new: Callable[[], WorkerProcess]) -> None:
        self._new = new
        self._idle: list[WorkerProcess] = []

    def take(self, kind: Kind) -> WorkerProcess:
        """A program with the settings for such a warehouse."""
        worker = self._idle.pop() if self._idle else self._new()
        worker.begin(kind)
        return worker

    def give_back(self, worker: WorkerProcess) -> None:
        """It is asked nothing right now."""
        worker.end()
        self._idle.append(worker)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().kill()


class Steps:
    """Counts steps, and dies or pauses at the one that the plan names."""

    def __init__(self, pause: Callable[[str], None]) -> None:
        self._pause = pause
        self._plan: dict[str, Any] = {}
        self._seen = 0
        self._transactions = 0

    def arm(self, plan: dict[str, Any]) -> None:
        self._plan, self._seen = plan, 0

    def watch(self) -> None:
        """Be told of everything that counts as a step."""
        arm(lambda name: self.step(name, point=True))
        sys.addaudithook(self._audited)
        event.listen(Engine, "begin", self._begun)
        event.listen(Engine, "commit", self._ends("commit"))
        event.listen(Engine, "rollback", self._ends("rollback"))

    def step(self, where: str, *, point: bool = False) -> None:
        """One more step."""
        plan = self._plan
        if not plan or (plan.get("point") and (not point or plan["point"] != where)):
            return
        self._seen += 1
        if self._seen < plan["at"] or (plan["act"] == "pause" and self._transactions):
            return
        self._plan = {}
        if plan["act"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        self._pause(where)

    def _audited(self, name: str, arguments: tuple[Any, ...]) -> None:
        if not self._plan:
            return
        writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if name in DISK_STEPS or name in REQUEST_STEPS or writes:
            self.step(name)

    def _begun(self, _connection: Any) -> None:
        self._transactions += 1

    def _ends(self, how: str) -> Callable[[Any], None]:
        def ended(_connection: Any) -> None:
            self.step(how)
            self._transactions -= 1

        return ended


def _serve(
    connection: Connection, settings: Mapping[Kind, Settings], store: Store, time: SharedTime
) -> None:
    def pause(where: str) -> None:
        connection.send(("paused", where))
        steps.arm(connection.recv())

    steps = Steps(pause)
    steps.watch()
    while True:
        bridge = Bridge(settings[connection.recv()], store, MachineClock(time))
        while (asked := connection.recv()) is not None:
            job, target, plan = asked
            steps.arm(plan)
            told = _do(bridge, job, target)
            steps.arm({})
            connection.send(("done", told))
        bridge.close()
        connection.send(("done", None))


def _do(bridge: Bridge, job: str, target: str) -> dict[str, Any]:
    """A job, or what a person does."""
    if job == "report":
        return {**_told(), "listed": listed(bridge.store)}
    if job == "resume":
        for name in bridge.settings.connections:
            resume(bridge.store, bridge.clock, "connection", name, actor="test", targets=())
        return _told()
    if job == "settle":
        _settle(bridge, json.loads(target))
        return _told()
    if job == "counted":
        return {**_told(), "calls": _counted(bridge)}
    if job in ("backup", "restore", "recover"):
        return _care(bridge, job)
    try:
        run = bridge.run(job, target)
    except BridgeError as error:
        return _told(outcome="refused", error=str(error))
    error_told = run.error or {}
    return _told(
        outcome=run.outcome,
        counts=dict(run.counts),
        kind=error_told.get("type"),
        error=error_told.get("message"),
    )


def _settle(bridge: Bridge, unknown: Mapping[str, Mapping[str, bool]]) -> None:
    """A person has asked the warehouse which of these orders are there."""
    hand = Hand(bridge.store, bridge.clock, "ada", "asked there")
    for cart, numbers in unknown.items():
        for number, is_there in numbers.items():
            with bridge.store.read() as uow:
                [order] = [one for one in uow.orders.by_number(number, cart)
                           if one.order_number == number]  # fmt: skip
            found: Found = "there" if is_there else "not_there"
            release_order(hand, bridge.cart_profile(cart), order.order_id, found=found)


def _counted(bridge: Bridge) -> int:
    """How many API calls the bridge says it has made."""
    with bridge.store.read() as uow:
        return sum(
            sum(uow.connections.calls_by_job(name, since=START - A_YEAR).values())
            for name in bridge.settings.connections
        )


def _care(bridge: Bridge, what: str) -> dict[str, Any]:
    """What an operator does with the database; the service is stopped for it."""
    path = care.file_of(bridge.settings.database)
    backup, now = path.with_name("backup.db"), bridge.clock.now()
    if what == "backup":
        care.back_up(path, backup, {BACKUP_AT: now})
    elif what == "restore":
        bridge.store.close()
        made_at = care.backup_time(backup, BACKUP_AT)
        moments = {BACKUP_AT: made_at, RESTORED_AT: now, RECOVERED_AT: None}
        care.restore(path, backup, at=now, moments=moments)
    else:
        runs = list(bridge.recover())
        if not runs:
            return _told()
        return _told(outcome=runs[-1].outcome, error=(runs[-1].error or {}).get("message"))
    return _told()


def _told(**values: Any) -> dict[str, Any]:
    return {"outcome": "ok", "counts": {}, "kind": None, "error": None, **values}


def listed(store: Store) -> dict[str, dict[str, Any]]:
    """By cart and order number what a person learns who asks for the order."""
    with store.read() as uow:
        ids = [(order.cart, order.order_id) for order in uow.orders.find(OrderFilter(), limit=9999)]
    found: dict[str, dict[str, Any]] = {}
    for cart, order_id in ids:
        report = order_report(store, order_id)
        reasons = [*report["hold_reasons"], report["attention"] or ""]
        reasons += [message["last_error"] for message in report["messages"]
                    if message["state"] in ("dead", "unknown")]  # fmt: skip
        reasons += [event["event"] for event in report["events"]
                    if event["event"].endswith(TOLD) or event["event"] in TOLD]  # fmt: skip
        found.setdefault(cart, {})[report["order_number"]] = {
            "state": report["state"],
            "reasons": [reason for reason in reasons if reason],
        }
    return found
