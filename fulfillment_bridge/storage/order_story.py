"""Everything the store knows of an order, and how many orders stand where."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from fulfillment_bridge.storage.events import Events, OrderEvent
from fulfillment_bridge.storage.fulfillment_orders import (
    FulfillmentOrders,
    StoredFulfillmentOrder,
    StoredLine,
)
from fulfillment_bridge.storage.orders import Orders, StoredOrder
from fulfillment_bridge.storage.outbox import Message, Outbox
from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.shipments import ReplacedShipment, Shipments, StoredShipment
from fulfillment_bridge.storage.tables import orders


@dataclass(frozen=True)
class PartStory:
    """One fulfillment order with its lines, its shipments and what was said before of them."""

    part: StoredFulfillmentOrder
    lines: list[StoredLine]
    shipments: list[StoredShipment]
    replaced: list[ReplacedShipment]


@dataclass(frozen=True)
class OrderStory:
    """An order from its arrival until now."""

    order: StoredOrder
    parts: list[PartStory]
    events: list[OrderEvent]
    messages: list[Message]


class OrderStories(Repository):
    """``uow.stories``"""

    def of(self, order_id: int) -> OrderStory:
        """The whole story; KeyError if there is no such order."""
        parts = FulfillmentOrders(self._connection).by_order(order_id)
        return OrderStory(
            order=Orders(self._connection).get(order_id),
            parts=[self._part(part) for part in parts],
            events=Events(self._connection).of(order_id),
            messages=Outbox(self._connection).by_order(order_id),
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """How many orders show each state, per cart."""
        wanted = select(orders.c.cart, orders.c.shown_state, func.count().label("orders"))
        found: dict[str, dict[str, int]] = {}
        for row in self._rows(wanted.group_by(orders.c.cart, orders.c.shown_state)):
            found.setdefault(row["cart"], {})[row["shown_state"]] = row["orders"]
        return found

    def _part(self, part: StoredFulfillmentOrder) -> PartStory:
        shipments = Shipments(self._connection)
        sent = shipments.by_fulfillment_order(part.fulfillment_order_id)
        return PartStory(
            part=part,
            lines=FulfillmentOrders(self._connection).lines(part.fulfillment_order_id),
            shipments=sent,
            replaced=[old for new in sent for old in shipments.history(new.shipment_id)],
        )
