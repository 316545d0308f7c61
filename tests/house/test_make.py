"""`make setup` takes the right Python, or says what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT, copy_to

TOOLS = ("sh", "sed", "env", "make")
WORKS = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
FAILS = "#!/bin/sh\nexit 1\n"
OLD_RELEASE = """#!/bin/sh
case "$*" in
    "policy python3") echo "  Candidate: 3.9.2-3" ;;
    "show python3.12-venv") echo "Package: python3.12-venv" ;;
    *) exit 100 ;;
esac
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder that is all of PATH: a few tools and no Python at all."""
    folder = tmp_path / "path"
    folder.mkdir()
    for tool in TOOLS:
        found = next(
            Path(place, tool) for place in ("/usr/bin", "/bin") if Path(place, tool).exists()
        )
        (folder / tool).symlink_to(found)
    return folder


def test_the_first_python_that_can_make_environments_is_taken(path: Path) -> None:
    """A python3 that is too old, or lacks venv, is passed over for a versioned one."""
    add(path, "python3", FAILS)
    add(path, "python3.13", FAILS)
    add(path, "python3.12", WORKS)
    add(path, "python3.11", WORKS)
    assert find_python(path).stdout == f"{path}/python3.12\n"


def test_the_version_is_asked_for_and_not_believed(path: Path) -> None:
    """Called python3.14 or not, what says that it is older than 3.11 is passed over."""
    script = "import sys; sys.version_info = (3, 10); exec(sys.argv[1])"
    add(path, "python3.14", f"#!/bin/sh\nexec {sys.executable} -c '{script}' \"$2\"\n")
    assert find_python(path).returncode == 2


def test_a_named_python_goes_first(path: Path, tmp_path: Path) -> None:
    """PYTHON is taken when it fits, and said to be unfit when not."""
    add(path, "python3", WORKS)
    add(tmp_path, "mine", WORKS)
    add(tmp_path, "unfit", FAILS)
    assert find_python(path, PYTHON=f"{tmp_path}/mine").stdout == f"{tmp_path}/mine\n"
    outcome = find_python(path, PYTHON=f"{tmp_path}/unfit")
    assert outcome.stdout == f"{path}/python3\n"
    assert f"PYTHON={tmp_path}/unfit is not" in outcome.stderr


def test_without_any_python_the_line_to_install_it_is_printed(path: Path) -> None:
    """It names the distribution's own packages; nothing is written on stdout."""
    outcome = find_python(path)
    assert outcome.returncode == 2
    assert outcome.stdout == ""
    assert "    apt install python3 python3-venv\n" in outcome.stderr


def test_on_an_old_release_the_line_names_a_newer_python(path: Path) -> None:
    """Where python3 itself is too old, a versioned one that is on offer is named."""
    add(path, "apt-cache", OLD_RELEASE)
    assert "    apt install python3.12 python3.12-venv\n" in find_python(path).stderr


def test_make_ends_with_2_and_calls_neither_apt_nor_sudo(path: Path, tmp_path: Path) -> None:
    """Installing Python is for the person to do."""
    root = tmp_path / "checkout"
    root.mkdir()
    copy_to(root, "Makefile", "setup.cfg", "pyproject.toml", "requirements-dev.lock", "tools")
    for name in ("apt", "apt-get", "sudo"):
        add(path, name, f"#!/bin/sh\necho called > {tmp_path}/called\n")
    outcome = run(["make", "demo"], path, cwd=root)
    assert outcome.returncode == 2
    assert "    apt install python3 python3-venv\n" in outcome.stderr
    assert not (tmp_path / "called").exists()
    assert not (root / ".venv").exists()


def add(folder: Path, name: str, script: str) -> None:
    """Put a command into a folder."""
    (folder / name).write_text(script, encoding="utf-8")
    (folder / name).chmod(0o755)


def find_python(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the search with this folder as the whole of PATH."""
    return run(["sh", "tools/find_python.sh"], path, cwd=ROOT, **environment)


def run(
    command: list[str], path: Path, *, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command with this folder as the whole of PATH."""
    command = [str(path / command[0]), *command[1:]]
    environment = {"PATH": str(path), "HOME": os.environ.get("HOME", "/"), **environment}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
