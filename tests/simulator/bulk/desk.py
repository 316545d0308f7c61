"""Bulk jobs over HTTP, the way a client drives them."""

from __future__ import annotations

import csv
import io
from typing import Any

import requests

from tests.simulator.web_client import OrgClient

PATIENCE_SECONDS = 30
Row = dict[str, str]


class BulkDesk:
    """One user's bulk jobs."""

    def __init__(self, client: OrgClient) -> None:
        self.client = client

    def open(self, **order: Any) -> dict[str, Any]:
        """Create an ingest job; what the org says about it."""
        response = self.client.post("jobs/ingest", order)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def upload(self, job_id: str, text: str, content_type: str = "text/csv") -> requests.Response:
        """Put the data of a job."""
        return self.client.call(
            "PUT",
            f"jobs/ingest/{job_id}/batches",
            data=text.encode(),
            headers={"Content-Type": content_type},
        )

    def move(self, job_id: str, state: str, kind: str = "ingest") -> requests.Response:
        """Change the state of a job."""
        return self.client.patch(f"jobs/{kind}/{job_id}", {"state": state})

    def send(self, text: str, **order: Any) -> str:
        """Create a job, upload its data and close it; its id."""
        job_id = str(self.open(**order)["id"])
        assert self.upload(job_id, text).status_code == 201
        assert self.move(job_id, "UploadComplete").status_code == 200
        return job_id

    def ask(self, soql: str, operation: str = "query", **more: Any) -> requests.Response:
        """Create a query job."""
        return self.client.post("jobs/query", {"operation": operation, "query": soql, **more})

    def finish(self, job_id: str, kind: str = "ingest") -> dict[str, Any]:
        """Wait until a job has ended; what the org says about it then."""
        self.client.org.tenant.bulk.wait(job_id, timeout=PATIENCE_SECONDS)
        body: dict[str, Any] = self.client.get(f"jobs/{kind}/{job_id}").json()
        return body

    def load(self, text: str, **order: Any) -> tuple[dict[str, Any], list[Row], list[Row]]:
        """Do a whole ingest job; the job at its end, what succeeded and what failed."""
        job_id = self.send(text, **order)
        job = self.finish(job_id)
        return job, self.rows(job_id, "successfulResults"), self.rows(job_id, "failedResults")

    def rows(self, job_id: str, which: str) -> list[Row]:
        """A result file of an ingest job."""
        response = self.client.get(f"jobs/ingest/{job_id}/{which}")
        assert response.headers["Content-Type"] == "text/csv", response.text
        return parse(response)

    def read(self, soql: str, operation: str = "query") -> list[Row]:
        """Do a whole query job; its rows."""
        job_id = self.ask(soql, operation).json()["id"]
        assert self.finish(job_id, "query")["state"] == "JobComplete"
        return parse(self.client.get(f"jobs/query/{job_id}/results"))


def parse(response: requests.Response) -> list[Row]:
    """The rows of a CSV answer."""
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def refusal(response: requests.Response) -> tuple[int, str, str]:
    """Status, code and message of a refused request."""
    error = response.json()[0]
    return response.status_code, error["errorCode"], error["message"]
