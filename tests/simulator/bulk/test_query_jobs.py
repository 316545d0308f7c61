"""Query jobs: what they answer, page by page, and what they refuse."""

from __future__ import annotations

import pytest

from tests.simulator.bulk.desk import BulkDesk, parse, refusal
from tests.simulator.web_client import OrgClient


def test_a_query_job_starts_by_itself(desk: BulkDesk) -> None:
    """It is never open."""
    job = desk.ask("SELECT Id FROM Account").json()
    assert (job["state"], job["object"], job["operation"]) == ("UploadComplete", "Account", "query")
    assert "contentUrl" not in job
    done = desk.finish(job["id"], "query")
    assert (done["state"], done["jobType"], done["numberRecordsProcessed"]) == (
        "JobComplete",
        "V2Query",
        0,
    )
    assert done["isPkChunkingSupported"] is True


def test_values_are_written_as_text(desk: BulkDesk) -> None:
    """Nothing is empty, moments end in Z, parents are columns with dots."""
    account = desk.client.create("Account", Name='Acme, "Sons"')
    desk.client.create("Parcel__c", Name="P", Weight__c=2, Account__c=account)
    desk.client.create("Parcel__c", Name="Q")
    soql = (
        "SELECT name, weight__c, account__r.name, isdeleted, createddate, Parcel__c.Code__c "
        "FROM Parcel__c ORDER BY Name"
    )
    first, second = desk.read(soql)
    assert list(first) == [
        "Name",
        "Weight__c",
        "Account__r.Name",
        "IsDeleted",
        "CreatedDate",
        "Code__c",
    ]
    assert (first["Weight__c"], first["Account__r.Name"]) == ("2.0", 'Acme, "Sons"')
    assert (second["Weight__c"], second["Account__r.Name"]) == ("", "")
    assert first["IsDeleted"] == "false"
    assert first["CreatedDate"].endswith(".000Z")


def test_results_come_in_pages(desk: BulkDesk, client: OrgClient) -> None:
    """Each with its header; headers tell the count and the next locator, at last `null`."""
    client.org.org.insert_raw("Account", [{"Name": f"A{n}"} for n in range(5)])
    job_id = desk.ask("SELECT Name FROM Account ORDER BY Name").json()["id"]
    desk.finish(job_id, "query")
    names: list[str] = []
    locator, pages = "", 0
    while locator != "null":
        page = client.get(f"jobs/query/{job_id}/results?maxRecords=2&locator={locator}")
        rows = parse(page)
        assert page.headers["Sforce-NumberOfRecords"] == str(len(rows))
        names += [row["Name"] for row in rows]
        locator, pages = page.headers["Sforce-Locator"], pages + 1
    assert (names, pages) == ([f"A{n}" for n in range(5)], 3)
    for bad in ("locator=zzz", "locator=OTk", "maxRecords=none", "maxRecords=0"):
        assert client.get(f"jobs/query/{job_id}/results?{bad}").status_code == 400


def test_query_all_sees_the_recycle_bin(desk: BulkDesk) -> None:
    """The plain query does not."""
    kept, gone = (desk.client.create("Account", Name=name) for name in ("kept", "gone"))
    desk.client.call("DELETE", f"sobjects/Account/{gone}")
    assert [row["Id"] for row in desk.read("SELECT Id FROM Account")] == [kept]
    found = desk.read("SELECT Id, IsDeleted FROM Account ORDER BY Name", "queryAll")
    assert [(row["Id"], row["IsDeleted"]) for row in found] == [(gone, "true"), (kept, "false")]


def test_nothing_found_is_a_header(desk: BulkDesk) -> None:
    """With the names as the org spells them."""
    job_id = desk.ask("SELECT id, name FROM account").json()["id"]
    desk.finish(job_id, "query")
    page = desk.client.get(f"jobs/query/{job_id}/results")
    assert page.text == '"Id","Name"\n'
    assert page.headers["Sforce-NumberOfRecords"] == "0"
    assert page.headers["Sforce-Locator"] == "null"


@pytest.mark.parametrize(
    ("soql", "code", "message"),
    [
        ("SELECT Nope FROM Account", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported"),
        ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("", "MALFORMED_QUERY", ""),
        (
            "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
            "FEATURENOTENABLED",
            "Aggregate Relationships not supported in Bulk V2 Query with CSV content type",
        ),
        ("SELECT COUNT(Id) FROM Account", "FUNCTIONALITY_NOT_ENABLED", "Aggregate"),
        ("SELECT Name FROM Account GROUP BY Name", "FUNCTIONALITY_NOT_ENABLED", "GROUP BY"),
        ("SELECT Id FROM Account LIMIT 5 OFFSET 5", "FUNCTIONALITY_NOT_ENABLED", "OFFSET"),
        (
            "SELECT BillingAddress FROM Account",
            "FUNCTIONALITY_NOT_ENABLED",
            "Selecting compound data not supported in Bulk Query",
        ),
        (
            "SELECT FIELDS(STANDARD) FROM Account",
            "FUNCTIONALITY_NOT_ENABLED",
            "Selecting compound data not supported in Bulk Query",
        ),
        (
            "SELECT RecordId FROM UserRecordAccess",
            "INVALIDENTITY",
            "Entity 'UserRecordAccess' is not supported by the Bulk API.",
        ),
    ],
)
def test_some_queries_are_not_for_bulk_jobs(
    desk: BulkDesk, soql: str, code: str, message: str
) -> None:
    """They are refused at once."""
    refused = refusal(desk.ask(soql))
    assert refused[:2] == (400, code)
    assert message in refused[2]
    assert "LIMIT 1" not in refused[2]


def test_order_limit_and_for_view_are_allowed(desk: BulkDesk) -> None:
    """Salesforce advises against the first two, and takes them."""
    assert desk.read("SELECT Id FROM Account ORDER BY Name LIMIT 2") == []
    assert desk.read("SELECT Id FROM Account FOR VIEW") == []


def test_query_jobs_have_no_uploads(desk: BulkDesk) -> None:
    """They can be aborted before they have ended, and deleted afterwards."""
    desk.client.org.org.settings.bulk_jobs_held = True
    job_id = desk.ask("SELECT Id FROM Account").json()["id"]
    assert refusal(desk.move(job_id, "UploadComplete", "query"))[:2] == (400, "INVALIDJOBSTATE")
    early = desk.client.get(f"jobs/query/{job_id}/results")
    assert refusal(early)[:2] == (400, "INVALIDJOBSTATE")
    assert desk.move(job_id, "Aborted", "query").json()["state"] == "Aborted"
    assert desk.client.call("DELETE", f"jobs/query/{job_id}").status_code == 204
    assert desk.client.get(f"jobs/query/{job_id}").status_code == 404


def test_the_day_has_so_many_query_jobs(desk: BulkDesk) -> None:
    """Refused ones are none."""
    desk.client.org.tenant.bulk.query_jobs_a_day = 1
    assert desk.ask("SELECT Nope FROM Account").status_code == 400
    assert desk.ask("SELECT Id FROM Account").status_code == 200
    assert refusal(desk.ask("SELECT Id FROM Account"))[:2] == (400, "EXCEEDEDQUOTA")
