"""A process that dies at any crash point leaves nothing lost and nothing doubled.

The points are found in the source, so that a new one is tried without being listed anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checker import check
from tests.faults.forks import Child
from tests.faults.laboratory import Laboratory
from tests.faults.story import PER_CART, Story
from tests.house.source import ROOT, crash_points

POINTS = sorted(name for name, _ in crash_points(ROOT))
JOBS = ("order_download", "order_delivery", "shipment_collection", "shipment_upload",
        "stock_collection", "inventory_sync", "schema_check")  # fmt: skip
QUIET = {"trouble": 0.0, "kill": 0.0, "pause": 0.0, "skew": 0.0, "lags": (0.0,)}


@pytest.mark.timeout(600)
def test_a_death_at_each_crash_point_changes_nothing(tmp_path: Path) -> None:
    """Signal 9 there, a new start, and the checker finds every promise kept; each was reached."""
    child = Child(lambda connection: _try_all(connection, tmp_path, POINTS))
    outcomes: dict[str, Any] = {}
    while (answer := child.receive()) is not None:
        outcomes[answer[0]] = answer[1:]
    assert outcomes.keys() == set(POINTS)
    assert {name: problems for name, (_, problems) in outcomes.items() if problems} == {}
    assert [name for name, (reached, _) in outcomes.items() if not reached] == []


def _try_all(connection: Connection, folder: Path, points: Sequence[str]) -> None:
    laboratory = Laboratory(folder)
    try:
        for point in points:
            story = laboratory.story(0, **QUIET, first_run=False, merchants=1)
            try:
                reached = _die_at(story, point)
                connection.send((point, reached, check(story.end())))
            finally:
                story.close()
    finally:
        laboratory.close()


def _die_at(story: Story, point: str) -> bool:
    """A day with everything in it; in it the first worker that comes to the point dies there."""
    story.open()
    for number in range(2):
        story.merchants.create(ready=True, lines=2)
        story.time.advance(60)
        for job in JOBS:
            if job == "shipment_collection":
                story.building.take()
                story.building.ship_one()
                story.building.correct_one()
                story.building.finish_files()
                story.building.release_late_files()
                story.building.count_stock("acme", how="whole")
            plan = {} if story.deaths else {"act": "kill", "at": 1, "point": point}
            story.run(job, "acme" if job in (*PER_CART, "schema_check") else "reno", plan=plan)
        story.time.advance(600 * (number + 1))
    return story.deaths == 1
