"""Which records changed or were deleted, as REST tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.simulator.web_client import ControlClient, OrgClient


def ask(client: OrgClient, what: str, *, minutes: int = 10) -> requests.Response:
    """Ask for the changes of parcels in the last minutes, this one included."""
    now = client.org.org.clock.now()
    span = {
        "start": (now - timedelta(minutes=minutes)).isoformat(timespec="seconds"),
        "end": (now + timedelta(minutes=1)).isoformat(timespec="seconds"),
    }
    return client.get(f"sobjects/Parcel__c/{what}/", params=span)


def moment(text: str) -> datetime:
    """A time as REST writes it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.000+0000").replace(tzinfo=UTC)


def test_changed_records_are_listed(client: OrgClient, control: ControlClient) -> None:
    """New and changed ones by their ids, and up to when the answer holds."""
    old = client.create("Parcel__c", Name="old")
    control.post("/clock", {"advance_seconds": 3600})
    client.create("Parcel__c", Name="new")
    body: dict[str, Any] = ask(client, "updated").json()
    assert list(body) == ["ids", "latestDateCovered"]
    assert len(body["ids"]) == 1
    assert old not in body["ids"]
    assert moment(body["latestDateCovered"]) <= client.org.org.clock.now()


def test_deleted_records_are_listed(client: OrgClient) -> None:
    """With the time of their deletion, and how far back one may ask."""
    gone = client.create("Parcel__c", Name="gone")
    client.create("Parcel__c", Name="kept")
    client.call("DELETE", f"sobjects/Parcel__c/{gone}")
    body: dict[str, Any] = ask(client, "deleted").json()
    assert [record["id"] for record in body["deletedRecords"]] == [gone]
    moment(body["deletedRecords"][0]["deletedDate"])
    now = client.org.org.clock.now()
    assert now - moment(body["earliestDateAvailable"]) >= timedelta(days=15)
    assert gone not in ask(client, "updated").json()["ids"]


@pytest.mark.parametrize("what", ["updated", "deleted"])
def test_a_span_must_make_sense(client: OrgClient, what: str) -> None:
    """Not too long ago, not backwards, not without offset or dates."""
    codes = [
        ask(client, what, minutes=31 * 24 * 60),
        client.get(f"sobjects/Parcel__c/{what}"),
        client.get(f"sobjects/Parcel__c/{what}?start=yesterday&end=today"),
        client.get(
            f"sobjects/Parcel__c/{what}?start=2026-11-22T09:00:00Z&end=2026-11-22T09:00:00Z"
        ),
        client.get(f"sobjects/Parcel__c/{what}?start=2026-11-22T09:00:00&end=2026-11-22T10:00:00"),
    ]
    found = {(each.status_code, each.json()[0]["errorCode"]) for each in codes}
    assert found == {(400, "INVALID_REPLICATION_DATE")}


def test_unknown_objects_have_no_changes(client: OrgClient) -> None:
    """404, as everywhere below sobjects."""
    span = "start=2026-11-22T09:00:00Z&end=2026-11-22T10:00:00Z"
    assert client.get(f"sobjects/Nope/updated?{span}").status_code == 404
