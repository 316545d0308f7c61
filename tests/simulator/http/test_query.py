"""Queries over REST: shapes, pages, locators."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.simulator.web_client import ControlClient, OrgClient


def put_parcels(control: ControlClient, client: OrgClient, count: int) -> list[str]:
    """Insert parcels past all rules; their ids."""
    records = [{"Name": f"P{number:05d}", "Weight__c": number} for number in range(count)]
    body = {"object": "Parcel__c", "records": records}
    ids: list[str] = control.post(f"/orgs/{client.org.name}/records", body)["ids"]
    return ids


def test_records_come_in_the_order_of_the_select_list(client: OrgClient) -> None:
    """Each begins with its type and address; a parent is nested, a missing one is null."""
    account = client.create("Account", Name="Acme")
    with_account = client.create("Parcel__c", Name="A", Account__c=account, Weight__c=2)
    client.create("Parcel__c", Name="B")
    soql = "SELECT Weight__c, Name, Account__r.Name FROM Parcel__c ORDER BY Name"
    page = client.query(soql).json()
    assert list(page) == ["totalSize", "done", "records"]
    assert (page["totalSize"], page["done"]) == (2, True)
    root = "/services/data/v62.0/sobjects"
    assert page["records"][0] == {
        "attributes": {"type": "Parcel__c", "url": f"{root}/Parcel__c/{with_account}"},
        "Weight__c": 2.0,
        "Name": "A",
        "Account__r": {
            "attributes": {"type": "Account", "url": f"{root}/Account/{account}"},
            "Name": "Acme",
        },
    }
    assert list(page["records"][0]) == ["attributes", "Weight__c", "Name", "Account__r"]
    assert page["records"][1]["Account__r"] is None


def test_a_count_has_no_records(client: OrgClient) -> None:
    """The number is the total size."""
    client.create("Account", Name="Acme")
    page = client.query("SELECT COUNT() FROM Account").json()
    assert page == {"totalSize": 1, "done": True, "records": []}


def test_aggregates_have_a_type_but_no_address(client: OrgClient) -> None:
    """Columns without an alias are called expr0 and so on."""
    client.create("Account", Name="Acme")
    records = client.query("SELECT Name, COUNT(Id) FROM Account GROUP BY Name").json()["records"]
    assert records == [{"attributes": {"type": "AggregateResult"}, "Name": "Acme", "expr0": 1}]


def test_a_large_result_comes_in_pages(client: OrgClient, control: ControlClient) -> None:
    """Two thousand rows by default; a locator leads to the next page."""
    put_parcels(control, client, 2001)
    first = client.query("SELECT Name FROM Parcel__c ORDER BY Name").json()
    assert (first["totalSize"], first["done"], len(first["records"])) == (2001, False, 2000)
    next_url = first["nextRecordsUrl"]
    assert next_url.startswith("/services/data/v62.0/query/0r8")
    assert next_url.endswith("-2000")
    second = client.http.get(client.base_url + next_url, timeout=30).json()
    assert (second["done"], len(second["records"])) == (True, 1)
    assert second["records"][0]["Name"] == "P02000"
    assert "nextRecordsUrl" not in second


@pytest.mark.parametrize(
    ("wanted", "limit", "expected"),
    [("200", 2000, 200), ("1", 2000, 200), ("9999", 2000, 450), ("400", 150, 150)],
)
def test_the_page_size_is_a_wish(
    client: OrgClient, control: ControlClient, wanted: str, limit: int, expected: int
) -> None:
    """From 200 to 2000, and an org may give fewer."""
    put_parcels(control, client, 450)
    control.post(f"/orgs/{client.org.name}/settings", {"query_batch_limit": limit})
    headers = {"Sforce-Query-Options": f"batchSize={wanted}"}
    page = client.query("SELECT Id FROM Parcel__c", headers=headers).json()
    assert len(page["records"]) == expected


def test_later_pages_show_the_rows_as_they_were(client: OrgClient, control: ControlClient) -> None:
    """A page can be read again, and changes meanwhile do not shift rows."""
    control.post(f"/orgs/{client.org.name}/settings", {"query_batch_limit": 2})
    ids = put_parcels(control, client, 5)
    first = client.query("SELECT Id, Name FROM Parcel__c ORDER BY Name").json()
    client.call("DELETE", f"sobjects/Parcel__c/{ids[0]}")
    url = client.base_url + first["nextRecordsUrl"] + "?q=repeated"
    pages = [client.http.get(url, timeout=30).json() for _ in range(2)]
    assert pages[0] == pages[1]
    assert [record["Name"] for record in pages[0]["records"]] == ["P00002", "P00003"]


def test_rows_of_subqueries_count_toward_the_batch(
    client: OrgClient, control: ControlClient
) -> None:
    """An inner result may end early, with a locator of its own."""
    account = client.create("Account", Name="Acme")
    records = [{"Name": f"P{number}", "Account__c": account} for number in range(9)]
    body = {"object": "Parcel__c", "records": records}
    control.post(f"/orgs/{client.org.name}/records", body)
    control.post(f"/orgs/{client.org.name}/settings", {"query_batch_limit": 5})
    soql = "SELECT Name, (SELECT Name FROM Parcels__r ORDER BY Name) FROM Account"
    inner = client.query(soql).json()["records"][0]["Parcels__r"]
    assert (inner["totalSize"], inner["done"], len(inner["records"])) == (9, False, 4)
    rest = client.http.get(client.base_url + inner["nextRecordsUrl"], timeout=30).json()
    assert [record["Name"] for record in rest["records"]] == ["P4", "P5", "P6", "P7", "P8"]


def test_a_locator_is_gone_after_two_days(client: OrgClient, control: ControlClient) -> None:
    """So is one that never was, one of somebody else, and one that was made to expire."""
    control.post(f"/orgs/{client.org.name}/settings", {"query_batch_limit": 2})
    put_parcels(control, client, 3)
    next_url = client.query("SELECT Id FROM Parcel__c").json()["nextRecordsUrl"]
    for path in (next_url.replace("query/0r8", "query/0r9"), next_url.rpartition("-")[0] + "-77"):
        refused = client.http.get(client.base_url + path, timeout=30)
        assert refused.status_code == 400
        assert refused.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    control.post("/clock", {"advance_seconds": 2 * 86400})
    client.login()
    assert client.http.get(client.base_url + next_url, timeout=30).status_code == 400


def test_a_locator_belongs_to_who_asked(
    client: OrgClient, admin: OrgClient, control: ControlClient
) -> None:
    """Another user of the org cannot read on."""
    control.post(f"/orgs/{client.org.name}/settings", {"query_batch_limit": 2})
    put_parcels(control, client, 3)
    next_url = client.query("SELECT Id FROM Parcel__c").json()["nextRecordsUrl"]
    assert admin.http.get(admin.base_url + next_url, timeout=30).status_code == 400


def test_query_all_shows_deleted_records(client: OrgClient) -> None:
    """The recycle bin is part of queryAll and of nothing else."""
    record_id = client.create("Account", Name="Gone")
    client.call("DELETE", f"sobjects/Account/{record_id}")
    soql = quote("SELECT IsDeleted FROM Account")
    assert client.get(f"query?q={soql}").json()["totalSize"] == 0
    found = client.get(f"queryAll?q={soql}").json()["records"]
    assert [record["IsDeleted"] for record in found] == [True]


def test_a_wrong_query_shows_where(client: OrgClient) -> None:
    """Row, column and a caret under the place."""
    response = client.query("SELECT Nope FROM Account")
    assert response.status_code == 400
    error = response.json()[0]
    assert error["errorCode"] == "INVALID_FIELD"
    assert "\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nope'" in error["message"]


def test_a_query_must_be_given(client: OrgClient) -> None:
    """An empty one is malformed."""
    response = client.get("query")
    assert (response.status_code, response.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")
