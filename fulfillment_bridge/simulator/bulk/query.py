"""What a query job does: check its query at once, then turn what it finds into a table."""

from __future__ import annotations

import re
from typing import Any

from fulfillment_bridge.simulator.bulk.job import Job
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.org import Org, User
from fulfillment_bridge.simulator.query_columns import columns_of
from fulfillment_bridge.simulator.soql_functions import AGGREGATES
from fulfillment_bridge.simulator.soql_syntax import Call, Item, Query, parse

QUERY_ALL = "queryAll"
NO_CHILDREN = "Aggregate Relationships not supported in Bulk V2 Query with CSV content type"
NO_AGGREGATES = "Aggregate functions, GROUP BY and OFFSET are not supported in Bulk V2 Query"
NO_COMPOUNDS = "Selecting compound data not supported in Bulk Query"
ENDS_WITH_FOR = re.compile(r"\bFOR\s+(VIEW|REFERENCE|UPDATE)\s*$", re.IGNORECASE)


def check_query(org: Org, user: User, text: str) -> str:
    """The object that a query job would read; raises SalesforceError when it can't."""
    query = parse(text)
    _check_shape(query)
    sobject = org.schema.get(query.object_name.text)
    if sobject and sobject.virtual:
        message = f"Entity '{sobject.name}' is not supported by the Bulk API."
        raise SalesforceError("INVALIDENTITY", message)
    _try(org, user, text, query)
    for column in columns_of(org, user, query):
        for _, field in column.paths():
            if field is not None and field.type == "address":
                raise SalesforceError("FUNCTIONALITY_NOT_ENABLED", NO_COMPOUNDS)
    return sobject.name if sobject else query.object_name.text


def run_query(org: Org, job: Job) -> None:
    """Fill the job's table with what its query finds; raises SalesforceError."""
    text = job.order.query or ""
    paths = [path for column in columns_of(org, job.owner, parse(text)) for path in column.paths()]
    include_deleted = job.order.operation == QUERY_ALL
    result = org.query(job.owner, text, include_deleted=include_deleted)
    job.header = [".".join(names) for names, _ in paths]
    job.rows = [
        [_text(_value(record, names), field) for names, field in paths] for record in result.records
    ]


def _try(org: Org, user: User, text: str, query: Query) -> None:
    """Raise what is wrong with the query. One row is enough to see that nothing is."""
    if query.limit is None and not ENDS_WITH_FOR.search(text):
        try:
            org.query(user, f"{text} LIMIT 1")
            return
        except SalesforceError:
            pass  # asked again as it stands, so that the error quotes what the caller wrote
    org.query(user, text)


def _check_shape(query: Query) -> None:
    """Refuse what the Bulk API does not do, be it sound or not."""
    if any(isinstance(item, Query) for item in query.items):
        raise SalesforceError("FEATURENOTENABLED", NO_CHILDREN)
    calls = [
        item.operand.name
        for item in query.items
        if isinstance(item, Item) and isinstance(item.operand, Call)
    ]
    if query.group or query.offset is not None or AGGREGATES.intersection(calls):
        raise SalesforceError("FUNCTIONALITY_NOT_ENABLED", NO_AGGREGATES)
    if "FIELDS" in calls:
        raise SalesforceError("FUNCTIONALITY_NOT_ENABLED", NO_COMPOUNDS)


def _value(record: dict[str, Any], names: tuple[str, ...]) -> Any:
    value: Any = record
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: Any, field: Field | None) -> str:
    """A value as CSV shows it; moments end in Z here, unlike elsewhere."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if field is not None and field.kind == "datetime":
        return str(value).replace("+0000", "Z")
    return str(value)
