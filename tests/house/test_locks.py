"""The locks pin what setup.cfg asks for, with hashes, and name no address and no path."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.source import ROOT, copy_to

EXTRAS_IN = {
    "requirements.lock": ("simulator",),
    "requirements-dev.lock": ("simulator", "dev"),
}
# The project is installed without build isolation, so what builds it is pinned as well.
BUILD_REQUIREMENTS = ("setuptools>=80",)
PLACE = re.compile(r"https?:|file:|[\w.]+@|(^|\s)[./~]*/|\\\w|--(extra-)?index|--find-links|-e\s")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?$")


@pytest.mark.parametrize("lock", EXTRAS_IN)
def test_the_lock_pins_what_setup_cfg_asks_for(lock: str) -> None:
    """Each requirement stands in the lock, in a version that satisfies it, with hashes."""
    assert list(faults(ROOT, lock)) == []


@pytest.mark.parametrize(
    ("package", "planted", "expected"),
    [
        ("zeep", "zoop==4.3.3 \\", "zeep>=4.3.3 is not in the lock"),
        ("lark", "lark==0.3.1 \\", "lark>=1.3 is pinned to 0.3.1"),
        ("setuptools", "setupfools==80 \\", "setuptools>=80 is not in the lock"),
        ("zeep", "zeep>=4.3.3 \\", "neither a pin nor a hash"),
        ("zeep", "zeep==4.3.3 \\\n    --hash=md5:00 \\", "neither a pin nor a hash"),
        ("zeep", "mute==1.0\nzeep==4.3.3 \\", "mute has no hash"),
        ("zeep", "zeep @ https://example.org/zeep.whl \\", "names a place"),
        ("zeep", "zeep @ file:///opt/zeep.whl \\", "names a place"),
        ("zeep", "zeep @ git+ssh://git@example.org/zeep \\", "names a place"),
        ("zeep", "zeep==4.3.3 \\\n    # via /home/me/setup.cfg", "names a place"),
        ("zeep", "--find-links wheels", "names a place"),
        ("zeep", "./wheels/zeep-4.3.3-py3-none-any.whl \\", "names a place"),
    ],
)
def test_a_breach_of_the_lock_is_found(
    tmp_path: Path, package: str, planted: str, expected: str
) -> None:
    """Planted into a copy in the place of a pin, each kind of fault is named."""
    root = copy_to(tmp_path, "setup.cfg", "requirements.lock")
    lines = (root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    [place] = [number for number, line in enumerate(lines) if line.startswith(f"{package}==")]
    lines[place] = planted
    (root / "requirements.lock").write_text("\n".join(lines), encoding="utf-8")
    assert any(expected in fault for fault in faults(root, "requirements.lock"))


def test_a_new_requirement_that_is_not_locked_is_found(tmp_path: Path) -> None:
    """Whoever adds a line to setup.cfg is told to run `make lock`."""
    root = copy_to(tmp_path, "setup.cfg", *EXTRAS_IN)
    text = (root / "setup.cfg").read_text(encoding="utf-8")
    text = text.replace("    zeep>=", "    brand-new>=1\n    zeep>=", 1)
    (root / "setup.cfg").write_text(text, encoding="utf-8")
    for lock in EXTRAS_IN:
        assert list(faults(root, lock)) == [f"{lock}: brand-new>=1 is not in the lock"]


def faults(root: Path, lock: str) -> Iterator[str]:
    """One line for each way in which the lock is wrong."""
    lines = (root / lock).read_text(encoding="utf-8").splitlines()
    pins = dict(_pins(lines))
    yield from (f"{lock}:{number}: {text}" for number, text in _bad_lines(lines))
    for requirement in _requirements(root, EXTRAS_IN[lock]):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            yield f"{lock}: {requirement} is not in the lock"
        elif not requirement.specifier.contains(version, prereleases=True):
            yield f"{lock}: {requirement} is pinned to {version}"


def _requirements(root: Path, extras: tuple[str, ...]) -> Iterator[Requirement]:
    config = configparser.ConfigParser()
    config.read(root / "setup.cfg", encoding="utf-8")
    texts = [config["options"]["install_requires"]]
    texts += [config["options.extras_require"][extra] for extra in extras]
    texts += BUILD_REQUIREMENTS
    for text in texts:
        yield from (Requirement(line) for line in text.strip().splitlines())


def _pins(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, pinned, rest = line.partition("==")
        if pinned and _is_pin(line):
            yield canonicalize_name(name), rest.partition(" ")[0]


def _bad_lines(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        following = lines[number] if number < len(lines) else ""
        if PLACE.search(line):
            yield number, f"names a place: {line}"
        elif line.startswith("#") or HASH.match(line):
            continue
        elif not _is_pin(line):
            yield number, f"neither a pin nor a hash: {line}"
        elif not HASH.match(following):
            yield number, f"{line.partition('==')[0]} has no hash"


def _is_pin(line: str) -> bool:
    return re.match(r"[a-z0-9-]+==[0-9][\w.+!]*( ;.*)?( \\)?$", line) is not None
