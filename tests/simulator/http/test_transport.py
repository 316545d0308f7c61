"""Versions, sessions, limits, and what HTTP itself can refuse."""

from __future__ import annotations

import gzip
import json
from email.utils import parsedate_to_datetime

import pytest
import requests

from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from tests.simulator.web_client import ControlClient, OrgClient


def error_code(response: requests.Response) -> str:
    """The code of the first error."""
    return str(response.json()[0]["errorCode"])


def test_the_versions_are_public(org: OrgHandle) -> None:
    """Every live version, oldest first, without a session and without a limit header."""
    response = requests.get(f"{org.base_url}/services/data/", timeout=10)
    versions = response.json()
    assert versions[0] == {
        "label": "Summer '14",
        "url": "/services/data/v31.0",
        "version": "31.0",
    }
    assert versions[-1] == {
        "label": "Winter '27",
        "url": "/services/data/v68.0",
        "version": "68.0",
    }
    assert [each["version"] for each in versions] == [f"{number}.0" for number in range(31, 69)]
    assert "Sforce-Limit-Info" not in response.headers


def test_a_version_lists_its_resources(client: OrgClient) -> None:
    """With addresses of that version; `latest` stands for the newest."""
    assert client.get("", version="58.0").json()["query"] == "/services/data/v58.0/query"
    newest = client.http.get(f"{client.base_url}/services/data/latest/", timeout=10)
    assert newest.json()["query"] == "/services/data/v68.0/query"


def test_retired_and_unknown_versions_are_refused(client: OrgClient) -> None:
    """410 for those that were, 404 for those that are not yet."""
    assert client.get("sobjects", version="30.0").status_code == 410
    assert client.get("sobjects", version="69.0").status_code == 404
    assert client.get("nonsense").json() == [
        {"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}
    ]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer 00Dxx!nope"}])
def test_without_a_session_nothing_else_answers(org: OrgHandle, headers: dict[str, str]) -> None:
    """401 with the code clients look for; nothing is charged."""
    url = f"{org.base_url}/services/data/v62.0/sobjects"
    response = requests.get(url, headers=headers, timeout=10)
    assert response.status_code == 401
    assert response.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]
    assert response.headers["Sforce-Limit-Info"] == "api-usage=0/100000"


def test_a_method_that_is_not_there_names_those_that_are(client: OrgClient) -> None:
    """405."""
    response = client.call("PUT", "sobjects/Account", json={})
    assert response.status_code == 405
    assert response.json() == [
        {
            "message": "HTTP Method 'PUT' not allowed. Allowed are HEAD,GET,POST",
            "errorCode": "METHOD_NOT_ALLOWED",
        }
    ]


def test_every_answer_tells_the_usage(client: OrgClient, control: ControlClient) -> None:
    """Calls of all users and of other apps, over the daily limit."""
    settings = {"daily_api_limit": 500, "api_usage_by_others": 100}
    control.post(f"/orgs/{client.org.name}/settings", settings)
    # The login was the first call, this is the second.
    assert client.get("sobjects").headers["Sforce-Limit-Info"] == "api-usage=102/500"
    assert client.get("nonsense").headers["Sforce-Limit-Info"] == "api-usage=103/500"


def test_over_the_limit_nobody_is_served(client: OrgClient, control: ControlClient) -> None:
    """403 until the window of 24 hours has rolled on; refused calls are not counted."""
    control.post(f"/orgs/{client.org.name}/settings", {"daily_api_limit": 2})
    assert client.get("sobjects").status_code == 200
    refused = client.get("sobjects")
    assert refused.status_code == 403
    assert refused.json() == [
        {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ]
    assert refused.headers["Sforce-Limit-Info"] == "api-usage=2/2"
    control.post(f"/orgs/{client.org.name}/settings", {"session_seconds": 200_000})
    control.post("/clock", {"advance_seconds": 86_400})
    assert client.get("sobjects").headers["Sforce-Limit-Info"] == "api-usage=1/2"


def test_limits_need_a_permission(client: OrgClient, admin: OrgClient) -> None:
    """An administrator sees them, an integration user is told they are not enabled."""
    assert admin.get("limits").json()["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_997}
    refused = client.get("limits")
    assert (refused.status_code, error_code(refused)) == (403, "API_DISABLED_FOR_ORG")


def test_the_api_can_be_closed(client: OrgClient, control: ControlClient) -> None:
    """For one user, or for the org."""
    org = client.org
    control.post(f"/orgs/{org.name}/users/{org.username}", {"permissions": []})
    refused = client.get("sobjects")
    assert (refused.status_code, error_code(refused)) == (403, "API_CURRENTLY_DISABLED")
    control.post(f"/orgs/{org.name}/settings", {"api_enabled": False})
    refused = client.get("sobjects")
    assert (refused.status_code, error_code(refused)) == (403, "API_DISABLED_FOR_ORG")


def test_addresses_have_a_longest_length(client: OrgClient) -> None:
    """414 for the address, 431 for address and headers together."""
    long_query = client.get("query?q=" + "x" * 17_000)
    assert long_query.status_code == 414
    headers = {"X-Long": "x" * 17_000}
    assert client.get("sobjects", headers=headers).status_code == 431
    assert client.get("query?q=" + "x" * 15_000).status_code == 400


def test_answers_are_packed_when_asked(client: OrgClient) -> None:
    """With gzip or not at all."""
    packed = client.get("sobjects", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    plain = client.get("sobjects", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_requests_may_be_packed(client: OrgClient) -> None:
    """With gzip; what is broken is no JSON."""
    body = gzip.compress(json.dumps({"Name": "Acme"}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    response = client.call("POST", "sobjects/Account", data=body, headers=headers)
    assert response.status_code == 201
    broken = client.call("POST", "sobjects/Account", data=body[:10], headers=headers)
    assert (broken.status_code, error_code(broken)) == (400, "JSON_PARSER_ERROR")


def test_the_date_is_the_simulated_one(
    client: OrgClient, control: ControlClient, simulator: SimulatorServer
) -> None:
    """Clients may set their clock by it."""
    control.post("/clock", {"advance_seconds": 86_400 * 3})
    response = requests.get(f"{client.base_url}/services/data", timeout=10)
    shown = parsedate_to_datetime(response.headers["Date"])
    assert shown.date() == simulator.clock.now().date()


def test_tls_is_vouched_for_by_an_authority_of_its_own() -> None:
    """Whoever trusts the file gets in, nobody else; all of it is gone afterwards."""
    with SimulatorServer(tls=True) as server:
        org = server.add_org(
            {"name": "secret", "users": [{"username": "a@b.example", "role": "integration"}]}
        )
        url = f"{org.base_url}/services/data"
        assert url.startswith("https://127.0.0.1:")
        assert org.ca_file is not None
        with requests.Session() as session:
            session.trust_env = False
            assert session.get(url, verify=org.ca_file, timeout=10).ok
            local = url.replace("127.0.0.1", "localhost")
            assert session.get(local, verify=org.ca_file, timeout=10).ok
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=10)
