"""Fulfillment orders to one warehouse, each exactly once.

Messages are claimed for a while, their submissions fixed in their rows, and only then handed
over: an attempt after a crash sends the very same thing under the very same name, or finds it
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.fulfillment import FulfillmentOrder
from fulfillment_bridge.domain.order import Order
from fulfillment_bridge.errors import (
    BridgeError,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Retry,
)
from fulfillment_bridge.jobs.after_restore import AfterRestore, tell_if_otherwise
from fulfillment_bridge.jobs.base import JobContext, RunsPer
from fulfillment_bridge.jobs.merchant_troubles import MerchantTroubles
from fulfillment_bridge.jobs.request_delivery import deliver_requests
from fulfillment_bridge.jobs.requests import fate_is_known
from fulfillment_bridge.jobs.retrying import next_attempt_at
from fulfillment_bridge.jobs.surprises import as_retry
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.outbox import NOTHING_SENT, Message
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import Receipt, Submission, Warehouse

RUNS_PER: RunsPer = "warehouse"
EVERY_SECONDS = 60

KIND = "fulfillment_order"
LEASE_SECONDS = 300
MESSAGES_AT_ONCE = 50
NOT_YET_AT_WAREHOUSE = ("released", "outcome_unknown")


@dataclass(frozen=True)
class _Sending:
    """A claimed message, what it is about, and what is sent, or why nothing can be."""

    message: Message
    part: StoredFulfillmentOrder
    submission: Submission | BridgeError


def run(ctx: JobContext) -> None:
    """Deliver what is due, until nothing is due any more; then carry requests about it.

    A merchant whose folder cannot be used is passed over for the rest of the run.
    """
    warehouse, profile = ctx.need_warehouse()
    before = AfterRestore(ctx, warehouse)
    troubles = MerchantTroubles(profile)
    # What is to be canceled or changed must not leave as it was.
    deliver_requests(ctx, warehouse, troubles)
    while not ctx.stopping.is_set():
        messages = _claim(ctx, _at_once(warehouse), troubles)
        if not messages:
            break
        crash_point("order_delivery.after_claim")
        _deliver(ctx, warehouse, messages, before, troubles)
    deliver_requests(ctx, warehouse, troubles)
    troubles.tell()


def _at_once(warehouse: Warehouse) -> int:
    """How many messages share the two transactions around their hand-over.

    A death in between leaves all of them open. Whoever comes next looks each one up by its name:
    what arrived is found and settled, what did not is sent. A warehouse that cannot be asked gets
    them one by one, so that a death leaves one outcome unknown and not fifty.
    """
    can = warehouse.capabilities
    return MESSAGES_AT_ONCE if can.can_look_up and can.submit_is_idempotent else 1


def _claim(ctx: JobContext, limit: int, troubles: MerchantTroubles) -> list[Message]:
    """What failed before comes last, so that a poisonous message cannot stand before others."""
    _, profile = ctx.need_warehouse()
    with ctx.store.begin() as uow:
        messages = uow.outbox.claim(
            f"warehouse:{profile.name}",
            KIND,
            worker=ctx.worker,
            now=ctx.now(),
            lease_seconds=LEASE_SECONDS,
            limit=limit,
            passing_over=troubles.codes,
        )
    return sorted(messages, key=lambda message: (message.attempts, message.message_id))


def _deliver(
    ctx: JobContext,
    warehouse: Warehouse,
    messages: Sequence[Message],
    before: AfterRestore,
    troubles: MerchantTroubles,
) -> None:
    """Fix what is sent, hand each over, settle what arrived; put back what was not tried."""
    every = _fixed(ctx, warehouse, messages)
    crash_point("order_delivery.after_fixing")
    arrived: list[tuple[_Sending, Receipt]] = []
    untried: list[_Sending] = []
    for position, sending in enumerate(every):
        if ctx.stopping.is_set() or _lease_is_over(ctx, sending.message):
            untried += every[position:]
            break
        code = sending.part.merchant_code
        if code in troubles.codes:
            untried.append(sending)
            continue
        with troubles.of(code):
            receipt = _submit(ctx, warehouse, sending, before)
            crash_point("order_delivery.after_submit")
            if receipt is not None:
                arrived.append((sending, receipt))
    _arrived(ctx, arrived, before)
    _put_back(ctx, untried)
    crash_point("order_delivery.after_settling")


def _fixed(ctx: JobContext, warehouse: Warehouse, messages: Sequence[Message]) -> list[_Sending]:
    """Every message with its submission as it stands in its row from now on.

    A shipment may have come before we could note that an order had arrived: then it has, and
    there is nothing to send.
    """
    ids = [m.fulfillment_order_id for m in messages if m.fulfillment_order_id is not None]
    with ctx.store.begin() as uow:
        parts = {key: part for key, part in uow.fulfillment_orders.by_ids(ids).items()
                 if part.state in NOT_YET_AT_WAREHOUSE}  # fmt: skip
        settled = [m.message_id for m in messages if m.fulfillment_order_id not in parts]
        uow.outbox.settle_all(settled, ctx.worker, at=ctx.now())
        every = [
            _Sending(message, part, _submission(ctx, warehouse, message, part))
            for message in messages
            if (part := parts.get(message.fulfillment_order_id or 0)) is not None
        ]
        new = {one.message.message_id: (one.submission.name, one.submission.body) for one in every
               if isinstance(one.submission, Submission)
               and one.message.submission_name is None}  # fmt: skip
        uow.outbox.fix_submissions(new, ctx.worker)
    ctx.count("already_settled", len(settled))
    return every


def _submission(
    ctx: JobContext, warehouse: Warehouse, message: Message, part: StoredFulfillmentOrder
) -> Submission | BridgeError:
    if message.submission_name is not None and message.submission_body is not None:
        return Submission(
            part.merchant_code, part.reference, message.submission_name, message.submission_body
        )
    try:
        with as_retry(ctx, f"preparing {part.reference} for {part.warehouse}", code="nothing_sent"):
            return warehouse.prepare(_to_ship(part, message), created_at=message.created_at)
    except BridgeError as error:
        return error


def _to_ship(part: StoredFulfillmentOrder, message: Message) -> FulfillmentOrder:
    """The message carries the order as it was released, whatever the org has said since."""
    return FulfillmentOrder(
        reference=part.reference,
        warehouse=part.warehouse,
        merchant=part.merchant,
        merchant_code=part.merchant_code,
        order=Order.from_content(message.payload["order"]),
    )


def _lease_is_over(ctx: JobContext, message: Message) -> bool:
    """Half of it is kept for the attempt itself."""
    kept = timedelta(seconds=LEASE_SECONDS / 2)
    return message.lease_until is None or ctx.now() >= message.lease_until - kept


def _put_back(ctx: JobContext, untried: Sequence[_Sending]) -> None:
    """As if they had not been claimed; of one that was interrupted the doubt remains."""
    if not untried:
        return
    messages = [one.message for one in untried]
    with ctx.store.begin() as uow:
        for message in (each for each in messages if each.was_interrupted):
            uow.outbox.back_off(
                message.message_id, ctx.worker, error="An attempt was interrupted.",
                next_attempt_at=ctx.now(), at=ctx.now(),
            )  # fmt: skip
        for by_us in (True, False):
            ids = [each.message_id for each in messages if not each.was_interrupted
                   and (each.submission_name is None) is by_us]  # fmt: skip
            uow.outbox.put_all_back(ids, ctx.worker, fixed_by_us=by_us)


def _submit(
    ctx: JobContext, warehouse: Warehouse, sending: _Sending, before: AfterRestore
) -> Receipt | None:
    """Hand it over; None where that went wrong, which is then in the store."""
    message = sending.message
    try:
        if isinstance(sending.submission, BridgeError):
            raise sending.submission
        if before.was_sent(message, sending.part):
            before.found.add(sending.part.fulfillment_order_id)
            return Receipt(already_there=True)
        with as_retry(ctx, f"sending {sending.part.reference} to {sending.part.warehouse}"):
            return warehouse.submit(sending.submission, first_attempt=_nothing_was_sent(message))
    except Rejected as error:
        _refused(ctx, message, error)
    except OutcomeUnknown as error:
        _unknown(ctx, message, error)
    except Retry as error:
        _try_again(ctx, message, error)
    except Misconfigured as error:
        _try_again(ctx, message, error)
        raise
    return None


def _nothing_was_sent(message: Message) -> bool:
    """Whether it is certain that no earlier attempt had any effect at the warehouse.

    The submission is fixed before the first attempt: without one nobody ever tried. With one
    somebody may have, unless the last attempt itself said that it had no effect.
    """
    if message.submission_name is None:
        return True
    said = message.last_error or ""
    return not message.was_interrupted and said.startswith(NOTHING_SENT)


def _arrived(
    ctx: JobContext, arrived: Sequence[tuple[_Sending, Receipt]], before: AfterRestore
) -> None:
    """Settle them; one that another worker took over meanwhile is found by it and settled there."""
    if not arrived:
        return
    now = ctx.now()
    with ctx.store.begin() as uow:
        ours = uow.outbox.settle_all(
            [sending.message.message_id for sending, _ in arrived], ctx.worker, at=now
        )
        settled = [pair for pair in arrived if pair[0].message.message_id in ours]
        _note_arrival(uow, settled, now)
        for sending, _ in settled:
            if sending.part.fulfillment_order_id in before.found:
                _compare(ctx, uow, sending)
    for _, receipt in settled:
        ctx.counts["already_there" if receipt.already_there else "sent"] += 1


def _note_arrival(
    uow: UnitOfWork, settled: Sequence[tuple[_Sending, Receipt]], now: datetime
) -> None:
    # Read anew: a shipment may have come in while we were still handing over.
    parts = uow.fulfillment_orders.by_ids([one.part.fulfillment_order_id for one, _ in settled])
    sent = {}
    for sending, receipt in settled:
        part = parts[sending.part.fulfillment_order_id]
        if part.state in NOT_YET_AT_WAREHOUSE:
            sent[part] = receipt.warehouse_order_id
        if part.state == "outcome_unknown":
            uow.orders.clear_attention([part.order_id], sending.message.last_words, at=now)
    uow.fulfillment_orders.set_all_sent(sent, at=now)
    fate_is_known(uow, parts, at=now)
    uow.events.add_each(now, "sent", [_told(sending, receipt) for sending, receipt in settled])
    queue_write_backs(uow, {sending.part.order_id for sending, _ in settled}, at=now)


def _compare(ctx: JobContext, uow: UnitOfWork, sending: _Sending) -> None:
    """With what the warehouse was given in a life that a restored store knows nothing of."""
    part = uow.fulfillment_orders.get(sending.part.fulfillment_order_id)
    warehouse, _ = ctx.need_warehouse()
    tell_if_otherwise(ctx, uow, warehouse, part, _to_ship(part, sending.message))


def _told(sending: _Sending, receipt: Receipt) -> tuple[int, dict[str, Any]]:
    part, submission = sending.part, sending.submission
    name = submission.name if isinstance(submission, Submission) else ""
    return part.order_id, {
        "warehouse": part.warehouse,
        "reference": part.reference,
        "name": name,
        "already_there": receipt.already_there,
    }


def _refused(ctx: JobContext, message: Message, error: Rejected) -> None:
    with ctx.store.begin() as uow:
        if uow.outbox.bury(message.message_id, ctx.worker, error=error.text(), at=ctx.now()):
            order = _stuck(ctx, uow, message, "rejected", error)
            ctx.counts["rejected"] += 1
            queue_write_backs(uow, [order.order_id], at=ctx.now())


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
    part_id = message.fulfillment_order_id or 0
    for part in uow.fulfillment_orders.by_ids([part_id]).values():
        uow.fulfillment_orders.move(part, state, at=ctx.now())
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
