"""The OAuth flows beyond the plain secret: assertions, passwords, approvals, rotation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from fulfillment_bridge.simulator.oauth_consumers import Consumer
from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from tests.simulator.certificates import Keypair
from tests.simulator.conftest import small_org
from tests.simulator.rerouting import rerouted
from tests.simulator.web_client import ControlClient

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LOGIN = "https://login.salesforce.com"
SANDBOX = "https://test.salesforce.com"


@pytest.fixture(scope="module")
def keypair() -> Keypair:
    """The key of the application; making one takes a moment."""
    return Keypair.new()


@pytest.fixture
def signing_org(org: OrgHandle, keypair: Keypair) -> OrgHandle:
    """An org whose application registered its certificate."""
    org.tenant.app.change({"certificate": keypair.certificate})
    return org


def app(org: OrgHandle) -> Consumer:
    """The org's application."""
    return org.tenant.app


def ask(org: OrgHandle, **form: str) -> tuple[int, dict[str, Any]]:
    """Ask for a token; status and body."""
    url = f"{org.base_url}/services/oauth2/token"
    response = requests.post(url, data=form, timeout=10)
    return response.status_code, response.json()


def secret(org: OrgHandle) -> dict[str, str]:
    """The form fields with which the org's app proves itself."""
    return {"client_id": org.consumer_key, "client_secret": org.consumer_secret}


def claims(org: OrgHandle, **changes: Any) -> dict[str, Any]:
    """Good claims, but for the changes."""
    expires = org.org.clock.now() + timedelta(minutes=3)
    good = {
        "iss": org.consumer_key,
        "sub": org.username,
        "aud": LOGIN,
        "exp": int(expires.timestamp()),
    }
    return good | changes


def ask_signed(org: OrgHandle, assertion: str) -> tuple[int, dict[str, Any]]:
    """Ask for a token with an assertion."""
    return ask(org, grant_type=JWT_BEARER, assertion=assertion)


def refusal(description: str, error: str = "invalid_grant") -> tuple[int, dict[str, str]]:
    """How a refused request is answered."""
    return 400, {"error": error, "error_description": description}


def test_a_signed_assertion_gives_a_token(signing_org: OrgHandle, keypair: Keypair) -> None:
    """The answer of this flow has neither signature nor time of issue nor refresh token."""
    status, body = ask_signed(signing_org, keypair.assertion(claims(signing_org)))
    assert status == 200
    assert set(body) == {"access_token", "scope", "instance_url", "id", "token_type"}
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    info = requests.get(body["id"], headers=headers, timeout=10).json()
    assert info["username"] == signing_org.username


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"aud": SANDBOX}, "audience is invalid"),
        ({"aud": LOGIN + "/"}, "audience is invalid"),
        ({"aud": [LOGIN]}, "audience is invalid"),
        ({"aud": None}, "audience is invalid"),
        ({"exp": 1}, "expired authorization code"),
        ({"exp": 32_503_680_000}, "invalid assertion"),
        ({"exp": None}, "invalid assertion"),
        ({"exp": "soon"}, "invalid assertion"),
        ({"sub": "nobody@nowhere.example"}, "user hasn't approved this consumer"),
    ],
)
def test_an_assertion_must_be_right_in_every_claim(
    signing_org: OrgHandle, keypair: Keypair, changes: dict[str, Any], description: str
) -> None:
    """Audience to the letter and as one text; expiry near but not past; a user who exists."""
    answer = ask_signed(signing_org, keypair.assertion(claims(signing_org, **changes)))
    assert answer == refusal(description)


def test_the_expiry_may_come_as_digits(signing_org: OrgHandle, keypair: Keypair) -> None:
    """Some client libraries send it as a text."""
    good = claims(signing_org)
    assertion = keypair.assertion(good | {"exp": str(good["exp"])})
    assert ask_signed(signing_org, assertion)[0] == 200


