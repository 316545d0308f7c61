"""What a seed is about: each theme makes some troubles frequent, so that few seeds find much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from tests.faults.merchants import LAGS

Kind = Literal["archives", "deletes", "asks"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SLOW = (0.0, 120.0, 300.0, 500.0)
SKEWS = (0.0, 0.0, -1800.0, -60.0, 60.0, 1800.0)
DAY = 86_400.0
FAR = (0.0, -30 * DAY, -3 * DAY, -DAY, DAY, 3 * DAY, 30 * DAY)
SHORT = (2, 20, 70, 200)
LONG = (20, 70, 200, 650, 1000, 4000)


@dataclass(frozen=True)
class Theme:
    """Chances between 0 and 1 where nothing else is said.

    ``trouble``   that a job meets a request that fails, a lock, a session or quota that is gone
    ``kill``      that the worker dies in a job
    ``pause``     that it stands still in one while other things happen
    ``pauses``    how long, in seconds; ``gaps`` the same between two jobs
    ``jobs``      jobs that come more often than the others, by how many times
    ``sleeps_at_most``  seconds after which a program may find that it was overtaken
    ``points``    crash points where a worker dies or stands still rather than anywhere
    ``chain``     jobs that others run while one stands still; else any
    ``corrected_meanwhile``  that the warehouse corrects a shipment while one stands still
    ``dies_awake``  crash point where every second one that went on dies
    ``kind``      of warehouse: one that archives order files, deletes them, or takes requests too
    ``answers``   that the warehouse answers requests
    ``spoils``    that a merchant's folder at the warehouse cannot be used for a while
    ``skew``      that our clock jumps before a job; ``skews`` how far it is off then, in seconds
    ``lags``      seconds until a transaction of the merchants is seen
    """

    name: str
    trouble: float = 0.25
    kill: float = 0.2
    pause: float = 0.15
    pauses: tuple[int, ...] = SHORT
    gaps: tuple[int, ...] = LONG
    jobs: tuple[tuple[str, int], ...] = ()
    lags: tuple[float, ...] = LAGS
    merchants: int = 1
    skew: float = 0.1
    skews: tuple[float, ...] = SKEWS
    kind: Kind = "archives"
    first_run: bool = False
    edits: float = 0.5
    lines: float = 0.5
    corrections: float = 0.3
    stock: float = 0.3
    jobs_told: int = 12
    points: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    corrected_meanwhile: float = 0.0
    dies_awake: str = ""
    sleeps_at_most: int = 600
    answers: float = 0.0
    spoils: float = 0.0


THEMES = (
    Theme("everything", merchants=2, first_run=True),
    Theme(
        "late rows",
        lags=SLOW,
        kill=0.5,
        pause=0.0,
        trouble=0.1,
        gaps=(20, 70, 650, 1000),
        jobs=(("order_download", 8),),
        corrections=0.1,
        edits=0.1,
        points=("order_download.after_storing",),
    ),
    Theme(
        "late lines",
        lags=SLOW,
        edits=0.2,
        lines=3.0,
        kill=0.1,
        trouble=0.1,
        stock=0.1,
        corrections=0.0,
        jobs=(("order_download", 4), ("order_delivery", 3), ("shipment_upload", 3)),
    ),
    Theme(
        "deaths at the door",
        kill=0.6,
        pause=0.2,
        trouble=0.0,
        edits=0.2,
        kind="deletes",
        jobs=(("order_delivery", 4), ("order_download", 2)),
        points=("order_delivery.after_submit", "order_delivery.after_fixing"),
    ),
    Theme(
        "overtaking",
        kill=0.1,
        pause=0.5,
        pauses=(100, 120, 200),
        trouble=0.0,
        skew=0.0,
        edits=0.1,
        corrections=0.9,
        jobs=(("shipment_upload", 6), ("shipment_collection", 3), ("order_delivery", 2)),
        points=("shipment_upload.after_gathering",),
        chain=("shipment_collection", "shipment_upload"),
        corrected_meanwhile=0.7,
        dies_awake="shipment_upload.after_writing",
    ),
    Theme(
        "papers",
        kill=0.5,
        corrections=0.4,
        trouble=0.1,
        edits=0.1,
        jobs=(("shipment_collection", 4), ("stock_collection", 3)),
        points=("shipment_collection.after_reading", "shipment_collection.after_storing"),
    ),
    Theme("stock", merchants=2, stock=0.9, edits=0.1, jobs=(("inventory_sync", 3),)),
    Theme("bad lines", trouble=0.8, kill=0.05, pause=0.05),
    Theme("sleepers", pause=0.5, pauses=(200, 400, 1000, 4000), merchants=2, skew=0.3),
    Theme("quiet", trouble=0.0, kill=0.0, pause=0.0, skew=0.0, edits=0.3),
)


OTHERS = {
    0: Theme("far clocks", skew=0.5, skews=FAR, trouble=0.1, pause=0.05, edits=0.2, first_run=True),
    6: Theme(
        "requests",
        kind="asks",
        answers=1.0,
        edits=1.5,
        kill=0.4,
        trouble=0.1,
        stock=0.1,
        corrections=0.1,
        jobs=(("order_download", 3), ("order_delivery", 4)),
        points=(
            "request_delivery.after_claim",
            "request_delivery.after_noting",
            "request_delivery.after_asking",
            "order_download.after_storing",
        ),
    ),
    7: Theme("recovery", trouble=0.1, edits=0.1, lags=(0.0,), skew=0.0),
    9: Theme(
        "shared folders",
        merchants=2,
        spoils=0.7,
        trouble=0.1,
        kill=0.1,
        pause=0.1,
        skew=0.0,
        edits=0.2,
        jobs=(("order_delivery", 3), ("shipment_collection", 2)),
    ),
    8: Theme(
        "proofs",
        kill=0.5,
        edits=0.3,
        jobs=(("reconciliation", 6),),
        points=(
            "reconciliation.after_proof",
            "reconciliation.after_cancellations",
            "reconciliation.after_reading_back",
            "reconciliation.after_comparing",
        ),
    ),
}
"""By its last figure, what every second seed is about instead."""


def theme_of(seed: int, **changes: object) -> Theme:
    """The seeds go through the themes in turn."""
    figure = seed % len(THEMES)
    theme = OTHERS.get(figure) if seed // len(THEMES) % 2 else None
    return replace(theme or THEMES[figure], **changes)  # type: ignore[arg-type]  # any field
