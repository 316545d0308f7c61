"""The wheel has every file of the package inside; `make wheel-check` tries it on every Python."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, ROOT, copy_to
from tools.wheel_check import build_wheel, find_pythons, minor_version, missing_files

PACKED = (
    "setup.cfg",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
    ".gitignore",
    PACKAGE,
)
# One kind of file each that is easily forgotten.
KINDS = ("py.typed", ".wsdl", ".yaml", ".lark", "/env.py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    """WSDL, grammar, schemas and migrations included; nothing else of ours."""
    assert missing_files(wheel) == []


@pytest.mark.parametrize("ending", KINDS)
def test_the_wheel_has_each_kind_of_file(wheel: Path, ending: str) -> None:
    """What the program reads beside its code is there."""
    with zipfile.ZipFile(wheel) as archive:
        assert any(name.endswith(ending) for name in archive.namelist())


def test_a_file_that_was_left_out_is_found(tmp_path: Path) -> None:
    """Without the line in MANIFEST.in the data files are missed by name."""
    root = tmp_path / "checkout"
    root.mkdir()
    copy_to(root, *PACKED)
    subprocess.run(["git", "init", "--quiet", root], check=True, timeout=60)
    (root / "MANIFEST.in").write_text("global-exclude *.lark\n", encoding="utf-8")
    missing = missing_files(build_wheel(root, tmp_path))
    assert [name for name in missing if name.endswith(".lark")]


def test_the_running_python_is_tried_first() -> None:
    """It lends its installed packages, so that the check needs no network."""
    versions = [minor_version(python) for python in find_pythons()]
    assert versions[0] == minor_version(find_pythons()[0])
    assert len(versions) == len(set(versions))


def test_what_is_no_python_has_no_version(tmp_path: Path) -> None:
    """A broken interpreter on PATH is passed over."""
    (tmp_path / "python3.12").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "python3.12").chmod(0o755)
    assert minor_version(tmp_path / "python3.12") == ""
