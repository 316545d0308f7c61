"""Dies at each of the crash points named, one after the other: ``python -m tests.faults.dying``.

Prints one line of JSON for each: the point, whether a worker came to it, and what is wrong then.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.checker import check
from tests.faults.laboratory import Laboratory
from tests.faults.scenes import LEASE_OVER
from tests.faults.story import OF_CARTS, Story

JOBS = ("order_download", "order_delivery", "shipment_collection", "shipment_upload",
        "stock_collection", "inventory_sync", "schema_check", "reconciliation")  # fmt: skip
QUIET = {"trouble": 0.0, "kill": 0.0, "pause": 0.0, "skew": 0.0, "lags": (0.0,), "kind": "asks"}


def main(points: Sequence[str]) -> None:
    """Each point in a world of its own."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        laboratory = Laboratory(Path(folder))
        try:
            for point in points:
                story = laboratory.story(0, **QUIET, first_run=False, merchants=1)
                try:
                    reached = _die_at(story, point)
                    print(json.dumps([point, reached, check(story.end())]), flush=True)
                finally:
                    story.close()
        finally:
            laboratory.close()


def _die_at(story: Story, point: str) -> bool:
    """Two days with everything in them; the first worker that comes to the point dies there."""
    story.open()
    _a_day(story, point)
    story.care("backup")
    # One of two is shipped, so the other is at the warehouse, if the death was not before that.
    for entry in story.building.waiting()[:1]:
        story.note(story.merchants.set_status("Cancelled", of=entry["number"]))
    _a_day(story, point)
    story.care("restore")
    story.care("recover", plan=_plan(story, point))
    story.time.advance(LEASE_OVER)
    story.care("recover")
    return story.deaths == 1


def _a_day(story: Story, point: str) -> None:
    story.merchants.create_two()
    story.time.advance(60)
    for job in JOBS:
        if job == "shipment_collection":
            _warehouse_works(story)
        target = "acme" if job in OF_CARTS else "reno"
        story.run(job, target, plan=_plan(story, point), trouble=False)
    story.time.advance(86_400)


def _plan(story: Story, point: str) -> dict[str, Any]:
    """Only the first worker that comes to the point dies of it."""
    return {} if story.deaths else {"act": "kill", "at": 1, "point": point}


def _warehouse_works(story: Story) -> None:
    story.building.answer()
    story.building.ship_one()
    story.building.correct_one()
    story.building.count_stock("acme", how="whole")
    story.building.finish_files()
    story.building.release_late_files()


if __name__ == "__main__":
    main(sys.argv[1:])
