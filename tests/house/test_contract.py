"""docs/delivery-contract.md names tests that exist, and proves each guarantee by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import ROOT, functions_of, parse

CONTRACT = ROOT / "docs" / "delivery-contract.md"
NAMED = re.compile(r"\[([a-z_/]+\.py) (test_\w+)\]")


def test_every_test_that_the_contract_names_is_there() -> None:
    """A test that was renamed takes the contract with it."""
    assert list(missing(CONTRACT.read_text(encoding="utf-8"))) == []


def test_every_guarantee_names_a_test() -> None:
    """Each point below "What is taken for granted" ends with its proof."""
    guarantees = CONTRACT.read_text(encoding="utf-8").partition("## Orders reach")[2]
    points = [line for line in guarantees.splitlines() if line.startswith("- ")]
    assert len(points) > 15
    assert [point for point in points if not NAMED.search(point)] == []


def test_a_test_that_is_gone_is_found() -> None:
    """A missing file and a missing function are named."""
    text = "[nowhere/test_it.py test_a] [house/test_contract.py test_gone]"
    assert list(missing(text)) == ["nowhere/test_it.py test_a", "house/test_contract.py test_gone"]


def missing(text: str) -> Iterator[str]:
    """The tests that a text names and nobody wrote."""
    for file, name in NAMED.findall(text):
        path: Path = ROOT / "tests" / file
        if not path.exists() or name not in {each.name for each in functions_of(parse(path))}:
            yield f"{file} {name}"
