"""The promises are kept in every history that these seeds tell."""

from __future__ import annotations

import pytest

from tests.faults.plants import ROOT, run_seeds

CHUNKS = ("0-29", "30-59")
"""Few, because a seed takes seconds here; ``make faults SEEDS=0-1999`` runs many."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seeds", [CHUNKS[0], pytest.param(CHUNKS[1], marks=pytest.mark.thorough)])
def test_no_promise_is_broken(seeds: str) -> None:
    """Sixty seeds; one that fails is printed with its history and how to replay it."""
    ran = run_seeds(ROOT, seeds)
    assert ran.returncode == 0, ran.stdout + ran.stderr
