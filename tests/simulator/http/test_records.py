"""Single records over REST."""

from __future__ import annotations

import pytest

from tests.simulator.web_client import OrgClient

NOWHERE = {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}


def test_creating_answers_201_and_says_where(client: OrgClient) -> None:
    """The Location is the record's address without the host."""
    response = client.post("sobjects/Account", {"Name": "Acme"})
    assert response.status_code == 201
    body = response.json()
    assert body == {"id": body["id"], "success": True, "errors": []}
    assert len(body["id"]) == 18
    location = f"/services/data/v62.0/sobjects/Account/{body['id']}"
    assert response.headers["Location"] == location


def test_a_record_can_be_read_changed_and_deleted(client: OrgClient) -> None:
    """200, 204, 204; deleting again finds it deleted."""
    path = "sobjects/Account/" + client.create("Account", Name="Acme")
    assert client.patch(path, {"Name": "Acme & Sons"}).status_code == 204
    read = client.get(path + "?fields=Name,Phone").json()
    assert read["attributes"]["url"] == f"/services/data/v62.0/{path}"
    assert (read["Name"], read["Phone"]) == ("Acme & Sons", None)
    assert set(read) - {"Id"} == {"attributes", "Name", "Phone"}
    deleted = client.call("DELETE", path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    again = client.call("DELETE", path)
    assert again.status_code == 404
    assert again.json()[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_a_post_may_stand_for_a_patch(client: OrgClient) -> None:
    """For clients that cannot send PATCH."""
    path = "sobjects/Account/" + client.create("Account", Name="Acme")
    assert client.post(path + "?_HttpMethod=PATCH", {"Name": "New"}).status_code == 204
    assert client.get(path).json()["Name"] == "New"


def test_an_upsert_creates_and_then_changes(client: OrgClient) -> None:
    """201, then 200 with a body, which old versions leave out."""
    path = "sobjects/Parcel__c/Code__c/C-1"
    created = client.patch(path, {"Name": "A"})
    assert created.status_code == 201
    assert created.json()["created"] is True
    assert created.headers["Location"].endswith(created.json()["id"])
    changed = client.patch(path, {"Name": "B"})
    assert changed.status_code == 200
    assert changed.json() == {**created.json(), "created": False}
    assert client.patch(path, {"Name": "C"}, version="45.0").status_code == 204
    assert client.get(path).json()["Name"] == "C"


def test_an_upsert_may_be_told_not_to_create(client: OrgClient) -> None:
    """With updateOnly an unknown external id is not found."""
    response = client.patch("sobjects/Parcel__c/Code__c/C-9?updateOnly=true", {"Name": "A"})
    assert response.status_code == 404


def test_an_external_id_with_a_slash_is_one_value(client: OrgClient) -> None:
    """Encoded, it stays a part of the value."""
    assert client.patch("sobjects/Parcel__c/Code__c/A%2FB", {"Name": "A"}).status_code == 201
    records = client.query("SELECT Code__c FROM Parcel__c").json()["records"]
    assert [record["Code__c"] for record in records] == ["A/B"]


def test_an_ambiguous_external_id_answers_with_the_choices(client: OrgClient) -> None:
    """300 and the address of each record that carries it."""
    ids = [client.create("Parcel__c", Name=name, Batch__c="B-1") for name in "AB"]
    addresses = [f"/services/data/v62.0/sobjects/Parcel__c/{record_id}" for record_id in ids]
    for response in (
        client.get("sobjects/Parcel__c/Batch__c/B-1"),
        client.patch("sobjects/Parcel__c/Batch__c/B-1", {"Name": "C"}),
    ):
        assert response.status_code == 300
        assert sorted(response.json()) == sorted(addresses)


@pytest.mark.parametrize(
    "path", ["sobjects/Nope__c", "sobjects/Nope__c/describe", "sobjects/Account/001000000000001"]
)
def test_what_is_not_there_is_not_found(client: OrgClient, path: str) -> None:
    """Objects and records alike."""
    response = client.get(path)
    assert response.status_code == 404
    assert response.json() == [NOWHERE]


def test_creating_in_an_unknown_object_is_not_found(client: OrgClient) -> None:
    """The address itself is wrong."""
    assert client.post("sobjects/Nope__c", {"Name": "A"}).json() == [NOWHERE]


def test_a_refused_record_says_why(client: OrgClient) -> None:
    """Code, text and fields of each reason."""
    response = client.post("sobjects/Account", {})
    assert response.status_code == 400
    body = response.json()
    assert body[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert body[0]["fields"] == ["Name"]
    unknown = client.post("sobjects/Account", {"Name": "A", "Nope": 1})
    assert unknown.json()[0]["message"] == "No such column 'Nope' on sobject of type Account"


def test_describe_comes_long_and_short(client: OrgClient) -> None:
    """With fields below `describe`, without at the object itself."""
    whole = client.get("sobjects/Parcel__c/describe").json()
    assert "Code__c" in [field["name"] for field in whole["fields"]]
    short = client.get("sobjects/Parcel__c").json()
    assert short["objectDescribe"]["name"] == "Parcel__c"
    assert "fields" not in short["objectDescribe"]
    listed = client.get("sobjects").json()["sobjects"]
    assert {"Account", "Parcel__c"} <= {each["name"] for each in listed}


def test_a_body_must_be_json(client: OrgClient) -> None:
    """Nothing, something broken, a list, another media type."""
    empty = client.call("POST", "sobjects/Account", headers={"Content-Type": "application/json"})
    assert empty.json()[0]["message"] == (
        "The HTTP entity body is required, but this request has no entity body."
    )
    for data in ("{", "[]", "nonsense"):
        headers = {"Content-Type": "application/json"}
        broken = client.call("POST", "sobjects/Account", data=data, headers=headers)
        assert broken.status_code == 400
        assert broken.json()[0]["errorCode"] == "JSON_PARSER_ERROR"
    other = client.call("POST", "sobjects/Account", data="x", headers={"Content-Type": "text/csv"})
    assert other.status_code == 415
    assert other.json()[0]["errorCode"] == "UNSUPPORTED_MEDIA_TYPE"
