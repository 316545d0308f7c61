"""composite/graph: each graph succeeds or fails as a whole, for itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.web_client import ControlClient, OrgClient


def node(name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """A request of a graph."""
    url = f"/services/data/v62.0/{path}"
    made = {"referenceId": name, "method": method, "url": url}
    return made if body is None else made | {"body": body}


def good(graph_id: str) -> dict[str, Any]:
    """An account with a parcel that refers to it."""
    parcel = {"Name": graph_id, "Account__c": "@{account.id}"}
    return {
        "graphId": graph_id,
        "compositeRequest": [
            node("account", "POST", "sobjects/Account", {"Name": graph_id}),
            node("parcel", "POST", "sobjects/Parcel__c", parcel),
        ],
    }


def bad(graph_id: str) -> dict[str, Any]:
    """A good account, and a parcel with a field that is not there."""
    graph = good(graph_id)
    graph["compositeRequest"][1]["body"] = {"Nope": 1}
    return graph


def names(client: OrgClient) -> list[str]:
    """The accounts of the org."""
    records = client.query("SELECT Name FROM Account ORDER BY Name").json()["records"]
    return [record["Name"] for record in records]


def test_graphs_stand_and_fall_alone(client: OrgClient, control: ControlClient) -> None:
    """The failed one is undone, the others stay; all of it is one call."""
    before = control.get("/usage", org=client.org.name)["charged"]
    response = client.post("composite/graph", {"graphs": [good("a"), bad("b"), good("c")]})
    assert control.get("/usage", org=client.org.name)["charged"] - before == 1
    assert response.status_code == 200
    graphs = response.json()["graphs"]
    assert [(each["graphId"], each["isSuccessful"]) for each in graphs] == [
        ("a", True),
        ("b", False),
        ("c", True),
    ]
    first, second = graphs[1]["graphResponse"]["compositeResponse"]
    assert first["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert second["body"][0]["errorCode"] == "INVALID_FIELD"
    assert names(client) == ["a", "c"]


def test_too_many_failures_halt_the_rest(client: OrgClient) -> None:
    """After fourteen failed graphs nothing more is tried."""
    graphs = [bad(f"b{number}") for number in range(14)] + [good("last")]
    answer = client.post("composite/graph", {"graphs": graphs}).json()["graphs"]
    assert answer[-1]["isSuccessful"] is False
    codes = {
        each["body"][0]["errorCode"] for each in answer[-1]["graphResponse"]["compositeResponse"]
    }
    assert codes == {"PROCESSING_HALTED"}
    assert names(client) == []


@pytest.mark.parametrize(
    ("graphs", "code"),
    [
        ([good(f"g{number}") for number in range(76)], "LIMIT_EXCEEDED"),
        (
            [{"graphId": "g", "compositeRequest": [node(f"n{n}", "GET", "x") for n in range(501)]}],
            "LIMIT_EXCEEDED",
        ),
        ([good("same"), good("same")], "INVALID_INPUT"),
        ([{"graphId": "g", "compositeRequest": [node("a.b", "GET", "x")]}], "INVALID_INPUT"),
        ([{"compositeRequest": []}], "JSON_PARSER_ERROR"),
        ("graphs", "JSON_PARSER_ERROR"),
    ],
)
def test_graphs_have_limits(client: OrgClient, graphs: Any, code: str) -> None:
    """75 graphs, 500 nodes, names of their own."""
    refused = client.post("composite/graph", {"graphs": graphs})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, code)


def test_old_versions_have_no_graphs(client: OrgClient) -> None:
    """They came with 50.0."""
    assert client.post("composite/graph", {"graphs": []}, version="49.0").status_code == 404
