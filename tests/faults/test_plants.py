"""The laboratory finds a bug of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.__main__ import seeds_in
from tests.faults.plants import PLANTS, Plant, grow, run_seeds
from tests.faults.test_laboratory import CHUNKS


@pytest.mark.thorough
@pytest.mark.timeout(900)
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name.replace(" ", "-"))
def test_a_planted_bug_is_found(plant: Plant, tmp_path: Path) -> None:
    """By one of the seeds that every run of the tests goes through, and by what it does wrong."""
    ran = run_seeds(grow(plant, tmp_path), plant.seeds, "--first")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "FAILED: " in ran.stdout, ran.stdout + ran.stderr
    assert "To replay it: make faults SEEDS=" in ran.stdout


def test_seeds_that_find_bugs_are_among_those_of_every_run() -> None:
    """Nobody has to look further than the tests do."""
    run = {seed for chunk in CHUNKS for seed in seeds_in(chunk)}
    assert {seed for plant in PLANTS for seed in seeds_in(plant.seeds)} <= run


def test_a_bug_that_cannot_be_planted_any_more_is_told(tmp_path: Path) -> None:
    """When the code moves on, its plant must move with it."""
    gone = Plant("gone", "app.py", "this text is not there", "", "0")
    with pytest.raises(ValueError, match="0 times"):
        grow(gone, tmp_path)
