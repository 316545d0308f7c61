"""A strict client that takes every element and its place from a description of the service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from zeep import Client, Settings, Transport, xsd
from zeep.exceptions import Fault

from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer

WSDL = Path(__file__).parent / "partner.wsdl"
BINDING = "{urn:partner.soap.sforce.com}Partner"
RECORD = "{urn:sobject.partner.soap.sforce.com}"


def zeep_client(session: requests.Session) -> Any:
    """The library, which has no types, made strict and reading our own description."""
    transport = Transport(session=session)  # type: ignore[no-untyped-call]  # zeep has no types
    settings = Settings(strict=True)
    return Client(str(WSDL), settings=settings, transport=transport)  # type: ignore[no-untyped-call]  # zeep has no types


class StrictClient:
    """zeep with our own description of version 64, logged in."""

    def __init__(self, org: OrgHandle, session: requests.Session) -> None:
        self._zeep = zeep_client(session)
        address = f"{org.base_url}/services/Soap/u/64.0"
        login = self._zeep.create_service(BINDING, address).login
        self.login = login(username=org.username, password=org.password + org.security_token)
        self._service = self._zeep.create_service(BINDING, self.login.serverUrl)
        self._headers = {"SessionHeader": {"sessionId": self.login.sessionId}}

    def call(self, operation: str, *arguments: Any, **headers: Any) -> Any:
        """The result of an operation."""
        given = {**self._headers, **headers}
        answer = self._service[operation](*arguments, _soapheaders=given)
        assert answer.header.LimitInfoHeader.limitInfo[0].type == "API REQUESTS"
        return answer.body.result if answer.body is not None else None

    def record(self, type_name: str, record_id: str | None = None, **fields: str) -> Any:
        """An sObject."""
        values = [
            xsd.AnyObject(xsd.Element(f"{RECORD}{name}", xsd.String()), value)  # type: ignore[no-untyped-call]  # zeep has no types
            for name, value in fields.items()
        ]
        kind = self._zeep.get_type(f"{RECORD}sObject")
        return kind(type=type_name, Id=record_id, _value_1=values)


@pytest.fixture
def strict(org: OrgHandle) -> Iterator[StrictClient]:
    """The client, logged in to a small org."""
    with requests.Session() as session:
        session.trust_env = False
        yield StrictClient(org, session)


def test_it_logs_in_and_learns_who_it_is(strict: StrictClient, org: OrgHandle) -> None:
    """Every element of both answers is where the description has it."""
    assert strict.login.userInfo.organizationId == org.organization_id
    assert strict.login.userInfo.sessionSecondsValid == 7200
    assert strict.call("getUserInfo").userName == org.username


def test_it_saves_and_sees_each_result(strict: StrictClient) -> None:
    """Create, update, upsert and delete, with a refusal among them."""
    made, refused = strict.call(
        "create",
        [strict.record("Parcel__c", Code__c="A"), strict.record("Parcel__c", Code__c="x" * 50)],
    )
    assert made.success
    assert refused.errors[0].statusCode == "STRING_TOO_LONG"
    (updated,) = strict.call("update", [strict.record("Parcel__c", made.id, Weight__c="1.5")])
    assert updated.id == made.id
    upserted = [strict.record("Parcel__c", Code__c="A"), strict.record("Parcel__c", Code__c="B")]
    assert [each.created for each in strict.call("upsert", "Code__c", upserted)] == [False, True]
    deleted = strict.call("delete", [made.id, "nonsense"])
    assert [each.success for each in deleted] == [True, False]


def test_it_reads_parents_children_addresses_and_sums(strict: StrictClient, org: OrgHandle) -> None:
    """Elements with a type of their own are parsed by it."""
    account = org.org.insert_raw("Account", [{"Name": "Acme", "BillingCity": "Reno"}])[0]
    org.org.insert_raw("Parcel__c", [{"Name": "P", "Account__c": account, "Weight__c": 1.5}])
    (parcel,) = strict.call("query", "SELECT Id, Account__r.BillingAddress FROM Parcel__c").records
    assert parcel._value_1[1]._value_1[0].city == "Reno"
    soql = "SELECT Name, (SELECT Id FROM Parcels__r) FROM Account"
    (acme,) = strict.call("query", soql).records
    assert acme._value_1[1].records[0].type == "Parcel__c"
    (sums,) = strict.call("query", "SELECT COUNT(Id), SUM(Weight__c) FROM Parcel__c").records
    assert sums._value_1 == [1, 1.5]


def test_it_pages_to_the_end(strict: StrictClient, org: OrgHandle) -> None:
    """With the size of page it asked for."""
    org.org.insert_raw("Parcel__c", [{"Name": str(number)} for number in range(450)])
    page = strict.call("query", "SELECT Id FROM Parcel__c", QueryOptions={"batchSize": 200})
    sizes = [len(page.records)]
    while not page.done:
        page = strict.call("queryMore", page.queryLocator)
        sizes.append(len(page.records))
    assert sizes == [200, 200, 50]


def test_it_retrieves_records(strict: StrictClient, org: OrgHandle) -> None:
    """One that is not there has no type."""
    account = org.org.insert_raw("Account", [{"Name": "Acme"}])[0]
    found = strict.call("retrieve", "Id,Name", "Account", [account, "001000000000000AAA"])
    assert [each.type for each in found] == ["Account", None]


def test_it_describes_every_object_of_the_org(strict: StrictClient) -> None:
    """Field by field, in the order of the schema."""
    summaries = strict.call("describeGlobal").sobjects
    found = strict.call("describeSObjects", [each.name for each in summaries])
    assert [each.name for each in found] == [each.name for each in summaries]
    assert {field.name for each in found if each.name == "Parcel__c" for field in each.fields} >= {
        "Id",
        "Code__c",
        "Weight__c",
    }


def test_it_learns_what_changed(strict: StrictClient, simulator: SimulatorServer) -> None:
    """Ids and times."""
    (made,) = strict.call("create", [strict.record("Parcel__c", Code__c="A")])
    strict.call("delete", [made.id])
    now = simulator.clock.now()
    span = (now - timedelta(minutes=10), now + timedelta(minutes=5))
    assert strict.call("getUpdated", "Parcel__c", *span).ids == []
    (deleted,) = strict.call("getDeleted", "Parcel__c", *span).deletedRecords
    assert deleted.id == made.id


def test_it_understands_a_fault(strict: StrictClient) -> None:
    """Code, text and the place in the query."""
    with pytest.raises(Fault) as caught:
        strict.call("query", "SELECT Foo FROM Account")
    assert caught.value.code == "sf:INVALID_FIELD"
    assert caught.value.detail[0].findtext("{*}column") == "8"


def test_a_logout_is_the_end(strict: StrictClient) -> None:
    """The next call is refused."""
    strict.call("logout")
    with pytest.raises(Fault, match="INVALID_SESSION_ID"):
        strict.call("getUserInfo")
