"""Fulfillment orders to one warehouse, each exactly once.

A message is claimed for a while, its submission fixed in its row, and only then handed over: an
attempt after a crash sends the very same thing under the very same name, or finds it there.
"""

from __future__ import annotations

from datetime import timedelta

from fulfillment_bridge.domain.fulfillment import FulfillmentOrder
from fulfillment_bridge.domain.order import Order
from fulfillment_bridge.errors import (
    BridgeError,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Retry,
)
from fulfillment_bridge.jobs.base import JobContext, RunsPer
from fulfillment_bridge.jobs.retrying import next_attempt_at
from fulfillment_bridge.jobs.write_backs import queue_write_back
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import Receipt, Submission, Warehouse

RUNS_PER: RunsPer = "warehouse"
EVERY_SECONDS = 60

KIND = "fulfillment_order"
LEASE_SECONDS = 300
MESSAGES_AT_ONCE = 50
NOTHING_SENT = "Nothing was sent. "
NOT_YET_AT_WAREHOUSE = ("released", "outcome_unknown")


def run(ctx: JobContext) -> None:
    """Deliver what is due, until nothing is due any more."""
    warehouse, _ = ctx.need_warehouse()
    while not ctx.stopping.is_set():
        messages = _claim(ctx)
        if not messages:
            return
        for position, message in enumerate(messages):
            if ctx.stopping.is_set() or _lease_is_over(ctx, message):
                _put_back(ctx, messages[position:])
                break
            try:
                _deliver(ctx, warehouse, message)
            except Misconfigured:
                _put_back(ctx, messages[position + 1 :])
                raise


def _claim(ctx: JobContext) -> list[Message]:
    """What failed before comes last, so that a poisonous message cannot stand before others."""
    _, profile = ctx.need_warehouse()
    with ctx.store.begin() as uow:
        messages = uow.outbox.claim(
            f"warehouse:{profile.name}",
            KIND,
            worker=ctx.worker,
            now=ctx.now(),
            lease_seconds=LEASE_SECONDS,
            limit=MESSAGES_AT_ONCE,
        )
    return sorted(messages, key=lambda message: (message.attempts, message.message_id))


def _lease_is_over(ctx: JobContext, message: Message) -> bool:
    """Half of it is kept for the attempt itself."""
    kept = timedelta(seconds=LEASE_SECONDS / 2)
    return message.lease_until is None or ctx.now() >= message.lease_until - kept


def _put_back(ctx: JobContext, messages: list[Message]) -> None:
    with ctx.store.begin() as uow:
        for message in messages:
            uow.outbox.put_back(message.message_id, ctx.worker)


def _deliver(ctx: JobContext, warehouse: Warehouse, message: Message) -> None:
    try:
        submission = _fixed_submission(ctx, warehouse, message)
        if submission is None:
            return
        receipt = warehouse.submit(submission, first_attempt=_nothing_was_sent(message))
    except Rejected as error:
        _refused(ctx, message, error)
    except OutcomeUnknown as error:
        _unknown(ctx, message, error)
    except Retry as error:
        _try_again(ctx, message, error)
    except Misconfigured as error:
        _try_again(ctx, message, error)
        raise
    else:
        _arrived(ctx, message, submission, receipt)


def _nothing_was_sent(message: Message) -> bool:
    """Whether it is certain that no earlier attempt had any effect at the warehouse.

    The submission is fixed right before the first attempt: without one nobody ever tried, even
    if a worker died that had claimed the message among others.
    """
    if message.submission_name is None:
        return True
    said = message.last_error or ""
    return not message.was_interrupted and said.startswith(NOTHING_SENT)


def _fixed_submission(
    ctx: JobContext, warehouse: Warehouse, message: Message
) -> Submission | None:
    """The submission as it stands in the message's row; None where there is nothing to send.

    A shipment may have come before we could note that the order had arrived: then it has.
    """
    with ctx.store.begin() as uow:
        part = _part_of(uow, message)
        if part is None or part.state not in NOT_YET_AT_WAREHOUSE:
            uow.outbox.settle(message.message_id, ctx.worker, at=ctx.now())
            ctx.counts["already_settled"] += 1
            return None
        if message.submission_name is not None and message.submission_body is not None:
            return Submission(part.merchant_code, part.reference, message.submission_name,
                              message.submission_body)  # fmt: skip
        submission = warehouse.prepare(_to_ship(part, message), created_at=message.created_at)
        uow.outbox.fix_submission(
            message.message_id, ctx.worker, name=submission.name, body=submission.body
        )
        return submission


