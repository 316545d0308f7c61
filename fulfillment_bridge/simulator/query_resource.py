"""REST: query, queryAll and the pages that follow."""

from __future__ import annotations

from fulfillment_bridge.simulator.call import Answer
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.query_columns import metadata_of
from fulfillment_bridge.simulator.render import PageRenderer
from fulfillment_bridge.simulator.resource import RestRequest, Route
from fulfillment_bridge.simulator.soql_syntax import parse

SMALLEST_BATCH = 200
LARGEST_BATCH = 2000


def query(request: RestRequest) -> Answer:
    """The first page of the query in `q`."""
    return _run(request, include_deleted=False)


def query_all(request: RestRequest) -> Answer:
    """The same, with deleted records."""
    return _run(request, include_deleted=True)


def next_page(request: RestRequest, locator: str) -> Answer:
    """A later page. Clients may repeat `q`; it is ignored."""
    return Answer(200, _renderer(request).next_page(locator))


def _run(request: RestRequest, *, include_deleted: bool) -> Answer:
    soql = request.call.query.get("q", "")
    if not soql.strip():
        raise SalesforceError("MALFORMED_QUERY", "A query string has to be specified")
    if request.call.query.get("columns", "").lower() == "true":
        return _columns(request, soql, include_deleted=include_deleted)
    result = request.tenant.org.query(request.user, soql, include_deleted=include_deleted)
    return Answer(200, _renderer(request).first_page(result, batch_size(request)))


def _columns(request: RestRequest, soql: str, *, include_deleted: bool) -> Answer:
    """What the columns of the query are; it must be sound, but its rows are not sent."""
    request.tenant.org.query(request.user, soql, include_deleted=include_deleted)
    return Answer(200, metadata_of(request.tenant.org, request.user, parse(soql)))


def batch_size(request: RestRequest) -> int:
    """The rows of a page: what the caller would like, at most what the org is willing to give."""
    wanted = LARGEST_BATCH
    for option in request.call.headers.get("sforce-query-options", "").split(","):
        name, _, value = option.partition("=")
        if name.strip().lower() == "batchsize" and value.strip().isdecimal():
            wanted = min(max(int(value), SMALLEST_BATCH), LARGEST_BATCH)
    return max(1, min(wanted, request.tenant.org.settings.query_batch_limit))


def _renderer(request: RestRequest) -> PageRenderer:
    return PageRenderer(request.root, request.user, request.tenant.locators)


ROUTES = (
    Route("query", {"GET": query}),
    Route("queryAll", {"GET": query_all}),
    Route("query/{}", {"GET": next_page}),
    Route("queryAll/{}", {"GET": next_page}),
)
