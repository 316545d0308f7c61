"""Requests to cancel or change what a warehouse has: carried, and the answers written down.

A part of ``order_delivery``. A request waits while nobody knows whether its order has arrived.
Asking twice does no harm: the key tells the warehouse that it is the same request.
"""

from __future__ import annotations

from datetime import timedelta

from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.fulfillment import FulfillmentOrder
from fulfillment_bridge.domain.order import Order
from fulfillment_bridge.errors import BridgeError, Misconfigured, OutcomeUnknown, Rejected, Retry
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.canceling import cancel_part
from fulfillment_bridge.jobs.merchant_troubles import MerchantTroubles
from fulfillment_bridge.jobs.releasing import change_content, take_back
from fulfillment_bridge.jobs.requests import CANCEL, CHANGE
from fulfillment_bridge.jobs.retrying import next_attempt_at
from fulfillment_bridge.jobs.surprises import as_retry
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import (
    RequestAnswer,
    TakesRequests,
    Warehouse,
    WarehouseRequest,
)

LEASE_SECONDS = 300
ASK_AGAIN_AFTER = timedelta(minutes=15)
NOT_YET_THERE = ("released", "outcome_unknown")
SHIPPED = ("partially_shipped", "shipped", "closed_short", "confirmed")


def deliver_requests(ctx: JobContext, warehouse: Warehouse, troubles: MerchantTroubles) -> None:
    """Carry every request that is due, cancellations first."""
    for kind in (CANCEL, CHANGE):
        while not ctx.stopping.is_set():
            message = _claim(ctx, kind, troubles)
            if message is None:
                break
            crash_point("request_delivery.after_claim")
            _carry(ctx, warehouse, message, troubles)


def _claim(ctx: JobContext, kind: str, troubles: MerchantTroubles) -> Message | None:
    _, profile = ctx.need_warehouse()
    with ctx.store.begin() as uow:
        claimed = uow.outbox.claim(
            f"warehouse:{profile.name}",
            kind,
            worker=ctx.worker,
            now=ctx.now(),
            lease_seconds=LEASE_SECONDS,
            limit=1,
            passing_over=troubles.codes,
        )
    return claimed[0] if claimed else None


def _carry(
    ctx: JobContext, warehouse: Warehouse, message: Message, troubles: MerchantTroubles
) -> None:
    with ctx.store.begin() as uow:
        part = _to_be_asked(ctx, uow, warehouse, message)
        if part is None:
            return
        if message.kind == CANCEL and part.state == "at_warehouse":
            uow.fulfillment_orders.move(part, "cancel_requested", at=ctx.now())
            uow.events.add(part.order_id, ctx.now(), "cancel_asked", reference=part.reference)
            queue_write_backs(uow, [part.order_id], at=ctx.now())
    crash_point("request_delivery.after_noting")
    try:
        with as_retry(ctx, f"asking {part.warehouse} about {part.reference}"):
            answer = _ask(warehouse, message, part)
    except Misconfigured as error:
        _later(ctx, message, error)
        troubles.note(part.merchant_code, error)
    except BridgeError as error:
        _later(ctx, message, error)
    else:
        crash_point("request_delivery.after_asking")
        _answered(ctx, message, answer)
    crash_point("request_delivery.after_answer")


def _to_be_asked(
    ctx: JobContext, uow: UnitOfWork, warehouse: Warehouse, message: Message
) -> StoredFulfillmentOrder | None:
    """The part, where the warehouse is to be asked now; else what that means is stored."""
    part_id = message.fulfillment_order_id or 0
    part = uow.fulfillment_orders.by_ids([part_id]).get(part_id)
    if part is None or part.state in ("canceled", "rejected"):
        _settle(ctx, uow, message)
        if part is not None and part.state == "rejected" and message.kind == CANCEL:
            _never_left(ctx, uow, part)
    elif part.state in NOT_YET_THERE:
        if message.kind == CANCEL and take_back(uow, uow.orders.get(part.order_id), at=ctx.now()):
            _settle(ctx, uow, message)
            _tell_canceled(ctx, uow, part)
        elif message.kind == CHANGE and _change_here(ctx, uow, part, message):
            _settle(ctx, uow, message)
        else:
            _wait(ctx, uow, message, "it is not certain yet whether the order has arrived")
    elif part.state in SHIPPED:
        _settle(ctx, uow, message)
        _refused(ctx, uow, part, message, "it is shipped already")
    elif not _can(warehouse, message.kind):
        _settle(ctx, uow, message)
        _ask_a_person(ctx, uow, part, message)
    else:
        return part
    return None


def _change_here(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder, message: Message
) -> bool:
    """It is certain by now that nothing of it arrived: it leaves as it is to be."""
    order = Order.from_content(message.payload["order"])
    if not change_content(uow, part, order, at=ctx.now()):
        return False
    if uow.orders.get(part.order_id).content_hash == order.content_hash():
        uow.orders.set_attention(part.order_id, None, at=ctx.now())
    note = "; ".join(message.payload["difference"])
    _tell(ctx, uow, part, "changed_before_it_left", note)
    return True


def _never_left(ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder) -> None:
    if take_back(uow, uow.orders.get(part.order_id), at=ctx.now()):
        _tell_canceled(ctx, uow, part)


def _tell_canceled(ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder) -> None:
    uow.orders.set_state(part.order_id, "canceled", at=ctx.now())
    uow.orders.set_attention(part.order_id, None, at=ctx.now())
    uow.events.add(part.order_id, ctx.now(), "canceled", reference=part.reference)
    ctx.count("canceled")
    queue_write_backs(uow, [part.order_id], at=ctx.now())


