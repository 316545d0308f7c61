"""SOAP queries: how records, parents, children, pages and sums look in XML."""

from __future__ import annotations

from typing import Any

import pytest

from fulfillment_bridge.simulator.server import OrgHandle
from tests.simulator.soap.wire import PARTNER, RECORD, Wire, names, texts, told, xsi_type
from tests.simulator.web_client import ControlClient, OrgClient


def raw(org: OrgHandle, object_name: str, *rows: dict[str, Any]) -> list[str]:
    """Rows put into the org past everything; their ids."""
    return org.org.insert_raw(object_name, list(rows))


def test_a_result_tells_done_locator_records_and_size(org: OrgHandle, wire: Wire) -> None:
    """In this order, and with the types that the recorded answers carry."""
    raw(org, "Account", {"Name": "Acme"})
    reply = wire.query("SELECT Name FROM Account")
    assert names(reply.result) == ["done", "queryLocator", "records", "size"]
    assert xsi_type(reply.result) == "QueryResult"
    assert texts(reply.result)[:2] == [("done", "true"), ("queryLocator", None)]
    assert told(reply.result, "size") == "1"
    assert 'xmlns:sf="urn:sobject.partner.soap.sforce.com"' in reply.text


def test_the_answer_counts_the_calls_in_its_header(wire: Wire) -> None:
    """LimitInfoHeader: current, limit, type."""
    reply = wire.query("SELECT Id FROM Account")
    info = reply.root.find(f".//{PARTNER}limitInfo")
    assert info is not None
    assert texts(info) == [("current", "2"), ("limit", "100000"), ("type", "API REQUESTS")]


def test_an_id_that_was_asked_for_comes_twice(org: OrgHandle, wire: Wire) -> None:
    """Once as part of every record, once at its place in the SELECT list."""
    (account,) = raw(org, "Account", {"Name": "Acme"})
    (record,) = wire.query("SELECT Name, Id FROM Account").records
    assert xsi_type(record) == "sf:sObject"
    assert texts(record) == [
        ("type", "Account"),
        ("Id", account),
        ("Name", "Acme"),
        ("Id", account),
    ]


def test_an_id_that_was_not_asked_for_is_nil(org: OrgHandle, wire: Wire) -> None:
    """The schema demands the element all the same."""
    raw(org, "Account", {"Name": "Acme"})
    (record,) = wire.query("SELECT Name FROM Account").records
    assert texts(record) == [("type", "Account"), ("Id", None), ("Name", "Acme")]


def test_values_are_texts_in_the_namespace_of_records(org: OrgHandle, wire: Wire) -> None:
    """Doubles keep a decimal place, moments end in Z, a checkbox is a word, nothing is nil."""
    raw(org, "Parcel__c", {"Name": "P", "Weight__c": 2, "CreatedDate": "2026-01-02T03:04:05Z"})
    soql = "SELECT Weight__c, CreatedDate, IsDeleted, Code__c FROM Parcel__c"
    (record,) = wire.query(soql).records
    assert {str(child.tag).partition("}")[0] + "}" for child in record} == {RECORD}
    assert texts(record)[2:] == [
        ("Weight__c", "2.0"),
        ("CreatedDate", "2026-01-02T03:04:05.000Z"),
        ("IsDeleted", "false"),
        ("Code__c", None),
    ]
    assert xsi_type(record[2]) is None


def test_a_text_that_looks_like_a_moment_stays_as_it_is(org: OrgHandle, wire: Wire) -> None:
    """Only fields that are moments are written as such."""
    raw(org, "Parcel__c", {"Name": "P", "Code__c": "2026-01-02T03:04:05.000+0000"})
    (record,) = wire.query("SELECT Code__c FROM Parcel__c").records
    assert told(record, "Code__c") == "2026-01-02T03:04:05.000+0000"


def test_marks_and_unwritable_characters_do_no_harm(org: OrgHandle, wire: Wire) -> None:
    """Marks are escaped, quotes too; what XML 1.0 has no way to write is left out."""
    raw(org, "Account", {"Name": "<A & 'B' \"C\"> \x0bü"})
    reply = wire.query("SELECT Name FROM Account")
    assert "&lt;A &amp; &apos;B&apos; &quot;C&quot;&gt; ü" in reply.text
    assert told(reply.records[0], "Name") == "<A & 'B' \"C\"> ü"


