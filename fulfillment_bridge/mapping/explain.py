"""Why an order is or is not taken: each condition of the workbook, with the value found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fulfillment_bridge.domain.org_schema import Condition, OrderQuery, Record, Rule, value_at
from fulfillment_bridge.mapping.contents import RuleRow, Workbook
from fulfillment_bridge.mapping.rules import (
    condition_holds,
    condition_text,
    rows_of,
    rule_holds,
    value_text,
)

Kind = Literal["earliest", "ready", "cancel", "lines", "marker"]


@dataclass(frozen=True)
class RuleFinding:
    """One condition and how a record meets it.

    ``met``    whether the record is as the condition says
    ``holds``  whether the order passes here. Of several groups of ready conditions one is
    enough, so an unmet row of another group stands in nobody's way; a cancel condition or a
    marker stands in the way where it is met
    ``group``  which rows belong together
    """

    kind: Kind
    description: str
    found: str
    holds: bool
    cell: str
    group: str = ""
    met: bool = True


def explain(
    workbook: Workbook, query: OrderQuery, record: Record, lines: Sequence[Record]
) -> list[RuleFinding]:
    """Every condition between the record and the warehouse, in the order people think of them."""
    findings: list[RuleFinding] = []
    if query.earliest:
        cell = workbook.setting_cell("earliest_order_date").place
        met = condition_holds(query.earliest, record)
        findings.append(_finding("earliest", query.earliest, record, cell, holds=met))
    findings.extend(_ready(workbook.rules, query.ready, record))
    findings.extend(_cancel(workbook.rules, query.cancel, record))
    findings.append(_lines(workbook, lines))
    if query.marker:
        cell = workbook.setting_cell("marker_field").place
        met = condition_holds(query.marker, record)
        findings.append(_finding("marker", query.marker, record, cell, holds=not met))
    return findings


def _ready(rows: Sequence[RuleRow], rule: Rule, record: Record) -> Iterator[RuleFinding]:
    enough = rule_holds(rule, record)
    for row, condition in zip(rows_of(rows, "ready"), _flat(rule), strict=True):
        holds = enough or condition_holds(condition, record)
        yield _finding("ready", condition, record, row.field.place, row.group, holds=holds)


def _cancel(rows: Sequence[RuleRow], rule: Rule, record: Record) -> Iterator[RuleFinding]:
    """A condition stands in the way only together with its whole group."""
    met_groups = [group for group in rule if rule_holds((group,), record)]
    in_the_way = [condition for group in met_groups for condition in group]
    for row, condition in zip(rows_of(rows, "cancel"), _flat(rule), strict=True):
        holds = condition not in in_the_way
        yield _finding("cancel", condition, record, row.field.place, row.group, holds=holds)


def _flat(rule: Rule) -> list[Condition]:
    return [condition for group in rule for condition in group]


def _finding(
    kind: Kind,
    condition: Condition,
    record: Record,
    cell: str,
    group: str = "",
    *,
    holds: bool,
) -> RuleFinding:
    text = condition_text(condition)
    return RuleFinding(
        kind,
        f"not {text}" if kind in ("cancel", "marker") else text,
        value_text(value_at(record, condition.path)),
        holds,
        cell,
        group,
        condition_holds(condition, record),
    )


def _lines(workbook: Workbook, lines: Sequence[Record]) -> RuleFinding:
    cell = workbook.setting_cell("line_object")
    what = f"has lines ({cell.name})" if cell.name else "has lines"
    return RuleFinding("lines", what, f"{len(lines)}", bool(lines), cell.place)
