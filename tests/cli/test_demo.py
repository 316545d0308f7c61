"""``demo``: one document, an independent checker, nothing left behind."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from fulfillment_bridge.cli.demo_run import CHECKER, checker_arguments
from fulfillment_bridge.simulator.merchants.api import AdminApi

SECONDS = 90
MERCHANT_KEYS = [
    "name", "orders", "released", "shipped", "tracking_written", "held", "stock_updated",
    "stock_without_record", "api_calls",
]  # fmt: skip
CALLS = ["login", "describe", "orders", "inventory", "total"]


@dataclass(frozen=True)
class KeptDemo:
    """A demo that stays up: what it printed, and where it lives."""

    process: subprocess.Popen[str]
    document: dict[str, Any]
    said: str
    folder: Path

    def org(self, name: str) -> dict[str, Any]:
        """The ready line's entry of an org."""
        orgs = json.loads((self.folder / "orgs.json").read_text())["orgs"]
        return next(dict(org) for org in orgs if org["name"] == name)

    def check(self) -> subprocess.CompletedProcess[str]:
        """Run the checker as the demo did."""
        url = re.search(r"(http://127\.0\.0\.1:\d+)/ledger", self.said)
        assert url is not None
        arguments = checker_arguments(self.folder, url[1])
        return subprocess.run(
            [sys.executable, "-m", CHECKER, *arguments], capture_output=True, text=True, check=False
        )


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    """A demo whose temporary folder is made in this one."""
    return subprocess.Popen(
        [sys.executable, "-m", "fulfillment_bridge", "demo", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )


@contextmanager
def kept_demo(parent: Path, orders: int) -> Iterator[KeptDemo]:
    """A demo that has been checked and waits; ended like any service afterwards."""
    process = start(parent, "--orders", str(orders), "--json", "--keep-running")
    try:
        document = _read_until(process.stdout, lambda line: line == "}\n")
        said = _read_until(process.stderr, lambda line: "checker once more" in line)
        config = re.search(r"FULFILLMENT_BRIDGE_CONFIG=(\S+)", said)
        assert config is not None
        yield KeptDemo(process, json.loads(document), said, Path(config[1]).parent)
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)


def _read_until(stream: IO[str] | None, is_last: Callable[[str], bool]) -> str:
    assert stream is not None
    lines = []
    for line in stream:
        lines.append(line)
        if is_last(line):
            return "".join(lines)
    raise AssertionError(f"it ended early: {''.join(lines)}")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptDemo]:
    """Ended by SIGTERM after all tests, as it is meant to end: well, and leaving nothing."""
    folder = tmp_path_factory.mktemp("kept")
    with kept_demo(folder, 5) as kept:
        yield kept
    assert kept.process.returncode == 0
    assert nothing_left(folder)


def test_the_document_has_these_keys_and_no_others(demo: KeptDemo) -> None:
    """Programs read it."""
    assert list(demo.document) == ["verified", "seconds", "merchants"]
    assert demo.document["verified"] is True
    merchants = demo.document["merchants"]
    assert [one["name"] for one in merchants] == ["acme", "globex", "initech"]
    for one in merchants:
        assert list(one) == MERCHANT_KEYS
        assert list(one["api_calls"]) == CALLS
        assert (one["orders"], one["held"], one["released"]) == (5, 3, 2)
        assert sum(one["api_calls"][word] for word in CALLS[:-1]) == one["api_calls"]["total"]


def test_the_checker_finds_one_altered_field(demo: KeptDemo) -> None:
    """An order's tracking is changed by the merchant's admin; set back, all agree again."""
    assert demo.check().returncode == 0
    with AdminApi(demo.org("acme")) as admin:
        soql = "SELECT Id, OrderNumber, Tracking_Numbers__c FROM Order"
        order = next(row for row in admin.query(soql) if row["Tracking_Numbers__c"])
        _set_tracking(admin, order["Id"], "1Z-SOMETHING-ELSE")
        altered = demo.check()
        _set_tracking(admin, order["Id"], order["Tracking_Numbers__c"])
    assert altered.returncode == 1
    difference = altered.stdout.splitlines()[0]
    assert difference.startswith(f"acme {order['OrderNumber']}: tracking numbers: expected ")
    assert "1Z-SOMETHING-ELSE" in difference
    assert demo.check().returncode == 0


def _set_tracking(admin: AdminApi, record_id: str, text: str) -> None:
    admin.update("Order", [{"Id": record_id, "Tracking_Numbers__c": text}])


def test_the_printed_variables_let_a_person_look_around(demo: KeptDemo) -> None:
    """In another terminal, with nothing else set up."""
    exports = dict(re.findall(r"export (\w+)=(\S+)", demo.said))
    done = subprocess.run(
        [sys.executable, "-m", "fulfillment_bridge", "orders", "list", "--state", "held", "--json"],
        capture_output=True, text=True, check=True, env={**os.environ, **exports},
    )  # fmt: skip
    assert len(json.loads(done.stdout)) == 9


def test_a_demo_for_people_fits_on_a_screen_and_meets_no_other_demo(
    demo: KeptDemo, tmp_path: Path
) -> None:
    """It runs beside one that is up; its folder and its processes are gone at the end."""
    process = start(tmp_path, "--orders", "2")
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (0, "")
    assert max(len(line) for line in out.splitlines()) <= 100
    assert out.splitlines()[0].split()[:4] == ["Merchant", "Orders", "Released", "Shipped"]
    assert "API calls of globex: 1 login, 5 describe" in out
    assert out.endswith("Verified: the orgs and the warehouse's own ledger agree.\n")
    assert nothing_left(tmp_path)
    assert demo.check().returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_demo_that_is_ended_in_the_middle_of_its_work_leaves_no_process(
    tmp_path: Path, number: signal.Signals
) -> None:
    """The merchants are creating orders at that moment; a signal that can be heard cleans up."""
    process = start(tmp_path, "--orders", "1000")
    watched = [os.pidfd_open(pid) for pid in _parts_at_work(process, tmp_path)]
    process.send_signal(number)
    _, err = process.communicate(timeout=SECONDS)
    for descriptor in watched:
        assert _ends(descriptor, SECONDS), "a child outlived the demo"
        os.close(descriptor)
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert (process.returncode, err.strip()) == (130, "Stopped.")
        assert nothing_left(tmp_path)


def nothing_left(folder: Path) -> bool:
    """Neither files nor processes of the demo that was started there."""
    return not list(folder.iterdir()) and not _processes_of(folder)


def _parts_at_work(process: subprocess.Popen[str], folder: Path) -> list[int]:
    """Wait until orgs, warehouse and merchants are all there."""
    demo = os.pidfd_open(process.pid)
    try:
        while len(found := _processes_of(folder)) < 3:
            assert not _ends(demo, 0.05), "the demo ended"
    finally:
        os.close(demo)
    return found


def _ends(descriptor: int, seconds: float) -> bool:
    """Whether the process behind a pidfd ends within so many seconds."""
    ended, _, _ = select.select([descriptor], [], [], seconds)
    return bool(ended)


def _processes_of(folder: Path) -> list[int]:
    """Processes that were started with this folder in an argument."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return sorted(pid for pid in pids if any(str(folder) in word for word in _command_of(pid)))


def _command_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
