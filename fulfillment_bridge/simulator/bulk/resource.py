"""REST: the addresses of the Bulk API, below `jobs`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from email import message_from_bytes
from email.policy import HTTP
from functools import partial
from typing import Any

from fulfillment_bridge.simulator.bulk.ingest import KINDS, sf_error
from fulfillment_bridge.simulator.bulk.job import CONCURRENCY, Dialect, Job, Order, Processed
from fulfillment_bridge.simulator.bulk.jobs import BulkJobs
from fulfillment_bridge.simulator.bulk.query import QUERY_ALL, check_query
from fulfillment_bridge.simulator.bulk.tables import DELIMITERS, LINE_ENDINGS, write_table
from fulfillment_bridge.simulator.call import Answer, Call
from fulfillment_bridge.simulator.errors import SalesforceError, not_found
from fulfillment_bridge.simulator.resource import Handler, RestRequest, Route, parsed_object

INGEST_SINCE = 41
QUERY_SINCE = 47
CSV_TYPE = "text/csv"
MULTIPART = "multipart/form-data"
LONGEST_INLINE = 100_000
JOBS_ON_PAGE = 1000
ROWS_ON_PAGE = 50_000
COMMON = frozenset({"operation", "columnDelimiter", "lineEnding", "contentType", "concurrencyMode"})
INGEST_KEYS = COMMON | {"object", "externalIdFieldName", "assignmentRuleId"}
QUERY_KEYS = COMMON | {"query", "object"}
NO_HARD_DELETE = (
    "hardDelete operation requires special user profile permission, please contact your system "
    "administrator"
)


def create_ingest(request: RestRequest) -> Answer:
    """Open a job; one request of several parts brings its data along."""
    if request.call.content_type != MULTIPART:
        job = _jobs(request).open_ingest(
            request.user, request.version, _ingest_order(request, request.json_object())
        )
        return Answer(200, job.created_body())
    parts = _parts(request.call)
    if "job" not in parts or "content" not in parts:
        raise _invalid("a request of several parts needs the parts job and content")
    if len(parts["content"]) > LONGEST_INLINE:
        raise _invalid(f"the part content may have {LONGEST_INLINE} characters")
    order = _ingest_order(request, parsed_object(parts["job"]))
    job = _jobs(request).open_ingest(request.user, request.version, order)
    _jobs(request).upload(job, parts["content"])
    _jobs(request).close_upload(job)
    body = job.created_body()
    _jobs(request).pump()
    return Answer(200, body)


def create_query(request: RestRequest) -> Answer:
    """Put a query into the queue, once it is known to be sound."""
    body = request.json_object()
    _check_keys(body, QUERY_KEYS)
    text = str(body.get("query") or "")
    if body.get("operation") not in ("query", QUERY_ALL):
        raise _invalid(f"Invalid operation: {body.get('operation')}")
    object_name = check_query(request.tenant.org, request.user, text)
    order = Order(
        operation=str(body["operation"]),
        object_name=object_name,
        dialect=_dialect(body),
        concurrency=_one_of(body, "concurrencyMode", CONCURRENCY),
        query=text,
    )
    job = _jobs(request).open_query(request.user, request.version, order)
    shown = job.created_body()
    _jobs(request).pump()
    return Answer(200, shown)


def list_jobs(request: RestRequest, *, is_query: bool) -> Answer:
    """The jobs, newest first, a thousand at a time."""
    jobs = _jobs(request).all(request.user, is_query=is_query)
    wanted = request.call.query
    jobs = [
        job
        for job in jobs
        if wanted.get("jobType", job.job_type) == job.job_type
        and wanted.get("concurrencyMode", job.order.concurrency).lower()
        == job.order.concurrency.lower()
    ]
    start = _offset(wanted.get("queryLocator", ""), len(jobs))
    end = start + JOBS_ON_PAGE
    is_done = end >= len(jobs)
    path = f"{request.root}/jobs/{'query' if is_query else 'ingest'}"
    later = None if is_done else f"{path}?queryLocator={_locator(end)}"
    records = [job.listed_body() for job in jobs[start:end]]
    return Answer(200, {"done": is_done, "records": records, "nextRecordsUrl": later})


def get_job(request: RestRequest, job_id: str, *, is_query: bool) -> Answer:
    """How far a job is."""
    return Answer(200, _find(request, job_id, is_query=is_query).full_body())


def change_job(request: RestRequest, job_id: str, *, is_query: bool) -> Answer:
    """Close the upload of a job, or abort it."""
    state = request.json_object().get("state")
    job = _find(request, job_id, is_query=is_query)
    if state == "Aborted":
        _jobs(request).abort(job)
    elif state == "UploadComplete" and not is_query:
        _jobs(request).close_upload(job)
    else:
        raise SalesforceError("INVALIDJOBSTATE", f"Invalid job state: {state}")
    body = job.changed_body()
    _jobs(request).pump()
    return Answer(200, body)


def delete_job(request: RestRequest, job_id: str, *, is_query: bool) -> Answer:
    """Forget a job: 204."""
    _jobs(request).delete(_find(request, job_id, is_query=is_query))
    return Answer(204)


def upload(request: RestRequest, job_id: str) -> Answer:
    """Take the data of a job: 201."""
    job = _find(request, job_id, is_query=False)
    if request.call.content_type != CSV_TYPE:
        kind = request.call.content_type
        text = f"Content-Type header specified in HTTP request is not supported: {kind}"
        raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", text, http_status=415)
    _jobs(request).upload(job, request.call.body)
    return Answer(201)


def successful(request: RestRequest, job_id: str) -> Answer:
    """The rows that were written, with the ids of their records."""
    job = _ended(request, job_id, is_query=False)
    rows = [
        [str(each.result.id or ""), str(each.result.created).lower(), *each.row]
        for each in _of_outcome(job, success=True)
    ]
    return _table(job, ["sf__Id", "sf__Created", *job.header], rows)


def failed(request: RestRequest, job_id: str) -> Answer:
    """The rows that were refused, with the reasons."""
    job = _ended(request, job_id, is_query=False)
    rows = [
        [str(each.result.id or ""), sf_error(each.result.errors), *each.row]
        for each in _of_outcome(job, success=False)
    ]
    return _table(job, ["sf__Id", "sf__Error", *job.header], rows)


def unprocessed(request: RestRequest, job_id: str) -> Answer:
    """The rows that an aborted or failed job did not come to."""
    job = _ended(request, job_id, is_query=False)
    return _table(job, job.header, job.rows[len(job.processed) :])


def query_results(request: RestRequest, job_id: str) -> Answer:
    """A page of what a query found; headers tell its length and where the next begins."""
    job = _ended(request, job_id, is_query=True)
    wanted = request.call.query
    most = wanted.get("maxRecords", str(ROWS_ON_PAGE))
    if not most.isascii() or not most.isdecimal() or int(most) < 1:
        raise SalesforceError("INVALID_VALUE", f"maxRecords must be a positive number: {most}")
    start = _offset(wanted.get("locator", ""), len(job.rows))
    end = min(start + int(most), len(job.rows))
    answer = _table(job, job.header, job.rows[start:end])
    answer.headers["Sforce-NumberOfRecords"] = str(end - start)
    answer.headers["Sforce-Locator"] = _locator(end) if end < len(job.rows) else "null"
    return answer


def _jobs(request: RestRequest) -> BulkJobs:
    return request.tenant.bulk


def _find(request: RestRequest, job_id: str, *, is_query: bool) -> Job:
    _jobs(request).pump()
    return _jobs(request).find(request.user, job_id, is_query=is_query)


def _ended(request: RestRequest, job_id: str, *, is_query: bool) -> Job:
    job = _find(request, job_id, is_query=is_query)
    if not job.state.is_final or (is_query and job.state.value != "JobComplete"):
        text = f"The results of a job in the state {job.state.value} are not available"
        raise SalesforceError("INVALIDJOBSTATE", text)
    return job


def _of_outcome(job: Job, *, success: bool) -> list[Processed]:
    return [each for each in job.processed if each.result.success is success]


def _table(job: Job, header: list[str], rows: list[list[str]]) -> Answer:
    return Answer(200, text=write_table(header, rows, job.order.dialect), content_type=CSV_TYPE)


def _ingest_order(request: RestRequest, body: dict[str, Any]) -> Order:
    _check_keys(body, INGEST_KEYS)
    operation = str(body.get("operation"))
    if operation not in KINDS:
        raise _invalid(f"Invalid operation: {operation}")
    if operation == "hardDelete" and not request.user.has("BulkApiHardDelete"):
        raise SalesforceError("FEATURENOTENABLED", NO_HARD_DELETE)
    sobject = request.tenant.org.schema.get(str(body.get("object") or ""))
    if sobject is None or not request.user.may("read", sobject.name):
        raise _invalid(f"Unable to find object: {body.get('object')}")
    if sobject.virtual:
        message = f"Entity '{sobject.name}' is not supported by the Bulk API."
        raise SalesforceError("INVALIDENTITY", message)
    external_id = body.get("externalIdFieldName")
    if operation == "upsert":
        field = sobject.field(str(external_id or ""))
        if field is None or not field.id_lookup:
            name = f"{sobject.name}.{external_id}"
            raise _invalid(f"External ID field does not exist or is not accessible: {name}")
        external_id = field.name
    return Order(
        operation=operation,
        object_name=sobject.name,
        dialect=_dialect(body),
        concurrency=_one_of(body, "concurrencyMode", CONCURRENCY),
        external_id_field=external_id if operation == "upsert" else None,
    )


def _dialect(body: dict[str, Any]) -> Dialect:
    _one_of(body, "contentType", ("CSV",))
    return Dialect(
        column_delimiter=_one_of(body, "columnDelimiter", ("COMMA", *DELIMITERS)),
        line_ending=_one_of(body, "lineEnding", tuple(LINE_ENDINGS)),
    )


def _one_of(body: dict[str, Any], key: str, known: tuple[str, ...]) -> str:
    """The value under the key, the first known one by default; raises INVALIDJOB."""
    value = body.get(key)
    if value is None:
        return known[0]
    if value not in known:
        raise _invalid(f"Invalid {key}: {value}")
    return str(value)


def _check_keys(body: dict[str, Any], known: frozenset[str]) -> None:
    if unknown := sorted(set(body) - known):
        text = f'Unrecognized field "{unknown[0]}" at [line:1, column:1]'
        raise SalesforceError("JSON_PARSER_ERROR", text)


def _invalid(message: str) -> SalesforceError:
    return SalesforceError("INVALIDJOB", message)


def _parts(call: Call) -> dict[str, bytes]:
    """The parts of a form by name."""
    kind = call.headers.get("content-type", "").encode("latin-1")
    message = message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + call.body, policy=HTTP)
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = content
    return found


def _locator(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _offset(locator: str, count: int) -> int:
    """Where the page of a locator begins; raises SalesforceError when it is none of this job's."""
    if not locator or locator == "null":
        return 0
    try:
        position = int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except (binascii.Error, ValueError):
        position = -1
    if not 0 < position < count:
        raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return position


