"""Ways to log in, and what Salesforce says when it does not let us in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fulfillment_bridge.errors import BridgeError, Misconfigured, Retry, Suspended
from fulfillment_bridge.salesforce.login import Credentials, LoginResult, log_in
from fulfillment_bridge.salesforce.rest import Query
from fulfillment_bridge.salesforce.transport import Route, base_url
from fulfillment_bridge.simulator.server import SimulatorServer
from tests.salesforce.orgs import TestOrg, open_org


def enter(org: TestOrg, credentials: Credentials | None = None) -> LoginResult:
    return log_in(credentials or org.credentials, org.route, connection="test_org")


def problem_of(org: TestOrg, credentials: Credentials | None = None) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        enter(org, credentials)
    return caught.value


def answer_login(org: TestOrg, result: str) -> None:
    """Let the org answer the next logins with this result."""
    org.fail(
        path="/services/Soap",
        action="status",
        status=200,
        content_type="text/xml",
        body='<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<loginResponse xmlns="urn:partner.soap.sforce.com" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<result>{result}</result></loginResponse></e:Body></e:Envelope>",
    )


SESSION = "<sessionId>00D!x</sessionId>"
SERVER = "<serverUrl>https://acme.my.salesforce.com:8443/services/Soap/u/64.0/00D</serverUrl>"
USER = (
    "<userInfo><organizationId>00D000000000001</organizationId>"
    "<organizationName>Acme</organizationName></userInfo>"
)


def test_soap_login_tells_who_we_are_and_where(org: TestOrg) -> None:
    """The result says everything that later decides whose orders these are."""
    login = enter(org)
    assert login.organization_id == org.handle.organization_id
    assert login.instance_url == org.handle.base_url
    assert login.username == org.handle.username
    assert login.organization_name == "Test Goods"
    assert (login.is_sandbox, login.default_currency) == (False, "USD")
    assert login.session_seconds == org.handle.org.settings.session_seconds


def test_the_login_call_is_pinned_to_the_last_version_that_has_it(org: TestOrg) -> None:
    """From v65 on there is no login(), so the version of the data calls has no part in it."""
    with org.connection(api_version="66.0") as connection:
        connection.read_all([Query("SELECT Id FROM Sale__c")], job="test")
    assert [entry.path for entry in org.requests("/Soap/")] == ["/services/Soap/u/64.0"]
    assert [entry.path for entry in org.data_requests()] == ["/services/data/v66.0/composite"]


def test_secrets_with_markup_characters_arrive_as_they_are(org: TestOrg) -> None:
    """A password may hold what XML uses itself."""
    user = org.handle.org.users[org.handle.username.lower()]
    user.password = "a<b>&\"c'ü"
    assert enter(org, replace(org.credentials, password="a<b>&\"c'ü")).user_id == user.user_id


def test_a_missing_token_is_explained_with_all_its_cures(org: TestOrg) -> None:
    """LOGIN_MUST_USE_SECURITY_TOKEN is the commonest trouble of all."""
    problem = problem_of(org, replace(org.credentials, security_token=""))
    assert (type(problem), problem.code) == (Suspended, "LOGIN_MUST_USE_SECURITY_TOKEN")
    for cure in ("Reset My Security Token", "Login IP Ranges", "Network Access", "API Only User"):
        assert cure in problem.remedy
    assert "trusted networks" in problem.raw
    assert org.handle.password not in problem.text()


def test_a_wrong_password_is_said_to_be_one_of_several_reasons(org: TestOrg) -> None:
    """INVALID_LOGIN does not tell which part is wrong, and neither do we."""
    problem = problem_of(org, replace(org.credentials, password="wrong"))
    assert (type(problem), problem.code) == (Suspended, "INVALID_LOGIN")
    assert "Login History" in problem.remedy


def test_soap_login_switched_off_in_the_org_has_a_remedy_of_its_own(org: TestOrg) -> None:
    """INVALID_OPERATION at login means that setting, and nothing else."""
    org.handle.org.settings.soap_login_enabled = False
    problem = problem_of(org)
    assert (type(problem), problem.code) == (Suspended, "INVALID_OPERATION")
    assert "Enable SOAP API login()" in problem.remedy
    assert "2027-06-01" in problem.remedy


def test_the_missing_any_api_auth_permission_has_a_remedy_of_its_own(org: TestOrg) -> None:
    """INSUFFICIENT_ACCESS at login names the permission."""
    org.handle.org.settings.any_api_auth_enforced = True
    org.handle.org.users[org.handle.username.lower()].permissions.discard("UseAnyApiAuth")
    problem = problem_of(org)
    assert (type(problem), problem.code) == (Suspended, "INSUFFICIENT_ACCESS")
    assert "Use Any API Auth" in problem.remedy


def test_fields_that_salesforce_adds_or_drops_do_no_harm(org: TestOrg) -> None:
    """The login result is read by name: unknown elements are ignored, missing ones are empty."""
    extra = '<brandNew><deep/></brandNew><userId xsi:nil="true"/>'
    answer_login(org, extra + SESSION + SERVER + USER)
    login = enter(org)
    assert login.instance_url == "https://acme.my.salesforce.com:8443"
    assert login.organization_id == "00D000000000001EAA"
    assert (login.default_currency, login.user_id) == (None, "")


def test_an_org_with_several_currencies_has_no_default(org: TestOrg) -> None:
    """Then every order must say its own currency."""
    several = "<organizationMultiCurrency>true</organizationMultiCurrency></userInfo>"
    usd = "<orgDefaultCurrencyIsoCode>USD</orgDefaultCurrencyIsoCode>" + several
    answer_login(org, SESSION + SERVER + USER.replace("</userInfo>", usd))
    assert enter(org).default_currency is None


@pytest.mark.parametrize("result", [SESSION + USER, SERVER + USER, SESSION + SERVER, ""])
def test_a_login_without_session_or_address_is_an_error(org: TestOrg, result: str) -> None:
    """No later call could be made, or nobody could say where it goes."""
    answer_login(org, result)
    problem = problem_of(org)
    assert (type(problem), problem.code) == (Retry, "UNREADABLE_ANSWER")


def test_an_address_in_clear_text_is_not_followed(org: TestOrg) -> None:
    """The session would go over the wire for everybody to read."""
    answer_login(org, SESSION + SERVER.replace("https:", "http:") + USER)
    assert type(problem_of(org)) is Misconfigured


@pytest.mark.parametrize(
    "body",
    [
        "<html><h1>Down for maintenance</h1></html>",
        "",
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body/></e:Envelope>",
    ],
)
@pytest.mark.parametrize("status", [200, 500, 503])
def test_answers_that_are_no_salesforce_answers_are_waited_out(
    org: TestOrg, body: str, status: int
) -> None:
    """Error pages, portals and hostile documents neither crash us nor count as a refusal."""
    org.fail(
        path="/services/Soap", action="status", status=status, content_type="text/xml", body=body
    )
    assert type(problem_of(org)) is Retry


def test_a_secret_that_cannot_be_sent_is_reported_without_printing_it(org: TestOrg) -> None:
    """A control character is usually a stray line end of a copied secret."""
    problem = problem_of(org, replace(org.credentials, password="secret\x00word"))
    assert (type(problem), problem.code) == (Misconfigured, "UNSENDABLE")
    assert "secret" not in problem.message


def test_client_credentials_tell_the_same_as_soap(org: TestOrg) -> None:
    """The way forward leads to the same org, user and currency."""
    ours, theirs = enter(org, org.app_credentials), enter(org)
    assert replace(ours, session_id="", charged_calls=1) == replace(theirs, session_id="")
    with org.connection(credentials=org.app_credentials) as connection:
        connection.read_all([Query("SELECT Id FROM Sale__c")], job="test")
    usage = org.server.log.usage(org=org.handle.name)["by_client"]
    assert usage["fulfillment_bridge/test"] == 1


def test_a_wrong_consumer_secret_is_refused_once_and_for_all(org: TestOrg) -> None:
    """OAuth's errors suspend like a wrong password."""
    problem = problem_of(org, replace(org.app_credentials, consumer_secret="wrong"))
    assert (type(problem), problem.code) == (Suspended, "invalid_client")
    assert "External Client App Manager" in problem.remedy


