"""A process that dies at any crash point leaves nothing lost and nothing doubled.

The points are found in the source, so that a new one is tried without being listed anywhere.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.house.source import ROOT, crash_points

POINTS = sorted(name for name, _ in crash_points(ROOT))


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_a_death_at_each_crash_point_changes_nothing() -> None:
    """Signal 9 there, a new start, and the checker finds every promise kept; each was reached."""
    command = [sys.executable, "-m", "tests.faults.dying", *POINTS]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    outcomes = {name: (reached, problems) for name, reached, problems
                in map(json.loads, ran.stdout.splitlines())}  # fmt: skip
    assert outcomes.keys() == set(POINTS), ran.stderr
    assert {name: problems for name, (_, problems) in outcomes.items() if problems} == {}
    assert [name for name, (reached, _) in outcomes.items() if not reached] == []
