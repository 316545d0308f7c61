"""What becomes of tokens: introspection, revocation, and who they belong to."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from fulfillment_bridge.simulator.server import OrgHandle
from tests.simulator.web_client import ControlClient, OrgClient


def post(org: OrgHandle, endpoint: str, **form: str) -> requests.Response:
    """Post a form to an OAuth endpoint."""
    return requests.post(f"{org.base_url}/services/oauth2/{endpoint}", data=form, timeout=10)


def secret(org: OrgHandle) -> dict[str, str]:
    """The form fields with which the org's app proves itself."""
    return {"client_id": org.consumer_key, "client_secret": org.consumer_secret}


def token_of(org: OrgHandle) -> str:
    """An access token that came of the refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": org.refresh_token}
    return str(post(org, "token", **form, **secret(org)).json()["access_token"])


def get(url: str, token: str) -> requests.Response:
    """GET with a token."""
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_an_application_may_look_into_its_tokens(org: OrgHandle, control: ControlClient) -> None:
    """How long an access token lives; looking does not keep it alive."""
    token = token_of(org)
    facts: dict[str, Any] = post(org, "introspect", token=token, **secret(org)).json()
    assert facts["active"] is True
    assert facts["username"] == org.username
    assert facts["client_id"] == org.consumer_key
    assert facts["token_type"] == "access_token"
    assert facts["exp"] - facts["iat"] == 7200
    control.post("/clock", {"advance_seconds": 7200})
    assert post(org, "introspect", token=token, **secret(org)).json() == {"active": False}


def test_refresh_tokens_can_be_looked_into_too(org: OrgHandle) -> None:
    """They have no end."""
    facts = post(org, "introspect", token=org.refresh_token, **secret(org)).json()
    assert (facts["active"], facts["token_type"], "exp" in facts) == (True, "refresh_token", False)


def test_strangers_learn_nothing(client: OrgClient) -> None:
    """A wrong secret is refused; tokens of others and unknown ones are just not active."""
    org = client.org
    wrong = secret(org) | {"client_secret": "x"}
    assert post(org, "introspect", token="x", **wrong).json()["error"] == "invalid_client"
    for token in ("x", client.session_id):
        assert post(org, "introspect", token=token, **secret(org)).json() == {"active": False}


def test_a_revoked_access_token_is_dead(org: OrgHandle) -> None:
    """200 without a body; the refresh token lives on. A second time it is unknown."""
    token = token_of(org)
    url = f"{org.base_url}/services/data/v62.0/sobjects"
    assert get(url, token).status_code == 200
    revoked = post(org, "revoke", token=token)
    assert (revoked.status_code, revoked.text) == (200, "")
    assert get(url, token).status_code == 401
    assert post(org, "revoke", token=token).json()["error"] == "invalid_token"
    assert get(url, token_of(org)).status_code == 200


def test_a_revoked_refresh_token_takes_its_sessions_along(
    client: OrgClient, control: ControlClient
) -> None:
    """Those of the application; the user's own login stays. The log does not keep the token."""
    org = client.org
    token = token_of(org)
    revoked = requests.get(
        f"{org.base_url}/services/oauth2/revoke", params={"token": org.refresh_token}, timeout=10
    )
    assert revoked.status_code == 200
    assert org.refresh_token not in str(control.get("/requests", org=org.name))
    url = f"{org.base_url}/services/data/v62.0/sobjects"
    assert get(url, token).status_code == 401
    assert client.get("sobjects").status_code == 200
    refused = post(
        org, "token", grant_type="refresh_token", refresh_token=org.refresh_token, **secret(org)
    )
    assert refused.json()["error_description"] == "expired access/refresh token"


def test_userinfo_tells_all_claims(org: OrgHandle) -> None:
    """The keys that clients read, and where the APIs are."""
    info = get(f"{org.base_url}/services/oauth2/userinfo", token_of(org)).json()
    expected = [
        "sub",
        "user_id",
        "organization_id",
        "preferred_username",
        "nickname",
        "name",
        "email",
        "email_verified",
        "given_name",
        "family_name",
        "zoneinfo",
        "photos",
        "profile",
        "picture",
        "address",
        "urls",
        "active",
        "user_type",
        "language",
        "locale",
        "utcOffset",
        "updated_at",
    ]
    assert list(info) == expected
    assert info["urls"]["rest"] == f"{org.base_url}/services/data/v{{version}}/"
    short = org.organization_id[:15]
    assert info["urls"]["partner"] == f"{org.base_url}/services/Soap/u/{{version}}/{short}"


def test_the_identity_address_answers_for_its_user(org: OrgHandle) -> None:
    """With the version filled in when asked; the token may stand in the address."""
    token = token_of(org)
    user_id = org.tenant.integration_user.user_id
    url = f"{org.base_url}/id/{org.organization_id}/{user_id}"
    found = get(f"{url}?version=62.0", token).json()
    assert found["user_id"] == user_id
    assert found["asserted_user"] is True
    assert found["urls"]["query"] == f"{org.base_url}/services/data/v62.0/query/"
    newest = requests.get(url, params={"version": "latest", "oauth_token": token}, timeout=10)
    assert newest.json()["urls"]["rest"].endswith("/v68.0/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("00D000000000001AAA/{user}", (403, "Wrong_Org")),
        ("{org}/005000000000001AAA", (404, "Bad_Id")),
        ("{org}/{admin}", (404, "Bad_Id")),
    ],
)
def test_the_identity_address_hides_others(
    org: OrgHandle, path: str, expected: tuple[int, str]
) -> None:
    """Other orgs, unknown users, and users one is not."""
    tenant = org.tenant
    names = {
        "org": org.organization_id,
        "user": tenant.integration_user.user_id,
        "admin": tenant.admin_user.user_id,
    }
    refused = get(f"{org.base_url}/id/{path.format(**names)}", token_of(org))
    assert (refused.status_code, refused.text) == expected
