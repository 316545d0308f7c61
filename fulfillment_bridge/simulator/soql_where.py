"""Conditions of SOQL as SQL, with Salesforce's two-valued logic: a blank is never unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.soql_dates import date_range, midnight
from fulfillment_bridge.simulator.soql_errors import located, unexpected_token
from fulfillment_bridge.simulator.soql_functions import function_resolver, in_corporate
from fulfillment_bridge.simulator.soql_scope import Scope
from fulfillment_bridge.simulator.soql_semi_joins import (
    check_outer,
    check_semi_joins,
    inner_column,
)
from fulfillment_bridge.simulator.soql_syntax import (
    Comparison,
    Condition,
    Literal,
    Logic,
    Membership,
    Operand,
    Path,
    Query,
)
from fulfillment_bridge.simulator.soql_values import money_of, pattern, value_of

Resolve = Callable[[Operand], tuple[str, Field, bool]]
Sql = tuple[str, list[Any]]
_FOR_SELECT = frozenset({"FORMAT", "CONVERTCURRENCY"})  # they make no sense in conditions


class Where:
    """Turns the conditions of one query into SQL and its parameters."""

    def __init__(self, scope: Scope, resolve: Resolve) -> None:
        """``resolve`` gives SQL, field and whether it may be a missing parent's."""
        self._scope = scope
        self._resolve = resolve
        self._text = scope.frame.text

    def compile(self, condition: Condition) -> Sql:
        """The SQL of the condition; it may yield NULL for false."""
        check_semi_joins(self._text, condition)
        sql = self._condition(condition)
        self._note_needed_parents(condition)
        return sql

    def _condition(self, condition: Condition) -> Sql:
        if isinstance(condition, Logic):
            return self._logic(condition)
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        return self._membership(condition)

    def _logic(self, logic: Logic) -> Sql:
        parts = [self._condition(each) for each in logic.conditions]
        parameters = [value for _, values in parts for value in values]
        if logic.operator == "NOT":
            return f"NOT COALESCE({parts[0][0]}, 0)", parameters
        return _balanced(logic.operator, [sql for sql, _ in parts]), parameters

    def _note_needed_parents(self, condition: Condition) -> None:
        """A parent compared with a value must be there, where all conditions must hold."""
        if isinstance(condition, Logic) and condition.operator == "AND":
            for each in condition.conditions:
                self._note_needed_parents(each)
        elif isinstance(condition, Comparison) and isinstance(condition.operand, Path):
            column = self._scope.column(condition.operand)
            if not column.field.calculated and not _holds_for_blank(condition):
                self._scope.need(column.relationships)

    def _comparison(self, comparison: Comparison) -> Sql:
        sql, field, of_parent = self._filterable(comparison.operand)
        literal, operator = comparison.value, comparison.operator
        if operator == "LIKE":
            return self._like(sql, field, comparison)
        if literal.kind == "DATE_LITERAL":
            return self._date_literal(sql, field, comparison)
        value = value_of(literal, field, self._text, comparison.operand.position)
        if field.type == "multipicklist" and operator not in ("=", "!="):
            raise self._operator_error(comparison, field.type)
        if field.kind == "boolean":
            sql, value = self._flag(sql, of_parent, operator, comparison), value or 0
        if value is None or value == "":
            return self._blank(sql, operator, comparison)
        if isinstance(value, str) and _folds(field) and not value.isascii():
            sql, value = f"casefold({sql})", value.casefold()
        compared = f"{sql} {'IS NOT' if operator == '!=' else operator} ?"
        if field.kind == "datetime" and operator in (">", ">="):
            # Such a condition asks for the newest rows: let SQLite begin with them.
            compared = f"likelihood({compared}, 0.001)"
        return compared, [value]

    def _flag(self, sql: str, of_parent: bool, operator: str, comparison: Comparison) -> str:
        if operator not in ("=", "!="):
            raise self._operator_error(comparison, "boolean")
        return f"COALESCE({sql}, 0)" if of_parent else sql

    def _blank(self, sql: str, operator: str, comparison: Comparison) -> Sql:
        """Comparison with null or an empty text, which are one."""
        if operator not in ("=", "!="):
            return "0", []
        return f"{sql} IS {'NOT ' if operator == '!=' else ''}NULL", []

    def _like(self, sql: str, field: Field, comparison: Comparison) -> Sql:
        literal = comparison.value
        if field.kind != "string" or field.type == "multipicklist":
            raise self._operator_error(comparison, field.type)
        if literal.kind != "STRING":
            value_of(literal, field, self._text, comparison.operand.position)
            return "0", []
        wanted = pattern(literal, self._text)
        if field.case_sensitive:
            return f"like_exactly({sql}, ?)", [wanted]
        if not wanted.isascii():
            sql, wanted = f"casefold({sql})", wanted.casefold()
        return f"{sql} LIKE ? ESCAPE '\\'", [wanted]

    def _date_literal(self, sql: str, field: Field, comparison: Comparison) -> Sql:
        literal, operator = comparison.value, comparison.operator
        if amount := money_of(literal, self._scope.frame.schema.currencies):
            return self._money(sql, field, comparison, amount)
        viewer = self._scope.frame.viewer
        span = date_range(
            literal.text,
            date.fromisoformat(viewer.local_now[:10]),
            self._scope.frame.schema.fiscal_year,
        )
        if span is None:
            raise self._error(literal.position, f"unexpected token: '{literal.text}'")
        if field.kind not in ("date", "datetime"):
            value_of(literal, field, self._text, comparison.operand.position)
        start, end = (
            midnight(day, viewer.user.time_zone) if field.kind == "datetime" else day.isoformat()
            for day in span
        )
        if operator == "=":
            return f"({sql} >= ? AND {sql} < ?)", [start, end]
        if operator == "!=":
            return f"NOT COALESCE({sql} >= ? AND {sql} < ?, 0)", [start, end]
        if operator in ("<", ">="):
            return f"{sql} {operator} ?", [start]
        return f"{sql} {'<' if operator == '<=' else '>='} ?", [end]

    def _money(self, sql: str, field: Field, comparison: Comparison, amount: float) -> Sql:
        """An amount with its currency is compared in the org's corporate one."""
        if field.type != "currency" or not isinstance(comparison.operand, Path):
            value_of(comparison.value, field, self._text, comparison.operand.position)
        path = comparison.operand
        converted = in_corporate(self._scope, sql, path) if isinstance(path, Path) else sql
        operator = {"!=": "IS NOT"}.get(comparison.operator, comparison.operator)
        return f"{converted} {operator} ?", [amount]

    def _membership(self, membership: Membership) -> Sql:
        sql, field, of_parent = self._filterable(membership.operand)
        if isinstance(membership.values, Query):
            return self._semi_join(sql, field, membership, membership.values)
        if membership.operator in ("INCLUDES", "EXCLUDES"):
            return self._includes(sql, field, membership, membership.values)
        position = membership.operand.position
        values = [value_of(each, field, self._text, position) for each in membership.values]
        if field.kind == "boolean":
            sql = f"COALESCE({sql}, 0)" if of_parent else sql
            values = [value or 0 for value in values]
        if _folds(field) and any(isinstance(each, str) and not each.isascii() for each in values):
            sql = f"casefold({sql})"
            values = [value.casefold() if value else value for value in values]
        return _in(sql, values, negated=membership.operator == "NOT IN")

    def _includes(
        self, sql: str, field: Field, membership: Membership, literals: tuple[Literal, ...]
    ) -> Sql:
        """Each value may name several, joined by semicolons, that must all be chosen."""
        if field.type != "multipicklist":
            raise self._error(
                membership.position,
                f"{membership.operator.lower()} operator is not valid on field '{field.name}'",
                "INVALID_QUERY_FILTER_OPERATOR",
            )
        choices, parameters = [], []
        for literal in literals:
            wanted = str(value_of(literal, field, self._text, literal.position)).split(";")
            chosen = f"INSTR(';' || LOWER({sql}) || ';', ?) > 0"
            choices.append(" AND ".join([chosen] * len(wanted)))
            parameters += [f";{each.lower()};" for each in wanted]
        any_of = " OR ".join(f"({choice})" for choice in choices)
        negation = "NOT " if membership.operator == "EXCLUDES" else ""
        return f"{negation}COALESCE({any_of}, 0)", parameters

    def _semi_join(self, sql: str, field: Field, membership: Membership, query: Query) -> Sql:
        check_outer(self._scope, membership, field)
        frame = self._scope.frame
        inner = Scope.of(frame, frame.object_at(query.object_name), query)
        column = inner_column(self._scope, inner, query)
        conditions = inner.alive()
        parameters: list[Any] = []
        if query.where:
            where_sql, parameters = Where(inner, column_resolver(inner)).compile(query.where)
            conditions.append(where_sql)
        conditions.append(f"{column.sql} IS NOT NULL")
        found = f"SELECT {column.sql} FROM {inner.table()} WHERE {' AND '.join(conditions)}"  # noqa: S608
        joined = f"{sql} IN ({found})"
        if membership.operator == "NOT IN":
            joined = f"NOT COALESCE({joined}, 0)"
        return joined, parameters

    def _filterable(self, operand: Operand) -> tuple[str, Field, bool]:
        sql, field, of_parent = self._resolve(operand)
        if not field.filterable:
            raise self._error(
                operand.position,
                f"field '{field.name}' can not be filtered in a query call",
                "INVALID_FIELD",
            )
        return sql, field, of_parent

    def _operator_error(self, comparison: Comparison, kind: str) -> SalesforceError:
        return self._error(
            comparison.position,
            f"invalid operator on {kind} field",
            "INVALID_QUERY_FILTER_OPERATOR",
        )

    def _error(self, position: int, message: str, code: str = "MALFORMED_QUERY") -> SalesforceError:
        return located(code, self._text, position, message)


