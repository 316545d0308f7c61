"""The life of bulk jobs: states, answers, quotas, and who may see them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.bulk.desk import BulkDesk, parse, refusal
from tests.simulator.web_client import ControlClient, OrgClient

INSERT = {"object": "Parcel__c", "operation": "insert"}


def hold(control: ControlClient, desk: BulkDesk, *, held: bool) -> None:
    """Let jobs wait in the queue, or no longer."""
    control.post(f"/orgs/{desk.client.org.name}/settings", {"bulk_jobs_held": held})


def test_a_new_job_is_open(desk: BulkDesk) -> None:
    """It says where its data go, and how they are written by default."""
    job = desk.open(**INSERT)
    assert job["id"].startswith("750")
    assert len(job["id"]) == 18
    assert job["contentUrl"] == f"services/data/v62.0/jobs/ingest/{job['id']}/batches"
    expected = {
        "operation": "insert",
        "object": "Parcel__c",
        "createdById": desk.client.org.tenant.integration_user.user_id,
        "state": "Open",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": 62.0,
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }
    assert {key: job[key] for key in expected} == expected
    assert set(job) - set(expected) == {"id", "contentUrl", "createdDate", "systemModstamp"}


def test_a_job_goes_through_its_states(desk: BulkDesk, control: ControlClient) -> None:
    """Open, UploadComplete while it waits, JobComplete at the end."""
    hold(control, desk, held=True)
    job_id = desk.send("Name\nP\n", **INSERT)
    waiting = desk.client.get(f"jobs/ingest/{job_id}").json()
    assert (waiting["state"], waiting["numberRecordsProcessed"]) == ("UploadComplete", 0)
    assert "contentUrl" not in waiting
    early = desk.client.get(f"jobs/ingest/{job_id}/successfulResults")
    assert refusal(early)[:2] == (400, "INVALIDJOBSTATE")
    hold(control, desk, held=False)
    done = desk.finish(job_id)
    assert done["state"] == "JobComplete"
    counts = [
        "numberRecordsProcessed",
        "numberRecordsFailed",
        "retries",
        "totalProcessingTime",
        "apiActiveProcessingTime",
        "apexProcessingTime",
        "jobType",
    ]
    assert set(counts) <= set(done)
    assert done["jobType"] == "V2Ingest"


def test_a_waiting_job_can_be_aborted(desk: BulkDesk, control: ControlClient) -> None:
    """Its rows stay unprocessed, also when the queue moves on."""
    hold(control, desk, held=True)
    job_id = desk.send("Name\nP\n", **INSERT)
    assert desk.move(job_id, "Aborted").json()["state"] == "Aborted"
    hold(control, desk, held=False)
    assert desk.finish(job_id)["state"] == "Aborted"
    assert desk.client.query("SELECT COUNT() FROM Parcel__c").json()["totalSize"] == 0
    assert desk.rows(job_id, "successfulResults") == []


def test_data_come_once(desk: BulkDesk) -> None:
    """As CSV, into an open job."""
    job_id = desk.open(**INSERT)["id"]
    assert refusal(desk.upload(job_id, "x", "text/plain"))[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")
    accepted = desk.upload(job_id, "Name\nP\n")
    assert (accepted.status_code, accepted.text) == (201, "")
    assert refusal(desk.upload(job_id, "Name\nQ\n"))[:2] == (400, "INVALIDJOBSTATE")
    desk.move(job_id, "UploadComplete")
    desk.finish(job_id)
    assert refusal(desk.upload(job_id, "Name\nQ\n"))[:2] == (400, "INVALIDJOBSTATE")


def test_what_has_ended_stays_ended(desk: BulkDesk) -> None:
    """In the words of a real org."""
    job_id = desk.send("Name\nP\n", **INSERT)
    desk.finish(job_id)
    assert refusal(desk.move(job_id, "Aborted")) == (
        400,
        "INVALIDJOBSTATE",
        "Aborting already Completed Job not allowed",
    )
    assert refusal(desk.move(job_id, "UploadComplete"))[:2] == (400, "INVALIDJOBSTATE")
    assert refusal(desk.move(job_id, "Open"))[:2] == (400, "INVALIDJOBSTATE")


def test_a_job_without_data_fails(desk: BulkDesk) -> None:
    """Closing it is allowed."""
    job_id = desk.open(**INSERT)["id"]
    assert desk.move(job_id, "UploadComplete").status_code == 200
    assert desk.finish(job_id)["state"] == "Failed"


def test_ended_jobs_can_be_deleted(desk: BulkDesk) -> None:
    """204, and they are gone; an open one can't."""
    open_id = desk.open(**INSERT)["id"]
    refused = desk.client.call("DELETE", f"jobs/ingest/{open_id}")
    assert refusal(refused)[:2] == (400, "INVALIDJOBSTATE")
    job_id = desk.send("Name\nP\n", **INSERT)
    desk.finish(job_id)
    assert desk.client.call("DELETE", f"jobs/ingest/{job_id}").status_code == 204
    assert refusal(desk.client.get(f"jobs/ingest/{job_id}"))[:2] == (404, "NOT_FOUND")


def test_jobs_are_listed(desk: BulkDesk) -> None:
    """Newest first; ingest and query jobs apart; filtered when asked."""
    first = desk.open(**INSERT)["id"]
    second = desk.open(**INSERT, concurrencyMode="Serial")["id"]
    desk.ask("SELECT Id FROM Account")
    body = desk.client.get("jobs/ingest").json()
    assert (body["done"], body["nextRecordsUrl"]) == (True, None)
    assert [job["id"] for job in body["records"]] == [second, first]
    serial = desk.client.get("jobs/ingest?concurrencyMode=serial").json()["records"]
    assert [job["id"] for job in serial] == [second]
    listed = desk.client.get("jobs/query").json()["records"]
    assert [job["jobType"] for job in listed] == ["V2Query"]


