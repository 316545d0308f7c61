"""SOAP login: what comes back, and every way to be turned away."""

from __future__ import annotations

import re

import pytest
import requests
from lxml import etree

from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from tests.simulator.web_client import (
    ControlClient,
    OrgClient,
    fault_code,
    login_envelope,
    session_envelope,
)

PARTNER = "{urn:partner.soap.sforce.com}"
LOGIN_RESULT = [
    "metadataServerUrl",
    "passwordExpired",
    "sandbox",
    "serverUrl",
    "sessionId",
    "userId",
    "userInfo",
]
USER_INFO = [
    "accessibilityMode",
    "chatterExternal",
    "currencySymbol",
    "orgAttachmentFileSizeLimit",
    "orgDefaultCurrencyIsoCode",
    "orgDefaultCurrencyLocale",
    "orgDisallowHtmlAttachments",
    "orgHasPersonAccounts",
    "organizationId",
    "organizationMultiCurrency",
    "organizationName",
    "profileId",
    "roleId",
    "sessionSecondsValid",
    "userDefaultCurrencyIsoCode",
    "userEmail",
    "userFullName",
    "userId",
    "userLanguage",
    "userLocale",
    "userName",
    "userTimeZone",
    "userType",
    "userUiSkin",
]


def good_login(org: OrgHandle) -> bytes:
    """The envelope with which the integration user gets in."""
    return login_envelope(org.username, org.password + org.security_token)


@pytest.fixture
def stranger(org: OrgHandle) -> OrgClient:
    """Somebody who has not logged in yet."""
    return OrgClient(org)


def test_a_login_answers_in_the_order_of_the_schema(stranger: OrgClient) -> None:
    """Strict clients rely on names, namespace and order of the elements."""
    response = stranger.soap(good_login(stranger.org))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/xml;charset=UTF-8"
    result = etree.fromstring(response.content).find(f".//{PARTNER}result")
    assert result is not None
    assert [etree.QName(each).localname for each in result] == LOGIN_RESULT
    user_info = result.find(f"{PARTNER}userInfo")
    assert user_info is not None
    assert [etree.QName(each).localname for each in user_info] == USER_INFO


def test_a_login_says_where_every_later_call_goes(stranger: OrgClient) -> None:
    """The server address is on the org's own host and port and carries the short org id."""
    text = stranger.soap(good_login(stranger.org)).text
    short_id = stranger.org.organization_id[:15]
    assert f"<serverUrl>{stranger.base_url}/services/Soap/u/64.0/{short_id}</serverUrl>" in text
    assert f"<sessionId>{short_id}!" in text
    assert f"<organizationId>{stranger.org.organization_id}</organizationId>" in text


def test_a_sandbox_says_so(stranger: OrgClient, control: ControlClient) -> None:
    """In the login's answer and in the Organization record."""
    control.post(f"/orgs/{stranger.org.name}/settings", {"is_sandbox": True})
    text = stranger.soap(good_login(stranger.org)).text
    assert "<sandbox>true</sandbox>" in text
    stranger.login()
    rows = stranger.query("SELECT IsSandbox FROM Organization").json()["records"]
    assert [row["IsSandbox"] for row in rows] == [True]


def test_the_enterprise_address_uses_its_own_namespace(stranger: OrgClient) -> None:
    """A partner envelope means nothing there, an enterprise one gets an enterprise answer."""
    envelope = good_login(stranger.org)
    refused = stranger.soap(envelope, family="c")
    assert fault_code(refused) == "soapenv:Client"
    assert "No operation available for request {urn:partner.soap.sforce.com}login" in refused.text
    answered = stranger.soap(envelope.replace(b"urn:partner", b"urn:enterprise"), family="c")
    assert 'xmlns="urn:enterprise.soap.sforce.com"' in answered.text


def test_everyone_who_logs_in_as_one_user_shares_a_session(stranger: OrgClient) -> None:
    """That is why a logout by one client ends the others' session, too."""
    first, second = stranger.login(), OrgClient(stranger.org).login()
    assert first == second
    stranger.soap(session_envelope("logout", first))
    assert stranger.get("sobjects").status_code == 401
    assert stranger.login() != first


@pytest.mark.parametrize(
    ("password", "code", "text"),
    [
        ("wrong", "INVALID_LOGIN", "Invalid username, password, security token; or user locked"),
        (None, "LOGIN_MUST_USE_SECURITY_TOKEN", "Are you at a new location?"),
    ],
)
def test_bad_credentials_are_refused_with_a_fault(
    stranger: OrgClient, password: str | None, code: str, text: str
) -> None:
    """A wrong password, and a right one without the token."""
    given = stranger.password if password is None else password
    response = stranger.soap(login_envelope(stranger.username, given))
    assert response.status_code == 500
    assert fault_code(response) == f"sf:{code}"
    assert f"<faultstring>{code}: " in response.text
    assert f"<sf:exceptionCode>{code}</sf:exceptionCode>" in response.text
    assert '<detail><sf:LoginFault xsi:type="sf:LoginFault">' in response.text
    assert text in response.text


def test_an_unknown_user_looks_like_a_wrong_password(stranger: OrgClient) -> None:
    """Nothing tells whether a user exists."""
    response = stranger.soap(login_envelope("nobody@nowhere.example", "x"))
    assert fault_code(response) == "sf:INVALID_LOGIN"


def test_a_user_is_locked_out_after_too_many_attempts(
    stranger: OrgClient, control: ControlClient
) -> None:
    """Then the right password fails as well, and the fault does not say why."""
    org = stranger.org
    control.post(f"/orgs/{org.name}/settings", {"lockout_after": 3})
    for _ in range(3):
        stranger.soap(login_envelope(org.username, "wrong"))
    assert fault_code(stranger.soap(good_login(org))) == "sf:INVALID_LOGIN"
    control.post(f"/orgs/{org.name}/users/{org.username}", {"security_token": "NEWTOKEN"})
    envelope = login_envelope(org.username, org.password + "NEWTOKEN")
    assert stranger.soap(envelope).status_code == 200