def _can(warehouse: Warehouse, kind: str) -> bool:
    can = warehouse.capabilities
    return isinstance(warehouse, TakesRequests) and (
        can.can_cancel if kind == CANCEL else can.can_change
    )


def _ask(warehouse: Warehouse, message: Message, part: StoredFulfillmentOrder) -> RequestAnswer:
    """What the warehouse says; a refusal of the request itself is an answer too."""
    if not isinstance(warehouse, TakesRequests):
        raise Misconfigured(f"{part.warehouse} cannot be asked")
    order = None
    if message.kind == CHANGE:
        order = FulfillmentOrder(
            reference=part.reference,
            warehouse=part.warehouse,
            merchant=part.merchant,
            merchant_code=part.merchant_code,
            order=Order.from_content(message.payload["order"]),
        )
    request = WarehouseRequest(
        key=message.idempotency_key,
        merchant_code=part.merchant_code,
        reference=part.reference,
        warehouse_order_id=part.warehouse_order_id,
        order=order,
    )
    try:
        return warehouse.ask(request)
    except Rejected as error:
        return RequestAnswer("refused", error.message)


def _answered(ctx: JobContext, message: Message, answer: RequestAnswer) -> None:
    """Into the store as it is by now: goods may have been shipped while we asked."""
    with ctx.store.begin() as uow:
        if answer.outcome == "asked":
            _wait(ctx, uow, message, answer.note or "the warehouse has not decided yet")
            return
        if not uow.outbox.settle(message.message_id, ctx.worker, at=ctx.now()):
            return  # whoever has it now asks again, and is told the same
        part = uow.fulfillment_orders.get(message.fulfillment_order_id or 0)
        if answer.outcome == "refused":
            _refused(ctx, uow, part, message, answer.note)
        elif message.kind == CHANGE:
            _changed(ctx, uow, part, message)
        elif part.state in ("at_warehouse", "cancel_requested"):
            cancel_part(uow, part, at=ctx.now())
            uow.orders.set_attention(part.order_id, None, at=ctx.now())
            _tell(ctx, uow, part, "cancel_accepted", answer.note)
        else:
            _refused(ctx, uow, part, message, "it was shipped while the warehouse was asked")


def _changed(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder, message: Message
) -> None:
    if part.state in ("at_warehouse", "cancel_requested"):
        order = Order.from_content(message.payload["order"])
        uow.fulfillment_orders.replace_lines(part.fulfillment_order_id, order)
        stored = uow.orders.get(part.order_id)
        if stored.content_hash == order.content_hash():
            uow.orders.set_attention(part.order_id, None, at=ctx.now())
    _tell(ctx, uow, part, "change_accepted", "; ".join(message.payload["difference"]))


def _refused(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder, message: Message, note: str
) -> None:
    """It stays as it is there; a person must know."""
    if message.kind == CANCEL and part.state == "cancel_requested":
        uow.fulfillment_orders.move(part, "at_warehouse", at=ctx.now())
    what = "cancel" if message.kind == CANCEL else "change"
    text = f"was to be {what}ed, and {part.warehouse} refused it for {part.reference}: {note}"
    uow.orders.set_attention(part.order_id, text, at=ctx.now())
    order = uow.orders.get(part.order_id)
    ctx.ask_for_attention(f"order {order.order_number} {text}")
    _tell(ctx, uow, part, f"{what}_refused", note)


def _ask_a_person(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder, message: Message
) -> None:
    """The warehouse takes no requests; the order is flagged already, and its story says what."""
    order = uow.orders.get(part.order_id)
    if message.kind == CANCEL:
        how = (
            f"ask {part.warehouse} to stop {part.reference}, then: fulfillment-bridge orders "
            f"cancel {order.order_number} --accepted --reason TEXT (or --refused)"
        )
    else:
        how = f"tell {part.warehouse} about {part.reference}"
    uow.events.add(part.order_id, ctx.now(), "cannot_be_asked", what_to_do=how)
    if order.attention is None:
        uow.orders.set_attention(part.order_id, f"waits for a person: {how}", at=ctx.now())
    ctx.ask_for_attention(f"order {order.order_number}: {how}")
    ctx.count("cannot_be_asked")


def _tell(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder, event: str, note: str
) -> None:
    uow.events.add(part.order_id, ctx.now(), event, reference=part.reference, note=note)
    ctx.count(event)
    queue_write_backs(uow, [part.order_id], at=ctx.now())


def _settle(ctx: JobContext, uow: UnitOfWork, message: Message) -> None:
    uow.outbox.settle(message.message_id, ctx.worker, at=ctx.now())


def _wait(ctx: JobContext, uow: UnitOfWork, message: Message, why: str) -> None:
    """Not an error: the same request is looked at again after a while."""
    uow.outbox.back_off(
        message.message_id, ctx.worker, error=why,
        next_attempt_at=ctx.now() + ASK_AGAIN_AFTER, at=ctx.now(),
    )  # fmt: skip
    ctx.count("requests_open")


def _later(ctx: JobContext, message: Message, error: BridgeError) -> None:
    """Whether it arrived or not: the key makes asking again safe."""
    retry = error if isinstance(error, Retry | OutcomeUnknown) else Retry(error.message)
    again_at = next_attempt_at(
        retry, attempts=message.attempts, message_id=message.message_id, now=ctx.now()
    )
    with ctx.store.begin() as uow:
        uow.outbox.back_off(
            message.message_id, ctx.worker, error=error.text(), next_attempt_at=again_at,
            at=ctx.now(),
        )  # fmt: skip
    ctx.count("retried")
