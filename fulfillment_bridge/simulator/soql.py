"""SOQL: a query's text in, its whole result out.

soql_syntax parses (grammar: soql.lark) · soql_scope turns paths into columns and joins ·
soql_where conditions · soql_select columns, parents and children · soql_aggregate groups ·
soql_errors lays errors out. The result is what SQLite found, shaped as Salesforce answers.
"""

from __future__ import annotations

import sqlite3

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.model import QueryResult
from fulfillment_bridge.simulator.soql_aggregate import (
    check_having,
    is_aggregate,
    is_count,
    run_aggregate,
    run_count,
)
from fulfillment_bridge.simulator.soql_scope import Frame, Scope
from fulfillment_bridge.simulator.soql_select import Select
from fulfillment_bridge.simulator.soql_syntax import Query

_LIMITS_OF_SQLITE = ("too large", "too many", "at most", "overflow")


def run(frame: Frame, query: Query) -> QueryResult:
    """All records that the query finds, as the frame's viewer sees them."""
    try:
        return _run(frame, query)
    except sqlite3.OperationalError as error:
        if not any(words in str(error) for words in _LIMITS_OF_SQLITE):
            raise
        raise _too_complicated() from error
    except RecursionError as error:
        raise _too_complicated() from error


def _run(frame: Frame, query: Query) -> QueryResult:
    sobject = frame.object_at(query.object_name)
    scope = Scope.of(frame, sobject, query)
    check_having(scope, query)
    if is_count(query):
        return run_count(scope, query)
    if is_aggregate(query):
        return run_aggregate(scope, query)
    records = [record for _, record in Select(scope, query).run()]
    return QueryResult(sobject.name, len(records), records)


def _too_complicated() -> SalesforceError:
    return SalesforceError(
        "QUERY_TOO_COMPLICATED",
        "Query is either selecting too many fields or the filter conditions are too complicated.",
    )
