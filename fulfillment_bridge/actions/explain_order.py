"""Why is this order not here? Looks it up in the org, whether or not it was ever downloaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fulfillment_bridge.actions.order_report import numbers_like
from fulfillment_bridge.actions.order_words import Labels, meet, undo
from fulfillment_bridge.actions.our_side import Answer, AskedCart, OurSide
from fulfillment_bridge.carts.base import OrgIdentity
from fulfillment_bridge.domain.order import HoldReason
from fulfillment_bridge.domain.org_schema import Condition, OrderQuery, RawOrder, Rule
from fulfillment_bridge.mapping.explain import RuleFinding
from fulfillment_bridge.mapping.explain_rows import RowFinding
from fulfillment_bridge.mapping.preflight import schema_from_json
from fulfillment_bridge.mapping.rules import condition_holds
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.overruled import OverruledRule

__all__ = ["Answer", "AskedCart", "Explanation", "explain_order"]


@dataclass(frozen=True)
class Explanation:
    """Every condition of one record, and the one thing to change."""

    order_number: str
    cart: str
    cart_order_id: str
    answers: tuple[Answer, ...]
    advice: str


def explain_order(store: Store, asked: AskedCart, number: str) -> list[Explanation]:
    """One explanation per record with that number; at most three API calls, login included.

    A number that our user cannot see in the org still gets one, saying so.
    """
    field_map = asked.mapping.field_map
    labels = _labels(store, asked)
    found = asked.cart.find_orders(field_map.order_query(), field_map.order_number_path, number)
    identity = asked.cart.identity()
    if not found:
        return [_not_visible(store, asked, labels, identity, number)]
    return [_explain(store, asked, labels, identity, raw, number) for raw in found]


def _labels(store: Store, asked: AskedCart) -> Labels:
    with store.read() as uow:
        version = uow.mappings.get(asked.mapping.mapping_version_id)
    query = asked.mapping.field_map.order_query()
    return Labels(schema_from_json(version.schema_json), query.order_object)


def _not_visible(
    store: Store, asked: AskedCart, labels: Labels, identity: OrgIdentity, number: str
) -> Explanation:
    path = asked.mapping.field_map.order_number_path
    what = f"{identity.username} sees an order with this number in {path}"
    user = identity.username
    advice = (
        f"Check the number; if {labels.order()} {number} is in Salesforce, let {user} see it "
        f"(Setup > Sharing Settings, or a permission set with View All on {labels.order()})."
    )
    near = numbers_like(store, number, asked.name)
    if near:
        advice = f"Did you mean {' or '.join(near)}? If not: {advice[0].lower()}{advice[1:]}"
    answers = [Answer(False, what, "no such record", advice=advice)]
    answers += OurSide(store, asked).of_number(number)
    return Explanation(number, asked.name, "", tuple(answers), advice)


def _explain(
    store: Store,
    asked: AskedCart,
    labels: Labels,
    identity: OrgIdentity,
    raw: RawOrder,
    number: str,
) -> Explanation:
    field_map = asked.mapping.field_map
    ours = OurSide(store, asked)
    answers = [Answer(True, f"visible to {identity.username}", raw.cart_order_id)]
    query = field_map.order_query()
    findings = field_map.explain(raw.record, raw.lines)
    rules = _RuleAnswers(query, raw, labels, is_ours=ours.knows(raw))
    answers += rules.answers(findings)
    overruled = ours.overruled(raw)
    all_the_same = (
        f" To ship it all the same: fulfillment-bridge orders release {number} --despite-rule "
        f"--cart {asked.name} --reason TEXT."
    )
    for finding in field_map.explain_rows(raw):
        answer = _row_answer(finding, labels, query, all_the_same)
        answers.append(_despite(answer, overruled.get(finding.rule)))
    mapped = field_map.apply(raw, default_currency=identity.default_currency)
    answers += [
        _despite(
            Answer(
                False,
                reason.message,
                "",
                reason.place,
                _fault_advice(reason, labels, query) + (all_the_same if reason.rule else ""),
            ),
            overruled.get(reason.rule),
        )
        for reason in mapped.faults
        if reason.code != "rule"  # the rules themselves have said it
        and (raw.lines or reason.code != "no_lines")  # and so has the condition on lines
    ]
    answers += ours.of_record(raw, mapped.faults, clear=all(answer.holds for answer in answers))
    return Explanation(number, asked.name, raw.cart_order_id, tuple(answers), _advice(answers))


def _fault_advice(reason: HoldReason, labels: Labels, query: OrderQuery) -> str:
    return labels.in_text(
        reason.remedy or reason.message, line_object=query.line_object or query.order_object
    )


def _despite(answer: Answer, overruled: OverruledRule | None) -> Answer:
    """What holds an order stands in nobody's way where a person has overruled it."""
    if overruled is None or answer.holds:
        return answer
    who = f"{overruled.actor} let it go despite that at {overruled.at:%F %T}Z: {overruled.reason}"
    return replace(answer, holds=True, what=f"{answer.what.rstrip('.')}. {who}", advice="")


