"""A job of the Bulk API: what it is to do, how far it is, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from fulfillment_bridge.simulator.org import SaveResult, User

CONCURRENCY = ("Parallel", "Serial")


class State(StrEnum):
    """How far a job is; the last three are for ever."""

    OPEN = "Open"
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    ABORTED = "Aborted"
    JOB_COMPLETE = "JobComplete"
    FAILED = "Failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self in (State.ABORTED, State.JOB_COMPLETE, State.FAILED)


@dataclass(frozen=True)
class Dialect:
    """How the CSV of a job is written."""

    column_delimiter: str = "COMMA"
    line_ending: str = "LF"


@dataclass(frozen=True)
class Order:
    """What a job was asked to do. Ingest jobs have no query, query jobs no external id."""

    operation: str
    object_name: str
    dialect: Dialect = Dialect()
    concurrency: str = "Parallel"
    external_id_field: str | None = None
    query: str | None = None


@dataclass(frozen=True)
class Processed:
    """A row of an ingest job and what became of it."""

    row: list[str]
    result: SaveResult


@dataclass
class Job:
    """One job. Its state changes only under the lock of the queue it is in."""

    id: str
    order: Order
    owner: User
    version: int
    created_at: datetime
    changed_at: datetime
    state: State
    error_message: str | None = None
    data: bytes | None = field(default=None, repr=False)
    header: list[str] = field(default_factory=list, repr=False)
    rows: list[list[str]] = field(default_factory=list, repr=False)
    processed: list[Processed] = field(default_factory=list, repr=False)

    @property
    def is_query(self) -> bool:
        """Whether the job reads records; otherwise it writes them."""
        return self.order.query is not None

    @property
    def processed_count(self) -> int:
        """Rows that were written or refused, or rows that were found."""
        if self.is_query:
            return len(self.rows)
        return len(self.processed)

    @property
    def failed_count(self) -> int:
        """Rows that were refused."""
        return sum(not each.result.success for each in self.processed)

    def created_body(self) -> dict[str, Any]:
        """The answer to the request that created the job."""
        return self._identity() | self._address() | self._csv_form()

    def changed_body(self) -> dict[str, Any]:
        """The answer to a request that changed its state."""
        return self._identity()

    def listed_body(self) -> dict[str, Any]:
        """The job in a list of jobs."""
        return self._identity() | {"jobType": self.job_type} | self._csv_form()

    def full_body(self) -> dict[str, Any]:
        """All there is to know."""
        body = self.listed_body() | self._address() | self._counts()
        return body | ({"errorMessage": self.error_message} if self.error_message else {})

    @property
    def job_type(self) -> str:
        """What Salesforce calls this kind of job."""
        return "V2Query" if self.is_query else "V2Ingest"

    def _identity(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "id": self.id,
            "operation": self.order.operation,
            "object": self.order.object_name,
            "createdById": self.owner.user_id,
            "createdDate": _stamp(self.created_at),
            "systemModstamp": _stamp(self.changed_at),
            "state": self.state.value,
        }
        if self.order.external_id_field:
            body["externalIdFieldName"] = self.order.external_id_field
        body["concurrencyMode"] = self.order.concurrency
        body["contentType"] = "CSV"
        body["apiVersion"] = float(self.version)
        return body

    def _csv_form(self) -> dict[str, Any]:
        dialect = self.order.dialect
        return {"lineEnding": dialect.line_ending, "columnDelimiter": dialect.column_delimiter}

    def _address(self) -> dict[str, Any]:
        """Where data may be uploaded, as long as it may."""
        if self.state is not State.OPEN:
            return {}
        path = f"services/data/v{self.version}.0/jobs/ingest/{self.id}/batches"
        return {"contentUrl": path}

    def _counts(self) -> dict[str, Any]:
        took = int((self.changed_at - self.created_at).total_seconds() * 1000)
        took = took if self.state.is_final else 0
        counts: dict[str, Any] = {"numberRecordsProcessed": self.processed_count}
        if self.is_query:
            counts |= {"retries": 0, "totalProcessingTime": took}
            return counts | ({"isPkChunkingSupported": True} if self.version >= 58 else {})
        times = {"apiActiveProcessingTime": took, "apexProcessingTime": 0}
        counts |= {"numberRecordsFailed": self.failed_count, "retries": 0}
        return counts | {"totalProcessingTime": took} | times


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
