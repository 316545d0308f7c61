"""REST: up to 200 records in one call, below `composite/sobjects`."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from fulfillment_bridge.simulator.call import Answer
from fulfillment_bridge.simulator.errors import RecordError, SalesforceError
from fulfillment_bridge.simulator.org import Operation, SaveResult
from fulfillment_bridge.simulator.record_resource import values_of
from fulfillment_bridge.simulator.render import PageRenderer, result_in_collection
from fulfillment_bridge.simulator.resource import RestRequest, Route

MOST_RECORDS = 200
MOST_CHUNKS = 10
MOST_RETRIEVED = 2000

TOO_MANY = f"record limit reached. cannot submit more than {MOST_RECORDS} records into this call"
ROLLED_BACK = (
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone "
    "header",
)
TOO_MIXED = (
    f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the data "
    "to reduce chunking."
)


def create(request: RestRequest) -> Answer:
    """Create records of one or several objects."""
    body = request.json_object()
    operations = [
        Operation("create", _type_of(record), values=values_of(record)) for record in _records(body)
    ]
    return _saved(request, operations, all_or_none=_flag(body.get("allOrNone")))


def update(request: RestRequest) -> Answer:
    """Change records of one or several objects."""
    body = request.json_object()
    operations = [_update(record) for record in _records(body)]
    return _saved(request, operations, all_or_none=_flag(body.get("allOrNone")))


def upsert(request: RestRequest, object_name: str, field_name: str) -> Answer:
    """Create or change records of one object by external id (or by Id)."""
    body = request.json_object()
    records = _records(body)
    for record in records:
        if _type_of(record).lower() != object_name.lower():
            text = "all records must be of the type named in the address"
            raise SalesforceError("INVALID_INPUT", text)
    operations = [_upsert(object_name, field_name, record) for record in records]
    all_or_none = _flag(body.get("allOrNone"))
    return _saved(request, operations, all_or_none=all_or_none, show_created=True)


def delete(request: RestRequest) -> Answer:
    """Delete the records with these `ids`."""
    ids = _list(request.call.query.get("ids", ""))
    if not ids:
        raise SalesforceError("INVALID_INPUT", "The ids parameter is required")
    _check_count(ids)
    all_or_none = _flag(request.call.query.get("allOrNone"))
    prefixes = request.tenant.object_prefixes(request.user)
    known = [
        Operation("delete", prefixes[record_id[:3]], record_id)
        for record_id in ids
        if record_id[:3] in prefixes
    ]
    if len(known) == len(ids):
        return _saved(request, known, all_or_none=all_or_none)
    if all_or_none:
        return _shown([_undone(each, known=each[:3] in prefixes) for each in ids])
    saved = iter(request.save(known))
    return _shown([next(saved) if each[:3] in prefixes else _undone(each) for each in ids])


def retrieve(request: RestRequest, object_name: str) -> Answer:
    """The records with these ids, in their order; null where there is none."""
    if request.call.method == "POST":
        body = request.json_object()
        ids, fields = body.get("ids") or [], body.get("fields") or []
    else:
        query = request.call.query
        ids, fields = _list(query.get("ids", "")), _list(query.get("fields", ""))
    if not ids or not fields:
        missing = "fields" if ids else "ids"
        raise SalesforceError("INVALID_INPUT", f"The {missing} parameter is required")
    if len(ids) > MOST_RETRIEVED:
        raise SalesforceError("EXCEEDED_ID_LIMIT", TOO_MANY.replace("200", "2000"))
    prefixes = request.tenant.object_prefixes(request.user)
    records = [
        _record(request, object_name, str(record_id), fields, known=str(record_id)[:3] in prefixes)
        for record_id in ids
    ]
    return Answer(200, records, operations=len(records))


def _saved(
    request: RestRequest,
    operations: list[Operation],
    *,
    all_or_none: bool,
    show_created: bool = False,
) -> Answer:
    chunks = [name for name, _ in groupby(operations, key=lambda each: each.object_name.lower())]
    if len(chunks) > MOST_CHUNKS:
        raise SalesforceError("LIMIT_EXCEEDED", TOO_MIXED)
    results = request.save(operations, all_or_none=all_or_none)
    return _shown(results, show_created=show_created)


def _shown(results: list[SaveResult], *, show_created: bool = False) -> Answer:
    shown = [result_in_collection(result, show_created=show_created) for result in results]
    return Answer(200, shown, operations=len(shown))


def _records(body: dict[str, Any]) -> list[dict[str, Any]]:
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise SalesforceError("JSON_PARSER_ERROR", "records must be a list of objects")
    _check_count(records)
    return records


def _check_count(records: list[Any]) -> None:
    if len(records) > MOST_RECORDS:
        raise SalesforceError("EXCEEDED_ID_LIMIT", TOO_MANY)


def _type_of(record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str) or not name:
        text = "Include a type attribute in the attributes of every record"
        raise SalesforceError("INVALID_INPUT", text)
    return name


def _update(record: dict[str, Any]) -> Operation:
    record_id, values = _split(record, "id")
    return Operation("update", _type_of(record), str(record_id) if record_id else None, values)


def _upsert(object_name: str, field_name: str, record: dict[str, Any]) -> Operation:
    key, values = _split(record, field_name)
    return Operation(
        "upsert", object_name, values=values, external_id_field=field_name, external_id=key
    )


def _split(record: dict[str, Any], key: str) -> tuple[Any, dict[str, Any]]:
    """The value under a key, whatever its case, and all the others."""
    found, values = None, {}
    for name, value in values_of(record).items():
        if name.lower() == key.lower():
            found = value
        else:
            values[name] = value
    return found, values


def _record(
    request: RestRequest, object_name: str, record_id: str, fields: list[str], *, known: bool
) -> dict[str, Any] | None:
    org = request.tenant.org
    try:
        record = org.retrieve(request.user, object_name, record_id, fields, request.version_text)
    except SalesforceError as error:
        if error.http_status == 404 and known:
            return None
        raise
    return PageRenderer(request.root, request.user, request.tenant.locators).record(record)


def _undone(record_id: str, *, known: bool = False) -> SaveResult:
    if known:
        return SaveResult(record_id, False, errors=[RecordError(*ROLLED_BACK)])
    error = RecordError("MALFORMED_ID", f"malformed id {record_id}")
    return SaveResult(None, False, errors=[error])


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


ROUTES = (
    Route("composite/sobjects", {"POST": create, "PATCH": update, "DELETE": delete}),
    Route("composite/sobjects/{}", {"GET": retrieve, "POST": retrieve}),
    Route("composite/sobjects/{}/{}", {"PATCH": upsert}),
)
