"""What becomes of an order whose parts are canceled, at our side or at the warehouse."""

from __future__ import annotations

from datetime import datetime

from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork


def cancel_part(uow: UnitOfWork, part: StoredFulfillmentOrder, *, at: datetime) -> None:
    """Cancel a part; with the last one the order itself is canceled."""
    if part.state == "at_warehouse":
        uow.fulfillment_orders.move(part, "cancel_requested", at=at)
        part = uow.fulfillment_orders.get(part.fulfillment_order_id)
    uow.fulfillment_orders.move(part, "canceled", at=at)
    parts = uow.fulfillment_orders.by_order(part.order_id)
    if all(each.state == "canceled" for each in parts):
        uow.orders.set_state(part.order_id, "canceled", at=at)