def test_a_trusted_network_needs_no_token(stranger: OrgClient, control: ControlClient) -> None:
    """With the token not required, the password alone lets the user in."""
    settings = {"security_token_required": False}
    control.post(f"/orgs/{stranger.org.name}/settings", settings)
    envelope = login_envelope(stranger.username, stranger.password)
    assert stranger.soap(envelope).status_code == 200


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"soap_login_enabled": False}, "INVALID_OPERATION"),
        ({"api_enabled": False}, "API_DISABLED_FOR_ORG"),
        ({"daily_api_limit": 0}, "REQUEST_LIMIT_EXCEEDED"),
    ],
)
def test_an_org_may_shut_the_door(
    stranger: OrgClient, control: ControlClient, setting: dict[str, object], code: str
) -> None:
    """Login switched off, no API in this edition, no calls left."""
    control.post(f"/orgs/{stranger.org.name}/settings", setting)
    response = stranger.soap(good_login(stranger.org))
    assert response.status_code == 500
    assert fault_code(response) == f"sf:{code}"


def test_a_user_needs_the_permission_where_the_org_enforces_it(
    stranger: OrgClient, control: ControlClient
) -> None:
    """Use Any API Auth, and API Enabled before it."""
    org = stranger.org
    control.post(f"/orgs/{org.name}/settings", {"any_api_auth_enforced": True})
    control.post(f"/orgs/{org.name}/users/{org.username}", {"permissions": ["ApiEnabled"]})
    assert fault_code(stranger.soap(good_login(org))) == "sf:INSUFFICIENT_ACCESS"
    control.post(f"/orgs/{org.name}/users/{org.username}", {"permissions": []})
    assert fault_code(stranger.soap(good_login(org))) == "sf:API_CURRENTLY_DISABLED"


@pytest.mark.parametrize("version", ["30.0", "65.0", "69.0"])
def test_login_exists_from_version_31_to_64(stranger: OrgClient, version: str) -> None:
    """Retired versions, those after login's end, and those to come."""
    response = stranger.soap(good_login(stranger.org), version=version)
    assert fault_code(response) == "sf:UNSUPPORTED_API_VERSION"
    assert "Invalid Api version specified on URL" in response.text


@pytest.mark.parametrize("version", ["31.0", "59.0", "64.0", "64.0/00Dxx0000000001"])
def test_live_versions_let_one_in(stranger: OrgClient, version: str) -> None:
    """Also at an address that carries an org id."""
    assert stranger.soap(good_login(stranger.org), version=version).status_code == 200


def test_what_is_no_soap_request_is_the_clients_fault(stranger: OrgClient) -> None:
    """No SOAPAction, no XML, a document type, an unknown operation."""
    envelope = good_login(stranger.org)
    without_action = stranger.soap(envelope, action=None)
    assert "SOAPAction HTTP header missing" in without_action.text
    doctype = b'<!DOCTYPE x [<!ENTITY a "b">]>' + envelope.partition(b"?>")[2]
    for body in (b"not xml", doctype, session_envelope("fly", "x")):
        response = stranger.soap(body)
        assert (response.status_code, fault_code(response)) == (500, "soapenv:Client")


def test_a_login_request_may_be_ten_kilobytes_long(stranger: OrgClient) -> None:
    """Larger ones are refused unread."""
    response = stranger.soap(login_envelope(stranger.username, "x" * 11_000))
    assert fault_code(response) == "sf:EXCEEDED_MAX_SIZE_REQUEST"


def test_a_session_ends_when_nobody_uses_it(client: OrgClient, control: ControlClient) -> None:
    """Two hours of simulated time by default, one here; every call begins them anew."""
    control.post(f"/orgs/{client.org.name}/settings", {"session_seconds": 3600})
    for _ in range(2):
        control.post("/clock", {"advance_seconds": 3000})
        assert client.get("sobjects").status_code == 200
    control.post("/clock", {"advance_seconds": 3700})
    response = client.get("sobjects")
    assert response.status_code == 401
    assert response.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]


def test_sessions_expire_on_command(client: OrgClient, control: ControlClient) -> None:
    """The control address ends them; both APIs then refuse the id."""
    answer = control.post(f"/orgs/{client.org.name}/sessions/expire")
    assert answer == {"expired": 1}
    assert client.get("sobjects").status_code == 401
    refused = client.soap(session_envelope("getUserInfo", client.session_id))
    assert fault_code(refused) == "sf:INVALID_SESSION_ID"
    assert "Illegal Session. Session not found, missing session hash: " in refused.text


def test_the_other_operations_need_a_session(client: OrgClient, simulator: SimulatorServer) -> None:
    """The server's time, who am I; each is a charged call that says how many are left."""
    info = client.soap(session_envelope("getUserInfo", client.session_id))
    assert f"<userName>{client.username}</userName>" in info.text
    assert "<LimitInfoHeader><limitInfo><current>2</current>" in info.text
    stamp = client.soap(session_envelope("getServerTimestamp", client.session_id))
    found = re.search(r"<timestamp>(\S+)T\S+Z</timestamp>", stamp.text)
    assert found
    assert found[1] == f"{simulator.clock.now():%Y-%m-%d}"


def test_addresses_outside_the_api_answer_with_a_page(org: OrgHandle) -> None:
    """A browser would see HTML there."""
    response = requests.get(f"{org.base_url}/home/home.jsp", timeout=10)
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
