"""The promises are kept in every history that these seeds tell."""

from __future__ import annotations

import pytest

from tests.faults.plants import ROOT, run_seeds

CHUNKS = tuple(f"{first}-{first + 49}" for first in range(0, 200, 50))
"""In pieces, so that processes share them; ``make faults SEEDS=0-1999`` runs many more."""


@pytest.mark.timeout(1800)  # a minute and a half alone, several where others keep it busy
@pytest.mark.parametrize("seeds", CHUNKS)
def test_no_promise_is_broken(seeds: str) -> None:
    """Two hundred seeds; one that fails is printed with its history and how to replay it."""
    ran = run_seeds(ROOT, seeds)
    assert ran.returncode == 0, ran.stdout + ran.stderr
