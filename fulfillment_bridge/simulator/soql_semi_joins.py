"""Semi-joins and anti-joins: what Salesforce refuses in ``IN (SELECT …)``."""

from __future__ import annotations

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.soql_errors import located, unexpected_token
from fulfillment_bridge.simulator.soql_scope import Column, Scope
from fulfillment_bridge.simulator.soql_syntax import (
    Comparison,
    Condition,
    Item,
    Logic,
    Membership,
    Path,
    Query,
    walk,
)

_MOST = 2


def check_semi_joins(text: str, condition: Condition) -> None:
    """Refuse too many of them, one inside another, and any under OR or NOT."""
    found: list[Membership] = []
    walk(condition, lambda each: found.extend(_semi_joins(each)))
    if len(found) > _MOST:
        raise _error(text, found[-1].position, "Maximum 2 semi join sub-selects are allowed")

    def refuse(each: Comparison | Membership) -> None:
        if _semi_joins(each):
            message = "Nesting of semi join sub-selects is not supported"
            raise _error(text, each.position, message)

    for each in found:
        if isinstance(each.values, Query):
            walk(each.values.where, refuse)
    _check_place(text, condition)


def _check_place(text: str, condition: Condition, within: str = "") -> None:
    """``within`` is the OR or NOT that the condition stands under."""
    if isinstance(condition, Logic):
        for each in condition.conditions:
            _check_place(text, each, within if condition.operator == "AND" else condition.operator)
    elif within and _semi_joins(condition):
        message = f"Semi join sub-selects are not allowed with the '{within}' operator"
        raise _error(text, condition.position, message)


def check_outer(scope: Scope, membership: Membership, field: Field) -> None:
    """Refuse what cannot be looked for in the ids that a query finds."""
    text = scope.frame.text
    if membership.operator not in ("IN", "NOT IN"):
        raise unexpected_token(text, membership.position)
    if field.kind != "id" or not isinstance(membership.operand, Path):
        message = f"semi join field must be of type ID or Reference. Found field: {field.name}"
        raise _error(text, membership.position, message)
    if len(scope.without_own_name(membership.operand.names)) > 1:
        message = f"semi join field must be of the object itself: {membership.operand.text}"
        raise _error(text, membership.operand.position, message)


def inner_column(outer: Scope, inner: Scope, query: Query) -> Column:
    """The one column of the inner query: an id or reference of its own object, which is another."""
    text = outer.frame.text
    _check_clauses(text, query)
    item = query.items[0]
    if len(query.items) != 1 or not isinstance(item, Item) or not isinstance(item.operand, Path):
        message = "Semi join sub-selects can only select one column"
        raise _error(text, query.position, message)
    if inner.sobject is outer.sobject:
        message = "The inner and outer selects should not be on the same object type"
        raise _error(text, query.object_name.position, message)
    column = inner.column(item.operand)
    if column.field.kind != "id" or column.of_parent:
        message = (
            f"Semi join sub-selects can only query id fields, cannot use: '{item.operand.text}'"
        )
        raise _error(text, item.operand.position, message)
    return column


def _check_clauses(text: str, query: Query) -> None:
    """It has conditions at most: no groups, no order, no limits."""
    for clause, is_there in (
        ("GROUP", query.group),
        ("ORDER", query.order),
        ("LIMIT", query.limit is not None),
        ("OFFSET", query.offset is not None),
    ):
        if is_there:
            raise _error(text, query.place(clause), f"missing value at '{clause}'")


def _semi_joins(condition: Comparison | Membership) -> list[Membership]:
    if isinstance(condition, Membership) and isinstance(condition.values, Query):
        return [condition]
    return []


def _error(text: str, position: int, message: str) -> SalesforceError:
    return located("MALFORMED_QUERY", text, position, message)
