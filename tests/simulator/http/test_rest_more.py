"""Columns, relations, counts, conditional describes, and answers that are not JSON."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from fulfillment_bridge.simulator.server import OrgHandle
from tests.simulator.web_client import ControlClient, OrgClient


def columns(client: OrgClient, soql: str) -> dict[str, Any]:
    """The columns of a query."""
    body: dict[str, Any] = client.get("query", params={"q": soql, "columns": "true"}).json()
    return body


def test_a_query_tells_its_columns(client: OrgClient) -> None:
    """Names as the org spells them, types, and columns of parents inside their parent."""
    soql = "SELECT id, name, account__r.owner.name, Parcel__c.Weight__c FROM parcel__c"
    body = columns(client, soql)
    assert {key: value for key, value in body.items() if key != "columnMetadata"} == {
        "entityName": "Parcel__c",
        "groupBy": False,
        "idSelected": True,
        "keyPrefix": "a00",
    }
    first, name, parent, weight = body["columnMetadata"]
    assert first == {
        "aggregate": False,
        "apexType": "Id",
        "booleanType": False,
        "columnName": "Id",
        "custom": False,
        "displayName": "Id",
        "foreignKeyName": None,
        "insertable": False,
        "joinColumns": [],
        "numberType": False,
        "textType": False,
        "updatable": False,
    }
    assert (name["columnName"], name["textType"], name["insertable"]) == ("Name", True, True)
    assert (weight["columnName"], weight["apexType"], weight["custom"]) == (
        "Weight__c",
        "Double",
        True,
    )
    assert (parent["columnName"], parent["foreignKeyName"]) == ("Account__r", "Account__c")
    owner = parent["joinColumns"][0]
    assert (owner["columnName"], owner["foreignKeyName"]) == ("Owner", "OwnerId")
    assert owner["joinColumns"][0]["columnName"] == "Name"


def test_columns_of_children_and_sums(client: OrgClient) -> None:
    """A subquery is a column that aggregates; functions have their names or aliases."""
    body = columns(client, "SELECT Id, (SELECT Name, Code__c FROM parcels__r) FROM Account")
    child = body["columnMetadata"][1]
    assert (child["columnName"], child["aggregate"]) == ("Parcels__r", True)
    assert [each["columnName"] for each in child["joinColumns"]] == ["Name", "Code__c"]
    body = columns(client, "SELECT Name, COUNT(Id), MAX(Weight__c) m FROM Parcel__c GROUP BY Name")
    assert body["groupBy"] is True
    names = [(each["columnName"], each["aggregate"]) for each in body["columnMetadata"]]
    assert names == [("Name", False), ("expr0", True), ("m", True)]


def test_columns_of_unsound_queries_are_refused(client: OrgClient) -> None:
    """With the error that the query itself would give."""
    refused = client.get("query", params={"q": "SELECT Nope FROM Account", "columns": "true"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_a_record_leads_to_its_relations(client: OrgClient) -> None:
    """To its parent, to a page of its children, and nowhere else."""
    account = client.create("Account", Name="Acme")
    parcel = client.create("Parcel__c", Name="P", Account__c=account)
    lonely = client.create("Parcel__c", Name="Q")
    parent = client.get(f"sobjects/Parcel__c/{parcel}/Account__r?fields=Name").json()
    assert parent["Name"] == "Acme"
    assert parent["attributes"]["type"] == "Account"
    children = client.get(f"sobjects/Account/{account}/Parcels__r").json()
    assert (children["totalSize"], children["done"]) == (1, True)
    assert (children["records"][0]["Name"], children["records"][0]["Code__c"]) == ("P", None)
    assert client.get(f"sobjects/Parcel__c/{lonely}/Account__r").status_code == 404
    assert client.get(f"sobjects/Parcel__c/{parcel}/Nope__r").status_code == 404
    assert client.get("sobjects/Account/001000000000001AAA/Parcels__r").status_code == 404


def test_objects_can_be_counted(client: OrgClient) -> None:
    """Those that are named, whatever their case; unknown names are passed over."""
    client.create("Account", Name="A")
    found = client.get("limits/recordCount?sObjects=account,Nope,Parcel__c").json()
    assert found == {
        "sObjects": [{"count": 1, "name": "Account"}, {"count": 0, "name": "Parcel__c"}]
    }
    everything = client.get("limits/recordCount").json()["sObjects"]
    assert {"count": 2, "name": "User"} in everything
    assert client.get("limits/recordCount", version="39.0").status_code == 404


def test_nothing_was_looked_at(client: OrgClient) -> None:
    """There is no browser here."""
    assert client.get("recent").json() == []
    assert client.get("sobjects/Account").json()["recentItems"] == []


@pytest.mark.parametrize("path", ["sobjects", "sobjects/Parcel__c/describe"])
def test_a_describe_that_is_known_need_not_be_sent_again(
    client: OrgClient, control: ControlClient, path: str
) -> None:
    """304 until what the user may see has changed."""
    first = client.get(path)
    known = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = client.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-Modified-Since": "whenever"}).status_code == 200
    control.post("/clock", {"advance_seconds": 60})
    assert client.get(path, headers=known).status_code == 304
    name = "Account" if path == "sobjects" else "Parcel__c"
    limits = {"hidden_fields": {name: ["Weight__c"]}, "object_permissions": {"Account": ["read"]}}
    control.post(f"/orgs/{client.org.name}/users/{client.username}", limits)
    changed = client.get(path, headers=known)
    assert changed.status_code == 200
    stamps = [parsedate_to_datetime(each.headers["Last-Modified"]) for each in (first, changed)]
    assert stamps[0] < stamps[1]


def test_a_post_without_json_is_refused_in_xml(org: OrgHandle) -> None:
    """When its session is not valid; with JSON the refusal is JSON."""
    with OrgClient(org) as stranger:
        stranger.http.headers["Authorization"] = "Bearer nope"
        refused = stranger.call(
            "POST", "sobjects/Account", data=b"<x/>", headers={"Content-Type": "application/xml"}
        )
        assert refused.status_code == 401
        assert refused.headers["Sfdc-OAuth-Error"] == "1703"
        assert refused.headers["Content-Type"].startswith("text/html")
        tree: Element = fromstring(refused.content)
        assert tree.tag == "response"
        assert (tree.findtext("faultcode") or "").startswith("LOGIN_OAUTH_INVALID_TOKEN")
        plain = stranger.post("sobjects/Account", {"Name": "A"})
        assert plain.json()[0]["errorCode"] == "INVALID_SESSION_ID"


def test_an_outage_is_a_page_for_people(client: OrgClient, control: ControlClient) -> None:
    """503 with HTML, unless the rule says what to send."""
    control.rule(org=client.org.name, action="status", times=1)
    outage = client.get("sobjects")
    assert outage.status_code == 503
    assert outage.headers["Content-Type"].startswith("text/html")
    assert "<h1>Service Unavailable</h1>" in outage.text
    body = [{"message": "Server Unavailable", "errorCode": "SERVER_UNAVAILABLE"}]
    control.rule(org=client.org.name, action="status", status=503, body=body, times=1)
    assert client.get("sobjects").json() == body


def test_other_media_types_are_refused_everywhere(client: OrgClient) -> None:
    """415 for create, update, composites and jobs alike."""
    paths = [
        ("POST", "sobjects/Account"),
        ("PATCH", "sobjects/Parcel__c/Code__c/C"),
        ("POST", "composite"),
        ("POST", "composite/batch"),
        ("POST", "composite/sobjects"),
        ("POST", "composite/tree/Account"),
        ("POST", "composite/graph"),
        ("POST", "jobs/ingest"),
        ("POST", "jobs/query"),
    ]
    for method, path in paths:
        headers = {"Content-Type": "text/plain"}
        refused = client.call(method, path, data=b"{}", headers=headers)
        found = (refused.status_code, refused.json()[0]["errorCode"])
        assert found == (415, "UNSUPPORTED_MEDIA_TYPE"), path


def test_methods_that_are_not_there_are_refused_everywhere(client: OrgClient) -> None:
    """405, naming those that are."""
    allowed = {
        "query": "HEAD,GET",
        "limits": "HEAD,GET",
        "recent": "HEAD,GET",
        "sobjects/Account/describe": "HEAD,GET",
        "sobjects/Account/updated": "HEAD,GET",
        "composite": "POST",
        "composite/graph": "POST",
        "jobs/ingest": "HEAD,GET,POST",
        "jobs/ingest/750000000000001AAA": "HEAD,GET,PATCH,DELETE",
        "jobs/query/750000000000001AAA/results": "HEAD,GET",
    }
    for path, methods in allowed.items():
        refused = client.call("PUT", path)
        assert refused.status_code == 405, path
        assert refused.json()[0]["message"].endswith(f"Allowed are {methods}"), path


def test_a_head_has_no_body(client: OrgClient) -> None:
    """But the status and the headers of the GET."""
    account = client.create("Account", Name="A")
    found = client.call("HEAD", f"sobjects/Account/{account}")
    assert (found.status_code, found.content) == (200, b"")
    assert "Sforce-Limit-Info" in found.headers
    assert client.call("HEAD", "sobjects/Account/001000000000009AAA").status_code == 404


def test_headers_that_change_nothing_here_are_accepted(client: OrgClient) -> None:
    """Assignment rules and recently used lists."""
    headers = {"Sforce-Auto-Assign": "FALSE", "Sforce-Mru": "updateMru=true"}
    made = client.post("sobjects/Account", {"Name": "A"}, headers=headers)
    assert made.status_code == 201
