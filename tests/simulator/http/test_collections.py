"""Up to 200 records in one call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.web_client import OrgClient

ROLLED_BACK = "ALL_OR_NONE_OPERATION_ROLLED_BACK"


def record(object_name: str, **values: Any) -> dict[str, Any]:
    """A record of a collection."""
    return {"attributes": {"type": object_name}, **values}


def count(client: OrgClient, object_name: str) -> int:
    """How many records of the object there are."""
    soql = {
        "Account": "SELECT COUNT() FROM Account",
        "Parcel__c": "SELECT COUNT() FROM Parcel__c",
    }
    return int(client.query(soql[object_name]).json()["totalSize"])


def test_each_record_is_judged_by_itself(client: OrgClient) -> None:
    """200 with the results in order; the code of an error is called statusCode here."""
    records = [record("Account", Name="A"), record("Account"), record("Parcel__c", Name="P")]
    response = client.post("composite/sobjects", {"allOrNone": False, "records": records})
    assert response.status_code == 200
    good, bad, other = response.json()
    assert good == {"id": good["id"], "success": True, "errors": []}
    assert other["success"]
    assert not bad["success"]
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert set(bad["errors"][0]) == {"statusCode", "message", "fields"}


def test_all_or_none_undoes_the_good_ones(client: OrgClient) -> None:
    """They say so, and nothing is saved."""
    records = [record("Account", Name="A"), record("Account")]
    results = client.post("composite/sobjects", {"allOrNone": True, "records": records}).json()
    assert [result["success"] for result in results] == [False, False]
    assert results[0]["errors"][0]["statusCode"] == ROLLED_BACK
    assert count(client, "Account") == 0


def test_records_are_changed_by_their_ids(client: OrgClient) -> None:
    """Id in any spelling; an unknown one fails alone."""
    first, second = (client.create("Account", Name=name) for name in "AB")
    records = [
        record("Account", id=first, Name="A2"),
        record("Account", Id=second, Name="B2"),
        record("Account", id="001000000000001AAA", Name="C"),
    ]
    results = client.patch("composite/sobjects", {"records": records}).json()
    assert [result["success"] for result in results] == [True, True, False]
    assert results[0] == {"id": first, "success": True, "errors": []}


def test_the_same_id_twice_in_one_request_is_refused(client: OrgClient) -> None:
    """At least the second time."""
    account = client.create("Account", Name="A")
    records = [record("Account", id=account, Name=name) for name in ("B", "C")]
    results = client.patch("composite/sobjects", {"records": records}).json()
    assert not results[1]["success"]


def test_records_are_upserted_by_external_id(client: OrgClient) -> None:
    """Each result says whether its record is new."""
    client.create("Parcel__c", Name="A", Code__c="C-1")
    records = [record("Parcel__c", Code__c=code, Name="N") for code in ("C-1", "C-2")]
    path = "composite/sobjects/Parcel__c/Code__c"
    results = client.patch(path, {"allOrNone": False, "records": records}).json()
    assert [result["created"] for result in results] == [False, True]
    assert count(client, "Parcel__c") == 2


def test_an_upsert_by_id_creates_what_has_none(client: OrgClient) -> None:
    """A null Id means a new record."""
    known = client.create("Account", Name="A")
    records = [record("Account", Id=known, Name="B"), record("Account", Id=None, Name="C")]
    results = client.patch("composite/sobjects/Account/Id", {"records": records}).json()
    assert [result["created"] for result in results] == [False, True]


def test_records_are_deleted_and_read_by_ids(client: OrgClient) -> None:
    """What is missing is null when read; ids of no object are malformed when deleted."""
    first, second = (client.create("Account", Name=name) for name in "AB")
    deleted = client.call("DELETE", f"composite/sobjects?ids={first},zzz000000000001AAA")
    assert [result["success"] for result in deleted.json()] == [True, False]
    read = client.get(f"composite/sobjects/Account?ids={second},{first}&fields=Name").json()
    assert read[0]["Name"] == "B"
    assert read[1] is None
    posted = client.post(
        "composite/sobjects/Account", {"ids": [second], "fields": ["Id", "Name"]}
    ).json()
    assert posted[0]["Id"] == second


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_more_than_200_records_are_refused_as_a_whole(client: OrgClient, method: str) -> None:
    """Not one of them is saved."""
    records = [record("Account", Name=f"A{number}") for number in range(201)]
    response = client.call(method, "composite/sobjects", json={"records": records})
    assert response.status_code == 400
    assert response.json()[0] == {
        "message": "record limit reached. cannot submit more than 200 records into this call",
        "errorCode": "EXCEEDED_ID_LIMIT",
    }
    assert count(client, "Account") == 0


def test_a_call_may_change_between_objects_ten_times(client: OrgClient) -> None:
    """Every change of type begins a chunk; eleven are too many."""
    names = ["Account", "Parcel__c"] * 6
    records = [record(name, Name="X") for name in names]
    assert client.post("composite/sobjects", {"records": records[:10]}).status_code == 200
    refused = client.post("composite/sobjects", {"records": records[:11]})
    assert refused.status_code == 400
    assert "Cannot have more than 10 chunks" in refused.json()[0]["message"]


def test_a_collection_is_one_call(client: OrgClient, admin: OrgClient) -> None:
    """However many records it has."""
    before = client.org.tenant.usage.used_by(client.username, now=client.org.org.clock.now())
    records = [record("Account", Name=f"A{number}") for number in range(200)]
    client.post("composite/sobjects", {"records": records})
    after = client.org.tenant.usage.used_by(client.username, now=client.org.org.clock.now())
    assert after - before == 1
