"""Which rules hold an order, and which leave its lines out: with the value found for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fulfillment_bridge.domain.org_schema import Condition, Record, Rule, value_at
from fulfillment_bridge.mapping.contents import MappedField, RuleRow
from fulfillment_bridge.mapping.row_rules import Group, HoldRule, RowRules, all_hold, numbered
from fulfillment_bridge.mapping.rules import (
    condition_holds,
    condition_text,
    rows_of,
    value_text,
)

Kind = Literal["hold", "take lines", "hold lines"]


@dataclass(frozen=True)
class RowFinding:
    """One rule about an order or one of its lines.

    ``line`` is the number of the line, 0 where it is about the order or all of its lines.
    ``conditions`` are those that decide, as they were compared; ``holds`` is whether the order
    passes here: a line that is left out stands in nobody's way. ``rule`` is what holds it, as a
    HoldReason names it.
    """

    kind: Kind
    what: str
    found: str
    holds: bool
    cell: str
    line: int = 0
    conditions: Group = ()
    rule: str = ""


@dataclass(frozen=True)
class LineSeen:
    """A line as the rules look at it: its number, its record, its SKU.

    ``rows`` are the rows of the sheet Line fields as they read this line; ``taken`` is whether
    it is to be shipped at all.
    """

    number: int
    record: Record
    sku: str
    rows: tuple[MappedField, ...]
    taken: bool

    @property
    def name(self) -> str:
        return f"line {self.number} ({self.sku})" if self.sku else f"line {self.number}"


def explain_rows(
    rules: RowRules, rows: Sequence[RuleRow], record: Record, lines: Sequence[LineSeen]
) -> list[RowFinding]:
    """Every rule that holds orders or lines or leaves lines out, in the order of the kinds."""
    found = [_hold(rule, record) for rule in rules.hold]
    found += _left_out(rules.take_lines, rows_of(rows, "take lines"), lines)
    taken = [line for line in lines if line.taken]
    for rule in rules.hold_lines:
        found += _hold_lines(rule, taken)
    return found


def _hold(rule: HoldRule, record: Record) -> RowFinding:
    held = all_hold(rule.conditions, record)
    what = _held_by(rule) if held else f"not held by the rule {_text(rule.conditions)}"
    found = _found(rule.conditions, record)
    place, name = rule.cell.place, rule.about(record)
    return RowFinding("hold", what, found, not held, place, 0, rule.conditions, name)


def _hold_lines(rule: HoldRule, lines: Sequence[LineSeen]) -> Iterator[RowFinding]:
    is_held = False
    for line in lines:
        conditions = numbered(rule.conditions, line.number)
        if all_hold(conditions, line.record):
            is_held = True
            what = f"{line.name} is {_held_by(rule)}"
            found = _found(conditions, line.record)
            place, name = rule.cell.place, rule.about(line.record)
            yield RowFinding("hold lines", what, found, False, place, line.number, conditions, name)
    if not is_held:
        what = f"no line is held by the rule {_text(rule.conditions)}"
        yield RowFinding("hold lines", what, "", True, rule.cell.place, 0, rule.conditions)


def _held_by(rule: HoldRule) -> str:
    reason = f": {rule.reason.rstrip('.')}" if rule.reason else ""
    return f"held by the rule {_text(rule.conditions)}{reason}"


def _left_out(
    rule: Rule, rows: Sequence[RuleRow], lines: Sequence[LineSeen]
) -> Iterator[RowFinding]:
    """One finding for each line that is left out, at the row that drops it."""
    if not rule:
        return
    cells = dict(zip(_places(rule), rows, strict=True))
    dropped = False
    for line in lines:
        groups = [numbered(group, line.number) for group in rule]
        unmet = [[p for p, each in enumerate(group) if not condition_holds(each, line.record)]
                 for group in groups]  # fmt: skip
        if not all(unmet):
            continue
        dropped = True
        nearest = min(range(len(groups)), key=lambda place: len(unmet[place]))
        place = unmet[nearest][0]
        condition = groups[nearest][place]
        yield RowFinding(
            "take lines",
            f"{line.name} is left out: only lines with {condition_text(condition)} are taken",
            _found((condition,), line.record),
            True,
            cells[nearest, place].field.place,
            line.number,
            (condition,),
        )
    if lines and not dropped:
        text = " or ".join(_text(group) for group in rule)
        yield RowFinding(
            "take lines", f"no line is left out by {text}", "", True, rows[0].field.place
        )


def _places(rule: Rule) -> Iterator[tuple[int, int]]:
    for group_place, group in enumerate(rule):
        for place in range(len(group)):
            yield group_place, place


def _text(conditions: Group) -> str:
    return " and ".join(condition_text(condition) for condition in conditions)


def _found(conditions: Sequence[Condition], record: Record) -> str:
    values = [value_text(value_at(record, condition.path)) for condition in conditions]
    return ", ".join(dict.fromkeys(values))
