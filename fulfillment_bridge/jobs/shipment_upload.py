"""Tracking, carrier, ship date and status onto the merchant's own order fields.

A message says only that there is news about an order. What is written is always everything the
store knows at this moment, one row per record, so older news can never overwrite newer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.org_schema import RecordUpdate, UpdateResult, WriteFault
from fulfillment_bridge.errors import BridgeError, Retry
from fulfillment_bridge.jobs.active_map import map_for_run
from fulfillment_bridge.jobs.base import JobContext, RunsPer, Urgency
from fulfillment_bridge.jobs.refused_names import naming_cells
from fulfillment_bridge.jobs.retrying import next_attempt_at
from fulfillment_bridge.jobs.shown_values import shows
from fulfillment_bridge.jobs.write_backs import KIND, news_of, queue_write_backs
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder, StoredLine
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.storage.shipments import StoredShipment
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

RUNS_PER: RunsPer = "cart"
EVERY_SECONDS = 900
URGENCY: Urgency = "orders"

LEASE_SECONDS = 900
RECORDS_AT_ONCE = 1000
"""One composite request of the org takes five collections of 200."""

ANSWER_LOST = "The answer was lost. "
DONE = ("shipped", "closed_short")
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class _News:
    """What is to be written onto one order, and the messages and shipments it settles."""

    order: StoredOrder
    messages: tuple[Message, ...]
    shipments: tuple[StoredShipment, ...]
    update: RecordUpdate | None
    warnings: tuple[str, ...] = ()

    @property
    def may_stand_already(self) -> bool:
        """An earlier attempt may have been written without our hearing of it."""
        return any(
            message.was_interrupted or (message.last_error or "").startswith(ANSWER_LOST)
            for message in self.messages
        )


def run(ctx: JobContext) -> None:
    """Write what is due, a thousand records at a time, until nothing is due any more."""
    cart, _ = ctx.need_cart()
    field_map = map_for_run(ctx).field_map
    while not ctx.stopping.is_set():
        messages = _claim(ctx)
        if not messages:
            return
        crash_point("shipment_upload.after_claim")
        every = _gather(ctx, field_map, messages)
        crash_point("shipment_upload.after_gathering")
        _upload(ctx, cart, field_map, every)
        crash_point("shipment_upload.after_settling")


def _claim(ctx: JobContext) -> list[Message]:
    _, profile = ctx.need_cart()
    with ctx.store.begin() as uow:
        messages = uow.outbox.claim(
            f"cart:{profile.name}",
            KIND,
            worker=ctx.worker,
            now=ctx.now(),
            lease_seconds=LEASE_SECONDS,
            limit=RECORDS_AT_ONCE,
        )
        busy = _put_off_busy(ctx, uow, messages)
    return [message for message in messages if message.message_id not in busy]


def _put_off_busy(ctx: JobContext, uow: UnitOfWork, messages: Sequence[Message]) -> set[int]:
    """Another worker is writing these orders now; ours wait, or the two could overtake."""
    orders = {message.order_id for message in messages}
    until = uow.outbox.being_sent_by_others(KIND, orders, worker=ctx.worker, now=ctx.now())
    busy = [message for message in messages if message.order_id in until]
    for message in busy:
        uow.outbox.back_off(
            message.message_id, ctx.worker, error=message.last_error or "Another worker is at it.",
            next_attempt_at=until[message.order_id], at=ctx.now(),
        )  # fmt: skip
    return {message.message_id for message in busy}


def _gather(ctx: JobContext, field_map: FieldMap, messages: Sequence[Message]) -> list[_News]:
    """One row per order, from the store as it is now."""
    by_order: dict[int, list[Message]] = {}
    for message in messages:
        by_order.setdefault(message.order_id, []).append(message)
    with ctx.store.read() as uow:
        orders = uow.orders.by_ids(by_order)
        parts = uow.fulfillment_orders.by_orders(by_order)
        shipments = uow.shipments.by_orders(by_order)
        lines = uow.fulfillment_orders.lines_of(
            [p.fulfillment_order_id for own in parts.values() for p in own if p.state == CONFIRMED]
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
) -> _News:
    """What stands there now. ``lines`` are needed only of an order that is confirmed."""
    news = news_of(order, parts, lines, shipments)
    written = field_map.write_back(order.cart_order_id, news)
    update = written.update
    # Only what is released is marked: the mark tells other systems that the order is taken.
    marker = field_map.marker_update(order.cart_order_id) if parts else None
    if marker is not None:
        values = {**(update.values if update else {}), **marker.values}
        update = replace(marker, values=values)
    return _News(order, messages, tuple(shipments), update, written.warnings)


def _upload(ctx: JobContext, cart: Cart, field_map: FieldMap, every: Sequence[_News]) -> None:
    _warn(ctx, every)
    try:
        with naming_cells(ctx, field_map):
            standing = _standing_already(cart, field_map, every)
            to_write = [n for n in every if n.update and n.order.order_id not in standing]
            done = [n for n in every if not n.update or n.order.order_id in standing]
            _settle_all(ctx, done)
            crash_point("shipment_upload.after_comparing")
            results = cart.write_updates([news.update for news in to_write if news.update])
    except BridgeError as error:
        # Whatever was claimed and is not settled by now is compared before it is written again.
        _back_off_all(ctx, every, error, answer_lost=True)
        raise
    crash_point("shipment_upload.after_writing")
    with ctx.store.begin() as uow:
        outcomes = list(zip(to_write, results, strict=True))
        written = [news for news, result in outcomes if result.written]
        ctx.count("written", len(written))
        _settle(ctx, uow, written)
        for news, result in outcomes:
            if not result.written:
                _not_written(ctx, uow, field_map, news, result)


def _standing_already(cart: Cart, field_map: FieldMap, every: Sequence[_News]) -> set[int]:
    """Read back what a lost answer leaves open: the orders that need no second writing."""
    doubtful = [news for news in every if news.update and news.may_stand_already]
    if not doubtful:
        return set()
    paths = sorted({path for news in doubtful if news.update for path in news.update.values})
    records = cart.fetch_records(
        field_map.order_query().order_object, [n.order.cart_order_id for n in doubtful], paths
    )
    return {
        news.order.order_id
        for news in doubtful
        if news.update
        and (record := records.get(news.order.cart_order_id)) is not None
        and shows(record, news.update)
    }


def _settle_all(ctx: JobContext, every: Sequence[_News]) -> None:
    """The cart shows these already, or the workbook has no place for them."""
    if every:
        with ctx.store.begin() as uow:
            for news in every:
                ctx.counts["already_written" if news.update else "nothing_to_write"] += 1
            _settle(ctx, uow, every)


def _not_written(
    ctx: JobContext, uow: UnitOfWork, field_map: FieldMap, news: _News, result: UpdateResult
) -> None:
    if result.retry or result.unknown:
        ctx.counts["retried"] += 1
        said = "; ".join(f"{fault.code}: {fault.message}" for fault in result.faults)
        _back_off(ctx, uow, news, Retry(said or "no answer"), answer_lost=result.unknown)
    else:
        _bury(ctx, uow, field_map, news, result.faults)


def _settle(ctx: JobContext, uow: UnitOfWork, every: Sequence[_News]) -> None:
    """The messages are done; what the cart shows now, and what is finished by that.

    Where no message of an order is ours any more its lease was lost: somebody else may have
    written newer news before ours arrived, so what the store knows is written once more.
    """
    now = ctx.now()
    ids = [message.message_id for news in every for message in news.messages]
    settled = uow.outbox.settle_all(ids, ctx.worker, at=now)
    ours = [news for news in every if any(m.message_id in settled for m in news.messages)]
    lost = {news.order.order_id for news in every} - {news.order.order_id for news in ours}
    queue_write_backs(uow, lost, at=now)
    uow.shipments.mark_all_written_back([one for news in ours for one in news.shipments], at=now)
    fields = [(news.order.order_id, {"fields": sorted(news.update.values)})
              for news in ours if news.update]  # fmt: skip
    uow.events.add_each(now, "written_back", fields)
    _confirm(ctx, uow, [news.order.order_id for news in ours])


def _confirm(ctx: JobContext, uow: UnitOfWork, order_ids: Sequence[int]) -> None:
    """Nothing is open any more and every shipment is in the cart."""
    parts = uow.fulfillment_orders.by_orders(order_ids)
    shown = {
        part.fulfillment_order_id: part
        for own in parts.values()
        for part in own
        if part.state in DONE
    }
    for shipments in uow.shipments.by_orders([part.order_id for part in shown.values()]).values():
        for shipment in shipments:
            if shipment.written_back_at is None:
                shown.pop(shipment.fulfillment_order_id, None)
    uow.fulfillment_orders.move_all(dict.fromkeys(shown.values(), CONFIRMED), at=ctx.now())
    references = [(part.order_id, {"reference": part.reference}) for part in shown.values()]
    uow.events.add_each(ctx.now(), "confirmed", references)
    ctx.count("confirmed", len(shown))


def _bury(
    ctx: JobContext,
    uow: UnitOfWork,
    field_map: FieldMap,
    news: _News,
    faults: Sequence[WriteFault],
) -> None:
    """The org refuses the record as it is: a person must act."""
    said = "; ".join(_fault_text(field_map, news, fault) for fault in faults) or "refused"
    text = f"Salesforce refuses what we write onto the order: {said}"
    for message in news.messages:
        uow.outbox.bury(message.message_id, ctx.worker, error=text, at=ctx.now())
    uow.events.add(news.order.order_id, ctx.now(), "not_written", why=said)
    uow.orders.set_attention(news.order.order_id, text, at=ctx.now())
    ctx.counts["refused"] += 1
    ctx.ask_for_attention(f"order {news.order.order_number}: {text}")


def _fault_text(field_map: FieldMap, news: _News, fault: WriteFault) -> str:
    object_name = news.update.object_name if news.update else ""
    cells = [
        field_map.cell_for(f"{object_name}.{field}") or field_map.cell_for(field)
        for field in fault.fields
    ]
    named = ", ".join(dict.fromkeys(cell for cell in cells if cell))
    return f"{fault.code}: {fault.message}" + (f" (workbook cell {named})" if named else "")


def _back_off_all(
    ctx: JobContext, every: Sequence[_News], error: BridgeError, *, answer_lost: bool
) -> None:
    with ctx.store.begin() as uow:
        for news in every:
            _back_off(ctx, uow, news, error, answer_lost=answer_lost)


def _back_off(
    ctx: JobContext, uow: UnitOfWork, news: _News, error: BridgeError, *, answer_lost: bool
) -> None:
    said = f"{ANSWER_LOST if answer_lost else ''}{error.message}"
    for message in news.messages:
        again_at = next_attempt_at(
            error, attempts=message.attempts, message_id=message.message_id, now=ctx.now()
        )
        uow.outbox.back_off(
            message.message_id, ctx.worker, error=said, next_attempt_at=again_at, at=ctx.now()
        )


def _warn(ctx: JobContext, every: Sequence[_News]) -> None:
    for news in every:
        for warning in news.warnings:
            ctx.counts["warnings"] += 1
            ctx.ask_for_attention(f"order {news.order.order_number}: {warning}")
