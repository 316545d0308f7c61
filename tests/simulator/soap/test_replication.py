"""SOAP getUpdated and getDeleted."""

from __future__ import annotations

import pytest

from tests.simulator.soap.wire import PARTNER, Reply, Wire, names, record, texts, told
from tests.simulator.web_client import ControlClient, OrgClient


def asked(wire: Wire, operation: str, start: str, end: str, name: str = "Parcel__c") -> Reply:
    """What changed between two moments."""
    body = (
        f"<sObjectType>{name}</sObjectType><startDate>{start}</startDate><endDate>{end}</endDate>"
    )
    return wire.call(operation, body)


@pytest.fixture
def afternoon(wire: Wire, client: OrgClient, control: ControlClient) -> list[str]:
    """Two parcels made at half past two on a day far ahead; the second is deleted at three."""
    control.post("/clock", {"set": "2031-05-05T14:30:20Z"})
    client.login()
    made = [told(wire.create(record("Parcel__c")).result, "id") or "" for _ in range(2)]
    control.post("/clock", {"set": "2031-05-05T15:00:40Z"})
    wire.call("delete", f"<ids>{made[1]}</ids>")
    control.post("/clock", {"set": "2031-05-05T15:30:00Z"})
    return made


def test_updated_records_are_told_by_id(wire: Wire, afternoon: list[str]) -> None:
    """And how far the answer reaches. Seconds do not count."""
    reply = asked(wire, "getUpdated", "2031-05-05T14:30:59Z", "2031-05-05T14:31:00.000Z")
    assert texts(reply.result) == [
        ("ids", afternoon[0]),
        ("latestDateCovered", "2031-05-05T14:31:00.000Z"),
    ]


def test_deleted_records_are_told_with_their_time(wire: Wire, afternoon: list[str]) -> None:
    """And how far back and forward the answer reaches."""
    reply = asked(wire, "getDeleted", "2031-05-05T16:00:00+02:00", "2031-05-05T15:30:00Z")
    assert names(reply.result) == ["deletedRecords", "earliestDateAvailable", "latestDateCovered"]
    deleted = reply.result.find(f"{PARTNER}deletedRecords")
    assert deleted is not None
    assert texts(deleted) == [("deletedDate", "2031-05-05T15:00:40.000Z"), ("id", afternoon[1])]


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2031-05-05T15:00:00Z", "2031-05-05T15:00:30Z", "sf:INVALID_REPLICATION_DATE"),
        ("2031-03-05T15:00:00Z", "2031-05-05T15:00:30Z", "sf:INVALID_REPLICATION_DATE"),
        ("2031-05-05 15:00", "2031-05-05T15:00:30Z", "soapenv:Client"),
        ("2031-05-32T15:00:00Z", "2031-05-05T15:00:30Z", "soapenv:Client"),
    ],
)
def test_a_span_must_make_sense(
    wire: Wire, afternoon: list[str], start: str, end: str, code: str
) -> None:
    """A minute at least, not begun more than thirty days ago, and moments at both ends."""
    assert asked(wire, "getUpdated", start, end).fault[:2] == (500, code)


def test_an_unknown_object_is_a_fault(wire: Wire) -> None:
    """As in a describe."""
    reply = asked(wire, "getUpdated", "2031-05-05T15:00:00Z", "2031-05-05T16:00:00Z", "Foo")
    assert reply.fault == (500, "sf:INVALID_TYPE", "InvalidSObjectFault")
