"""SOAP sessions, versions, charges and the request log; what is refused before any work."""

from __future__ import annotations

import pytest
import requests

from fulfillment_bridge.simulator.server import OrgHandle
from fulfillment_bridge.simulator.soap import OPERATIONS
from fulfillment_bridge.simulator.soap_arguments import ARGUMENTS
from tests.simulator.soap.wire import Reply, Wire, names, record
from tests.simulator.web_client import ControlClient, OrgClient


def test_a_logout_ends_the_session_for_every_client(wire: Wire, client: OrgClient) -> None:
    """SOAP and REST share it, and so does whoever else logged in as this user."""
    assert wire.call("logout").response.status_code == 200
    assert client.get("sobjects").status_code == 401
    reply = wire.query("SELECT Id FROM Account")
    assert reply.fault == (500, "sf:INVALID_SESSION_ID", "UnexpectedErrorFault")


def test_a_token_of_oauth_is_a_session_in_every_version(org: OrgHandle, client: OrgClient) -> None:
    """Also where there is no login any more: from 65 on only login is gone."""
    endpoint = org.endpoint()
    answer = requests.post(
        f"{org.base_url}/services/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": endpoint["consumer_key"],
            "client_secret": endpoint["consumer_secret"],
        },
        timeout=10,
    )
    client.session_id = answer.json()["access_token"]
    for version in ("31.0", "64.0", "65.0", "68.0"):
        reply = Wire(client, version).query("SELECT Id FROM Account")
        assert reply.response.status_code == 200


@pytest.mark.parametrize("version", ["30.0", "69.0"])
def test_versions_outside_the_range_are_refused(wire: Wire, version: str) -> None:
    """Retired ones and those to come."""
    reply = Wire(wire.client, version).query("SELECT Id FROM Account")
    assert reply.fault == (500, "sf:UNSUPPORTED_API_VERSION", "UnexpectedErrorFault")


@pytest.mark.parametrize(
    ("version", "absent"),
    [("36.0", {"orgDefaultCurrencyLocale", "chatterExternal"}), ("39.0", {"chatterExternal"})],
)
def test_what_a_version_does_not_know_it_does_not_tell(
    wire: Wire, version: str, absent: set[str]
) -> None:
    """Strict clients of that version would stumble over it."""
    newest = names(wire.call("getUserInfo").result)
    told = names(Wire(wire.client, version).call("getUserInfo").result)
    assert told == [name for name in newest if name not in absent]


def test_an_operation_of_the_schema_that_is_not_simulated_is_not_available(wire: Wire) -> None:
    """One that no schema has is no operation at all."""
    reply = wire.call("search", "<searchString>FIND {x}</searchString>")
    assert reply.fault == (500, "sf:UNKNOWN_EXCEPTION", "UnexpectedErrorFault")
    assert reply.message == "UNKNOWN_EXCEPTION: Operation not available or permitted"
    reply = wire.call("fly")
    assert reply.fault == (500, "soapenv:Client", "")
    assert reply.message == (
        "No operation available for request {urn:partner.soap.sforce.com}fly, please check the "
        "WSDL for the service."
    )


def test_an_element_that_the_operation_does_not_have_is_refused(wire: Wire) -> None:
    """Rather than passed over: a delete of nothing would look like a success."""
    account = wire.client.create("Account", Name="A")
    reply = wire.call("delete", f"<id>{account}</id>")
    assert reply.fault == (500, "soapenv:Client", "")
    assert reply.message == "Element {urn:partner.soap.sforce.com}id invalid at this location"
    assert len(wire.query("SELECT Id FROM Account").records) == 1


def test_the_schema_names_the_elements_of_every_operation() -> None:
    """Of those that are simulated, and login."""
    assert set(ARGUMENTS) == {"login", *OPERATIONS["u"]}


def test_the_enterprise_address_does_what_carries_no_records(client: OrgClient) -> None:
    """Queries there would need the schema of each merchant."""
    session = f"<SessionHeader><sessionId>{client.session_id}</sessionId></SessionHeader>"
    for operation, status in (("getUserInfo", 200), ("describeGlobal", 200), ("query", 500)):
        envelope = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns="urn:enterprise.soap.sforce.com"><e:Header>{session}</e:Header>'
            f"<e:Body><{operation}/></e:Body></e:Envelope>"
        )
        response = client.soap(envelope.encode(), family="c")
        assert response.status_code == status
        assert "enterprise" in response.text


def test_only_xml_is_read(client: OrgClient) -> None:
    """Whatever else comes is refused by its type alone."""
    url = f"{client.base_url}/services/Soap/u/64.0"
    headers = {"Content-Type": "application/json", "SOAPAction": '""'}
    reply = Reply(client.http.post(url, data=b"{}", headers=headers, timeout=10))
    assert reply.fault == (500, "soapenv:Client", "")
    assert reply.message == "content-type of the request should be text/xml"


@pytest.mark.parametrize("body", [b"", b"<e/>", b"\xff\xfe", b"<a>" * 5000])
def test_what_is_no_envelope_is_the_clients_fault(client: OrgClient, body: bytes) -> None:
    """Nothing, another document, bytes, a document that never ends."""
    assert Reply(client.soap(body)).fault[:2] == (500, "soapenv:Client")


def test_every_call_with_a_session_is_charged_also_when_refused(
    wire: Wire, control: ControlClient
) -> None:
    """The log names client, operation and records; a call without a session costs nothing."""
    client = "<CallOptions><client>loader/1</client></CallOptions>"
    wire.create(record("Account", Name="A"), record("Account", Name="B"), header=client)
    wire.query("SELECT Foo FROM Account", header=client)
    wire.call("logout", header=client)
    wire.query("SELECT Id FROM Account", header=client)
    entries = [
        entry
        for entry in control.get("/requests", org=wire.client.org.name)
        if entry["client"] == "loader/1"
    ]
    assert [
        (each["operation"], each["status"], each["charged"], each["operations"]) for each in entries
    ] == [
        ("create", 200, True, 2),
        ("query", 500, True, 1),
        ("logout", 200, True, 1),
        ("query", 500, False, 1),
    ]
    assert {each["user"] for each in entries} == {wire.client.username}


def test_an_org_without_calls_left_refuses(wire: Wire, control: ControlClient) -> None:
    """With the code that clients wait on."""
    control.post(f"/orgs/{wire.client.org.name}/settings", {"daily_api_limit": 1})
    reply = wire.query("SELECT Id FROM Account")
    assert reply.fault == (500, "sf:REQUEST_LIMIT_EXCEEDED", "UnexpectedErrorFault")


def test_a_fault_may_strike_one_operation(wire: Wire, control: ControlClient) -> None:
    """After the work as well: then the record is there, and nobody was told."""
    org = wire.client.org.name
    control.rule(org=org, operation="create", action="error", when="after", times=1)
    assert wire.create(record("Account", Name="A")).response.status_code == 500
    assert len(wire.query("SELECT Id FROM Account").records) == 1
