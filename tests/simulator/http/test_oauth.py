"""The OAuth token endpoint and who a token belongs to."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
import requests

from fulfillment_bridge.simulator.server import OrgHandle
from tests.simulator.web_client import OrgClient


def ask(org: OrgHandle, **form: str) -> requests.Response:
    """Ask for a token."""
    return requests.post(f"{org.base_url}/services/oauth2/token", data=form, timeout=10)


def app(org: OrgHandle) -> dict[str, str]:
    """The form fields with which the org's app proves itself."""
    return {"client_id": org.consumer_key, "client_secret": org.consumer_secret}


def test_client_credentials_give_a_token_that_works(org: OrgHandle) -> None:
    """The app runs as the integration user; asking is not charged."""
    answer = ask(org, grant_type="client_credentials", **app(org)).json()
    assert answer["token_type"] == "Bearer"
    assert answer["instance_url"] == org.base_url
    assert answer["access_token"].startswith(org.organization_id[:15] + "!")
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    info = requests.get(f"{org.base_url}/services/oauth2/userinfo", headers=headers, timeout=10)
    assert info.json()["preferred_username"] == org.username
    assert info.json()["organization_id"] == org.organization_id
    listed = requests.get(
        f"{org.base_url}/services/data/v62.0/sobjects", headers=headers, timeout=10
    )
    assert listed.status_code == 200
    assert listed.headers["Sforce-Limit-Info"].startswith("api-usage=1/")


def test_the_app_may_prove_itself_by_basic_authorization(org: OrgHandle) -> None:
    """Key and secret in the header instead of the form."""
    response = requests.post(
        f"{org.base_url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(org.consumer_key, org.consumer_secret),
        timeout=10,
    )
    assert response.status_code == 200


def test_a_token_answer_is_signed(org: OrgHandle) -> None:
    """The signature covers the identity address and the time of issue."""
    answer = ask(org, grant_type="client_credentials", **app(org)).json()
    signed = (answer["id"] + answer["issued_at"]).encode()
    expected = hmac.new(org.consumer_secret.encode(), signed, hashlib.sha256).digest()
    assert base64.b64decode(answer["signature"]) == expected


def test_a_refresh_token_gives_a_session(org: OrgHandle) -> None:
    """A wrong one does not."""
    good = ask(org, grant_type="refresh_token", refresh_token=org.refresh_token, **app(org))
    assert good.json()["instance_url"] == org.base_url
    bad = ask(org, grant_type="refresh_token", refresh_token="x", **app(org))
    assert bad.status_code == 400
    assert bad.json() == {
        "error": "invalid_grant",
        "error_description": "expired access/refresh token",
    }


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "telepathy"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "x"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "client_secret": "x"}, "invalid_client"),
    ],
)
def test_bad_requests_for_tokens_say_why(org: OrgHandle, form: dict[str, str], error: str) -> None:
    """Grant, key and secret are checked."""
    response = ask(org, **{**app(org), **form})
    assert (response.status_code, response.json()["error"]) == (400, error)


def test_a_soap_session_is_a_token_too(client: OrgClient) -> None:
    """Clients ask who they are with whatever session they hold; without one they get 403."""
    url = f"{client.base_url}/services/oauth2/userinfo"
    assert client.http.get(url, timeout=10).json()["user_id"]
    refused = requests.get(url, timeout=10)
    assert (refused.status_code, refused.text) == (403, "Missing_OAuth_Token")
    refused = requests.get(url, headers={"Authorization": "Bearer x"}, timeout=10)
    assert (refused.status_code, refused.text) == (403, "Bad_OAuth_Token")
