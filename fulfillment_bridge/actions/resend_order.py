"""Have an order shipped once more, or tell the merchant its tracking once more."""

from __future__ import annotations

import re

from fulfillment_bridge.actions.by_hand import Hand, command, refusal
from fulfillment_bridge.domain.fulfillment import LEFT_US
from fulfillment_bridge.domain.order import Order
from fulfillment_bridge.jobs.base import CartProfile
from fulfillment_bridge.jobs.releasing import choose_warehouse, release
from fulfillment_bridge.jobs.write_backs import KIND as WRITE_BACK
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.fulfillment_orders import REFERENCE_LENGTH, StoredFulfillmentOrder
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

_SUFFIX = re.compile(r"-R\d+$")


def resend_order(hand: Hand, profile: CartProfile, order_id: int) -> str:
    """Hand the order to the warehouse a second time, under a new reference."""
    with hand.store.begin() as uow:
        order = uow.orders.get(order_id)
        parts = uow.fulfillment_orders.by_order(order_id)
        content = _content(order, parts)
        warehouse = choose_warehouse(profile)
        if order.test_order and not warehouse.accepts_test_orders:
            raise refusal(order, f"is a test order, and {warehouse.name} takes none")
        reference = _new_reference(uow, warehouse.name, parts[0].reference)
        hand.note(uow, order, "resend", "resent", reference=reference)
        release(uow, [(order, content)], profile, at=hand.now(), reference=reference)
        queue_write_backs(uow, [order_id], at=hand.now())
    return f"goes to {warehouse.name} once more, as {reference}, with the next order_delivery"


def resend_tracking(hand: Hand, order_id: int) -> str:
    """Write everything that is known of the order onto the merchant's fields once more."""
    with hand.store.begin() as uow:
        order = uow.orders.get(order_id)
        uow.dead_letters.supersede(order_id, WRITE_BACK, at=hand.now())
        hand.note(uow, order, "resend-tracking", "tracking_resent")
        queue_write_backs(uow, [order_id], at=hand.now())
        shipments = len(uow.shipments.by_order(order_id))
    what = f"its {shipments} shipments" if shipments != 1 else "its shipment"
    news = what if shipments else "its state, as nothing was shipped yet,"
    return f"has {news} written to Salesforce with the next shipment_upload"


def _content(order: StoredOrder, parts: list[StoredFulfillmentOrder]) -> Order:
    """What is to be shipped; UserError where the order never left, or may still go by itself."""
    if order.state == "canceled":
        raise refusal(order, "is canceled", "If it is to be shipped, make a new order.")
    if any(part.state == "outcome_unknown" for part in parts):
        raise refusal(
            order,
            "may or may not be at the warehouse: that must be settled first",
            command("release", order, "--it-is-there"),
        )
    if not parts or any(part.state not in (*LEFT_US, "canceled") for part in parts):
        raise refusal(
            order,
            f"has not left yet: it is {order.shown_state.replace('_', ' ')}",
            command("release", order),
        )
    if order.order is None:
        raise refusal(order, "cannot be mapped any more", command("refetch", order))
    return order.order


def _new_reference(uow: UnitOfWork, warehouse: str, first: str) -> str:
    """``1001-R1``, ``1001-R2`` …: the first that this warehouse never saw, cut so that it fits."""
    base, count = _SUFFIX.sub("", first), 1
    while True:
        suffix = f"-R{count}"
        reference = base[: REFERENCE_LENGTH - len(suffix)] + suffix
        if uow.fulfillment_orders.by_reference(warehouse, reference) is None:
            return reference
        count += 1
