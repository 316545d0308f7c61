"""systemd understands the units, and they fit what the program needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.house.source import ROOT

UNITS = ("fulfillment-bridge.service", "fulfillment-bridge-test-connection@.service")
SECRET = re.compile(r"^LoadCredential=(\w+):", re.MULTILINE)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A copy of the units in which only the path of the program is another."""
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is missing")
        pytest.skip("systemd-analyze is missing: apt install systemd")
    for name in UNITS:
        text = (ROOT / "systemd" / name).read_text(encoding="utf-8")
        text, count = re.subn(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        assert count == 1
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_nothing_wrong_with_the_unit(units: Path, name: str) -> None:
    """Neither an error nor a word of warning."""
    outcome = analyze("verify", units / name)
    assert (outcome.returncode, outcome.stderr) == (0, "")


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ProtectHome=yes", "ProtetcHome=yes"),
        ("ProtectSystem=strict", "ProtectSystem=very"),
        ("ExecStart=/bin/true", "ExecStart=/bin/no-such-file"),
    ],
)
def test_a_misspelled_unit_fails(units: Path, name: str, old: str, new: str) -> None:
    """A key, a value or a path that is wrong does not pass unseen."""
    text = (units / name).read_text(encoding="utf-8")
    assert old in text
    (units / name).write_text(text.replace(old, new), encoding="utf-8")
    outcome = analyze("verify", units / name)
    assert outcome.returncode != 0 or outcome.stderr


@pytest.mark.parametrize("name", UNITS)
def test_the_unit_is_well_confined(units: Path, name: str) -> None:
    """systemd's own measure, from 0 (closed) to 10 (open), stays below 2."""
    outcome = analyze("security", "--offline=true", "--threshold=20", units / name)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("name", UNITS)
def test_the_unit_brings_each_secret_of_the_example_configuration(name: str) -> None:
    """What config.yaml asks for by name is what the unit loads."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    unit = (ROOT / "systemd" / name).read_text(encoding="utf-8")
    assert set(SECRET.findall(unit)) == set(secrets_in(config))


def secrets_in(value: object) -> list[str]:
    """Every name in a ``{secret: name}`` of a configuration."""
    if isinstance(value, dict):
        if set(value) == {"secret"}:
            return [str(value["secret"])]
        return [name for part in value.values() for name in secrets_in(part)]
    return []


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Ask systemd-analyze."""
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