def test_a_parent_is_a_record_with_a_type(org: OrgHandle, wire: Wire) -> None:
    """One that is missing is nil."""
    (account,) = raw(org, "Account", {"Name": "Acme"})
    raw(org, "Parcel__c", {"Name": "A", "Account__c": account}, {"Name": "B"})
    soql = "SELECT Account__r.Name FROM Parcel__c ORDER BY Name"
    with_parent, without = wire.query(soql).records
    parent = with_parent[2]
    assert (parent.tag, xsi_type(parent)) == (f"{RECORD}Account__r", "sf:sObject")
    assert texts(parent) == [("type", "Account"), ("Id", None), ("Name", "Acme")]
    assert texts(without)[2:] == [("Account__r", None)]


def test_children_are_a_query_result(org: OrgHandle, wire: Wire) -> None:
    """Its own elements are in the partner namespace; no children at all are nil."""
    account, _ = raw(org, "Account", {"Name": "Acme"}, {"Name": "Bare"})
    raw(org, "Parcel__c", {"Name": "A", "Account__c": account})
    soql = "SELECT Name, (SELECT Id, Name FROM Parcels__r) FROM Account ORDER BY Name"
    parent, bare = wire.query(soql).records
    children = parent[3]
    assert (children.tag, xsi_type(children)) == (f"{RECORD}Parcels__r", "QueryResult")
    assert [child.tag.partition("}")[0] + "}" for child in children] == [PARTNER] * 4
    assert names(children) == ["done", "queryLocator", "records", "size"]
    assert names(children[2]) == ["type", "Id", "Id", "Name"]
    assert texts(bare)[3:] == [("Parcels__r", None)]


def test_an_address_is_one_typed_element(org: OrgHandle, wire: Wire) -> None:
    """The place on earth first: an address is a location with more to it."""
    raw(org, "Account", {"Name": "A", "BillingCity": "Reno", "BillingLatitude": 39.5})
    (record,) = wire.query("SELECT BillingAddress FROM Account").records
    address = record[2]
    assert xsi_type(address) == "address"
    assert names(address)[:4] == ["latitude", "longitude", "city", "country"]
    assert told(address, "latitude") == "39.5"
    assert told(address, "city") == "Reno"


def test_a_count_is_the_size_of_an_empty_result(org: OrgHandle, wire: Wire) -> None:
    """COUNT() has no records."""
    raw(org, "Account", {"Name": "A"}, {"Name": "B"})
    reply = wire.query("SELECT COUNT() FROM Account")
    assert names(reply.result) == ["done", "queryLocator", "size"]
    assert told(reply.result, "size") == "2"


def test_sums_say_what_type_they_are(org: OrgHandle, wire: Wire) -> None:
    """No describe could: they belong to no field."""
    raw(org, "Parcel__c", {"Name": "A", "Weight__c": 1.5}, {"Name": "B", "Weight__c": 2})
    (record,) = wire.query("SELECT COUNT(Id), SUM(Weight__c) total FROM Parcel__c").records
    assert texts(record) == [
        ("type", "AggregateResult"),
        ("Id", None),
        ("expr0", "2"),
        ("total", "3.5"),
    ]
    assert [xsi_type(child) for child in record][2:] == ["xsd:int", "xsd:double"]


def test_a_page_has_500_rows_unless_told_otherwise(org: OrgHandle, wire: Wire) -> None:
    """QueryOptions asks for 200 to 2,000; queryMore goes on where the page ended."""
    raw(org, "Parcel__c", *({"Name": str(number)} for number in range(750)))
    first = wire.query("SELECT Id FROM Parcel__c")
    assert len(first.records) == 500
    locator = told(first.result, "queryLocator") or ""
    assert locator.startswith("0r8")
    assert locator.endswith("-500")
    rest = wire.call("queryMore", f"<queryLocator>{locator}</queryLocator>")
    assert (len(rest.records), told(rest.result, "done")) == (250, "true")
    assert told(rest.result, "size") == "750"


