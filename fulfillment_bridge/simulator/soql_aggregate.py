"""SELECT COUNT(), and aggregates with GROUP BY and HAVING."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.model import QueryResult
from fulfillment_bridge.simulator.soql_errors import located, unexpected_token
from fulfillment_bridge.simulator.soql_functions import AGGREGATES, aggregate
from fulfillment_bridge.simulator.soql_scope import Scope
from fulfillment_bridge.simulator.soql_select import conditions_of, converter, direction, limits
from fulfillment_bridge.simulator.soql_syntax import Call, Item, Operand, Path, Query
from fulfillment_bridge.simulator.soql_where import Where, column_resolver


def is_aggregate(query: Query) -> bool:
    """Whether the query answers AggregateResults, or a bare count."""
    calls = (item.operand for item in query.items if isinstance(item, Item))
    return bool(query.group) or any(
        isinstance(each, Call) and each.name in AGGREGATES for each in calls
    )


def is_count(query: Query) -> bool:
    """Whether the query is ``SELECT COUNT() …``, whose answer is its total size alone."""
    item = query.items[0]
    if not isinstance(item, Item) or not isinstance(item.operand, Call):
        return False
    return item.operand.name == "COUNT" and not item.operand.arguments


def run_count(scope: Scope, query: Query) -> QueryResult:
    """How many rows the query finds."""
    if len(query.items) > 1 or query.group or query.order:
        message = "COUNT() must be the only element in the SELECT list"
        raise SalesforceError("MALFORMED_QUERY", message)
    conditions, parameters = conditions_of(scope, query)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    inner = f"SELECT 1 FROM {scope.table()}{where}{limits(query, scope.frame.text)}"  # noqa: S608
    total = scope.frame.store.read(f"SELECT COUNT(*) FROM ({inner})", parameters)[0][0]  # noqa: S608
    return QueryResult(scope.sobject.name, total, [], is_count=True)


def run_aggregate(scope: Scope, query: Query) -> QueryResult:
    """One AggregateResult for each group, or one for all rows without GROUP BY."""
    statement = _Aggregate(scope, query)
    rows = scope.frame.store.read(*statement.sql())
    records: list[dict[str, Any]] = []
    for row in rows:
        record: dict[str, Any] = {"attributes": {"type": "AggregateResult", "id": None}}
        for (name, convert), value in zip(statement.names, row, strict=True):
            record[name] = convert(value) if convert else value
        records.append(record)
    return QueryResult(scope.sobject.name, len(records), records, is_aggregate=True)


class _Aggregate:
    """The columns of an aggregate query, and the names they get in the answer."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self._scope = scope
        self._query = query
        self._plain = column_resolver(scope)
        self._groups = [self._group(each) for each in query.group]
        self.names: list[tuple[str, Callable[[Any], Any] | None]] = []
        self._columns: list[str] = []
        self._expressions = 0
        for item in query.items:
            self._add(item)

    def sql(self) -> tuple[str, list[Any]]:
        """The statement and its parameters."""
        conditions, parameters = conditions_of(self._scope, self._query)
        having, order = "", self._order()
        if self._query.having:
            having, values = Where(self._scope, self._grouped).compile(self._query.having)
            having, parameters = f" HAVING {having}", parameters + values
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        group = f" GROUP BY {', '.join(self._groups)}" if self._groups else ""
        statement = (
            f"SELECT {', '.join(self._columns)} FROM {self._scope.table()}"  # noqa: S608
            f"{where}{group}{having}{order}{limits(self._query, self._scope.frame.text)}"
        )
        return statement, parameters

    def _add(self, item: Item | Query) -> None:
        if isinstance(item, Query):
            raise unexpected_token(self._scope.frame.text, item.position)
        sql, field, _ = self._grouped(item.operand)
        self._columns.append(sql)
        name = item.alias or (field.name if isinstance(item.operand, Path) else self._numbered())
        if any(name.lower() == taken.lower() for taken, _ in self.names):
            message = f"duplicate alias: {name}"
            raise located("MALFORMED_QUERY", self._scope.frame.text, item.operand.position, message)
        self.names.append((name, converter(field)))

    def _numbered(self) -> str:
        self._expressions += 1
        return f"expr{self._expressions - 1}"

    def _group(self, operand: Operand) -> str:
        sql, field, _ = self._plain(operand)
        if isinstance(operand, Path) and not field.groupable:
            message = f"field '{field.name}' can not be grouped in a query call"
            raise located("INVALID_FIELD", self._scope.frame.text, operand.position, message)
        return sql

    def _grouped(self, operand: Operand) -> tuple[str, Field, bool]:
        """An aggregate, or a column that GROUP BY names."""
        if isinstance(operand, Call) and operand.name in AGGREGATES:
            return aggregate(self._scope, operand)
        sql, field, of_parent = self._plain(operand)
        if sql not in self._groups:
            name = operand.text if isinstance(operand, Path) else operand.name
            message = f"Field must be grouped or aggregated: {name}"
            raise located("MALFORMED_QUERY", self._scope.frame.text, operand.position, message)
        return sql, field, of_parent

    def _order(self) -> str:
        terms = []
        for each in self._query.order:
            terms.append(self._grouped(each.operand)[0] + direction(each, nullable=True))
        return f" ORDER BY {', '.join(terms)}" if terms else ""
