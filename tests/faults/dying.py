"""Dies at each of the crash points named, one after the other: ``python -m tests.faults.dying``.

Prints one line of JSON for each: the point, whether a worker came to it, and what is wrong then.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.faults.checker import check
from tests.faults.laboratory import Laboratory
from tests.faults.story import PER_CART, Story

JOBS = ("order_download", "order_delivery", "shipment_collection", "shipment_upload",
        "stock_collection", "inventory_sync", "schema_check")  # fmt: skip
QUIET = {"trouble": 0.0, "kill": 0.0, "pause": 0.0, "skew": 0.0, "lags": (0.0,)}


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
    for _ in range(2):
        story.merchants.create(ready=True, lines=2)
        story.time.advance(60)
        for job in JOBS:
            if job == "shipment_collection":
                _warehouse_works(story)
            plan = {} if story.deaths else {"act": "kill", "at": 1, "point": point}
            target = "acme" if job in (*PER_CART, "schema_check") else "reno"
            story.run(job, target, plan=plan, trouble=False)
        story.time.advance(86_400)
    return story.deaths == 1


def _warehouse_works(story: Story) -> None:
    story.building.take()
    story.building.ship_one()
    story.building.correct_one()
    story.building.count_stock("acme", how="whole")
    story.building.finish_files()
    story.building.release_late_files()


if __name__ == "__main__":
    main(sys.argv[1:])
