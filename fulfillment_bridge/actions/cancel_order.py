"""Cancel an order: here as long as it has not left, else by asking the warehouse."""

from __future__ import annotations

from typing import Literal

from fulfillment_bridge.actions.by_hand import Hand, command, parts_in, refusal
from fulfillment_bridge.jobs.canceling import cancel_part
from fulfillment_bridge.jobs.releasing import take_back
from fulfillment_bridge.jobs.requests import ask_to_cancel
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

Said = Literal["accepted", "refused"]
"""What the warehouse said, where a person asked it."""


def cancel_order(hand: Hand, order_id: int, *, said: Said | None = None) -> str:
    """Cancel what is here, ask for what is there; what was done, in a sentence."""
    with hand.store.begin() as uow:
        order = uow.orders.get(order_id)
        if order.state == "canceled":
            raise refusal(order, "is canceled already")
        if said is not None:
            return _write_down(hand, uow, order, said)
        if parts_in(uow, order, {"outcome_unknown"}):
            raise refusal(
                order,
                "may or may not be at the warehouse: that must be settled first",
                command("release", order, "--it-is-there"),
            )
        if take_back(uow, order, at=hand.now()):
            uow.orders.set_state(order_id, "canceled", at=hand.now())
            uow.orders.set_attention(order_id, None, at=hand.now())
            hand.note(uow, order, "cancel", "canceled")
            queue_write_backs(uow, [order_id], at=hand.now())
            return "is canceled; nothing of it had left"
        return _ask(hand, uow, order)


def _ask(hand: Hand, uow: UnitOfWork, order: StoredOrder) -> str:
    asked = ask_to_cancel(uow, order.order_id, why=hand.reason, at=hand.now(), again=True)
    if not asked:
        raise refusal(
            order,
            f"cannot be stopped by the bridge: it is {order.shown_state.replace('_', ' ')}",
            f"Where the warehouse has said that it canceled it: "
            f"{command('cancel', order, '--accepted')}",
        )
    where = ", ".join(f"{part.reference} at {part.warehouse}" for part in asked)
    hand.note(uow, order, "cancel", "cancel_wanted", where=where)
    return (
        f"has left: the next order_delivery asks for {where}. Where a warehouse cannot be asked, "
        f"ask there yourself, then: {command('cancel', order, '--accepted')}, or --refused"
    )


def _write_down(hand: Hand, uow: UnitOfWork, order: StoredOrder, said: Said) -> str:
    """The warehouse's answer to a person."""
    now = hand.now()
    parts = parts_in(uow, order, {"at_warehouse", "cancel_requested"})
    if not parts:
        raise refusal(
            order,
            f"is {order.shown_state.replace('_', ' ')}: nothing of it waits for an answer",
        )
    for part in parts:
        if said == "accepted":
            cancel_part(uow, part, at=now)
        elif part.state == "cancel_requested":
            uow.fulfillment_orders.move(part, "at_warehouse", at=now)
    uow.orders.set_attention(order.order_id, None, at=now)
    event = "cancel_accepted" if said == "accepted" else "cancel_refused"
    hand.note(uow, order, "cancel", event, references=[part.reference for part in parts])
    queue_write_backs(uow, [order.order_id], at=now)
    return "is canceled at the warehouse" if said == "accepted" else "stays at the warehouse"