def test_a_sandbox_has_an_audience_of_its_own(
    signing_org: OrgHandle, keypair: Keypair, control: ControlClient
) -> None:
    """test instead of login."""
    control.post(f"/orgs/{signing_org.name}/settings", {"is_sandbox": True})
    assert ask_signed(signing_org, keypair.assertion(claims(signing_org, aud=SANDBOX)))[0] == 200
    answer = ask_signed(signing_org, keypair.assertion(claims(signing_org)))
    assert answer == refusal("audience is invalid")


def test_only_the_registered_key_signs(signing_org: OrgHandle, keypair: Keypair) -> None:
    """Another key, another algorithm, a changed text, no certificate at all: refused."""
    good = claims(signing_org)
    stranger = Keypair.new()
    assert ask_signed(signing_org, stranger.assertion(good)) == refusal("invalid assertion")
    unsigned = keypair.assertion(good, algorithm="none")
    assert ask_signed(signing_org, unsigned) == refusal("invalid assertion")
    header, _, signature = keypair.assertion(good).split(".")
    other = keypair.assertion(good | {"sub": signing_org.admin_username}).split(".")[1]
    changed = f"{header}.{other}.{signature}"
    assert ask_signed(signing_org, changed) == refusal("invalid assertion")
    app(signing_org).change({"certificate": None})
    assert ask_signed(signing_org, keypair.assertion(good)) == refusal("invalid assertion")


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.e30.", "W10.W10.W10", "ä.ö.ü"])
def test_what_is_no_assertion_is_refused(signing_org: OrgHandle, text: str) -> None:
    """Whatever it is instead."""
    assert ask_signed(signing_org, text) == refusal("invalid assertion")


def test_an_unknown_issuer_is_told_so(signing_org: OrgHandle, keypair: Keypair) -> None:
    """Its key is checked before the signature."""
    answer = ask_signed(signing_org, keypair.assertion(claims(signing_org, iss="3MVG9x")))
    assert answer == refusal("client identifier invalid", "invalid_client_id")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"approved_users": []},
            refusal("user is not admin approved to access this app", "invalid_app_access"),
        ),
        (
            {"approved_users": [], "policy": "self_authorized"},
            refusal("user hasn't approved this consumer"),
        ),
        ({"blocked": True}, refusal("this app is blocked by admin", "OAUTH_APP_BLOCKED")),
        ({"flows": []}, refusal("invalid assertion")),
    ],
)
def test_the_administrator_decides_who_uses_an_app(
    signing_org: OrgHandle, keypair: Keypair, changes: dict[str, Any], expected: Any
) -> None:
    """Approval of users, by them or for them; blocking; flows."""
    app(signing_org).change(changes)
    assert ask_signed(signing_org, keypair.assertion(claims(signing_org))) == expected


def test_inactive_users_get_no_token(signing_org: OrgHandle, control: ControlClient) -> None:
    """Even when the application is fine."""
    control.post(f"/orgs/{signing_org.name}/users/{signing_org.username}", {"is_active": False})
    answer = ask(signing_org, grant_type="client_credentials", **secret(signing_org))
    assert answer == refusal("inactive user")


def test_client_credentials_need_the_orgs_own_host(org: OrgHandle) -> None:
    """The host that all orgs share refuses them; it takes other grants."""
    url = f"{org.base_url}/services/oauth2/token"
    form = {"grant_type": "client_credentials", **secret(org)}
    shared = {"Host": "login.salesforce.com"}
    refused = requests.post(url, data=form, headers=shared, timeout=10)
    expected = refusal("request not supported on this domain")
    assert (refused.status_code, refused.json()) == expected
    form = {"grant_type": "refresh_token", "refresh_token": org.refresh_token, **secret(org)}
    assert requests.post(url, data=form, headers=shared, timeout=10).ok


def test_client_credentials_need_a_user_to_run_as(org: OrgHandle) -> None:
    """Without one, or without the flow, the same text."""
    for changes in ({"run_as": "nobody"}, {"run_as": org.username, "flows": ["jwt_bearer"]}):
        app(org).change(changes)
        answer = ask(org, grant_type="client_credentials", **secret(org))
        assert answer == refusal("no client credentials user enabled")


