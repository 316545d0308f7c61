"""The simulated warehouse as a process with a control address."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator.demo.order_texts import put_order

SECONDS = 20


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A warehouse process whose life hangs on its standard input."""
    command = [
        sys.executable, "-m", "fulfillment_bridge.simulator.warehouse",
        "--folder", str(tmp_path / "reno"), "--merchants", "ACME", "GLOBEX",
        "--ready-file", str(tmp_path / "ready.json"), "--stop-when-stdin-closes",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        yield child
        child.kill()


@pytest.fixture
def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What it says when it is ready."""
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


def test_it_is_driven_over_its_control_address(ready: dict[str, Any], tmp_path: Path) -> None:
    """A round, a correction, stock, settings and the ledger, all over http."""
    url = ready["control_url"]
    assert json.loads((tmp_path / "ready.json").read_text(encoding="utf-8")) == ready
    put_order(Path(ready["folder"]) / "ACME", "SO-1")
    with requests.Session() as http:
        tick = http.post(f"{url}/tick", timeout=SECONDS).json()
        assert tick["ACME"]["shipments"] == 1
        new = http.post(f"{url}/correct", json={"merchant": "ACME"}, timeout=SECONDS).json()
        count = {"merchant": "ACME", "on_hand": {"MUG-1": "12"}}
        http.post(f"{url}/stock", json=count, timeout=SECONDS).raise_for_status()
        assert set(http.post(f"{url}/publish-stock", timeout=SECONDS).json()) == {"ACME", "GLOBEX"}
        ledger = http.get(f"{url}/ledger", timeout=SECONDS).json()["merchants"]["ACME"]
    (package,) = ledger["orders"]["SO-1"]["shipments"][0]["packages"]
    assert package["tracking_number"] == new["ACME"]["new"]
    assert ledger["stock"]["levels"]["MUG-1"]["available"] == "12"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("POST", "/settings", {"typo": 1}, 400),
        ("POST", "/correct", {"merchant": "NOBODY"}, 400),
        ("POST", "/stock", {}, 400),
        ("POST", "/settings", [1], 400),
    ],
)
def test_nonsense_is_answered_with_what_is_wrong(
    ready: dict[str, Any], method: str, path: str, body: object, status: int
) -> None:
    """The address stays up and says why."""
    with requests.Session() as http:
        url = f"{ready['control_url']}{path}"
        answer = http.request(method, url, json=body, timeout=SECONDS)
        assert (answer.status_code, bool(answer.json()["error"])) == (status, True)
        settings = http.get(f"{ready['control_url']}/settings", timeout=SECONDS)
        assert settings.json()["short_orders"] == "close"


def test_it_ends_when_its_parent_is_gone(
    process: subprocess.Popen[str], ready: dict[str, Any]
) -> None:
    """The end of standard input is the end of the process."""
    assert ready["code"] == "RNO"
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=SECONDS) == 0


def test_a_signal_ends_it_in_good_order(
    process: subprocess.Popen[str], ready: dict[str, Any]
) -> None:
    """SIGTERM is an ordinary end."""
    assert ready["code"] == "RNO"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=SECONDS) == 0


def test_it_can_work_by_itself(tmp_path: Path) -> None:
    """With --tick-seconds orders leave without anybody asking, and a number is corrected later."""
    command = [
        sys.executable, "-m", "fulfillment_bridge.simulator.warehouse",
        "--folder", str(tmp_path), "--merchants", "ACME", "--tick-seconds", "0.05",
        "--stop-when-stdin-closes",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        url = json.loads(child.stdout.readline())["control_url"]
        put_order(tmp_path / "ACME", "SO-1")
        files: list[str] = []
        with requests.Session() as http:
            while len(files) < 2:
                book = http.get(f"{url}/ledger", timeout=SECONDS).json()["merchants"]["ACME"]
                shipments = book["orders"].get("SO-1", {"shipments": []})["shipments"]
                files = shipments[0]["files"] if shipments else []
        child.terminate()
    assert len(set(files)) == 2