def _row_answer(
    finding: RowFinding, labels: Labels, query: OrderQuery, all_the_same: str
) -> Answer:
    """A rule that holds or leaves out, and what to change where it holds."""
    advice = ""
    if not finding.holds:
        name = query.line_object if finding.line and query.has_line_records else query.order_object
        change = _sentence(undo(finding.conditions[0], labels.of(name)))
        advice = (
            f"{change} on the {labels.object(name)}, or change the rule in {finding.cell} of the "
            f"workbook and load it.{all_the_same}"
        )
    return Answer(finding.holds, finding.what, finding.found, finding.cell, advice)


class _RuleAnswers:
    """The workbook's conditions in words, each with what to change."""

    def __init__(self, query: OrderQuery, raw: RawOrder, labels: Labels, *, is_ours: bool) -> None:
        self._query = query
        self._raw = raw
        self._labels = labels
        self._is_ours = is_ours
        self._nearest = _nearest_group(query.ready, raw)

    def answers(self, findings: Sequence[RuleFinding]) -> Iterator[Answer]:
        """One answer per finding, in their order."""
        for finding, condition in zip(findings, _conditions(self._query), strict=True):
            yield self._answer(finding, condition)

    def _answer(self, finding: RuleFinding, condition: Condition | None) -> Answer:
        answer = Answer(
            finding.holds,
            self._labeled(finding, condition),
            finding.found,
            finding.cell,
            self._advice(finding, condition),
        )
        if finding.kind == "ready" and finding.holds and not finding.met:
            return replace(answer, what=f"{answer.what}, not needed: another group holds")
        if finding.kind == "marker" and self._is_ours:
            # We set it ourselves when we took the order.
            return replace(answer, holds=True, what=f"marked: {self._name(condition)}")
        return answer

    def _labeled(self, finding: RuleFinding, condition: Condition | None) -> str:
        name = self._name(condition)
        if condition is None or condition.path in name:
            return finding.description
        return f"{finding.description} ({name})"

    def _name(self, condition: Condition | None) -> str:
        return self._labels.field(condition.path) if condition else ""

    def _advice(self, finding: RuleFinding, condition: Condition | None) -> str:
        order = self._labels.order()
        if condition is None and not self._query.has_line_records:
            return f"Fill in the columns of a line on the {order}."
        if condition is None:
            lines = self._labels.object(self._query.line_object)
            return f"Add a line ({lines}) to the {order}."
        if finding.kind == "ready":
            return self._ready_advice(condition)
        if finding.kind == "earliest":
            return (
                f"{_sentence(meet(condition, self._labels))} on the {order}, or write an earlier "
                f"date into {finding.cell} of the workbook and load it."
            )
        change = _sentence(undo(condition, self._labels))
        if finding.kind == "marker":
            return f"Make sure that nobody ships it already, then: {change} on the {order}."
        return f"The workbook counts this {order} as canceled. If it is to be shipped: {change}."

    def _ready_advice(self, condition: Condition) -> str:
        """Only for the group that is nearest to being met."""
        if condition not in self._nearest:
            return ""
        return f"{_sentence(meet(condition, self._labels))} on the {self._labels.order()}."


def _conditions(query: OrderQuery) -> list[Condition | None]:
    """In the order in which they are explained; None is the condition on lines."""
    earliest = [query.earliest] if query.earliest else []
    marker = [query.marker] if query.marker else []
    rules = [c for rule in (query.ready, query.cancel) for group in rule for c in group]
    return [*earliest, *rules, None, *marker]


def _nearest_group(rule: Rule, raw: RawOrder) -> tuple[Condition, ...]:
    """The group with the fewest conditions that are not met."""
    return min(
        rule,
        key=lambda group: sum(not condition_holds(each, raw.record) for each in group),
        default=(),
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _advice(answers: Sequence[Answer]) -> str:
    """What to do about the first obstacle, and how many stand behind it."""
    open_answers = [answer for answer in answers if not answer.holds and answer.advice]
    if not open_answers:
        return "Nothing to change: the order is where it should be."
    first = open_answers[0].advice
    others = len({answer.advice for answer in open_answers} - {first})
    if not others:
        return first
    stand = "1 more stands" if others == 1 else f"{others} more stand"
    return f"{first} Then look again: {stand} in the way."
