"""Let an order go: one that is held, that was refused, or of which nobody knows where it is."""

from __future__ import annotations

from typing import Literal

from fulfillment_bridge.actions.by_hand import Hand, command, parts_in, refusal
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.jobs.base import CartProfile
from fulfillment_bridge.jobs.hold_reasons import ALREADY_MARKED, BY_HAND
from fulfillment_bridge.jobs.releasing import choose_warehouse, release, take_back
from fulfillment_bridge.jobs.requests import fate_is_known
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

Found = Literal["there", "not_there"]
"""What a person heard from the warehouse about an order whose outcome was unknown."""

LIFTED_BY_HAND = frozenset({BY_HAND, ALREADY_MARKED})
"""Reasons that a person may overrule; all others are mended where they come from."""


def release_order(
    hand: Hand,
    profile: CartProfile,
    order_id: int,
    *,
    found: Found | None = None,
    despite_rule: bool = False,
) -> str:
    """Let it go to the warehouse, or say whether it is there; what was done, in a sentence.

    With ``despite_rule`` the rules of the workbook that hold it now hold it no more.
    """
    with hand.store.begin() as uow:
        order = uow.orders.get(order_id)
        unknown = parts_in(uow, order, {"outcome_unknown"})
        if unknown:
            return _settle(hand, uow, order, unknown, found)
        if found is not None:
            raise refusal(order, "has no unknown outcome, so there is nothing to say about it")
        _require_that_it_may_go(uow, order, despite_rule=despite_rule)
        if not take_back(uow, order, at=hand.now()):
            raise refusal(
                order,
                f"has left already: it is {order.shown_state.replace('_', ' ')}",
                f"To have it shipped once more: {command('resend', order)}",
            )
        return _let_go(hand, uow, profile, order)


def _settle(
    hand: Hand,
    uow: UnitOfWork,
    order: StoredOrder,
    parts: list[StoredFulfillmentOrder],
    found: Found | None,
) -> str:
    """The person's word decides; nothing is sent before it."""
    if found is None:
        asked = ", ".join(f"{part.reference} at {part.warehouse}" for part in parts)
        raise refusal(
            order,
            f"may or may not be at the warehouse. Ask there for {asked}",
            f"Then: {command('release', order, '--it-is-there')}, or --it-is-not-there, which "
            "sends it.",
        )
    now = hand.now()
    for part in parts:
        for message in uow.outbox.by_order(order.order_id):
            if message.fulfillment_order_id != part.fulfillment_order_id:
                continue
            # Only what was said of the delivery is settled; a cancellation still is to be seen to.
            if message.kind == "fulfillment_order":
                uow.orders.clear_attention([order.order_id], message.last_words, at=now)
            if found == "there":
                uow.outbox.resolve_unknown(message.message_id, at=now)
            else:
                said = f"{hand.actor} found that it is not there: {hand.reason}"
                uow.dead_letters.never_arrived(message.message_id, said=said, at=now)
        if found == "there":
            uow.fulfillment_orders.set_sent(part.fulfillment_order_id, at=now)
        else:
            uow.fulfillment_orders.move(part, "released", at=now)
    fate_is_known(uow, [part.fulfillment_order_id for part in parts], at=now)
    hand.note(uow, order, "release", "settled", found=found.replace("_", " "))
    queue_write_backs(uow, [order.order_id], at=now)
    return "is at the warehouse" if found == "there" else "is sent with the next order_delivery"


def _require_that_it_may_go(uow: UnitOfWork, order: StoredOrder, *, despite_rule: bool) -> None:
    """UserError where something else than a person's word keeps it."""
    if order.state == "canceled":
        raise refusal(order, "is canceled", "If it is to be shipped, make a new order.")
    others = [reason for reason in order.hold_reasons if reason.code not in LIFTED_BY_HAND]
    faults = [reason for reason in others if not reason.rule]
    if faults or order.order is None:
        raise UserError(
            f"order {order.order_number} of {order.cart} is held for what must be mended first",
            problems=[reason.text() for reason in faults or others],
            remedy=f"It goes by itself once that is mended; at once: {command('refetch', order)}",
        )
    if others and not despite_rule:
        raise UserError(
            f"order {order.order_number} of {order.cart} is held until a person decides",
            problems=[reason.text() for reason in others],
            remedy="It goes by itself once that is so no more. To ship it all the same: "
            f"{command('release', order, '--despite-rule')}",
        )
    if uow.carts.get(order.cart).live_at is None:
        raise refusal(
            order,
            "waits because its cart is not live",
            f"fulfillment-bridge carts go-live {order.cart}",
        )
    if parts_in(uow, order, {"released"}):
        raise refusal(
            order,
            "is released already and goes with the next order_delivery",
            "At once: fulfillment-bridge run order_delivery",
        )


def _let_go(hand: Hand, uow: UnitOfWork, profile: CartProfile, order: StoredOrder) -> str:
    now = hand.now()
    if order.test_order and not choose_warehouse(profile).accepts_test_orders:
        raise refusal(order, "is a test order, and its warehouse takes none")
    overruled = [reason for reason in order.hold_reasons if reason.rule]
    for reason in overruled:
        uow.overruled.add(order.order_id, reason, at=now, actor=hand.actor, reason=hand.reason)
    if order.state == "held":
        uow.orders.set_state(order.order_id, "new", at=now)
    despite = [reason.message for reason in overruled]
    hand.note(uow, order, "release", "released", **({"despite": despite} if despite else {}))
    fresh = uow.orders.get(order.order_id)
    if fresh.order is None:  # cannot be: it was required to be mapped
        raise refusal(order, "was never mapped")
    release(uow, [(fresh, fresh.order)], profile, at=now)
    uow.orders.set_attention(order.order_id, None, at=now)
    queue_write_backs(uow, [order.order_id], at=now)
    return "is released, and goes with the next order_delivery"
