"""Asking a warehouse to cancel or change what it has: queued here, carried by order_delivery.

A request is queued with the change that caused it, whatever the warehouse can do. Whether it can
be asked, and how the order stands by then, is looked at when the request is carried.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from fulfillment_bridge.domain.order import Order
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.moments import RESTORED_AT
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

CANCEL = "cancel_request"
CHANGE = "change_request"
MAY_BE_STOPPED = ("released", "outcome_unknown", "at_warehouse", "cancel_requested")
"""States in which asking makes sense: it is there, or may be, and nothing has been shipped."""


def ask_to_cancel(
    uow: UnitOfWork, order_id: int, *, why: str, at: datetime, again: bool = False
) -> list[StoredFulfillmentOrder]:
    """Queue a request for every part that may be stopped; those parts.

    Asked once for each part, unless a person asks ``again``. Nothing is changed any more in
    what is to be canceled.
    """
    asked = []
    for part in _stoppable(uow, order_id):
        before = _requests(uow, part, CANCEL)
        waits = any(message.state in ("pending", "sending") for message in before)
        if waits or (before and not again):
            continue
        _enqueue(uow, part, CANCEL, len(before) + 1, {"why": why}, at)
        asked.append(part)
    return asked


def ask_to_change(
    uow: UnitOfWork, order_id: int, order: Order, *, difference: Sequence[str], at: datetime
) -> list[StoredFulfillmentOrder]:
    """Queue what the order should be from now on for every part that may be changed."""
    asked = []
    for part in _stoppable(uow, order_id):
        if part.state == "cancel_requested":
            continue
        number = len(_requests(uow, part, CHANGE)) + 1
        payload = {"order": order.content(), "difference": list(difference)}
        _enqueue(uow, part, CHANGE, number, payload, at)
        asked.append(part)
    return asked


def fate_is_known(uow: UnitOfWork, parts: Collection[int], *, at: datetime) -> None:
    """Whether these fulfillment orders have arrived was open; requests that waited for it go on."""
    uow.outbox.hasten(parts, (CANCEL, CHANGE), at=at)


def _stoppable(uow: UnitOfWork, order_id: int) -> list[StoredFulfillmentOrder]:
    parts = uow.fulfillment_orders.by_order(order_id)
    return [part for part in parts if part.state in MAY_BE_STOPPED]


def _requests(uow: UnitOfWork, part: StoredFulfillmentOrder, kind: str) -> list[Message]:
    return [
        message
        for message in uow.outbox.by_order(part.order_id)
        if message.kind == kind and message.fulfillment_order_id == part.fulfillment_order_id
    ]


def _enqueue(
    uow: UnitOfWork,
    part: StoredFulfillmentOrder,
    kind: str,
    number: int,
    payload: dict[str, Any],
    at: datetime,
) -> None:
    uow.outbox.enqueue(
        kind=kind,
        destination=f"warehouse:{part.warehouse}",
        idempotency_key=f"{kind}:{part.fulfillment_order_id}:{number}{_life(uow)}",
        order_id=part.order_id,
        fulfillment_order_id=part.fulfillment_order_id,
        payload=payload,
        at=at,
    )


def _life(uow: UnitOfWork) -> str:
    """A store that was restored counts anew: its keys must not be those of what it has lost."""
    restored_at = uow.moments.get(RESTORED_AT)
    return "" if restored_at is None else f"@{restored_at:%Y%m%d%H%M%S%f}"
