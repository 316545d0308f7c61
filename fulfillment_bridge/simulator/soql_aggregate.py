"""SELECT COUNT(), and aggregates with GROUP BY, its subtotals, and HAVING."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.model import QueryResult
from fulfillment_bridge.simulator.soql_errors import located, unexpected_token
from fulfillment_bridge.simulator.soql_functions import (
    AGGREGATES,
    Resolved,
    aggregate,
    format_sql,
    sort_keys,
)
from fulfillment_bridge.simulator.soql_scope import Scope
from fulfillment_bridge.simulator.soql_select import conditions_of, direction, limits
from fulfillment_bridge.simulator.soql_shapes import converter
from fulfillment_bridge.simulator.soql_syntax import Call, Item, Operand, Order, Path, Query, TypeOf
from fulfillment_bridge.simulator.soql_where import Where, column_resolver

_MOST_ROWS = 2000
_MOST_SUBTOTALS = 3
_FLAG = Field("expr", "expr", "int")
_TEXT = Field("expr", "expr", "string")


def is_aggregate(query: Query) -> bool:
    """Whether the query answers AggregateResults, or a bare count."""
    calls = (item.operand for item in query.items if isinstance(item, Item))
    return bool(query.group) or any(_is_aggregate(each) for each in calls)


def _is_aggregate(operand: Operand) -> bool:
    if not isinstance(operand, Call):
        return False
    return operand.name in AGGREGATES or any(map(_is_aggregate, operand.arguments))


def is_count(query: Query) -> bool:
    """Whether the query is ``SELECT COUNT() …``, whose answer is its total size alone."""
    item = query.items[0]
    if not isinstance(item, Item) or not isinstance(item.operand, Call):
        return False
    return item.operand.name == "COUNT" and not item.operand.arguments


def run_count(scope: Scope, query: Query) -> QueryResult:
    """How many rows the query finds."""
    item = query.items[0]
    if isinstance(item, Item) and item.alias:
        raise unexpected_token(scope.frame.text, item.alias_position)
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
    if query.limit is not None and not query.group:
        message = "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
        raise SalesforceError("MALFORMED_QUERY", message)
    statement = _Aggregate(scope, query)
    rows = scope.frame.store.read(*statement.sql())
    if len(rows) > _MOST_ROWS:
        message = (
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a "
            "single batch"
        )
        raise SalesforceError("EXCEEDED_ID_LIMIT", message)
    records: list[dict[str, Any]] = []
    for row in rows:
        record: dict[str, Any] = {"attributes": {"type": "AggregateResult", "id": None}}
        for (name, convert), value in zip(statement.names, row, strict=False):
            record[name] = convert(value) if convert and value is not None else value
        records.append(record)
    return QueryResult(scope.sobject.name, len(records), records, is_aggregate=True)


def check_having(scope: Scope, query: Query) -> None:
    """HAVING is about groups, so that there must be some."""
    if query.having and not query.group:
        raise unexpected_token(scope.frame.text, query.place("HAVING"))


class _Aggregate:
    """The columns of an aggregate query, and the names they get in the answer.

    Subtotals are one statement for each set of columns that is grouped by, in which the
    other columns are NULL.
    """

    def __init__(self, scope: Scope, query: Query) -> None:
        self._scope = scope
        self._query = query
        self._plain = column_resolver(scope)
        self._groups = [self._group(each) for each in query.group]
        self._grouped_by = self._groups
        self.names: list[tuple[str, Callable[[Any], Any] | None]] = []
        self._expressions = 0
        for item in query.items:
            self._name(item)

    def sql(self) -> tuple[str, list[Any]]:
        """The statement and its parameters; columns to order by come after those to show."""
        statements, parameters = [], []
        for grouped_by in self._sets():
            self._grouped_by = list(grouped_by)
            statement, values = self._statement()
            statements.append(statement)
            parameters += values
        order = self._order()
        page = limits(self._query, self._scope.frame.text)
        return f"{' UNION ALL '.join(statements)}{order}{page}", parameters

    def _sets(self) -> list[tuple[str, ...]]:
        """The sets of columns to group by: one, or all that ROLLUP or CUBE mean."""
        groups = tuple(self._groups)
        if self._query.subtotals is None:
            return [groups]
        if len(groups) > _MOST_SUBTOTALS:
            raise unexpected_token(self._scope.frame.text, self._query.group[-1].position)
        sizes = range(len(groups), -1, -1)
        if self._query.subtotals == "ROLLUP":
            return [groups[:size] for size in sizes]
        return [each for size in sizes for each in combinations(groups, size)]

    def _statement(self) -> tuple[str, list[Any]]:
        items = (each for each in self._query.items if isinstance(each, Item))
        columns = [self._grouped(each.operand)[0] for each in items]
        columns += [self._sort_key(each) for each in self._query.order]
        conditions, parameters = conditions_of(self._scope, self._query)
        having = []
        if self._query.having:
            sql, values = Where(self._scope, self._grouped).compile(self._query.having)
            having.append(f"({sql})")
            parameters += values
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        # The total of all rows is a group too, so that there is no total of nothing.
        grouped_by = self._grouped_by or (["NULL"] if self._query.subtotals else [])
        group = f" GROUP BY {', '.join(grouped_by)}" if grouped_by else ""
        only = f" HAVING {' AND '.join(having)}" if having else ""
        table = self._scope.table()
        return f"SELECT {', '.join(columns)} FROM {table}{where}{group}{only}", parameters  # noqa: S608

    def _name(self, item: Item | TypeOf | Query) -> None:
        if not isinstance(item, Item):
            raise unexpected_token(self._scope.frame.text, item.position)
        _, field, _ = self._grouped(item.operand)
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

    def _grouped(self, operand: Operand, what: str = "Field") -> Resolved:
        """An aggregate, or a column that GROUP BY names."""
        if isinstance(operand, Call) and operand.name in AGGREGATES:
            return aggregate(self._scope, operand)
        if isinstance(operand, Call) and operand.name == "FORMAT" and _is_aggregate(operand):
            inner = self._grouped(operand.arguments[0])
            return format_sql(self._scope, operand, inner), _TEXT, False
        if isinstance(operand, Call) and operand.name == "GROUPING":
            return self._grouping(operand)
        if isinstance(operand, Call) and operand.name == "FIELDS":
            raise unexpected_token(self._scope.frame.text, operand.position)
        sql, field, of_parent = self._plain(operand)
        if sql not in self._groups:
            name = operand.text if isinstance(operand, Path) else operand.name
            message = f"{what} must be grouped or aggregated: {name}"
            raise located("MALFORMED_QUERY", self._scope.frame.text, operand.position, message)
        return (sql if sql in self._grouped_by else "NULL"), field, of_parent

    def _sort_key(self, order: Order) -> str:
        sql, field, _ = self._grouped(order.operand, "Ordered field")
        return sql if sql == "NULL" else sort_keys(sql, field, order.operand)[0]

    def _grouping(self, call: Call) -> Resolved:
        """GROUPING(column): 1 in the subtotals that leave the column out."""
        sql = self._plain(call.arguments[0])[0] if len(call.arguments) == 1 else ""
        if not self._query.subtotals or sql not in self._groups:
            raise unexpected_token(self._scope.frame.text, call.position)
        return str(int(sql not in self._grouped_by)), _FLAG, False

    def _order(self) -> str:
        """By the columns after those that are shown, as a union can order by places only."""
        shown = len(self._query.items)
        terms = [
            f"{place}{direction(each, nullable=True)}"
            for place, each in enumerate(self._query.order, start=shown + 1)
        ]
        return f" ORDER BY {', '.join(terms)}" if terms else ""
