"""What a merchant should see on the order: when it is queued, and what it says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from fulfillment_bridge.domain.fulfillment import (
    STATUS_LABELS,
    Shipment,
    ShipmentNews,
    shipping_state,
)
from fulfillment_bridge.jobs.parcel_news import line_news, package_news
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder, StoredLine
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.outbox import NewMessage
from fulfillment_bridge.storage.shipments import StoredShipment
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

KIND = "write_back"
OVERWRITTEN = "somebody keeps changing"
"""How the attention of such an order begins."""


def queue_write_backs(uow: UnitOfWork, order_ids: Collection[int], *, at: datetime) -> None:
    """Queue the news about orders, but not where a message that was not tried yet waits.

    A message says only that there is news. What is written is read from the store when it is
    delivered, so one waiting message carries whatever happens before.
    """
    news = [
        NewMessage(
            kind=KIND,
            destination=f"cart:{about.cart}",
            idempotency_key=f"{KIND}:{about.order_id}:{about.ever + 1}",
            order_id=about.order_id,
        )
        for about in uow.outbox.tally(KIND, order_ids)
        if not about.untried
    ]
    uow.outbox.enqueue_all(news, at=at)


def news_of(
    order: StoredOrder,
    parts: Sequence[StoredFulfillmentOrder],
    lines: Sequence[StoredLine],
    shipments: Sequence[StoredShipment],
) -> ShipmentNews:
    """Everything the merchant may see now, gathered over all parts and shipments."""
    confirmed = {part.fulfillment_order_id for part in parts if part.state == "confirmed"}
    sent = [shipment.shipment for shipment in shipments]
    return ShipmentNews(
        fulfillment_status=STATUS_LABELS[
            _visible_state(order, [ln for ln in lines if ln.fulfillment_order_id in confirmed])
        ],
        status_message=_message(order),
        warehouse_reference=_joined(part.reference for part in parts),
        sent_to_warehouse_at=min((p.sent_at for p in parts if p.sent_at), default=None),
        tracking_numbers=_tracking_numbers(sent),
        carrier=_joined(shipment.carrier for shipment in sent),
        service=_joined(shipment.service for shipment in sent),
        ship_on=max((s.shipped_on for s in sent if s.shipped_on), default=None),
        packages=package_news(order, shipments),
        lines=line_news(order, lines, shipments),
    )


def _visible_state(order: StoredOrder, lines: Iterable[StoredLine]) -> str:
    """What the order shows; confirmed is our own affair, the merchant sees how it was shipped."""
    if order.shown_state != "confirmed":
        return order.shown_state
    return shipping_state(line.progress for line in lines)


def _message(order: StoredOrder) -> str:
    if order.shown_state == "held":
        return "; ".join(reason.text() for reason in order.hold_reasons)
    return (order.attention or "") if order.shown_state == "rejected" else ""


def _tracking_numbers(shipments: Iterable[Shipment]) -> tuple[str, ...]:
    every = (number for shipment in shipments for number in shipment.tracking_numbers())
    return tuple(dict.fromkeys(every))


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(text for text in texts if text))
