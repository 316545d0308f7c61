"""Records with their children in one call."""

from __future__ import annotations

from typing import Any

from tests.simulator.web_client import OrgClient


def node(object_name: str, reference_id: str, **values: Any) -> dict[str, Any]:
    """A record of a tree."""
    return {"attributes": {"type": object_name, "referenceId": reference_id}, **values}


def test_children_hang_on_their_parents(client: OrgClient) -> None:
    """201 and an id for each reference."""
    parcels = [node("Parcel__c", "p1", Name="P1"), node("Parcel__c", "p2", Name="P2")]
    tree = node("Account", "a", Name="Acme", Parcels__r={"records": parcels})
    response = client.post("composite/tree/Account", {"records": [tree]})
    assert response.status_code == 201
    body = response.json()
    assert body["hasErrors"] is False
    ids = {result["referenceId"]: result["id"] for result in body["results"]}
    assert set(ids) == {"a", "p1", "p2"}
    rows = client.query("SELECT Account__c FROM Parcel__c").json()["records"]
    assert [row["Account__c"] for row in rows] == [ids["a"]] * 2


def test_one_bad_record_undoes_the_tree(client: OrgClient) -> None:
    """400, and only the bad ones are named."""
    tree = node("Account", "a", Name="A", Parcels__r={"records": [node("Parcel__c", "p", X=1)]})
    response = client.post("composite/tree/Account", {"records": [tree]})
    assert response.status_code == 400
    body = response.json()
    assert body["hasErrors"] is True
    assert [result["referenceId"] for result in body["results"]] == ["p"]
    assert body["results"][0]["errors"][0]["statusCode"] == "INVALID_FIELD"
    assert client.query("SELECT COUNT() FROM Account").json()["totalSize"] == 0


def test_a_tree_has_at_most_200_records(client: OrgClient) -> None:
    """Children included."""
    parcels = [node("Parcel__c", f"p{n}", Name="P") for n in range(200)]
    tree = node("Account", "a", Name="A", Parcels__r={"records": parcels})
    response = client.post("composite/tree/Account", {"records": [tree]})
    assert response.status_code == 400
    assert response.json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"