def test_an_unknown_way_to_log_in_names_those_there_are(org: TestOrg) -> None:
    """A typing error in config.yaml is answered with the right words."""
    problem = problem_of(org, replace(org.credentials, login="saop"))
    assert type(problem) is Misconfigured
    assert "client_credentials, jwt, soap" in problem.remedy


@pytest.fixture(scope="module")
def tls_simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(tls=True) as server:
        yield server


def test_a_private_authority_is_trusted_where_config_names_it(
    tls_simulator: SimulatorServer, tmp_path: Path
) -> None:
    """TLS to an org whose certificate no public authority signed."""
    with open_org(tls_simulator) as org:
        assert org.handle.base_url.startswith("https://")
        with org.connection() as connection:
            connection.read_all([Query("SELECT Id FROM Sale__c")], job="test")
        with pytest.raises(Misconfigured) as caught:
            log_in(org.credentials, Route(), connection="test_org")
        assert caught.value.code == "TLS"
        assert "ca_file" in caught.value.remedy


def test_a_host_that_does_not_answer_is_tried_again(org: TestOrg) -> None:
    """A closed port is a passing trouble, with a hint at the firewall."""
    org.server.remove_org(org.handle.name)
    problem = problem_of(org)
    org.server.add_org({"name": org.handle.name, "label": "x"})
    assert (type(problem), problem.code) == (Retry, "CONNECT")


def test_a_proxy_that_is_not_there_is_named_as_the_trouble(org: TestOrg) -> None:
    """The proxy comes from config.yaml, so that is where to look."""
    with pytest.raises(Retry) as caught:
        log_in(org.credentials, Route(proxy="http://127.0.0.1:9"), connection="test_org")
    assert caught.value.code == "PROXY"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("login.salesforce.com", "https://login.salesforce.com"),
        ("https://x.my.salesforce.com/services/Soap/u/64.0", "https://x.my.salesforce.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://localhost:1", "http://localhost:1"),
        ("https://user:password@host:8443", "https://host:8443"),
    ],
)
def test_an_address_is_cut_to_scheme_host_and_port(address: str, expected: str) -> None:
    """People paste whole addresses."""
    assert base_url(address) == expected


@pytest.mark.parametrize(
    "address",
    ["http://salesforce.com", "ftp://127.0.0.1", "http://127.0.0.1.evil.example", "", "://"],
)
def test_other_addresses_are_refused(address: str) -> None:
    """Anything that is not https, or plain http to this machine."""
    with pytest.raises(Misconfigured):
        base_url(address)
