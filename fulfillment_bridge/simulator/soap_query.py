"""SOAP: query, queryAll and queryMore; retrieve records by their ids."""

from __future__ import annotations

import re

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.ids import normalized
from fulfillment_bridge.simulator.render import PageRenderer
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.soap_envelope import element
from fulfillment_bridge.simulator.soap_records import RecordWriter
from fulfillment_bridge.simulator.soap_request import Result, SoapRequest

SMALLEST_BATCH, USUAL_BATCH, LARGEST_BATCH = 200, 500, 2000
MOST_RETRIEVED = 2000
PREFIXES = ("sf", "xsd")
_COLUMN = re.compile(r"[A-Za-z]\w*(?:\.\w+)*")


def query(request: SoapRequest) -> Result:
    """The first page of a query."""
    return _run(request, include_deleted=False)


def query_all(request: SoapRequest) -> Result:
    """The same, with deleted records."""
    return _run(request, include_deleted=True)


def query_more(request: SoapRequest) -> Result:
    """The page that a locator stands for."""
    page = _renderer(request).next_page(request.envelope.argument("queryLocator").strip())
    return Result(RecordWriter(request.org.schema).page("result", page), PREFIXES)


def retrieve(request: SoapRequest) -> Result:
    """The records with these ids in their order, nil where there is none."""
    sobject = request.object(request.envelope.argument("sObjectType"))
    columns = _columns(request.envelope.argument("fieldList"))
    ids = [_checked_id(sobject, each) for each in request.envelope.arguments("ids")]
    if len(ids) > MOST_RETRIEVED:
        text = f"record limit reached. cannot submit more than {MOST_RETRIEVED} ids into this call"
        raise SalesforceError("EXCEEDED_ID_LIMIT", text)
    found = _by_id(request, sobject, columns, ids)
    shown = "".join(found.get(each, element("result", None)) for each in ids)
    return Result(shown, PREFIXES, operations=len(ids))


def batch_size(request: SoapRequest) -> int:
    """The rows of a page: what the caller would like, at most what the org is willing to give."""
    given = request.envelope.header_value("QueryOptions", "batchSize")
    if given is None:
        wanted = USUAL_BATCH
    elif given.strip().isdecimal() and int(given):
        wanted = min(max(int(given), SMALLEST_BATCH), LARGEST_BATCH)
    else:
        text = f"batch size must be between {SMALLEST_BATCH} and {LARGEST_BATCH}: {given}"
        raise SalesforceError("INVALID_BATCH_SIZE", text)
    return max(1, min(wanted, request.org.settings.query_batch_limit))


def _run(request: SoapRequest, *, include_deleted: bool) -> Result:
    soql = request.envelope.argument("queryString")
    if not soql.strip():
        raise SalesforceError("MALFORMED_QUERY", "A query string has to be specified")
    size = batch_size(request)
    result = request.org.query(request.user, soql, include_deleted=include_deleted)
    page = _renderer(request).first_page(result, size)
    return Result(RecordWriter(request.org.schema).page("result", page), PREFIXES)


def _renderer(request: SoapRequest) -> PageRenderer:
    return PageRenderer("", request.user, request.tenant.locators)


def _by_id(
    request: SoapRequest, sobject: SObject, columns: list[str], ids: list[str]
) -> dict[str, str]:
    """The records that there are, as XML, by id."""
    if not ids:
        return {}
    listed = ", ".join(f"'{each}'" for each in dict.fromkeys(ids))
    soql = f"SELECT {', '.join(columns)} FROM {sobject.name} WHERE Id IN ({listed})"  # noqa: S608
    writer = RecordWriter(request.org.schema)
    records = request.org.query(request.user, soql).records
    return {each["attributes"]["id"]: writer.record("result", each) for each in records}


def _columns(field_list: str) -> list[str]:
    """The names in a field list; MALFORMED_QUERY for anything but names."""
    names = [name.strip() for name in field_list.split(",")]
    for name in names:
        if not _COLUMN.fullmatch(name):
            raise SalesforceError("MALFORMED_QUERY", f"unexpected token: '{name or '<EOF>'}'")
    return names


def _checked_id(sobject: SObject, given: str) -> str:
    record_id = normalized(given)
    if record_id is None:
        raise SalesforceError("MALFORMED_ID", f"malformed id {given}")
    if not record_id.startswith(sobject.key_prefix or " "):
        raise SalesforceError("INVALID_ID_FIELD", f"invalid id for {sobject.name}: {given}")
    return record_id
