"""What an ingest job does: its rows become records, a chunk of 200 at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fulfillment_bridge.simulator.bulk.cells import CellColumn, columns_for
from fulfillment_bridge.simulator.bulk.job import Job, Processed
from fulfillment_bridge.simulator.bulk.tables import BadTable, read_table
from fulfillment_bridge.simulator.errors import RecordError, SalesforceError
from fulfillment_bridge.simulator.model import OperationKind
from fulfillment_bridge.simulator.org import Operation, Org, SaveResult

KINDS: dict[str, OperationKind] = {
    "insert": "create",
    "update": "update",
    "upsert": "upsert",
    "delete": "delete",
    "hardDelete": "hard_delete",
}
ONLY_BY_ID = frozenset({"delete", "hardDelete"})
ROWS_IN_BATCH = 10_000
ROWS_IN_CHUNK = 200
QUOTA_USED_UP = "ExceededQuota : ApiBatchItems Limit exceeded."


@dataclass(frozen=True)
class Ingestion:
    """A job while its rows are processed."""

    org: Org
    job: Job
    is_wanted: Callable[[], bool]
    take_batch: Callable[[], bool]

    def run(self) -> None:
        """Process every row until somebody aborts the job; raises BadTable for bad data."""
        job = self.job
        sobject = self.org.schema.get(job.order.object_name)
        if sobject is None or job.data is None:
            raise BadTable("InvalidBatch : No data was uploaded")
        job.header, job.rows = read_table(job.data, job.order.dialect)
        columns = columns_for(self.org, job.owner, sobject, job.header)
        if job.order.operation in ONLY_BY_ID and [each.field.name for each in columns] != ["Id"]:
            raise BadTable("InvalidBatch : Only the field Id may be specified to delete records")
        for batch in _parts(job.rows, ROWS_IN_BATCH):
            if not self.take_batch():
                raise BadTable(QUOTA_USED_UP)
            for chunk in _parts(batch, ROWS_IN_CHUNK):
                if not self.is_wanted():
                    return
                job.processed.extend(self._save(columns, chunk))

    def _save(self, columns: list[CellColumn], rows: list[list[str]]) -> Iterator[Processed]:
        """One transaction, in which each row succeeds or fails by itself."""
        planned = [self._plan(columns, row) for row in rows]
        operations = [each for each in planned if isinstance(each, Operation)]
        saved = iter(self.org.save(self.job.owner, operations, all_or_none=False))
        for row, each in zip(rows, planned, strict=True):
            yield Processed(row, next(saved) if isinstance(each, Operation) else each)

    def _plan(self, columns: list[CellColumn], row: list[str]) -> Operation | SaveResult:
        """What the row asks for, or why it can't be."""
        order = self.job.order
        operation = Operation(
            KINDS[order.operation], order.object_name, external_id_field=order.external_id_field
        )
        try:
            for column, text in zip(columns, row, strict=True):
                if text:
                    _put(operation, column, text)
            _check_id(operation)
        except SalesforceError as error:
            return SaveResult(operation.record_id, success=False, errors=[error])
        return operation


def sf_error(errors: Iterable[SalesforceError]) -> str:
    """The reasons as the column sf__Error tells them."""
    return ";".join(_told(error) for error in errors)


def _put(operation: Operation, column: CellColumn, text: str) -> None:
    """Add a cell that is not blank; a blank one leaves the field alone."""
    name = column.field.name.lower()
    is_own = column.parent_field is None
    if operation.kind == "upsert":
        if is_own and name == (operation.external_id_field or "").lower():
            operation.external_id = _plain(column, text)
            return
    elif is_own and name == "id" and operation.kind != "create":
        operation.record_id = text
        return
    column.put(operation.values, text)


def _plain(column: CellColumn, text: str) -> Any:
    values: dict[str, Any] = {}
    column.put(values, text)
    return values[column.field.name]


def _check_id(operation: Operation) -> None:
    if operation.record_id is None and operation.kind not in ("create", "upsert"):
        call = {"hard_delete": "delete"}.get(operation.kind, operation.kind)
        message = f"Id not specified in an {call} call".replace("an delete", "a delete")
        raise RecordError("MISSING_ARGUMENT", message, ("Id",))


def _told(error: SalesforceError) -> str:
    # What is bad JSON elsewhere is a value of another type here.
    code = {"JSON_PARSER_ERROR": "INVALID_TYPE_ON_FIELD_IN_RECORD"}.get(error.code, error.code)
    fields = ", ".join(error.fields)
    return f"{code}:{error.message}:{fields + ' ' if fields else ''}--"


def _parts(rows: list[list[str]], size: int) -> Iterator[list[list[str]]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
