"""SOAP: create, update, upsert, delete, undelete and emptyRecycleBin, 200 records a call."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from fulfillment_bridge.simulator.errors import RecordError, SalesforceError
from fulfillment_bridge.simulator.ids import normalized
from fulfillment_bridge.simulator.model import OperationKind, SaveOptions
from fulfillment_bridge.simulator.org import Operation, SaveResult
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.soap_records import RecordWriter
from fulfillment_bridge.simulator.soap_request import Result, SoapRequest
from fulfillment_bridge.simulator.soap_results import ROLLED_BACK, ResultWriter
from fulfillment_bridge.simulator.soap_values import RecordReader, SentRecord

MOST_RECORDS = 200
MOST_CHUNKS = 10
TOO_MANY = f"record limit reached. cannot submit more than {MOST_RECORDS} records into this call"
TOO_MIXED = (
    f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the data "
    "to reduce chunking."
)
NOT_DONE = RecordError(
    ROLLED_BACK,
    "Record rolled back because not all records were valid and the request was using AllOrNone "
    "header",
)
NO_ID = RecordError("MISSING_ARGUMENT", "Id not specified in an update call", ("Id",))

Step = Operation | RecordError


def create(request: SoapRequest) -> Result:
    """Add records."""
    return _saved(request, [_creation(each) for each in _sent(request, "create")])


def update(request: SoapRequest) -> Result:
    """Change records by their ids."""
    return _saved(request, [_change(each) for each in _sent(request, "update")])


def upsert(request: SoapRequest) -> Result:
    """Change the records with these external ids, add those that there are not."""
    name = request.envelope.argument("externalIDFieldName").strip()
    steps = [_upsertion(request, each, name) for each in _sent(request, "upsert")]
    return _saved(request, steps, show_created=True)


def delete(request: SoapRequest) -> Result:
    """Put records into the recycle bin."""
    return _by_id(request, "delete")


def undelete(request: SoapRequest) -> Result:
    """Take records out of the recycle bin again."""
    return _by_id(request, "undelete")


def empty_recycle_bin(request: SoapRequest) -> Result:
    """Remove records that are in the recycle bin for good."""
    return _by_id(request, "empty_bin")


def _sent(request: SoapRequest, action: str) -> list[SentRecord]:
    nodes = request.envelope.elements("sObjects")
    _check_count(nodes)
    truncates = request.envelope.header_flag("AllowFieldTruncationHeader", "allowFieldTruncation")
    reader = RecordReader(request.org.schema, request.user, truncates)
    records = [reader.read(node) for node in nodes]
    for record in records:
        _check_supported(record.sobject, action)
    chunks = [name for name, _ in groupby(records, key=lambda each: each.sobject.name)]
    if len(chunks) > MOST_CHUNKS:
        raise SalesforceError("LIMIT_EXCEEDED", TOO_MIXED)
    return records


def _check_count(given: Sequence[object]) -> None:
    if len(given) > MOST_RECORDS:
        raise SalesforceError("EXCEEDED_ID_LIMIT", TOO_MANY)


def _check_supported(sobject: SObject, action: str) -> None:
    possible = {"create": sobject.createable, "update": sobject.updateable}
    if not possible.get(action, sobject.createable and sobject.updateable):
        text = f"entity type {sobject.name} does not support {action}"
        raise SalesforceError("INVALID_TYPE_FOR_OPERATION", text)


def _creation(sent: SentRecord) -> Step:
    # An Id is handed on: it is the engine that says no to it.
    identity = {"Id": sent.record_id} if sent.record_id else {}
    return Operation("create", sent.sobject.name, values={**sent.values, **identity})


def _change(sent: SentRecord) -> Step:
    if not sent.record_id:
        return NO_ID
    return Operation("update", sent.sobject.name, sent.record_id, sent.values)


def _upsertion(request: SoapRequest, sent: SentRecord, field_name: str) -> Step:
    sobject = sent.sobject
    key = sobject.field(field_name)
    if key is None or not key.id_lookup or request.user.hides(sobject.name, key.name):
        text = (
            f"Field name provided, {field_name} does not match an External ID, Salesforce Id, or "
            f"indexed field for {sobject.name}"
        )
        raise SalesforceError("INVALID_FIELD", text)
    by_id = key.name == "Id"
    value = sent.record_id if by_id else sent.pop(key.name)
    if sent.record_id and not by_id:
        sent.values["Id"] = sent.record_id
    return Operation(
        "upsert", sobject.name, values=sent.values, external_id_field=key.name, external_id=value
    )


def _by_id(request: SoapRequest, kind: OperationKind) -> Result:
    ids = request.envelope.arguments("ids")
    _check_count(ids)
    names = request.tenant.object_prefixes(request.user)
    return _saved(request, [_on_id(kind, each, names) for each in ids])


def _on_id(kind: OperationKind, given: str, names: dict[str, str]) -> Step:
    if normalized(given) is None or given[:3] not in names:
        return RecordError("MALFORMED_ID", f"bad id {given}")
    return Operation(kind, names[given[:3]], given)


def _saved(request: SoapRequest, steps: list[Step], *, show_created: bool = False) -> Result:
    all_or_none = request.envelope.header_flag("AllOrNoneHeader", "allOrNone")
    known = [each for each in steps if isinstance(each, Operation)]
    if all_or_none and len(known) < len(steps):
        results = [_undone(each) for each in steps]
    else:
        options = _options(request)
        done = iter(request.org.save(request.user, known, all_or_none=all_or_none, options=options))
        results = [next(done) if isinstance(each, Operation) else _undone(each) for each in steps]
    writer = ResultWriter(RecordWriter(request.org.schema))
    written = writer.upserted if show_created else writer.saved
    shown = "".join(f"<result>{written(each)}</result>" for each in results)
    return Result(shown, ("sf",), operations=len(results))


def _options(request: SoapRequest) -> SaveOptions:
    flag = request.envelope.header_flag
    return SaveOptions(
        allow_duplicates=flag("DuplicateRuleHeader", "allowSave"),
        include_record_details=flag("DuplicateRuleHeader", "includeRecordDetails"),
        run_as_current_user=flag("DuplicateRuleHeader", "runAsCurrentUser"),
    )


def _undone(step: Step) -> SaveResult:
    """What becomes of a step when nothing is done at all."""
    error = NOT_DONE if isinstance(step, Operation) else step
    return SaveResult(None, success=False, errors=[error])
