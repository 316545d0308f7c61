"""Tracking, carrier, ship date and status onto the merchant's own order fields.

A message says only that there is news about an order. What is written is always everything the
store knows at this moment, one row per record, so older news can never overwrite newer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.org_schema import (
    UpdateResult,
    WriteFault,
)
from fulfillment_bridge.errors import BridgeError, Retry
from fulfillment_bridge.jobs.active_map import map_for_run
from fulfillment_bridge.jobs.base import JobContext, RunsPer, Urgency
from fulfillment_bridge.jobs.guarded_fields import without_guarded
from fulfillment_bridge.jobs.left_behind import without_left_behind
from fulfillment_bridge.jobs.order_news import ANSWER_LOST, CONFIRMED, OrderNews, gather
from fulfillment_bridge.jobs.refused_names import naming_cells
from fulfillment_bridge.jobs.retrying import next_attempt_at
from fulfillment_bridge.jobs.shown_news import Shown
from fulfillment_bridge.jobs.write_backs import KIND, OVERWRITTEN, queue_write_backs
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

RUNS_PER: RunsPer = "cart"
EVERY_SECONDS = 900
URGENCY: Urgency = "orders"

LEASE_SECONDS = 900
RECORDS_AT_ONCE = 1000
"""One composite request of the org takes five collections of 200."""

DONE = ("shipped", "closed_short")
REFUSED = "Salesforce refuses what we write onto"


def run(ctx: JobContext) -> None:
    """Write what is due, a thousand records at a time, until nothing is due any more."""
    cart, _ = ctx.need_cart()
    field_map = map_for_run(ctx).field_map
    while not ctx.stopping.is_set():
        messages = _claim(ctx)
        if not messages:
            return
        crash_point("shipment_upload.after_claim")
        every, broken = gather(ctx, field_map, messages)
        for message, error in broken:
            _back_off_all(ctx, [message], error, answer_lost=False)
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


def _upload(ctx: JobContext, cart: Cart, field_map: FieldMap, every: Sequence[OrderNews]) -> None:
    _warn(ctx, every)
    try:
        with naming_cells(ctx, field_map):
            every = without_left_behind(ctx, every, cart.identity().organization_id)
            every = _without_guarded(cart, field_map, every)
            shown = Shown.read(cart, every)
            to_write = [rest for news in every if (rest := shown.rest_of(news)).has_content]
            given = {news.order.order_id for news in to_write}
            _settle_all(ctx, [n for n in every if n.order.order_id not in given])
            _note(ctx, to_write)
            crash_point("shipment_upload.after_comparing")
            outcomes = _write(cart, to_write)
    except BridgeError as error:
        # Whatever was claimed and is not settled by now is compared before it is written again.
        claimed = [message for news in every for message in news.messages]
        _back_off_all(ctx, claimed, error, answer_lost=True)
        raise
    crash_point("shipment_upload.after_writing")
    with ctx.store.begin() as uow:
        ended = [(n, outcomes[n.order.order_id]) for n in every if n.order.order_id in given]
        done = [news for news, outcome in ended if outcome.written]
        ctx.count("written", len(done))
        _settle(ctx, uow, done)
        for news, outcome in ended:
            if not outcome.written:
                _not_written(ctx, uow, field_map, news, outcome)
        _tell_emptied(ctx, uow, [n for n in to_write if outcomes[n.order.order_id].written])


def _note(ctx: JobContext, every: Sequence[OrderNews]) -> None:
    """Before it is written: what is ours is known then, whatever becomes of us meanwhile."""
    with ctx.store.begin() as uow:
        known = uow.written_values.of([news.order.order_id for news in every])
        changed = {
            news.order.order_id: known[news.order.order_id]
            for news in every
            if known[news.order.order_id].add(news.updates, news.packages)
        }
        uow.written_values.save(changed)


def _tell_emptied(ctx: JobContext, uow: UnitOfWork, every: Sequence[OrderNews]) -> None:
    for news in every:
        for parcel in news.emptied:
            uow.events.add(news.order.order_id, ctx.now(), "parcel_emptied", parcel=parcel.key)
            ctx.count("parcels_emptied")
            ctx.ask_for_attention(f"order {news.order.order_number}: {parcel.text()}")


@dataclass
class _Outcome:
    """What became of everything that was written about one order."""

    results: list[tuple[str, UpdateResult]] = field(default_factory=list)

    @property
    def written(self) -> bool:
        return all(result.written for _, result in self.results)

    @property
    def failed(self) -> list[tuple[str, UpdateResult]]:
        """Each failure, with the object it was about."""
        return [each for each in self.results if not each[1].written]

    @property
    def may_work_later(self) -> bool:
        return all(result.retry or result.unknown for _, result in self.failed)


def _write(cart: Cart, every: Sequence[OrderNews]) -> dict[int, _Outcome]:
    """Orders and lines, then the records of parcels; the outcome of each order."""
    outcomes = {news.order.order_id: _Outcome() for news in every}
    updates = [(news.order.order_id, update) for news in every for update in news.updates]
    results = cart.write_updates([update for _, update in updates]) if updates else []
    for (order_id, update), result in zip(updates, results, strict=True):
        outcomes[order_id].results.append((update.object_name, result))
    parcels = [(news.order.order_id, each) for news in every for each in news.packages]
    answers = cart.write_children([each for _, each in parcels]) if parcels else []
    for (order_id, parcel), result in zip(parcels, answers, strict=True):
        outcomes[order_id].results.append((parcel.object_name, result))
    return outcomes


def _without_guarded(
    cart: Cart, field_map: FieldMap, every: Sequence[OrderNews]
) -> list[OrderNews]:
    """Look at the fields that may be written only where they are empty, or older."""
    looked_at = [news for news in every if news.update and news.guarded]
    if not looked_at:
        return list(every)
    paths = sorted({path for news in looked_at for path in news.guarded})
    records = cart.fetch_records(
        field_map.order_query().order_object, [n.order.cart_order_id for n in looked_at], paths
    )
    return [
        replace(
            news,
            update=without_guarded(
                news.update, news.guarded, records.get(news.order.cart_order_id)
            ),
        )
        if news.update
        else news
        for news in every
    ]


def _settle_all(ctx: JobContext, every: Sequence[OrderNews]) -> None:
    """The cart shows these already, or the workbook has no place for them."""
    if every:
        with ctx.store.begin() as uow:
            for news in every:
                ctx.counts["already_written" if news.has_content else "nothing_to_write"] += 1
            _settle(ctx, uow, every)


def _not_written(
    ctx: JobContext, uow: UnitOfWork, field_map: FieldMap, news: OrderNews, outcome: _Outcome
) -> None:
    if outcome.may_work_later:
        ctx.counts["retried"] += 1
        said = _said(field_map, outcome)
        lost = any(result.unknown for _, result in outcome.failed)
        _back_off(ctx, uow, news.messages, Retry(said or "no answer"), answer_lost=lost)
    else:
        _bury(ctx, uow, field_map, news, outcome)


def _settle(ctx: JobContext, uow: UnitOfWork, every: Sequence[OrderNews]) -> None:
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
    for settled_by_this in (REFUSED, OVERWRITTEN):
        uow.orders.clear_attention([n.order.order_id for n in ours], settled_by_this, at=now)
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
    news: OrderNews,
    outcome: _Outcome,
) -> None:
    """The org refuses the record as it is: a person must act."""
    said = _said(field_map, outcome) or "refused"
    onto = ", ".join(dict.fromkeys(f"{name} {one.record_id}" for name, one in outcome.failed))
    text = f"{REFUSED} {onto or 'the order'}: {said}"
    for message in news.messages:
        uow.outbox.bury(message.message_id, ctx.worker, error=text, at=ctx.now())
    uow.events.add(news.order.order_id, ctx.now(), "not_written", why=said)
    uow.orders.set_attention(news.order.order_id, text, at=ctx.now())
    ctx.counts["refused"] += 1
    ctx.ask_for_attention(f"order {news.order.order_number}: {text}")


def _said(field_map: FieldMap, outcome: _Outcome) -> str:
    """What the org says of the rows that failed, with the cells and the remedies."""
    faults = [(name, fault) for name, result in outcome.failed for fault in result.faults]
    texts = [_fault_text(field_map, name, fault) for name, fault in faults]
    remedy = " ".join(dict.fromkeys(fault.remedy for _, fault in faults if fault.remedy))
    said = "; ".join(dict.fromkeys(texts))
    return f"{said}. What to do: {remedy}" if remedy else said


def _fault_text(field_map: FieldMap, object_name: str, fault: WriteFault) -> str:
    cells = [
        field_map.cell_for(f"{object_name}.{name}") or field_map.cell_for(name)
        for name in fault.fields
    ]
    named = ", ".join(dict.fromkeys(cell for cell in cells if cell))
    return f"{fault.code}: {fault.message}" + (f" (workbook cell {named})" if named else "")


def _back_off_all(
    ctx: JobContext, messages: Sequence[Message], error: BridgeError, *, answer_lost: bool
) -> None:
    with ctx.store.begin() as uow:
        _back_off(ctx, uow, messages, error, answer_lost=answer_lost)


def _back_off(
    ctx: JobContext,
    uow: UnitOfWork,
    messages: Sequence[Message],
    error: BridgeError,
    *,
    answer_lost: bool,
) -> None:
    said = f"{ANSWER_LOST if answer_lost else ''}{error.message}"
    for message in messages:
        again_at = next_attempt_at(
            error, attempts=message.attempts, message_id=message.message_id, now=ctx.now()
        )
        uow.outbox.back_off(
            message.message_id, ctx.worker, error=said, next_attempt_at=again_at, at=ctx.now()
        )


def _warn(ctx: JobContext, every: Sequence[OrderNews]) -> None:
    for news in every:
        for warning in news.warnings:
            ctx.counts["warnings"] += 1
            ctx.ask_for_attention(f"order {news.order.order_number}: {warning}")