def test_the_password_flow_is_off_by_default(org: OrgHandle, control: ControlClient) -> None:
    """The org and the application must both allow it; the token belongs to the password."""
    form = {"grant_type": "password", "username": org.username, **secret(org)}
    password = org.password + org.security_token
    assert ask(org, **form, password=password) == refusal("authentication failure")
    control.post(f"/orgs/{org.name}/settings", {"password_flow_enabled": True})
    assert ask(org, **form, password=password) == refusal("authentication failure")
    app(org).change({"flows": ["password"]})
    status, body = ask(org, **form, password=password)
    assert (status, "refresh_token" in body) == (200, False)
    assert ask(org, **form, password=org.password) == refusal("authentication failure")
    assert ask(org, **form, password="wrong") == refusal("authentication failure")


def test_refresh_tokens_may_rotate(org: OrgHandle) -> None:
    """Then every answer brings a new one and the old one is dead."""
    app(org).change({"rotates_refresh_tokens": True})
    form = {"grant_type": "refresh_token", **secret(org)}
    first = ask(org, **form, refresh_token=org.refresh_token)[1]["refresh_token"]
    assert first != org.refresh_token
    answer = ask(org, **form, refresh_token=org.refresh_token)
    assert answer == refusal("expired access/refresh token")
    assert ask(org, **form, refresh_token=first)[0] == 200


def test_consumers_can_be_declared(simulator: SimulatorServer, keypair: Keypair) -> None:
    """In the org's description; the first is the one of the ready line."""
    description = small_org("declared") | {
        "consumers": [
            {"name": "bridge", "certificate": keypair.certificate, "flows": ["jwt_bearer"]},
            {"consumer_key": "other", "consumer_secret": "s3cret", "refresh_token": "r"},
        ]
    }
    org = simulator.add_org(description)
    assert ask_signed(org, keypair.assertion(claims(org)))[0] == 200
    form = {"client_id": "other", "client_secret": "s3cret"}
    assert ask(org, grant_type="client_credentials", **form)[0] == 200
    crossed = ask(org, grant_type="refresh_token", refresh_token=org.refresh_token, **form)
    assert crossed == refusal("expired access/refresh token")
    simulator.remove_org(org.name)


def test_a_known_client_logs_in_by_assertion_and_by_secret(keypair: Keypair) -> None:
    """A library that nobody here wrote, with its own addresses and its own tokens."""
    with SimulatorServer(tls=False) as server:
        org = server.add_org(small_org("known"))
        app(org).change({"certificate": keypair.certificate})
        with rerouted(org.base_url) as session:
            token, instance = SalesforceLogin(
                username=org.username,
                consumer_key=org.consumer_key,
                privatekey=keypair.pem(),
                session=session,
            )
            assert org.tenant.sessions.owner(token) == org.username
            assert instance == org.base_url.removeprefix("http://")
            by_secret: dict[str, Any] = {
                "consumer_key": org.consumer_key,
                "consumer_secret": org.consumer_secret,
            }
            token, _ = SalesforceLogin(domain="small.my", session=session, **by_secret)
            assert org.tenant.sessions.owner(token) == org.username
            app(org).change({"approved_users": []})
            with pytest.raises(SalesforceAuthenticationFailed, match="invalid_app_access"):
                SalesforceLogin(
                    username=org.username,
                    consumer_key=org.consumer_key,
                    privatekey=keypair.pem(),
                    session=session,
                )


def test_the_control_address_registers_certificates(
    org: OrgHandle, control: ControlClient, keypair: Keypair
) -> None:
    """And adds applications; it never tells their secrets."""
    path = f"/orgs/{org.name}/consumers"
    control.post(path, {"certificate": keypair.certificate})
    assert ask_signed(org, keypair.assertion(claims(org)))[0] == 200
    control.post(path, {"consumer_key": "second", "consumer_secret": "s3cret"})
    form = {"client_id": "second", "client_secret": "s3cret"}
    assert ask(org, grant_type="client_credentials", **form)[0] == 200
    shown = control.get(path)
    assert [each["consumer_key"] for each in shown] == [org.consumer_key, "second"]
    assert "s3cret" not in str(shown)
    refused = control.http.post(control.url + path, json={"certificate": "none"}, timeout=10)
    assert refused.status_code == 400
