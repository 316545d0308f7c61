"""SOAP retrieve: records by their ids."""

from __future__ import annotations

import pytest

from fulfillment_bridge.simulator.server import OrgHandle
from tests.simulator.soap.wire import XSI, Reply, Wire, texts, told

NOBODY = "001000000000000AAA"


def retrieve(wire: Wire, field_list: str, object_name: str, *ids: str) -> Reply:
    """Ask for these fields of these records."""
    listed = "".join(f"<ids>{each}</ids>" for each in ids)
    return wire.call(
        "retrieve",
        f"<fieldList>{field_list}</fieldList><sObjectType>{object_name}</sObjectType>{listed}",
    )


def test_records_come_in_the_order_of_the_ids(org: OrgHandle, wire: Wire) -> None:
    """An id may be short or named twice; one that leads nowhere is nil."""
    first, second = org.org.insert_raw("Account", [{"Name": "First"}, {"Name": "Second"}])
    found = retrieve(wire, "Id, Name", "Account", second, NOBODY, first[:15], second).results
    assert [told(each, "Name") for each in found] == ["Second", None, "First", "Second"]
    assert found[1].get(f"{XSI}nil") == "true"
    assert texts(found[0])[:3] == [("type", "Account"), ("Id", second), ("Id", second)]


def test_nothing_asked_is_nothing_found(wire: Wire) -> None:
    """No ids, no results."""
    assert retrieve(wire, "Id", "Account").results == []


@pytest.mark.parametrize(
    ("fields", "object_name", "record_id", "code", "kind"),
    [
        ("Foo", "Account", NOBODY, "INVALID_FIELD", "InvalidFieldFault"),
        ("Id", "Foo", NOBODY, "INVALID_TYPE", "InvalidSObjectFault"),
        ("Id FROM Contact", "Account", NOBODY, "MALFORMED_QUERY", "MalformedQueryFault"),
        ("", "Account", NOBODY, "MALFORMED_QUERY", "MalformedQueryFault"),
        ("Id", "Account", "nonsense", "MALFORMED_ID", "InvalidIdFault"),
        ("Id", "Account", "003000000000000AAA", "INVALID_ID_FIELD", "InvalidIdFault"),
    ],
)
def test_what_cannot_be_retrieved_refuses_the_call(
    wire: Wire, fields: str, object_name: str, record_id: str, code: str, kind: str
) -> None:
    """An unknown field or object, no list of names, no id of this object."""
    reply = retrieve(wire, fields, object_name, record_id)
    assert reply.fault == (500, f"sf:{code}", kind)


def test_two_thousand_ids_are_the_most(wire: Wire) -> None:
    """One more is refused."""
    assert len(retrieve(wire, "Id", "Account", *[NOBODY] * 2000).results) == 2000
    reply = retrieve(wire, "Id", "Account", *[NOBODY] * 2001)
    assert reply.fault == (500, "sf:EXCEEDED_ID_LIMIT", "UnexpectedErrorFault")