def _since(oldest: int, handler: Handler) -> Handler:
    """The handler, for versions that have the resource."""

    def answer(request: RestRequest, *variables: str) -> Answer:
        if request.version < oldest:
            raise not_found()
        return handler(request, *variables)

    return answer


def _routes(
    kind: str, *, is_query: bool, oldest: int, create: Callable[[RestRequest], Answer]
) -> tuple[Route, ...]:
    whole: dict[str, Handler] = {"GET": partial(list_jobs, is_query=is_query), "POST": create}
    single: dict[str, Handler] = {
        "GET": partial(get_job, is_query=is_query),
        "PATCH": partial(change_job, is_query=is_query),
        "DELETE": partial(delete_job, is_query=is_query),
    }
    return (
        Route(f"jobs/{kind}", {name: _since(oldest, each) for name, each in whole.items()}),
        Route(f"jobs/{kind}/{{}}", {name: _since(oldest, each) for name, each in single.items()}),
    )


ROUTES = (
    *_routes("ingest", is_query=False, oldest=INGEST_SINCE, create=create_ingest),
    *_routes("query", is_query=True, oldest=QUERY_SINCE, create=create_query),
    Route("jobs/ingest/{}/batches", {"PUT": _since(INGEST_SINCE, upload)}),
    Route("jobs/ingest/{}/successfulResults", {"GET": _since(INGEST_SINCE, successful)}),
    Route("jobs/ingest/{}/failedResults", {"GET": _since(INGEST_SINCE, failed)}),
    Route("jobs/ingest/{}/unprocessedrecords", {"GET": _since(INGEST_SINCE, unprocessed)}),
    Route("jobs/query/{}/results", {"GET": _since(QUERY_SINCE, query_results)}),
)
