"""Hold an order back until a person lets it go."""

from __future__ import annotations

from fulfillment_bridge.actions.by_hand import Hand, command, refusal
from fulfillment_bridge.domain.order import HoldReason
from fulfillment_bridge.jobs.hold_reasons import BY_HAND
from fulfillment_bridge.jobs.releasing import take_back
from fulfillment_bridge.jobs.write_backs import queue_write_backs


def hold_order(hand: Hand, order_id: int) -> str:
    """Hold an order that has not left; reading it again does not lift that."""
    now = hand.now()
    with hand.store.begin() as uow:
        order = uow.orders.get(order_id)
        if order.state == "canceled":
            raise refusal(order, "is canceled, so there is nothing to hold")
        if not take_back(uow, order, at=now):
            raise refusal(
                order,
                f"cannot be held any more: it is {order.shown_state.replace('_', ' ')}",
                f"To stop it at the warehouse: {command('cancel', order)}",
            )
        reason = HoldReason(
            BY_HAND, f"{hand.actor} holds it: {hand.reason}", command("release", order)
        )
        others = [each for each in order.hold_reasons if each.code != BY_HAND]
        uow.orders.hold(order_id, [*others, reason], at=now)
        hand.note(uow, order, "hold", "held")
        queue_write_backs(uow, [order_id], at=now)
    return "is held until somebody releases it"
