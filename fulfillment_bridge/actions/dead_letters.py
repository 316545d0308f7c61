"""Messages that a person must look at: replay them, or discard them for good."""

from __future__ import annotations

from typing import Any

from fulfillment_bridge.actions.by_hand import Hand
from fulfillment_bridge.actions.cancel_order import cancel_order
from fulfillment_bridge.actions.release_order import release_order
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.jobs.base import CartProfile
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.dead_letters import DeadLetter

ORDER = "fulfillment_order"


def letter_row(letter: DeadLetter) -> dict[str, Any]:
    """What a list shows of a message."""
    message = letter.message
    return {
        "message_id": message.message_id,
        "order_number": letter.order_number,
        "cart": letter.cart,
        "kind": message.kind,
        "destination": message.destination,
        "state": _state(letter),
        "since": message.last_error_at,
        "attempts": message.attempts,
        "last_error": message.last_error,
        "what_to_do": what_to_do(letter),
    }


def letter_report(store: Store, letter: DeadLetter) -> dict[str, Any]:
    """Everything that is known of it: what was sent, what was said, what was decided."""
    message = letter.message
    with store.read() as uow:
        decided = uow.audit.find(subject=f"message:{message.message_id}")
        order = uow.orders.get(message.order_id)
    body = message.submission_body
    return {
        **letter_row(letter),
        "cart_order_id": letter.cart_order_id,
        "reference": letter.reference,
        "order_state": order.shown_state,
        "created_at": message.created_at,
        "idempotency_key": message.idempotency_key,
        "submission_name": message.submission_name,
        "submission": body.decode("utf-8", "replace") if body is not None else None,
        "payload": dict(message.payload),
        "decisions": [
            {"at": one.at, "actor": one.actor, "action": one.action, **one.detail}
            for one in decided
        ],
    }


def what_to_do(letter: DeadLetter) -> str:
    """The command that goes on from here."""
    message, order = letter.message, f"{letter.order_number} --cart {letter.cart}"
    if message.state == "unknown":
        where = message.destination.partition(":")[2]
        return (
            f"Ask {where} whether it has {letter.reference}, then: fulfillment-bridge orders "
            f"release {order} --it-is-there --reason TEXT (or --it-is-not-there)"
        )
    if message.state != "dead":
        return ""
    mend = "Mend what it names, then" if message.kind == ORDER else "Mend it in Salesforce, then"
    return f"{mend}: fulfillment-bridge dead-letters replay {message.message_id} --reason TEXT"


def get_letter(store: Store, message_id: int) -> DeadLetter:
    """The message; UserError if there is none."""
    with store.read() as uow:
        try:
            return uow.dead_letters.get(message_id)
        except KeyError:
            raise UserError(
                f"there is no message {message_id}",
                remedy="fulfillment-bridge dead-letters list",
            ) from None


def replay_letter(hand: Hand, profile: CartProfile, letter: DeadLetter) -> str:
    """Send it again; an order goes as it is now, under a new message."""
    _require_refused(letter)
    message = letter.message
    if message.kind == ORDER:
        done = release_order(hand, profile, message.order_id)
        _note(hand, letter, "replay")
        return done
    with hand.store.begin() as uow:
        if not uow.outbox.replay(message.message_id, at=hand.now()):
            raise UserError(f"message {message.message_id} was settled a moment ago")
        uow.orders.set_attention(message.order_id, None, at=hand.now())
        order = uow.orders.get(message.order_id)
        hand.note(uow, order, "replay", "replayed", message_id=message.message_id)
    _note(hand, letter, "replay")
    return f"goes to {message.destination} again with the next run"


def discard_letter(hand: Hand, letter: DeadLetter) -> str:
    """It is never sent; an order that was refused is canceled with it."""
    _require_refused(letter)
    message = letter.message
    done = "is never sent"
    if message.kind == ORDER:
        cancel_order(hand, message.order_id)
        done = "is never sent, and its order is canceled"
    else:
        with hand.store.begin() as uow:
            uow.orders.set_attention(message.order_id, None, at=hand.now())
            order = uow.orders.get(message.order_id)
            hand.note(uow, order, "discard", "discarded", message_id=message.message_id)
            uow.dead_letters.discard(message.message_id, at=hand.now())
    _note(hand, letter, "discard")
    return done


def _require_refused(letter: DeadLetter) -> None:
    message = letter.message
    if message.state == "unknown":
        raise UserError(
            f"message {message.message_id} has an unknown outcome: it may have arrived",
            remedy=what_to_do(letter),
        )
    if message.state != "dead":
        raise UserError(f"message {message.message_id} is {message.state}, and no dead letter")


def _note(hand: Hand, letter: DeadLetter, action: str) -> None:
    with hand.store.begin() as uow:
        uow.audit.add(
            hand.now(), hand.actor, f"dead-letters {action}",
            f"message:{letter.message.message_id}", reason=hand.reason,
        )  # fmt: skip


def _state(letter: DeadLetter) -> str:
    return {"dead": "refused", "unknown": "outcome unknown"}.get(
        letter.message.state, letter.message.state
    )
