"""Why an order is or is not taken: each condition of the workbook, with the value found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fulfillment_bridge.domain.org_schema import Condition, OrderQuery, Record, Rule, value_at
from fulfillment_bridge.mapping.contents import AppliesTo, RuleRow, Workbook
from fulfillment_bridge.mapping.rules import condition_holds, condition_text, value_text

Kind = Literal["earliest", "ready", "cancel", "lines", "marker"]


@dataclass(frozen=True)
class RuleFinding:
    """One condition and how a record meets it.

    ``holds``  whether the order passes: a ready condition that is met, a cancel condition that
    is not, a marker that is not set
    ``group``  rows of one group must all pass; for ``ready`` one such group is enough
    """

    kind: Kind
    description: str
    found: str
    holds: bool
    cell: str
    group: str = ""


def explain(
    workbook: Workbook, query: OrderQuery, record: Record, lines: Sequence[Record]
) -> list[RuleFinding]:
    """Every condition between the record and the warehouse, in the order people think of them."""
    findings: list[RuleFinding] = []
    if query.earliest:
        cell = workbook.setting_cell("earliest_order_date").place
        findings.append(_finding("earliest", query.earliest, record, cell))
    findings.extend(_rule(workbook.rules, "ready", query.ready, record))
    findings.extend(_rule(workbook.rules, "cancel", query.cancel, record))
    findings.append(_lines(workbook, lines))
    if query.marker:
        cell = workbook.setting_cell("marker_field").place
        findings.append(_finding("marker", query.marker, record, cell, unwanted=True))
    return findings


def _rule(
    rows: Sequence[RuleRow], purpose: AppliesTo, rule: Rule, record: Record
) -> Iterator[RuleFinding]:
    kind: Kind = "cancel" if purpose == "cancel" else "ready"
    for row, condition in zip(rows_of(rows, purpose), _flat(rule), strict=True):
        yield _finding(
            kind, condition, record, row.field.place, group=row.group, unwanted=kind == "cancel"
        )


def rows_of(rows: Sequence[RuleRow], purpose: AppliesTo) -> list[RuleRow]:
    """The rows for one purpose, group by group, in the order of the compiled rule."""
    groups: dict[str, list[RuleRow]] = {}
    for row in rows:
        if row.applies_to == purpose:
            groups.setdefault(row.group.lower(), []).append(row)
    return [row for group in groups.values() for row in group]


def _flat(rule: Rule) -> list[Condition]:
    return [condition for group in rule for condition in group]


def _finding(
    kind: Kind,
    condition: Condition,
    record: Record,
    cell: str,
    *,
    group: str = "",
    unwanted: bool = False,
) -> RuleFinding:
    met = condition_holds(condition, record)
    text = condition_text(condition)
    return RuleFinding(
        kind,
        f"not {text}" if unwanted else text,
        value_text(value_at(record, condition.path)),
        met != unwanted,
        cell,
        group,
    )


def _lines(workbook: Workbook, lines: Sequence[Record]) -> RuleFinding:
    cell = workbook.setting_cell("line_object")
    return RuleFinding(
        "lines", f"has lines ({cell.name})", f"{len(lines)}", bool(lines), cell.place
    )