@pytest.mark.parametrize(("asked", "given"), [("10", 200), ("300", 300), ("9999", 750)])
def test_the_size_of_a_page_is_a_wish(org: OrgHandle, wire: Wire, asked: str, given: int) -> None:
    """Wishes out of range are brought into it."""
    raw(org, "Parcel__c", *({"Name": str(number)} for number in range(750)))
    options = f"<QueryOptions><batchSize>{asked}</batchSize></QueryOptions>"
    assert len(wire.query("SELECT Id FROM Parcel__c", header=options).records) == given


def test_locators_are_shared_with_rest(org: OrgHandle, wire: Wire, client: OrgClient) -> None:
    """What one API began the other goes on with."""
    raw(org, "Parcel__c", *({"Name": str(number)} for number in range(600)))
    locator = told(wire.query("SELECT Id FROM Parcel__c").result, "queryLocator")
    assert len(client.get(f"query/{locator}").json()["records"]) == 100


def test_a_locator_dies_after_two_days(
    org: OrgHandle, wire: Wire, client: OrgClient, control: ControlClient
) -> None:
    """So does one that never was."""
    raw(org, "Parcel__c", *({"Name": str(number)} for number in range(600)))
    locator = told(wire.query("SELECT Id FROM Parcel__c").result, "queryLocator")
    control.post("/clock", {"advance_seconds": 2 * 24 * 3600 + 1})
    client.login()
    reply = wire.call("queryMore", f"<queryLocator>{locator}</queryLocator>")
    assert reply.fault == (500, "sf:INVALID_QUERY_LOCATOR", "InvalidQueryLocatorFault")


def test_query_all_sees_deleted_records(org: OrgHandle, wire: Wire, client: OrgClient) -> None:
    """query does not."""
    (parcel,) = raw(org, "Parcel__c", {"Name": "A"})
    client.call("DELETE", f"sobjects/Parcel__c/{parcel}")
    assert wire.query("SELECT Id FROM Parcel__c").records == []
    (record,) = wire.query("SELECT IsDeleted FROM Parcel__c", operation="queryAll").records
    assert told(record, "IsDeleted") == "true"


@pytest.mark.parametrize(
    ("soql", "code", "kind", "row", "column"),
    [
        ("SELECT Foo FROM Account", "INVALID_FIELD", "InvalidFieldFault", "1", "8"),
        ("SELECT Id\nFROM Account WHERE", "MALFORMED_QUERY", "MalformedQueryFault", "2", "19"),
        ("SELECT Id FROM Foo__c", "INVALID_TYPE", "InvalidSObjectFault", "1", "16"),
    ],
)
def test_a_query_that_cannot_be_run_says_where_it_is_wrong(
    wire: Wire, soql: str, code: str, kind: str, row: str, column: str
) -> None:
    """Row and column stand in the fault's detail, and in its text beneath the caret."""
    reply = wire.query(soql)
    assert reply.fault == (500, f"sf:{code}", kind)
    detail = reply.root.find(".//detail/*")
    assert detail is not None
    assert names(detail) == ["exceptionCode", "exceptionMessage", "row", "column"]
    assert (told(detail, "row"), told(detail, "column")) == (row, column)
    assert f"^\nERROR at Row:{row}:Column:{column}\n" in reply.message


def test_no_query_is_a_malformed_one(wire: Wire) -> None:
    """It has no place, which is -1."""
    reply = wire.query("  ")
    assert reply.fault == (500, "sf:MALFORMED_QUERY", "MalformedQueryFault")
    assert "<sf:row>-1</sf:row><sf:column>-1</sf:column>" in reply.text


def test_a_batch_size_must_be_a_number(wire: Wire) -> None:
    """There is a code for it."""
    options = "<QueryOptions><batchSize>many</batchSize></QueryOptions>"
    reply = wire.query("SELECT Id FROM Account", header=options)
    assert reply.fault == (500, "sf:INVALID_BATCH_SIZE", "UnexpectedErrorFault")