def _part_of(uow: UnitOfWork, message: Message) -> StoredFulfillmentOrder | None:
    for part in uow.fulfillment_orders.by_order(message.order_id):
        if part.fulfillment_order_id == message.fulfillment_order_id:
            return part
    return None


def _to_ship(part: StoredFulfillmentOrder, message: Message) -> FulfillmentOrder:
    """The message carries the order as it was released, whatever the org has said since."""
    return FulfillmentOrder(
        reference=part.reference,
        warehouse=part.warehouse,
        merchant=part.merchant,
        merchant_code=part.merchant_code,
        order=Order.from_content(message.payload["order"]),
    )


def _arrived(
    ctx: JobContext, message: Message, submission: Submission, receipt: Receipt
) -> None:
    now = ctx.now()
    with ctx.store.begin() as uow:
        part = _part_of(uow, message)
        if part is None or not uow.outbox.settle(message.message_id, ctx.worker, at=now):
            return  # another worker took it over, and finds it at the warehouse
        if part.state in NOT_YET_AT_WAREHOUSE:
            uow.fulfillment_orders.set_sent(
                part.fulfillment_order_id, at=now, warehouse_order_id=receipt.warehouse_order_id
            )
        if part.state == "outcome_unknown":
            uow.orders.set_attention(message.order_id, None, at=now)
        uow.events.add(
            message.order_id,
            now,
            "sent",
            warehouse=part.warehouse,
            reference=part.reference,
            name=submission.name,
            already_there=receipt.already_there,
        )
        queue_write_back(uow, uow.orders.get(message.order_id), at=now)
    ctx.counts["already_there" if receipt.already_there else "sent"] += 1


def _refused(ctx: JobContext, message: Message, error: Rejected) -> None:
    with ctx.store.begin() as uow:
        if uow.outbox.bury(message.message_id, ctx.worker, error=error.text(), at=ctx.now()):
            order = _stuck(ctx, uow, message, "rejected", error)
            ctx.counts["rejected"] += 1
            queue_write_back(uow, order, at=ctx.now())


def _unknown(ctx: JobContext, message: Message, error: OutcomeUnknown) -> None:
    with ctx.store.begin() as uow:
        if uow.outbox.mark_unknown(
            message.message_id, ctx.worker, error=error.text(), at=ctx.now()
        ):
            _stuck(ctx, uow, message, "outcome_unknown", error)
            ctx.counts["outcome_unknown"] += 1


def _stuck(
    ctx: JobContext, uow: UnitOfWork, message: Message, state: str, error: BridgeError
) -> StoredOrder:
    """The order shows that a person must act, and why."""
    part = _part_of(uow, message)
    if part is not None:
        uow.fulfillment_orders.set_state(part.fulfillment_order_id, state, at=ctx.now())
    uow.events.add(message.order_id, ctx.now(), state, why=error.text())
    uow.orders.set_attention(message.order_id, error.message, at=ctx.now())
    order = uow.orders.get(message.order_id)
    ctx.ask_for_attention(f"order {order.order_number}: {error.message} {error.remedy}".rstrip())
    return order


def _try_again(ctx: JobContext, message: Message, error: BridgeError) -> None:
    again_at = next_attempt_at(
        error, attempts=message.attempts, message_id=message.message_id, now=ctx.now()
    )
    with ctx.store.begin() as uow:
        uow.outbox.back_off(
            message.message_id,
            ctx.worker,
            error=f"{NOTHING_SENT if _is_certain(message, error) else ''}{error.text()}",
            next_attempt_at=again_at,
            at=ctx.now(),
        )
    ctx.counts["retried"] += 1
    ctx.log.warning("order_delivery.again", message_id=message.message_id, error=error.message)


def _is_certain(message: Message, error: BridgeError) -> bool:
    """The adapter says that this attempt had no effect, and no attempt before it may have had."""
    return error.code == "nothing_sent" and _nothing_was_sent(message)
