"""Test a cart's connection: the way there, the login, the org, and all that the workbook needs.

Changes nothing in the org (but for ``--write-probe``), asks for at most 15 API calls, and stops
at the first thing without which nothing else can work. The checks themselves stand in
``connection_checks_*.py``, one function each.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from time import monotonic

from fulfillment_bridge.actions import connection_checks_way as way
from fulfillment_bridge.actions import connection_checks_workbook as books
from fulfillment_bridge.actions.connection_check import (
    Check,
    Doing,
    Step,
    Subject,
    failed,
    ok,
    warning,
)
from fulfillment_bridge.actions.connection_checks_data import data
from fulfillment_bridge.actions.connection_checks_write import write_probe
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.mapping.contents import Workbook
from fulfillment_bridge.mapping.field_map import FieldMap

__all__ = ["PATIENCE_SECONDS", "Check", "Doing", "Step", "Subject", "checklist"]

PATIENCE_SECONDS = 55.0
"""For everything together: whatever the network does, the checklist ends within a minute."""

MUCH_USED = 10
"""Percent of the org's API calls; with less than that left a person should know."""


def checklist(subject: Subject, *, patience: float = PATIENCE_SECONDS) -> Iterator[Step]:
    """The lines as they are worked through, with what is begun between them.

    Where something takes too long, its line says so and is the last one.
    """
    yield from within(patience, _steps(subject))


def _steps(subject: Subject) -> Iterator[Step]:
    yield from way.state(subject)
    address = subject.cart.examiner().address
    if (yield from _failed_at(way.way(subject, address))):
        return
    if (yield from _failed_at(way.login(subject))):
        return
    yield from way.login_method(subject)
    instance = subject.cart.identity().base_url
    if _host(instance) != _host(address) and (yield from _failed_at(way.way(subject, instance))):
        return
    if (yield from _failed_at(way.api_version(subject))):
        return
    yield from _workbook(subject)
    yield from _usage(subject)


def _failed_at(steps: Iterator[Step]) -> Generator[Step, None, bool]:
    """The same lines; whether one of them failed."""
    has_failed = False
    for step in steps:
        has_failed = has_failed or (isinstance(step, Check) and step.mark == "failed")
        yield step
    return has_failed


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].lower()


def _workbook(subject: Subject) -> Iterator[Step]:
    workbook = subject.workbook
    if workbook is None:
        if subject.cart_name:
            remedy = f"fulfillment-bridge mapping load FILE --cart {subject.cart_name}"
            yield warning("fields", "no workbook is loaded, so no field was checked", remedy)
        return
    yield books.describing(subject)
    schema, lines = books.look(subject, workbook)
    yield from lines
    if schema is None:
        return
    yield from books.values(workbook, schema)
    field_map = FieldMap(workbook, schema, now=subject.clock.now())
    yield from data(subject, field_map, _writes_orders(workbook))
    if subject.probe:
        yield from write_probe(subject, workbook, field_map)


def _writes_orders(workbook: Workbook) -> bool:
    return bool(workbook.setting("marker_field")) or any(
        row.path and row.base == "order" for row in workbook.shipment_fields
    )


def _usage(subject: Subject) -> Iterator[Check]:
    """What the org said last about its calls."""
    with subject.store.read() as uow:
        stored = uow.connections.get(subject.connection)
    if stored.api_limit is None or stored.api_used is None:
        return
    left = stored.api_limit - stored.api_used
    what = f"API calls: {left:,} of {stored.api_limit:,} are left in the org's last 24 hours"
    if left * 100 < stored.api_limit * MUCH_USED:
        remedy = "Other programs use this org too; look at Setup › System Overview › API Usage."
        yield warning("api_calls", what, remedy)
    else:
        yield ok("api_calls", what)


_End = BaseException | None


def within(patience: float, steps: Iterator[Step]) -> Iterator[Step]:
    """The steps as they come, until the time is up.

    They are worked through in a thread that nobody waits for in the end: looking up a name or
    reading from a host that sends a byte now and then has no time-out of its own.
    """
    done: queue.SimpleQueue[Step | _End] = queue.SimpleQueue()
    threading.Thread(target=_work, args=(steps, done), name="test-connection", daemon=True).start()
    ends_at = monotonic() + patience
    doing = "beginning"
    while True:
        try:
            step = done.get(timeout=max(0.0, ends_at - monotonic()))
        except queue.Empty:
            yield _given_up(patience, doing)
            return
        if step is None:
            return
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, Doing):
            doing = step.what
        yield step


def _work(steps: Iterator[Step], done: queue.SimpleQueue[Step | _End]) -> None:
    try:
        for step in steps:
            done.put(step)
        done.put(None)
    except BaseException as caught:  # noqa: BLE001 - raised again where somebody waits for it
        done.put(caught)


def _given_up(patience: float, doing: str) -> Check:
    return Check(
        "patience",
        "failed",
        f"gave up after {patience:g} seconds while {doing}: no answer came to an end",
        "Something between here and Salesforce is very slow, or swallows packets. Check this "
        "machine's DNS, the firewall, and 'proxy' of the connection; then try again.",
        code="TIMEOUT",
    )


def not_begun(problem: BridgeError) -> Check:
    """The line where a cart could not even be tried, such as for a secret that is missing."""
    return failed("begin", "", problem)
