"""Logging in with a signed assertion: no password anywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.errors import BridgeError, Misconfigured, Suspended
from fulfillment_bridge.salesforce.assertion import PRODUCTION, SANDBOX, audience_for
from fulfillment_bridge.salesforce.credentials import Credentials
from fulfillment_bridge.salesforce.login import LoginResult, log_in
from fulfillment_bridge.salesforce.rest import Query
from tests.salesforce.orgs import TestOrg
from tests.simulator.certificates import Keypair


@pytest.fixture(scope="module")
def keypair() -> Keypair:
    """The bridge's key; making one takes a moment."""
    return Keypair.new()


@pytest.fixture
def signing(org: TestOrg, keypair: Keypair) -> Credentials:
    """What a connection says, once the admin has uploaded the certificate."""
    org.handle.tenant.app.change({"certificate": keypair.certificate})
    return Credentials(
        login="jwt",
        host=org.handle.base_url,
        username=org.handle.username,
        consumer_key=org.handle.consumer_key,
        private_key=keypair.pem(),
    )


def enter(org: TestOrg, credentials: Credentials) -> LoginResult:
    clock = ManualClock(org.server.clock.now())
    return log_in(credentials, org.route, connection="test_org", clock=clock)


def problem_of(org: TestOrg, credentials: Credentials) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        enter(org, credentials)
    assert credentials.private_key[40:80] not in caught.value.text()
    return caught.value


def test_an_assertion_tells_the_same_as_soap(org: TestOrg, signing: Credentials) -> None:
    """The same org, user and currency, without a password."""
    ours, theirs = enter(org, signing), enter(org, org.credentials)
    assert replace(ours, session_id="", charged_calls=1) == replace(theirs, session_id="")


def test_a_connection_works_with_it_and_renews_its_session(
    org: TestOrg, signing: Credentials
) -> None:
    """One login at first, one when the session has expired, and data in between."""
    sales = Query("SELECT Id FROM Sale__c")
    with org.connection(credentials=signing) as connection:
        connection.read_all([sales], job="test")
        org.handle.tenant.sessions.expire()
        connection.read_all([sales], job="test")
    assert len(org.requests("/services/oauth2/token")) == 2
    assert org.requests("/services/Soap/u/64.0")  # only to learn the currency
    assert "logout" not in str([entry.as_json() for entry in org.requests()])


def test_a_sandbox_wants_another_audience(org: TestOrg, signing: Credentials) -> None:
    """Taken from the host, or from config.yaml where the host does not tell."""
    org.handle.org.settings.is_sandbox = True
    problem = problem_of(org, signing)
    assert (type(problem), problem.code) == (Suspended, "invalid_grant")
    assert SANDBOX in problem.remedy
    assert enter(org, replace(signing, audience=SANDBOX)).is_sandbox


@pytest.mark.parametrize(
    ("host", "audience"),
    [
        ("https://login.salesforce.com", PRODUCTION),
        ("https://test.salesforce.com", SANDBOX),
        ("acme.my.salesforce.com", PRODUCTION),
        ("https://acme--uat.sandbox.my.salesforce.com", SANDBOX),
        ("https://ACME--UAT.sandbox.my.salesforce.com/", SANDBOX),
        ("https://data-1234.scratch.my.salesforce.com", SANDBOX),
        ("https://acme-dev-ed.develop.my.salesforce.com", PRODUCTION),
        ("http://127.0.0.1:8080", PRODUCTION),
    ],
)
def test_the_audience_follows_from_the_host(host: str, audience: str) -> None:
    """Salesforce takes the login host of the right kind, to the letter."""
    assert audience_for(host) == audience


def test_a_user_who_was_not_allowed_to_use_the_app(org: TestOrg, signing: Credentials) -> None:
    """The commonest slip when an app is set up; the remedy has the clicks."""
    problem = problem_of(org, replace(signing, username="nobody@example.com"))
    assert type(problem) is Suspended
    assert "Permitted Users" in problem.remedy
    org.handle.tenant.app.change({"approved_users": []})
    problem = problem_of(org, signing)
    assert (type(problem), problem.code) == (Suspended, "invalid_app_access")


def test_a_key_that_does_not_belong_to_the_certificate(org: TestOrg, signing: Credentials) -> None:
    """Nothing is said about which of the two is the wrong one."""
    problem = problem_of(org, replace(signing, private_key=Keypair.new().pem()))
    assert type(problem) is Suspended
    assert "Use Digital Signatures" in problem.remedy


def test_a_clock_that_is_minutes_late_is_named(org: TestOrg, signing: Credentials) -> None:
    """The assertion lives three minutes."""
    org.server.clock.advance(600)
    with pytest.raises(Suspended) as caught:
        log_in(signing, org.route, connection="test_org")
    org.server.clock.advance(-600)
    assert "clock" in caught.value.remedy


def test_keys_that_are_of_no_use_are_refused_before_anything_is_sent(
    org: TestOrg, signing: Credentials, keypair: Keypair
) -> None:
    """Each says what to do about it, and none of it shows."""
    locked = keypair.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")
    ).decode()
    curve = (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode()
    )
    for key, said in ((locked, "passphrase"), (curve, "RSA"), ("no key at all" * 9, "PEM")):
        problem = problem_of(org, replace(signing, private_key=key))
        assert type(problem) is Misconfigured
        assert said in problem.message
    assert org.requests() == []
