"""Crash points have names by which a test finds every one of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, ROOT, crash_points, plant

NAME = re.compile(r"[a-z_]+\.after_[a-z_]+")


def test_each_crash_point_has_a_name_of_its_own() -> None:
    """A name is a literal, used once, and says what was done just before."""
    assert list(faults(ROOT)) == []


def test_there_are_crash_points() -> None:
    """The scan finds those that are there."""
    assert "order_delivery.after_submit" in dict(crash_points(ROOT))


@pytest.mark.parametrize(
    "text",
    [
        "crash_point(name)",
        "crash_point('Delivery')",
        "crash_point('a.after_b')\ncrash_point('a.after_b')",
    ],
)
def test_each_breach_is_found(tmp_path: Path, text: str) -> None:
    """No literal, a name of another shape, a name twice: each is named once."""
    plant(tmp_path, f"{PACKAGE}/planted.py", text)
    assert len(list(faults(tmp_path))) == 1


def faults(root: Path) -> Iterator[str]:
    """One line for each crash point whose name does not do."""
    found = list(crash_points(root))
    for name, where in found:
        if not NAME.fullmatch(name):
            yield f"{where}: {name!r} is no name such as part.after_what"
    for name, times in Counter(name for name, _ in found).items():
        if times > 1:
            yield f"{name} is used {times} times"
