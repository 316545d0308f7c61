"""Requests that are wrong in themselves: refused with a reason, and nothing is done."""

from __future__ import annotations

import base64
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from fulfillment_bridge.simulator.server import OrgHandle
from tests.simulator.web_client import ControlClient, OrgClient, fault_code

TYPED = {"attributes": {"type": "Account"}}
NODE = {"attributes": {"type": "Account", "referenceId": "a"}, "Name": "A"}


def deep(levels: int) -> dict[str, Any]:
    """A chain of accounts, each the child of the one before."""
    node: dict[str, Any] = {**NODE}
    for _ in range(levels - 1):
        node = {**NODE, "ChildAccounts": {"records": [node]}}
    return node


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "composite", {}),
        ("POST", "composite", {"compositeRequest": ["x"]}),
        ("POST", "composite/batch", {}),
        ("POST", "composite/batch", {"batchRequests": [{}] * 26}),
        ("POST", "composite/sobjects", {}),
        ("POST", "composite/sobjects", {"records": [{"Name": "A"}]}),
        ("POST", "composite/sobjects", {"records": [{"attributes": {"type": 5}}]}),
        ("PATCH", "composite/sobjects/Parcel__c/Code__c", {"records": [TYPED]}),
        ("DELETE", "composite/sobjects", None),
        ("GET", "composite/sobjects/Account?ids=x", None),
        ("POST", "composite/sobjects/Account", {"ids": ["x"] * 2001, "fields": ["Id"]}),
        ("POST", "composite/tree/Account", {}),
        ("POST", "composite/tree/Account", {"records": [TYPED]}),
        ("POST", "composite/tree/Account", {"records": [NODE] * 201}),
        ("POST", "composite/tree/Contact", {"records": [NODE]}),
        ("POST", "composite/tree/Account", {"records": [{**NODE, "Nope": {"records": [NODE]}}]}),
        ("POST", "composite/tree/Account", {"records": [deep(6)]}),
    ],
)
def test_a_malformed_request_does_nothing(
    client: OrgClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    """400 and an error with a code and a message."""
    response = client.call(method, path, json=body)
    assert response.status_code == 400, response.text
    assert set(response.json()[0]) == {"message", "errorCode"}
    assert client.query("SELECT COUNT() FROM Account").json()["totalSize"] == 0


def test_a_tree_of_five_levels_is_fine(client: OrgClient) -> None:
    """The deepest there is."""
    response = client.post("composite/tree/Account", {"records": [deep(5)]})
    assert response.status_code == 201, response.text
    assert len(response.json()["results"]) == 5


def test_bad_ids_of_a_deletion_undo_it_all_when_asked(client: OrgClient) -> None:
    """With allOrNone the good ones say that they were rolled back."""
    account = client.create("Account", Name="A")
    path = f"composite/sobjects?ids={account},zzz000000000001AAA&allOrNone=true"
    good, bad = client.call("DELETE", path).json()
    assert good["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert bad["errors"][0]["statusCode"] == "MALFORMED_ID"
    assert client.get(f"sobjects/Account/{account}").status_code == 200


def test_a_record_may_be_deleted_by_external_id(client: OrgClient) -> None:
    """When the id is clear."""
    for code, batch in (("C-1", "B"), ("C-2", "B")):
        client.create("Parcel__c", Name=code, Code__c=code, Batch__c=batch)
    assert client.call("DELETE", "sobjects/Parcel__c/Batch__c/B").status_code == 300
    assert client.call("DELETE", "sobjects/Parcel__c/Code__c/C-1").status_code == 204
    assert client.call("DELETE", "sobjects/Parcel__c/Code__c/C-1").status_code == 404


def test_a_collection_inside_a_composite_can_fail_it(client: OrgClient) -> None:
    """When both are all or none, one bad record undoes every part."""
    records = [{**TYPED, "Name": "A"}, TYPED]
    parts = [
        {
            "referenceId": "one",
            "method": "POST",
            "url": "/services/data/v62.0/sobjects/Account",
            "body": {"Name": "B"},
        },
        {
            "referenceId": "many",
            "method": "POST",
            "url": "/services/data/v62.0/composite/sobjects",
            "body": {"allOrNone": True, "records": records},
        },
    ]
    answer = client.post("composite", {"allOrNone": True, "compositeRequest": parts}).json()
    assert [part["httpStatusCode"] for part in answer["compositeResponse"]] == [400, 200]
    assert client.query("SELECT COUNT() FROM Account").json()["totalSize"] == 0


def test_soap_bodies_need_an_operation(client: OrgClient) -> None:
    """An envelope of another kind, an empty one, and a visit by browser."""
    soap = b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">%s</e:Envelope>'
    for body in (b"<html/>", soap % b"", soap % b"<e:Body/>"):
        assert fault_code(client.soap(body)) == "soapenv:Client"
    visit = client.http.get(f"{client.base_url}/services/Soap/u/64.0", timeout=10)
    assert visit.status_code == 500


def test_tokens_are_given_for_posts_by_active_users_only(
    org: OrgHandle, control: ControlClient
) -> None:
    """Nor for credentials that are none."""
    url = f"{org.base_url}/services/oauth2/token"
    assert requests.get(url, timeout=10).json()["error"] == "invalid_request"
    form = {"grant_type": "client_credentials"}
    for secret in (b"no colon", b"\xff"):
        headers = {"Authorization": "Basic " + base64.b64encode(secret).decode()}
        answer = requests.post(url, data=form, headers=headers, timeout=10).json()
        assert answer["error"] == "invalid_client_id"
    control.post(f"/orgs/{org.name}/users/{org.username}", {"is_active": False})
    auth = (org.consumer_key, org.consumer_secret)
    answer = requests.post(url, data=form, auth=auth, timeout=10).json()
    assert answer == {"error": "invalid_grant", "error_description": "inactive user"}


def test_the_versions_can_only_be_read(org: OrgHandle) -> None:
    """405 for anything else."""
    assert requests.post(f"{org.base_url}/services/data", timeout=10).status_code == 405


def test_a_head_request_gets_no_body(client: OrgClient) -> None:
    """Only what a GET would have said above it."""
    url = f"{client.base_url}/services/data/v62.0/sobjects"
    response = client.http.head(url, timeout=10)
    assert (response.status_code, response.content) == (200, b"")


def test_a_body_beyond_fifty_megabytes_is_refused(client: OrgClient) -> None:
    """413, read to the end but not kept."""
    headers = {"Content-Type": "application/json"}
    data = b" " * (51 * 1024 * 1024)
    assert client.call("POST", "sobjects/Account", data=data, headers=headers).status_code == 413


def test_a_caller_who_dies_in_mid_sentence_has_said_nothing(
    client: OrgClient, control: ControlClient
) -> None:
    """Half a body is no request, even where it reads like one."""
    address = urlsplit(client.base_url)
    head = (
        "POST /services/data/v62.0/sobjects/Account HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {client.session_id}\r\n"
        "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=10) as dying:
        dying.sendall(head.encode() + b'{"Name": "A"}')
        dying.shutdown(socket.SHUT_RDWR)
    assert client.query("SELECT COUNT() FROM Account").json()["totalSize"] == 0
    assert control.get("/requests", org=client.org.name, path="/sobjects/Account") == []
