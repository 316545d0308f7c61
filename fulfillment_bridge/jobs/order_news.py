"""What is to be written about orders, gathered from the store as it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fulfillment_bridge.domain.org_schema import ChildUpsert, RecordUpdate, Value
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.write_backs import news_of
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder, StoredLine
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.storage.shipments import StoredShipment

ANSWER_LOST = "The answer was lost. "
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class OrderNews:
    """What is to be written about one order, and the messages and shipments it settles."""

    order: StoredOrder
    messages: tuple[Message, ...]
    shipments: tuple[StoredShipment, ...]
    update: RecordUpdate | None
    warnings: tuple[str, ...] = ()
    lines: tuple[RecordUpdate, ...] = ()
    packages: tuple[ChildUpsert, ...] = ()
    guarded: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_content(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.update or self.lines or self.packages)

    @property
    def may_stand_already(self) -> bool:
        """An earlier attempt may have been written without our hearing of it."""
        return any(
            message.was_interrupted or (message.last_error or "").startswith(ANSWER_LOST)
            for message in self.messages
        )


def gather(ctx: JobContext, field_map: FieldMap, messages: Sequence[Message]) -> list[OrderNews]:
    """One row per order, from the store as it is now."""
    by_order: dict[int, list[Message]] = {}
    for message in messages:
        by_order.setdefault(message.order_id, []).append(message)
    return _gather_orders(ctx, field_map, by_order)


def expected_updates(
    ctx: JobContext, field_map: FieldMap, order_ids: Sequence[int]
) -> list[tuple[StoredOrder, RecordUpdate]]:
    """What the cart should show of these orders by now; those without any are left out."""
    every = _gather_orders(ctx, field_map, {order_id: [] for order_id in order_ids})
    return [
        (news.order, replace(news.update, values=_unguarded(news.update, news.guarded)))
        for news in every
        if news.update
    ]


def _unguarded(update: RecordUpdate, guarded: Mapping[str, str]) -> dict[str, Value]:
    """Without what is written only where nothing stands: there the merchant's own word counts."""
    return {path: value for path, value in update.values.items() if path not in guarded}


def _gather_orders(
    ctx: JobContext, field_map: FieldMap, by_order: Mapping[int, Sequence[Message]]
) -> list[OrderNews]:
    with ctx.store.read() as uow:
        orders = uow.orders.by_ids(by_order)
        parts = uow.fulfillment_orders.by_orders(by_order)
        shipments = uow.shipments.by_orders(by_order)
        lines = uow.fulfillment_orders.lines_of(
            [
                part.fulfillment_order_id
                for own in parts.values()
                for part in own
                if part.state == CONFIRMED or field_map.writes_lines
            ]
        )
    return [
        _news(
            field_map,
            orders[order_id],
            parts[order_id],
            [line for part in parts[order_id] for line in lines.get(part.fulfillment_order_id, ())],
            shipments[order_id],
            tuple(own),
        )
        for order_id, own in by_order.items()
    ]


def _news(
    field_map: FieldMap,
    order: StoredOrder,
    parts: Sequence[StoredFulfillmentOrder],
    lines: Sequence[StoredLine],
    shipments: Sequence[StoredShipment],
    messages: tuple[Message, ...],
) -> OrderNews:
    """What stands there now. ``lines`` are needed of an order that is confirmed, and where the
    merchant sees how far each line is."""
    news = news_of(order, parts, lines, shipments)
    written = field_map.write_back(order.cart_order_id, news)
    update = written.update
    # Only what is released is marked: the mark tells other systems that the order is taken.
    marker = field_map.marker_update(order.cart_order_id) if parts else None
    if marker is not None:
        values = {**(update.values if update else {}), **marker.values}
        update = replace(marker, values=values)
    return OrderNews(
        order,
        messages,
        tuple(shipments),
        update,
        written.warnings,
        written.lines,
        written.packages,
        written.guarded,
    )
