"""What the test session itself promises: it stays on this machine and skips nothing under CI."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

PASSES = "def test_it() -> None: ..."
SKIPS = "import pytest\ndef test_it() -> None: pytest.skip('not here')"
SKIPS_ALL = "import pytest\npytest.skip('not here', allow_module_level=True)"
FAILS_AS_EXPECTED = "import pytest\n@pytest.mark.xfail\ndef test_it() -> None: assert False"
MISSPELLS_A_MARK = "import pytest\n@pytest.mark.slwo\ndef test_it() -> None: ..."
WARNS = "import warnings\ndef test_it() -> None: warnings.warn('old', stacklevel=1)"
HANGS = "import threading\ndef test_it() -> None: threading.Event().wait()"


def test_a_connection_that_leaves_this_machine_fails() -> None:
    """The address is one of those kept for documentation: nothing is sent, whatever happens."""
    with pytest.raises((RuntimeError, UserWarning), match=r"connect\(\) with host \"192.0.2.1\""):
        socket.create_connection(("192.0.2.1", 9), timeout=1)


def test_loopback_and_unix_sockets_can_be_reached(tmp_path: Path) -> None:
    """The simulator listens on the one, systemd on the other."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "notify"))
        server.listen()
        client.connect(str(tmp_path / "notify"))


@pytest.mark.parametrize(
    ("text", "workers", "expected"),
    [(PASSES, 0, 0), (SKIPS, 0, 1), (SKIPS_ALL, 1, 1), (FAILS_AS_EXPECTED, 1, 1)],
)
def test_under_ci_a_test_that_does_not_run_fails_the_session(
    tmp_path: Path, text: str, workers: int, expected: int
) -> None:
    """Also when the tests run in worker processes, and when a whole file is skipped."""
    passing = "def test_another() -> None: ..."
    (tmp_path / "test_another.py").write_text(passing, encoding="utf-8")
    outcome = run_pytest(tmp_path, text, "-n", str(workers), ci="true")
    assert outcome.returncode == expected, outcome.stdout
    assert ("which CI does not allow" in outcome.stdout) == bool(expected)


def test_elsewhere_a_test_may_be_skipped(tmp_path: Path) -> None:
    """A developer's machine may lack a tool."""
    assert run_pytest(tmp_path, SKIPS, "-n", "0", ci="").returncode == 0


@pytest.mark.parametrize("text", [MISSPELLS_A_MARK, WARNS, HANGS])
def test_a_misspelled_mark_a_warning_or_a_hanging_test_fails(tmp_path: Path, text: str) -> None:
    """The settings in setup.cfg are in force."""
    outcome = run_pytest(tmp_path, text, "-n", "0", "--timeout", "1", ci="")
    assert outcome.returncode != 0, outcome.stdout


def run_pytest(
    folder: Path, text: str, *arguments: str, ci: str
) -> subprocess.CompletedProcess[str]:
    """Run one planted test with our settings and our conftest."""
    for name in ("setup.cfg", "tests/conftest.py"):
        (folder / Path(name).name).write_bytes((ROOT / name).read_bytes())
    (folder / "test_planted.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "-p", "no:cacheprovider", "."],
        cwd=folder,
        env={**_outside_of_pytest(), "CI": ci},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def _outside_of_pytest() -> dict[str, str]:
    """The planted session is no worker of this one."""
    return {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