def test_jobs_belong_to_their_makers(desk: BulkDesk, admin_desk: BulkDesk) -> None:
    """An administrator sees all of them, the others their own."""
    mine = desk.open(**INSERT)["id"]
    theirs = admin_desk.open(**INSERT)["id"]
    assert admin_desk.client.get(f"jobs/ingest/{mine}").status_code == 200
    assert refusal(desk.client.get(f"jobs/ingest/{theirs}"))[:2] == (400, "INVALIDUSER")
    assert [job["id"] for job in desk.client.get("jobs/ingest").json()["records"]] == [mine]


def test_results_are_kept_for_a_week(desk: BulkDesk, control: ControlClient) -> None:
    """Then the job is gone."""
    control.post(f"/orgs/{desk.client.org.name}/settings", {"session_seconds": 10_000_000})
    job_id = desk.send("Name\nP\n", **INSERT)
    desk.finish(job_id)
    control.post("/clock", {"advance_seconds": 7 * 86_400})
    assert desk.client.get(f"jobs/ingest/{job_id}").status_code == 404


@pytest.mark.parametrize(
    ("order", "code", "message"),
    [
        ({"operation": "merge"}, "INVALIDJOB", "Invalid operation: merge"),
        ({"object": "Nope"}, "INVALIDJOB", "Unable to find object: Nope"),
        ({"object": "UserRecordAccess"}, "INVALIDENTITY", "is not supported by the Bulk API."),
        ({"columnDelimiter": "DOT"}, "INVALIDJOB", "Invalid columnDelimiter: DOT"),
        ({"lineEnding": "CR"}, "INVALIDJOB", "Invalid lineEnding: CR"),
        ({"contentType": "JSON"}, "INVALIDJOB", "Invalid contentType: JSON"),
        ({"speed": "fast"}, "JSON_PARSER_ERROR", 'Unrecognized field "speed"'),
        ({"operation": "upsert"}, "INVALIDJOB", "External ID field does not exist"),
        (
            {"operation": "upsert", "externalIdFieldName": "Weight__c"},
            "INVALIDJOB",
            "External ID field does not exist",
        ),
        ({"operation": "hardDelete"}, "FEATURENOTENABLED", "special user profile permission"),
    ],
)
def test_bad_jobs_are_refused(
    desk: BulkDesk, order: dict[str, Any], code: str, message: str
) -> None:
    """400, before there is a job."""
    refused = refusal(desk.client.post("jobs/ingest", INSERT | order))
    assert refused[:2] == (400, code)
    assert message in refused[2]


def test_old_versions_have_no_bulk_jobs(client: OrgClient) -> None:
    """Ingest came with 41.0, queries with 47.0."""
    assert client.get("jobs/ingest", version="41.0").status_code == 200
    assert client.get("jobs/ingest", version="40.0").status_code == 404
    assert client.get("jobs/query", version="47.0").status_code == 200
    assert client.get("jobs/query", version="46.0").status_code == 404
    assert client.call("PUT", "jobs/ingest").status_code == 405


def test_the_day_has_so_many_batches(desk: BulkDesk, admin: OrgClient) -> None:
    """What is over the limit stays unprocessed; the limits tell what is left."""
    desk.client.org.tenant.bulk.batches_a_day = 1
    desk.finish(desk.send("Name\nP\n", **INSERT))
    assert admin.get("limits").json()["DailyBulkApiBatches"] == {"Max": 1, "Remaining": 0}
    job_id = desk.send("Name\nQ\n", **INSERT)
    job = desk.finish(job_id)
    assert job["errorMessage"] == "ExceededQuota : ApiBatchItems Limit exceeded."
    assert desk.rows(job_id, "unprocessedrecords") == [{"Name": "Q"}]


def test_every_call_is_charged(desk: BulkDesk, control: ControlClient) -> None:
    """Create, upload, close, look, fetch: each is a call, the rows are not."""
    before = control.get("/usage", org=desk.client.org.name)["charged"]
    desk.load("Name\nP\nQ\nR\n", **INSERT)
    assert control.get("/usage", org=desk.client.org.name)["charged"] - before == 6


def test_one_request_of_several_parts_does_it_all(desk: BulkDesk) -> None:
    """Job and data together; the job starts by itself."""
    parts = {
        "job": (None, '{"object": "Parcel__c", "operation": "insert"}', "application/json"),
        "content": ("content", "Name\nP\u00e9\n".encode(), "text/csv"),
    }
    response = desk.client.call("POST", "jobs/ingest", files=parts)
    assert response.json()["state"] == "UploadComplete"
    assert desk.finish(response.json()["id"])["numberRecordsProcessed"] == 1
    found = desk.client.query("SELECT Name FROM Parcel__c").json()["records"]
    assert found[0]["Name"] == "P\u00e9"


def test_results_are_text_in_utf_8(desk: BulkDesk) -> None:
    """Whatever the rows say."""
    job_id = desk.send("Name\nÄpfel 🍎\n", **INSERT)
    desk.finish(job_id)
    rows = parse(desk.client.get(f"jobs/ingest/{job_id}/successfulResults"))
    assert rows[0]["Name"] == "Äpfel 🍎"
