"""Why is this order not here? Looks it up in the org, whether or not it was ever downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fulfillment_bridge.carts.base import Cart, OrgIdentity
from fulfillment_bridge.domain.org_schema import RawOrder
from fulfillment_bridge.jobs.active_map import ActiveMap
from fulfillment_bridge.mapping.explain import RuleFinding
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.switches import CartSwitches


@dataclass(frozen=True)
class Answer:
    """One condition: does it hold, and what was found."""

    holds: bool
    what: str
    found: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Explanation:
    """Every condition of one record, and the one thing to change."""

    order_number: str
    cart: str
    cart_order_id: str
    answers: tuple[Answer, ...]
    advice: str


@dataclass(frozen=True)
class _Known:
    """What we have of our own about the record."""

    switches: CartSwitches
    cart_paused_at: datetime | None
    order: StoredOrder | None


def explain_order(
    store: Store, cart_name: str, cart: Cart, mapping: ActiveMap, number: str
) -> list[Explanation]:
    """One explanation per record with that number; at most three API calls.

    A number that our user cannot see in the org still gets one, saying so.
    """
    field_map = mapping.field_map
    found = cart.find_orders(field_map.order_query(), field_map.order_number_path, number)
    identity = cart.identity()
    if not found:
        return [_not_visible(store, cart_name, identity, mapping, number)]
    return [_explain(store, cart_name, mapping, identity, raw, number) for raw in found]


def _not_visible(
    store: Store, cart_name: str, identity: OrgIdentity, mapping: ActiveMap, number: str
) -> Explanation:
    query = mapping.field_map.order_query()
    known = _stored_by_number(store, cart_name, number)
    what = f"{identity.username} sees a {query.order_object} with {number} in "
    what += f"{mapping.field_map.order_number_path}"
    answers = [Answer(False, what, "no such record")]
    if known:
        answers.append(Answer(True, "known to the bridge", f"state {known.shown_state}"))
    return Explanation(
        number,
        cart_name,
        "",
        tuple(answers),
        "Check the number; if the order exists in Salesforce, share it with "
        f"{identity.username} (Setup › Sharing Settings, or give that user View All).",
    )


def _explain(
    store: Store,
    cart_name: str,
    mapping: ActiveMap,
    identity: OrgIdentity,
    raw: RawOrder,
    number: str,
) -> Explanation:
    answers = [Answer(True, f"visible to {identity.username}", raw.cart_order_id)]
    answers += _conditions(mapping.field_map.explain(raw.record, raw.lines))
    mapped = mapping.field_map.apply(raw, default_currency=identity.default_currency)
    answers += [
        Answer(False, reason.message, reason.remedy, reason.place) for reason in mapped.faults
    ]
    answers += _our_side(_known(store, cart_name, raw.cart_order_id))
    return Explanation(number, cart_name, raw.cart_order_id, tuple(answers), _advice(answers))


def _conditions(findings: Sequence[RuleFinding]) -> list[Answer]:
    """The workbook's conditions. One ready group that holds makes the others unimportant."""
    groups: dict[str, bool] = {}
    for finding in findings:
        if finding.kind == "ready":
            groups[finding.group] = groups.get(finding.group, True) and finding.holds
    ready = any(groups.values())
    answers = []
    for finding in findings:
        spare = finding.kind == "ready" and ready and not groups[finding.group]
        what = f"{finding.description} (not needed: another group holds)" if spare else (
            finding.description
        )
        answers.append(Answer(finding.holds or spare, what, finding.found, finding.cell))
    return answers


def _known(store: Store, cart_name: str, cart_order_id: str) -> _Known:
    with store.read() as uow:
        switches = uow.carts.get(cart_name)
        order = uow.orders.by_cart_order_ids(cart_name, [cart_order_id]).get(cart_order_id)
    return _Known(switches, switches.paused_at, order)


def _stored_by_number(store: Store, cart_name: str, number: str) -> StoredOrder | None:
    with store.read() as uow:
        found = uow.orders.by_number(number, cart_name)
    return found[0] if found else None


def _our_side(known: _Known) -> list[Answer]:
    answers = []
    if known.cart_paused_at is not None:
        reason = known.switches.pause_reason or "paused"
        answers.append(Answer(False, "the cart is running", reason))
    answers.append(Answer(known.switches.live_at is not None, "the cart is live", _live(known)))
    if known.order is None:
        answers.append(Answer(False, "downloaded by the bridge", "not yet"))
        return answers
    answers.append(Answer(True, "downloaded by the bridge", f"{known.order.received_at:%F %T}Z"))
    answers += [
        Answer(False, f"held: {reason.message}", reason.remedy, reason.place)
        for reason in known.order.hold_reasons
    ]
    released = known.order.shown_state not in ("new", "held", "canceled")
    answers.append(Answer(released, "released to the warehouse", known.order.shown_state))
    return answers


def _live(known: _Known) -> str:
    live_at = known.switches.live_at
    return f"since {live_at:%F %T}Z" if live_at else "not yet"


def _advice(answers: list[Answer]) -> str:
    first = next((answer for answer in answers if not answer.holds), None)
    if first is None:
        return "Nothing to change: the order is where it should be."
    if first.what == "the cart is live":
        return "Say go: fulfillment-bridge carts go-live NAME."
    if first.what == "the cart is running":
        return "Resume it: fulfillment-bridge carts resume NAME."
    if first.what == "downloaded by the bridge":
        return "Nothing to change: the next order_download takes it in."
    where = f" (workbook {first.cell})" if first.cell else ""
    found = f"; found {first.found}" if first.found else ""
    return f"Change this first: {first.what}{found}{where}."
