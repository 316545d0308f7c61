"""Tell one order's whole story, with times and the ids of all three sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fulfillment_bridge.domain.fulfillment import Shipment
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.order_story import OrderStory, PartStory
from fulfillment_bridge.storage.orders import OrderFilter, StoredOrder

MOST_SUGGESTIONS = 3


def find_orders(store: Store, number: str, cart: str | None) -> list[StoredOrder]:
    """Every order with that order number or warehouse reference; several merchants may have it."""
    with store.read() as uow:
        return uow.orders.by_number(number, cart)


def numbers_like(store: Store, number: str, cart: str | None) -> list[str]:
    """A few order numbers that contain ``number``: people leave out zeros and prefixes.

    Empty where there are too many to be of help.
    """
    with store.read() as uow:
        wanted = OrderFilter(cart=cart, number=number)
        found = uow.orders.find(wanted, limit=2 * MOST_SUGGESTIONS)
    near = sorted({order.order_number for order in found if order.order_number != number})
    return near if number and len(near) <= MOST_SUGGESTIONS else []


def order_report(store: Store, order_id: int) -> dict[str, Any]:
    """The story as one JSON-ready document (times stay aware datetimes)."""
    with store.read() as uow:
        story = uow.stories.of(order_id)
        overruled = uow.overruled.of(order_id)
    order = story.order
    return {
        "order_number": order.order_number,
        "cart": order.cart,
        "merchant": order.merchant,
        "state": order.shown_state,
        "ids": _ids(story),
        "received_at": order.received_at,
        "hold_reasons": [reason.text() for reason in order.hold_reasons],
        "may_go_despite_rule": order.order is not None
        and {bool(why.rule) for why in order.hold_reasons} == {True},
        "overruled": [
            {"what": one.what, "at": one.at, "actor": one.actor, "reason": one.reason}
            for one in overruled.values()
        ],
        "attention": order.attention,
        "mapping_version_id": order.mapping_version_id,
        "order": order.content,
        "fulfillment_orders": [_part(part) for part in story.parts],
        "messages": _messages(story),
        "events": [
            {"at": event.at, "event": event.event, "actor": event.actor, "detail": event.detail}
            for event in story.events
        ],
    }


def _ids(story: OrderStory) -> dict[str, Any]:
    return {
        "order_id": story.order.order_id,
        "organization_id": story.order.organization_id,
        "cart_order_id": story.order.cart_order_id,
        "references": [part.part.reference for part in story.parts],
        "warehouse_order_ids": [
            part.part.warehouse_order_id for part in story.parts if part.part.warehouse_order_id
        ],
    }


def _part(story: PartStory) -> dict[str, Any]:
    part = story.part
    return {
        "warehouse": part.warehouse,
        "merchant_code": part.merchant_code,
        "reference": part.reference,
        "state": part.state,
        "released_at": part.released_at,
        "sent_at": part.sent_at,
        "closed_at": part.closed_at,
        "lines": [
            {
                "line": line.line_number,
                "sku": line.sku,
                "warehouse_sku": line.warehouse_sku,
                "ordered": line.ordered,
                "shipped": line.shipped,
                "short": line.short,
                "canceled": line.canceled,
            }
            for line in story.lines
        ],
        "shipments": [
            _shipment(stored.shipment)
            | {"received_at": stored.received_at, "written_back_at": stored.written_back_at}
            for stored in story.shipments
        ],
        "replaced": [
            _shipment(old.shipment) | {"replaced_at": old.replaced_at} for old in story.replaced
        ],
    }


def _shipment(shipment: Shipment) -> dict[str, Any]:
    return {
        "warehouse_shipment_id": shipment.warehouse_shipment_id,
        "carrier": shipment.carrier,
        "service": shipment.service,
        "shipped_on": shipment.shipped_on,
        "tracking_numbers": list(shipment.tracking_numbers()),
        "order_complete": shipment.order_complete,
    }


def _messages(story: OrderStory) -> Sequence[dict[str, Any]]:
    return [
        {
            "kind": message.kind,
            "destination": message.destination,
            "state": message.state,
            "attempts": message.attempts,
            "created_at": message.created_at,
            "settled_at": message.settled_at,
            "next_attempt_at": message.next_attempt_at if message.state == "pending" else None,
            "submission_name": message.submission_name,
            "last_error": message.last_error,
        }
        for message in story.messages
    ]
