"""What a merchant should see on the order: when it is queued, and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from fulfillment_bridge.domain.fulfillment import (
    STATUS_LABELS,
    Shipment,
    ShipmentNews,
    shipping_state,
)
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.shipments import StoredShipment
from fulfillment_bridge.storage.unit_of_work import UnitOfWork


def queue_write_back(
    uow: UnitOfWork, order: StoredOrder, *, at: datetime, is_new: bool = False
) -> bool:
    """Queue the news about an order; False where a message that was not tried yet waits.

    A message says only that there is news. What is written is read from the store when it is
    delivered, so one waiting message carries whatever happens before. An order that ``is_new``
    in this transaction cannot have one yet.
    """
    every = [] if is_new else uow.outbox.by_order(order.order_id)
    messages = [message for message in every if message.kind == "write_back"]
    if any(m.state == "pending" and m.attempts == 0 for m in messages):
        return False
    return uow.outbox.enqueue(
        kind="write_back",
        destination=f"cart:{order.cart}",
        idempotency_key=f"write_back:{order.order_id}:{len(messages) + 1}",
        order_id=order.order_id,
        at=at,
    )


def news_of(
    uow: UnitOfWork,
    order: StoredOrder,
    parts: Sequence[StoredFulfillmentOrder],
    shipments: Sequence[StoredShipment],
) -> ShipmentNews:
    """Everything the merchant may see now, gathered over all parts and shipments."""
    sent = [shipment.shipment for shipment in shipments]
    return ShipmentNews(
        fulfillment_status=STATUS_LABELS[_visible_state(uow, order, parts)],
        status_message=_message(order),
        warehouse_reference=_joined(part.reference for part in parts),
        sent_to_warehouse_at=min((p.sent_at for p in parts if p.sent_at), default=None),
        tracking_numbers=_tracking_numbers(sent),
        carrier=_joined(shipment.carrier for shipment in sent),
        service=_joined(shipment.service for shipment in sent),
        ship_on=max((s.shipped_on for s in sent if s.shipped_on), default=None),
    )


def _visible_state(
    uow: UnitOfWork, order: StoredOrder, parts: Iterable[StoredFulfillmentOrder]
) -> str:
    """What the order shows; confirmed is our own affair, the merchant sees how it was shipped."""
    if order.shown_state != "confirmed":
        return order.shown_state
    every = [line.progress for p in parts for line in uow.fulfillment_orders.lines(
        p.fulfillment_order_id)]  # fmt: skip
    return shipping_state(every)


def _message(order: StoredOrder) -> str:
    if order.shown_state == "held":
        return "; ".join(reason.text() for reason in order.hold_reasons)
    return (order.attention or "") if order.shown_state == "rejected" else ""


def _tracking_numbers(shipments: Iterable[Shipment]) -> tuple[str, ...]:
    every = (number for shipment in shipments for number in shipment.tracking_numbers())
    return tuple(dict.fromkeys(every))


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(text for text in texts if text))
