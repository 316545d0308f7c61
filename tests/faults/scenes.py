"""How some themes begin: what chance alone brings about too seldom, with what follows left to it.

Each scene leads up to a history in which one promise hangs by one thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.story import Story

SETTLED = 700
"""Seconds after which a poll no longer looks back at what was read before."""
LEASE_OVER = 950
DEATHS_IN_A_RECOVERY = (
    "order_delivery.after_submit",
    "shipment_collection.after_storing",
    "recovery.after_showing",
    "recovery.after_runs",
)


def deaths_at_the_door(story: Story) -> None:
    """A worker dies with its order file in the warehouse, whose people take it."""
    _ready(story, 1)
    _run(story, "order_delivery", {"act": "kill", "at": 1, "point": "order_delivery.after_submit"})
    story.note(story.building.take())
    story.time.advance(LEASE_OVER)


def late_rows(story: Story) -> None:
    """A worker dies in a window; rows of before its place are seen only afterwards."""
    for _ in range(5):
        story.note(story.merchants.create(ready=True, lines=1))
        story.time.advance(5)
    point = "order_download.after_storing"
    _run(story, "order_download", {"act": "kill", "at": 1, "point": point})
    story.time.advance(LEASE_OVER)
    _run(story, "order_download")


def late_lines(story: Story) -> None:
    """All is shipped and written back long ago when lines come that are seen late."""
    _at_the_warehouse(story, 2)
    for _ in range(2):
        story.note(story.building.ship_one(how="whole"))
    story.time.advance(120)
    _run(story, "shipment_collection")
    _run(story, "shipment_upload")
    for _ in range(2):
        story.time.advance(SETTLED)
        _run(story, "order_download")
    story.note(story.merchants.add_line())


def overtaking(story: Story) -> None:
    """A worker stands still before it writes; the warehouse corrects what it has gathered."""
    _at_the_warehouse(story, 1)
    story.note(story.building.ship_one(how="whole"))
    story.time.advance(120)
    _run(story, "shipment_collection")
    point = "shipment_upload.after_gathering"
    _run(story, "shipment_upload", {"act": "pause", "at": 1, "point": point})


def papers(story: Story) -> None:
    """An older file comes after the newer one was taken in, and a worker dies over the next."""
    _at_the_warehouse(story, 2)
    story.note(story.building.ship_one(how="late"))
    story.note(story.building.correct_one(how="whole"))
    story.time.advance(120)
    _run(story, "shipment_collection")
    story.note(story.building.ship_one(how="whole"))
    story.building.release_late_files()
    story.time.advance(120)
    point = "shipment_collection.after_reading"
    _run(story, "shipment_collection", {"act": "kill", "at": 1, "point": point})


def bad_lines(story: Story) -> None:
    """Others use up the org's API calls, and everybody waits for that to pass."""
    _ready(story, 1)
    with story.without_calls("acme"):
        for _ in range(4):
            for job in ("order_download", "inventory_sync"):
                story.note(story.merchants.create(ready=True, lines=1))
                story.time.advance(90)
                _run(story, job)


def requests(story: Story) -> None:
    """Orders that have left are changed and canceled, and a worker dies over the requests."""
    _at_the_warehouse(story, 3)
    story.note(story.merchants.edit())
    story.note(story.merchants.set_status("Cancelled"))
    story.time.advance(SETTLED)
    _run(story, "order_download")
    points = ("after_claim", "after_noting", "after_asking", "after_answer")
    point = f"request_delivery.{story.chance.choice(points)}"
    _run(story, "order_delivery", {"act": "kill", "at": 1, "point": point})
    story.note(story.building.answer())
    story.time.advance(LEASE_OVER)
    _run(story, "order_delivery")


def shared_folders(story: Story) -> None:
    """One merchant's folder cannot be used; what the other has sold, shipped and counted moves."""
    for name in ("acme", "globex"):
        story.note(story.merchants.create(ready=True, lines=1, of=name))
    story.time.advance(SETTLED)
    story.note(story.building.spoil("acme"))
    for name in ("acme", "globex"):
        story.run("order_download", name, plan={}, trouble=False)
    _run(story, "order_delivery")
    story.note(story.building.take())
    story.wants_served("globex")
    story.note(story.building.ship_one(how="whole"))
    story.time.advance(120)
    _run(story, "shipment_collection")
    story.run("shipment_upload", "globex", plan={}, trouble=False)
    story.wants_shown("globex")


def recovery(story: Story) -> None:
    """Orders were sent, shipped, edited and canceled since the backup that is restored."""
    _at_the_warehouse(story, 1)
    _ready(story, 1)
    story.care("backup")
    _at_the_warehouse(story, 3)
    for _ in range(2):
        story.note(story.merchants.edit())
    story.note(story.merchants.set_status("Cancelled"))
    story.note(story.merchants.set_status("On Hold"))
    for _ in range(2):
        story.note(story.building.ship_one(how="whole"))
    story.time.advance(120)
    _run(story, "shipment_collection")
    _run(story, "shipment_upload")
    story.time.advance(LEASE_OVER)
    story.care("restore")
    point = story.chance.choice(DEATHS_IN_A_RECOVERY)
    story.care("recover", plan={"act": "kill", "at": 1, "point": point})
    story.time.advance(LEASE_OVER)
    story.care("recover")


SCENES = {
    "bad lines": bad_lines,
    "requests": requests,
    "recovery": recovery,
    "shared folders": shared_folders,
    "deaths at the door": deaths_at_the_door,
    "late rows": late_rows,
    "late lines": late_lines,
    "overtaking": overtaking,
    "papers": papers,
}
"""By the name of the theme."""


def _at_the_warehouse(story: Story, many: int) -> None:
    _ready(story, many)
    _run(story, "order_delivery")
    story.note(story.building.take())
    _run(story, "shipment_upload")


def _ready(story: Story, many: int) -> None:
    for _ in range(many):
        story.note(story.merchants.create(ready=True, lines=1))
    story.time.advance(SETTLED)
    _run(story, "order_download")


def _run(story: Story, job: str, plan: dict[str, Any] | None = None) -> None:
    target = "reno" if job in ("order_delivery", "shipment_collection") else "acme"
    story.run(job, target, plan=plan or {}, trouble=False)