def column_resolver(scope: Scope) -> Resolve:
    """Resolves the operands of a plain WHERE: columns, and date functions of columns."""
    from_function = function_resolver(scope)

    def resolve(operand: Operand) -> tuple[str, Field, bool]:
        if isinstance(operand, Path):
            column = scope.column(operand)
            return column.sql, column.field, column.of_parent
        if operand.name in _FOR_SELECT:
            raise unexpected_token(scope.frame.text, operand.position)
        return from_function(operand)

    return resolve


def _folds(field: Field) -> bool:
    """Whether upper and lower case are one in the field."""
    return field.kind == "string" and not field.case_sensitive


def _balanced(operator: str, conditions: list[str]) -> str:
    """The conditions joined in halves: SQLite limits how deep an expression may nest."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    left, right = _balanced(operator, conditions[:middle]), _balanced(operator, conditions[middle:])
    return f"({left} {operator} {right})"


def _holds_for_blank(comparison: Comparison) -> bool:
    """Whether a record that is not there could fit."""
    value = comparison.value
    return comparison.operator == "!=" or value.kind in ("NULL", "FALSE") or value.text == "''"


def _in(sql: str, values: list[Any], *, negated: bool) -> Sql:
    present = [value for value in values if value not in (None, "")]
    any_of = [f"{sql} IN (SELECT value FROM json_each(?))"] if present else []  # noqa: S608
    if len(present) < len(values):
        any_of.append(f"{sql} IS NULL")
    positive = " OR ".join(any_of)
    parameters = [json.dumps(present)] if present else []
    if negated:
        return f"NOT COALESCE({positive}, 0)", parameters
    return f"({positive})", parameters
