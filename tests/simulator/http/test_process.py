"""The simulator as a process of its own."""

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
import yaml

from fulfillment_bridge.simulator.descriptions import load_description
from tests.simulator.conftest import small_org

COMMAND = [sys.executable, "-m", "fulfillment_bridge.simulator"]
Process = subprocess.Popen[str]


@pytest.fixture
def description(tmp_path: Path) -> Path:
    """An org description in a file."""
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(small_org("filed")))
    return path


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """Processes that must not outlive the test."""
    processes: list[Process] = []
    yield processes
    for process in processes:
        with process:
            process.kill()


def start(started: list[Process], *arguments: str) -> tuple[Process, dict[str, Any]]:
    """Start a simulator; the process and its ready line."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started.append(process)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def test_it_says_when_it_is_ready(
    started: list[Process], description: Path, tmp_path: Path
) -> None:
    """On standard output and in a file that only its owner can read."""
    ready_file, state = tmp_path / "ready.json", tmp_path / "state"
    _, ready = start(
        started, "--orgs", str(description), "--ready-file", str(ready_file),
        "--state-dir", str(state),
    )  # fmt: skip
    assert json.loads(ready_file.read_text()) == ready
    assert ready_file.stat().st_mode & 0o077 == 0
    org = ready["orgs"][0]
    assert org["name"] == "filed"
    assert org["ca_file"] == str(state / "ca.pem")
    with requests.Session() as session:
        session.trust_env = False
        url = org["base_url"] + "/services/data"
        assert session.get(url, verify=org["ca_file"], timeout=10).ok
        assert session.get(ready["control_url"] + "/orgs", timeout=10).json() == ready["orgs"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(
    started: list[Process], description: Path, number: signal.Signals
) -> None:
    """Cleanly, even while a request is held."""
    process, ready = start(started, "--orgs", str(description), "--no-tls")
    assert ready["orgs"][0]["ca_file"] is None
    requests.post(ready["control_url"] + "/rules", json={"action": "hold"}, timeout=10)
    url = ready["orgs"][0]["base_url"] + "/services/data"
    with requests.Session() as session, pytest.raises(requests.exceptions.ReadTimeout):
        session.get(url, timeout=(10, 0.1))
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (0, "")


def test_it_ends_with_its_parent(started: list[Process], description: Path) -> None:
    """The end of standard input is the end."""
    process, _ = start(started, "--orgs", str(description), "--no-tls", "--stop-when-stdin-closes")
    assert process.stdin is not None
    process.stdin.close()
    process.wait(timeout=10)


def test_a_killed_parent_takes_it_along(description: Path) -> None:
    """Signal 9 leaves nobody time to clean up; the child notices by itself."""
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    command = [*COMMAND, "--orgs", str(description), "--no-tls", "--stop-when-stdin-closes"]
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *command], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline())
        assert json.loads(parent.stdout.readline())["orgs"]
        parent.kill()
        # The child has the same standard output: it ends when both are gone.
        assert parent.stdout.read() == ""


def test_a_port_in_use_is_an_error(started: list[Process], description: Path) -> None:
    """Said in a sentence, with exit code 2."""
    _, ready = start(started, "--orgs", str(description), "--no-tls")
    taken = ready["orgs"][0]["base_url"].rpartition(":")[2]
    refused = subprocess.run(
        [*COMMAND, "--orgs", str(description), "--no-tls", "--port", taken],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert refused.stderr.startswith("simulator: ")
    assert "Traceback" not in refused.stderr


def test_an_unknown_org_is_refused_with_the_known_ones() -> None:
    """Exit code 2 and a sentence."""
    refused = subprocess.run(
        [*COMMAND, "--orgs", "nowhere", "--no-tls"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "no org called nowhere" in refused.stderr
    assert "acme" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_broken_description_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """Whatever is wrong with it."""
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump({**small_org("broken"), "settings": {"no_such": 1}}))
    refused = subprocess.run(
        [*COMMAND, "--orgs", str(path), "--no-tls"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "no_such" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_it_starts_with_orders_when_asked(started: list[Process], tmp_path: Path) -> None:
    """A shipped merchant creates them through the API before the ready line."""
    _, ready = start(started, "--orgs", "acme", "--orders", "3", "--no-tls")
    assert ready["orgs"][0]["name"] == "acme"
    url = ready["control_url"] + "/usage"
    assert requests.get(url, timeout=10).json()["charged"] > 0


def test_faults_come_with_the_command_line(started: list[Process], description: Path) -> None:
    """Each --fault is a rule that is in force when the ready line is out."""
    _, ready = start(
        started, "--orgs", str(description), "--no-tls",
        "--fault", "action=unavailable,path=/services/data,nth=2",
        "--fault", '{"action": "error", "code": "QUERY_TIMEOUT", "path": "/query"}',
    )  # fmt: skip
    url = ready["orgs"][0]["base_url"] + "/services/data"
    statuses = [requests.get(url, timeout=10).status_code for _ in range(3)]
    assert statuses == [200, 503, 200]
    rules = requests.get(ready["control_url"] + "/rules", timeout=10).json()
    assert [each["action"] for each in rules] == ["unavailable", "error"]


def test_a_fault_that_is_none_is_refused_in_a_sentence(description: Path) -> None:
    """Before anything starts."""
    refused = subprocess.run(
        [*COMMAND, "--orgs", str(description), "--no-tls", "--fault", "action=explode"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "action must be one of" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_first_orders_meet_no_fault(started: list[Process], tmp_path: Path) -> None:
    """The faults of an org strike from the ready line on, not while it gets its data."""
    path = tmp_path / "acme.yaml"
    shipped = load_description("acme")
    path.write_text(yaml.safe_dump({**shipped, "faults": [{"action": "unavailable"}]}))
    _, ready = start(started, "--orgs", str(path), "--orders", "2", "--no-tls")
    assert requests.get(ready["control_url"] + "/rules", timeout=10).json()[0]["seen"] == 0
    url = ready["orgs"][0]["base_url"] + "/services/data"
    assert requests.get(url, timeout=10).status_code == 503
