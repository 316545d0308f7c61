"""What is decided once a record is read: rows that count or do not, lines left out, holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo

from fulfillment_bridge.domain.order import HoldReason
from fulfillment_bridge.domain.org_schema import Condition, OrgField, Record, Rule, value_at
from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import (
    AppliesTo,
    ChildPath,
    MappedField,
    RuleRow,
    Workbook,
)
from fulfillment_bridge.mapping.rules import (
    condition_holds,
    condition_of,
    condition_text,
    conditions_of,
    day_from,
    is_relative,
    rows_of,
)
from fulfillment_bridge.mapping.touched import rule_base

Group = tuple[Condition, ...]
FieldOf = Callable[[str], OrgField]


@dataclass(frozen=True)
class HoldRule:
    """Conditions that hold an order together, and what people read then.

    ``name`` is the same for as long as the workbook says the same.
    """

    conditions: Group
    reason: str
    cell: Cell
    name: str

    def about(self, record: Record) -> str:
        """This rule about this record, which a person may decide to overrule."""
        return f"{self.name} of {value_at(record, 'Id')}"

    def reason_for(self, record: Record, about: str = "") -> HoldReason:
        """Why the order is held."""
        said = self.reason or "It is as the rule says: " + " and ".join(
            condition_text(condition) for condition in self.conditions
        )
        return HoldReason(
            "rule",
            f"{about}{said.rstrip('.')}.",
            "Change it in Salesforce, or the rule in the workbook.",
            self.cell.place,
            self.about(record),
        )


@dataclass(frozen=True)
class RowRules:
    """Everything of a workbook that decides on a record that is read."""

    order_only_if: Mapping[str, Group] = field(default_factory=dict)
    line_only_if: Mapping[str, Group] = field(default_factory=dict)
    take_lines: Rule = ()
    hold: tuple[HoldRule, ...] = ()
    hold_lines: tuple[HoldRule, ...] = ()

    def holds(self, record: Record) -> list[HoldReason]:
        """Why the rules hold this order."""
        return [rule.reason_for(record) for rule in self.hold if all_hold(rule.conditions, record)]

    def holds_of_line(self, record: Record, about: str, number: int) -> list[HoldReason]:
        """Why the rules hold the order of this line."""
        return [
            rule.reason_for(record, about)
            for rule in self.hold_lines
            if all_hold(numbered(rule.conditions, number), record)
        ]

    def takes(self, record: Record, number: int) -> bool:
        """Whether the line is to be shipped at all."""
        return not self.take_lines or any(
            all_hold(numbered(group, number), record) for group in self.take_lines
        )


def row_rules(
    workbook: Workbook, order_field: FieldOf, line_field: FieldOf, zone: tzinfo
) -> RowRules:
    """The rules of the workbook, as comparisons of typed values."""

    def holds(purpose: AppliesTo, field_of: FieldOf) -> tuple[HoldRule, ...]:
        groups = conditions_of(workbook.rules, purpose, field_of, zone)
        rows = rows_of(workbook.rules, purpose)
        return tuple(_hold_rules(groups, rows))

    return RowRules(
        order_only_if=_only_if(workbook.order_fields, order_field, zone),
        line_only_if=_only_if(workbook.line_fields, line_field, zone),
        take_lines=conditions_of(workbook.rules, "take lines", line_field, zone),
        hold=holds("hold", order_field),
        hold_lines=holds("hold lines", line_field),
    )


def _only_if(rows: Sequence[MappedField], field_of: FieldOf, zone: tzinfo) -> dict[str, Group]:
    return {
        row.ours.key: tuple(condition_of(each, field_of(each.path), zone) for each in row.only_if)
        for row in rows
        if row.only_if
    }


def _hold_rules(groups: Rule, rows: Sequence[RuleRow]) -> list[HoldRule]:
    found: list[HoldRule] = []
    start = 0
    for group in groups:
        own = rows[start : start + len(group)]
        start += len(group)
        reason = next((row.reason for row in own if row.reason), "")
        name = f"{own[0].applies_to}: {' and '.join(row.text for row in own)}"
        found.append(HoldRule(group, reason, own[0].field, name))
    return found


def all_hold(conditions: Group, record: Record) -> bool:
    """Whether the record is as all of the conditions say."""
    return all(condition_holds(condition, record) for condition in conditions)


def numbered(conditions: Group, number: int) -> Group:
    """The conditions with the number of a line in the place of #."""
    if not any("#" in condition.path for condition in conditions):
        return conditions
    return tuple(replace(each, path=each.path.replace("#", str(number))) for each in conditions)


IsDay = Callable[[str, str], bool]
"""Whether a path of a base leads to a date, or a date and time."""


def has_relative_days(workbook: Workbook, is_day: IsDay) -> bool:
    """Whether some condition counts days from today."""
    return any(
        is_relative(row.value.text) and is_day(base, row.path) for base, row in _rows(workbook)
    )


def _rows(workbook: Workbook) -> Iterator[tuple[str, RuleRow]]:
    """Every comparison of the workbook, with whose field it compares."""
    yield from ((rule_base(row), row) for row in workbook.rules)
    yield from conditions_within(workbook)


def conditions_within(workbook: Workbook) -> Iterator[tuple[str, RuleRow]]:
    """The comparisons that stand in rows of the field sheets."""
    for base, fields in (("order", workbook.order_fields), ("line", workbook.line_fields)):
        for each in fields:
            yield from ((base, row) for row in each.only_if)
            for child in each.source.children:
                yield from ((child.base, row) for row in child.conditions)


def as_of(workbook: Workbook, today: date, is_day: IsDay) -> Workbook:
    """The workbook with days in the place of TODAY."""

    def rows(base: str, given: tuple[RuleRow, ...]) -> tuple[RuleRow, ...]:
        return tuple(_as_of(row, today) if is_day(base, row.path) else row for row in given)

    def part(each: str | ChildPath) -> str | ChildPath:
        if isinstance(each, str):
            return each
        return replace(each, conditions=rows(each.base, each.conditions))

    def fields(base: str, given: tuple[MappedField, ...]) -> tuple[MappedField, ...]:
        return tuple(
            replace(
                row,
                only_if=rows(base, row.only_if),
                source=replace(row.source, parts=tuple(part(each) for each in row.source.parts)),
            )
            for row in given
        )

    return replace(
        workbook,
        rules=tuple(rows(rule_base(row), (row,))[0] for row in workbook.rules),
        order_fields=fields("order", workbook.order_fields),
        line_fields=fields("line", workbook.line_fields),
    )


def _as_of(row: RuleRow, today: date) -> RuleRow:
    day = replace(row.value, value=day_from(row.value.text, today))
    return replace(row, value=day, said=row.value.text)
