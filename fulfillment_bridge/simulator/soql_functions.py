"""Functions of columns: dates taken apart, labels, formats, and aggregates."""

from __future__ import annotations

from collections.abc import Callable

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.soql_dates import DATE_FUNCTIONS
from fulfillment_bridge.simulator.soql_errors import located, unexpected_token
from fulfillment_bridge.simulator.soql_scope import Scope
from fulfillment_bridge.simulator.soql_syntax import Call, Path

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
PASSING = frozenset({"TOLABEL", "FORMAT", "CONVERTCURRENCY", "CONVERTTIMEZONE"})
_NUMBER = Field("expr", "expr", "double")
_INTEGER = Field("expr", "expr", "int")
_DAY = Field("expr", "expr", "date")

Resolved = tuple[str, Field, bool]


def function_resolver(scope: Scope) -> Callable[[Call], Resolved]:
    """Resolves a function of a column that is not an aggregate."""

    def resolve(call: Call) -> Resolved:
        argument = _only_argument(scope, call)
        if isinstance(argument, Call):
            sql, field, of_parent = resolve(argument)
        else:
            column = scope.column(argument)
            sql, field, of_parent = column.sql, column.field, column.of_parent
        if call.name in PASSING:
            return sql, field, of_parent
        if call.name not in DATE_FUNCTIONS or field.kind not in ("date", "datetime"):
            raise unexpected_token(scope.frame.text, call.position)
        result = _DAY if call.name == "DAY_ONLY" else _INTEGER
        return f"({DATE_FUNCTIONS[call.name].format(sql)})", result, of_parent

    return resolve


def aggregate(scope: Scope, call: Call) -> Resolved:
    """The SQL of COUNT, SUM and the like, and the type of what it yields."""
    if call.name == "COUNT" and not call.arguments:
        return "COUNT(*)", _INTEGER, False
    argument = _only_argument(scope, call)
    if isinstance(argument, Call):
        raise unexpected_token(scope.frame.text, argument.position)
    column = scope.column(argument)
    if call.name in ("SUM", "AVG") and column.field.kind not in ("number", "int"):
        raise _unsupported(scope, call, column.field)
    if call.name in ("MIN", "MAX") and column.field.kind in ("boolean", "address"):
        raise _unsupported(scope, call, column.field)
    if call.name == "COUNT_DISTINCT":
        return f"COUNT(DISTINCT {column.sql})", _INTEGER, False
    sql = f"{call.name}({column.sql})"
    if call.name == "COUNT":
        return sql, _INTEGER, False
    return sql, _NUMBER if call.name in ("SUM", "AVG") else column.field, False


def _only_argument(scope: Scope, call: Call) -> Path | Call:
    if len(call.arguments) != 1:
        raise unexpected_token(scope.frame.text, call.position)
    return call.arguments[0]


def _unsupported(scope: Scope, call: Call, field: Field) -> SalesforceError:
    return located(
        "MALFORMED_QUERY",
        scope.frame.text,
        call.position,
        f"field {field.name} does not support aggregate operator {call.name}",
    )
