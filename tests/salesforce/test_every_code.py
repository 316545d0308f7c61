"""Every code that an integration meets, answered over HTTP: how it is raised, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fulfillment_bridge.errors import (
    BridgeError,
    Misconfigured,
    OverBudget,
    Rejected,
    Retry,
    Suspended,
)
from fulfillment_bridge.salesforce.catalogue import explain
from fulfillment_bridge.salesforce.faults import QueryRefused
from fulfillment_bridge.salesforce.login import Credentials
from fulfillment_bridge.salesforce.rest import Query
from tests.salesforce.orgs import TestOrg

Spoil = Callable[[TestOrg], None]
NAME = "test_org"


def answering(code: str, text: str = "as the org words it") -> Spoil:
    """A login that the org answers with this fault."""

    def spoil(org: TestOrg) -> None:
        org.fail(path="/services/Soap", action="error", code=code, message=text)

    return spoil


def user(org: TestOrg) -> Any:
    return org.handle.org.users[org.handle.username.lower()]


def without_api(org: TestOrg) -> None:
    user(org).permissions.discard("ApiEnabled")


def api_off(org: TestOrg) -> None:
    org.handle.org.settings.api_enabled = False


def soap_off(org: TestOrg) -> None:
    org.handle.org.settings.soap_login_enabled = False


def any_api_auth(org: TestOrg) -> None:
    org.handle.org.settings.any_api_auth_enforced = True
    user(org).permissions.discard("UseAnyApiAuth")


def other_token(org: TestOrg) -> None:
    user(org).security_token = "another"


def locked_out(org: TestOrg) -> None:
    user(org).is_active = False


AT_LOGIN: list[tuple[str, type[BridgeError], Spoil, str]] = [
    ("INVALID_LOGIN", Suspended, locked_out, "Login History"),
    ("LOGIN_MUST_USE_SECURITY_TOKEN", Suspended, answering("LOGIN_MUST_USE_SECURITY_TOKEN"),
     "Reset My Security Token"),
    ("INVALID_OPERATION", Suspended, soap_off, "Enable SOAP API login()"),
    ("INSUFFICIENT_ACCESS", Suspended, any_api_auth, "Use Any API Auth"),
    ("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", Suspended,
     answering("INVALID_OPERATION_WITH_EXPIRED_PASSWORD"), "Password Never Expires"),
    ("PASSWORD_LOCKOUT", Suspended, answering("PASSWORD_LOCKOUT"), "Unlock"),
    ("LOGIN_DURING_RESTRICTED_DOMAIN", Suspended, answering("LOGIN_DURING_RESTRICTED_DOMAIN"),
     "Login IP Ranges"),
    ("LOGIN_DURING_RESTRICTED_TIME", Retry, answering("LOGIN_DURING_RESTRICTED_TIME"),
     "Login Hours"),
    ("API_DISABLED_FOR_ORG", Suspended, api_off, "edition"),
    ("API_CURRENTLY_DISABLED", Suspended, without_api, "API Enabled"),
    ("UNSUPPORTED_API_VERSION", Suspended, answering("UNSUPPORTED_API_VERSION"),
     "client_credentials"),
    ("REQUEST_LIMIT_EXCEEDED", OverBudget, answering("REQUEST_LIMIT_EXCEEDED"), "API Usage"),
    ("SERVER_UNAVAILABLE", Retry, answering("SERVER_UNAVAILABLE"), "status.salesforce.com"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "kind", "spoil", "cure"), AT_LOGIN, ids=[each[0] for each in AT_LOGIN]
)
def test_a_login_that_is_refused_names_connection_code_and_cure(
    org: TestOrg, code: str, kind: type[BridgeError], spoil: Spoil, cure: str
) -> None:
    """Whoever reads it knows which connection, what it means and where to click."""
    spoil(org)
    with org.connection() as connection, pytest.raises(BridgeError) as caught:
        connection.login()
    check(org, caught.value, code, kind, cure)
    assert caught.value.message.startswith(f"{NAME}: login refused ({code})")


def check(
    org: TestOrg, problem: BridgeError, code: str, kind: type[BridgeError], cure: str
) -> None:
    """Class, code, words and remedy; no secret in any of it."""
    assert (type(problem), problem.code) == (kind, code)
    assert cure in problem.remedy
    assert problem.raw
    for secret in (org.handle.password, org.handle.security_token, org.handle.consumer_secret):
        assert secret not in problem.text()


OAUTH = [
    ("invalid_grant", "authentication failure", "Login History"),
    ("invalid_grant", "no client credentials user enabled", "Run As"),
    ("invalid_grant", "request not supported on this domain", "My Domain"),
    ("invalid_grant", "user hasn't approved this consumer", "pre-authorized"),
    ("invalid_client", "invalid client credentials", "consumer_secret"),
    ("invalid_client_id", "client identifier invalid", "consumer_key"),
    ("invalid_app_access", "user is not admin approved to access this app", "Policies"),
    ("unsupported_grant_type", "grant type not supported", "Flow Enablement"),
    ("invalid_request", "missing something", "host"),
    ("OAUTH_APP_BLOCKED", "this app is blocked by admin", "Unblock"),
]


@pytest.mark.parametrize(("code", "text", "cure"), OAUTH)
def test_oauth_refusals_name_code_and_cure(org: TestOrg, code: str, text: str, cure: str) -> None:
    """One code covers many reasons; the description tells them apart."""
    body = {"error": code, "error_description": text}
    org.fail(path="/services/oauth2/token", action="status", status=400, body=body)
    problem = _refused_login(org, org.app_credentials)
    check(org, problem, code, Suspended, cure)
    assert problem.raw == text


def _refused_login(org: TestOrg, credentials: Credentials) -> BridgeError:
    with (
        org.connection(credentials=credentials) as connection,
        pytest.raises(BridgeError) as caught,
    ):
        connection.login()
    return caught.value


def test_an_unknown_app_is_told_by_the_org_itself(org: TestOrg) -> None:
    """Not by a fault on demand: a key that the org does not know."""
    unknown = Credentials(
        login="client_credentials",
        host=org.handle.base_url,
        consumer_key="nobody",
        consumer_secret="x",
    )
    assert _refused_login(org, unknown).code in ("invalid_client_id", "invalid_client")


def quota_used_up(org: TestOrg) -> None:
    org.handle.org.settings.api_usage_by_others = org.handle.org.settings.daily_api_limit


def failing(code: str, text: str, status: int = 400) -> Spoil:
    """A call that the org answers with this error."""

    def spoil(org: TestOrg) -> None:
        org.fail(path="/composite", action="error", status=status, code=code, message=text)

    return spoil


def nothing(org: TestOrg) -> None:
    """The query itself is wrong."""


CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
GOOD = "SELECT Id FROM Sale__c"
IN_CALLS: list[tuple[str, type[BridgeError], Spoil, str, str]] = [
    ("INVALID_FIELD", QueryRefused, nothing, "SELECT Id, Trackin__c FROM Sale__c",
     "Set Field-Level Security"),
    ("INVALID_TYPE", QueryRefused, nothing, "SELECT Id FROM Sales__c", "Object Settings"),
    ("MALFORMED_QUERY", QueryRefused, nothing, "SELECT Id FROM Sale__c WHERE", "Rules sheet"),
    ("QUERY_TIMEOUT", Retry, failing("QUERY_TIMEOUT", "Your query request was running for too "
     "long."), GOOD, "custom index"),
    ("REQUEST_LIMIT_EXCEEDED", OverBudget, quota_used_up, GOOD, "API Usage"),
    ("REQUEST_LIMIT_EXCEEDED", Retry, failing("REQUEST_LIMIT_EXCEEDED", CONCURRENT, 403), GOOD,
     "25 of them"),
    ("API_DISABLED_FOR_ORG", Misconfigured, api_off, GOOD, "edition"),
    ("API_CURRENTLY_DISABLED", Suspended, without_api, GOOD, "API Enabled"),
    ("SERVER_UNAVAILABLE", Retry, failing("SERVER_UNAVAILABLE", "server unavailable", 503), GOOD,
     "status.salesforce.com"),
    ("INSUFFICIENT_ACCESS", Rejected, failing("INSUFFICIENT_ACCESS", "no", 403), GOOD,
     "permission set"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "kind", "spoil", "text", "cure"), IN_CALLS)
def test_a_refused_call_names_connection_code_and_cure(
    org: TestOrg, code: str, kind: type[BridgeError], spoil: Spoil, text: str, cure: str
) -> None:
    """In the middle of work, with a session that was good a moment ago."""
    with org.connection() as connection:
        connection.login()
        spoil(org)
        with pytest.raises(BridgeError) as caught:
            connection.read_all([Query(text)], job="test")
    check(org, caught.value, code, kind, cure)
    assert caught.value.message.startswith(f"{NAME}: query")
    assert explain(code, caught.value.raw).meaning.rstrip(".") in caught.value.message


def test_a_version_that_the_org_has_retired(org: TestOrg) -> None:
    """UNSUPPORTED_API_VERSION in a call is a matter of our configuration."""
    with org.connection(api_version="20.0") as connection, pytest.raises(BridgeError) as caught:
        connection.read_all([Query(GOOD)], job="test")
    check(org, caught.value, "UNSUPPORTED_API_VERSION", Misconfigured, "api_version")


def test_a_refused_query_says_where_the_name_stands(org: TestOrg) -> None:
    """Entity, column, and row and column of the query text."""
    with org.connection() as connection, pytest.raises(QueryRefused) as caught:
        connection.read_all([Query("SELECT Id, Trackin__c FROM Sale__c")], job="test")
    problem = caught.value
    assert (problem.entity, problem.column) == ("Sale__c", "Trackin__c")
    assert (problem.row, problem.position) == (1, 12)
    assert "Trackin__c of Sale__c" in problem.message
