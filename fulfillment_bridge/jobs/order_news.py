"""What is to be written about orders, gathered from the store as it is now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fulfillment_bridge.domain.org_schema import ChildUpsert, RecordUpdate
from fulfillment_bridge.errors import Retry
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.surprises import as_retry
from fulfillment_bridge.jobs.withdrawn import Emptied, Withdrawn, withdrawn_values
from fulfillment_bridge.jobs.write_backs import news_of
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder, StoredLine
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.storage.shipments import StoredShipment
from fulfillment_bridge.storage.written_values import Written

ANSWER_LOST = "The answer was lost. "
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class OrderNews:
    """What is to be written about one order, and the messages and shipments it settles.

    ``withdrawn`` is what we once wrote and say no more; ``emptied`` are the records of parcels
    that this takes everything off.
    """

    order: StoredOrder
    messages: tuple[Message, ...]
    shipments: tuple[StoredShipment, ...]
    update: RecordUpdate | None
    warnings: tuple[str, ...] = ()
    lines: tuple[RecordUpdate, ...] = ()
    packages: tuple[ChildUpsert, ...] = ()
    guarded: Mapping[str, str] = field(default_factory=dict)
    withdrawn: tuple[Withdrawn, ...] = ()
    emptied: tuple[Emptied, ...] = ()

    @property
    def updates(self) -> tuple[RecordUpdate, ...]:
        """Of existing records: the order, its lines, and records of parcels that are emptied."""
        return (self.update, *self.lines) if self.update else self.lines

    @property
    def has_content(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.updates or self.packages)

    @property
    def may_stand_already(self) -> bool:
        """An earlier attempt may have been written without our hearing of it."""
        return any(
            message.was_interrupted or (message.last_error or "").startswith(ANSWER_LOST)
            for message in self.messages
        )


def gather(
    ctx: JobContext, field_map: FieldMap, messages: Sequence[Message]
) -> tuple[list[OrderNews], list[tuple[Message, Retry]]]:
    """The news about each order, as the store knows it now; and messages that brought out a
    fault of ours."""
    by_order: dict[int, list[Message]] = {}
    for message in messages:
        by_order.setdefault(message.order_id, []).append(message)
    known = _Known.read(ctx, field_map, by_order)
    found: list[OrderNews] = []
    broken: list[tuple[Message, Retry]] = []
    for order_id, own in by_order.items():
        number = known.orders[order_id].order_number
        try:
            with as_retry(ctx, f"gathering the news about order {number}"):
                found.append(known.news(field_map, order_id, tuple(own)))
        except Retry as error:
            broken += [(message, error) for message in own]
    return found, broken


def expected_news(
    ctx: JobContext, field_map: FieldMap, order_ids: Sequence[int]
) -> list[OrderNews]:
    """What the cart should show of these orders by now."""
    known = _Known.read(ctx, field_map, order_ids)
    return [_unguarded(known.news(field_map, order_id, ())) for order_id in order_ids]


def _unguarded(news: OrderNews) -> OrderNews:
    """Without what is written only where nothing stands: there the merchant's own word counts."""
    if news.update is None:
        return news
    values = {path: each for path, each in news.update.values.items() if path not in news.guarded}
    return replace(news, update=replace(news.update, values=values))


@dataclass(frozen=True)
class _Known:
    """What the store knows of some orders.

    Lines are needed of an order that is confirmed, and where the merchant sees how far each is.
    """

    orders: Mapping[int, StoredOrder]
    parts: Mapping[int, Sequence[StoredFulfillmentOrder]]
    shipments: Mapping[int, Sequence[StoredShipment]]
    lines: Mapping[int, Sequence[StoredLine]]
    written: Mapping[int, Written]

    @classmethod
    def read(cls, ctx: JobContext, field_map: FieldMap, order_ids: Collection[int]) -> _Known:
        with ctx.store.read() as uow:
            parts = uow.fulfillment_orders.by_orders(order_ids)
            looked_into = [
                part.fulfillment_order_id
                for own in parts.values()
                for part in own
                if part.state == CONFIRMED or field_map.writes_lines
            ]
            return cls(
                uow.orders.by_ids(order_ids),
                parts,
                uow.shipments.by_orders(order_ids),
                uow.fulfillment_orders.lines_of(looked_into),
                uow.written_values.of(order_ids),
            )

    def news(self, field_map: FieldMap, order_id: int, messages: tuple[Message, ...]) -> OrderNews:
        """What is to stand there of one order."""
        order, parts, sent = self.orders[order_id], self.parts[order_id], self.shipments[order_id]
        lines = [line for part in parts for line in self.lines.get(part.fulfillment_order_id, ())]
        written = field_map.write_back(order.cart_order_id, news_of(order, parts, lines, sent))
        update = written.update
        # Only what is released is marked: the mark tells other systems that the order is taken.
        marker = field_map.marker_update(order.cart_order_id) if parts else None
        if marker is not None:
            values = {**(update.values if update else {}), **marker.values}
            update = replace(marker, values=values)
        news = OrderNews(
            order,
            messages,
            tuple(sent),
            update,
            written.warnings,
            written.lines,
            written.packages,
            written.guarded,
        )
        taken_back = withdrawn_values(
            field_map, self.written[order_id], news.updates, news.packages
        )
        return replace(news, withdrawn=taken_back)
