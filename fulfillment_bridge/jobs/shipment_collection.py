"""What a warehouse really sent: shipments, packages, lines.

Each document is taken in whole in one transaction that its key guards, and put away afterwards:
a document that comes again after a crash changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from fulfillment_bridge.domain.fulfillment import MOVES, Shipment
from fulfillment_bridge.jobs.base import JobContext, RunsPer
from fulfillment_bridge.jobs.shipment_progress import Progress, progress_of
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import ShipmentBatch

RUNS_PER: RunsPer = "warehouse"
EVERY_SECONDS = 900

NOT_KNOWN_THERE = ("rejected", "released", "outcome_unknown")


def run(ctx: JobContext) -> None:
    """Take in every document that waits."""
    warehouse, _ = ctx.need_warehouse()
    for batch in warehouse.fetch_shipments():
        if ctx.stopping.is_set():
            return
        with ctx.store.begin() as uow:
            parts, strangers = _sorted_out(ctx, uow, batch)
            if _note(ctx, uow, batch, strangers):
                for shipment in batch.shipments:
                    if shipment.reference in parts:
                        part = parts[shipment.reference]
                        parts[shipment.reference] = _take_in(ctx, uow, part, shipment)
        warehouse.acknowledge(batch, note="\n".join(strangers))


def _sorted_out(
    ctx: JobContext, uow: UnitOfWork, batch: ShipmentBatch
) -> tuple[dict[str, StoredFulfillmentOrder], list[str]]:
    """This merchant's fulfillment orders by reference, and what is to be said of the others."""
    _, profile = ctx.need_warehouse()
    references = dict.fromkeys(shipment.reference for shipment in batch.shipments)
    found = uow.fulfillment_orders.by_references(profile.name, references)
    parts = {reference: part for reference, part in found.items()
             if part.merchant_code == batch.merchant_code}  # fmt: skip
    return parts, [
        f"{reference} is no order of {batch.merchant_code} at {profile.name}"
        for reference in references
        if reference not in parts
    ]


def _note(ctx: JobContext, uow: UnitOfWork, batch: ShipmentBatch, strangers: list[str]) -> bool:
    """Enter the document; False where it was taken in before."""
    _, profile = ctx.need_warehouse()
    faults = [_fault_text(fault.row, fault.message) for fault in batch.faults] + strangers
    is_new = uow.inbox.add_if_new(
        warehouse=profile.name,
        merchant_code=batch.merchant_code,
        source=batch.source,
        key=batch.key,
        kind="shipments",
        at=ctx.now(),
        outcome=_outcome(batch, faults),
        faults=faults,
    )
    ctx.counts["documents" if is_new else "documents_again"] += 1
    if is_new and faults:
        ctx.counts["faults"] += len(faults)
        ctx.ask_for_attention(
            f"{batch.source} of {batch.merchant_code} was set aside: {'; '.join(faults[:5])}"
        )
    return is_new


def _outcome(batch: ShipmentBatch, faults: Sequence[str]) -> str:
    if not faults:
        return "taken"
    return "with_faults" if batch.shipments else "refused"


def _fault_text(row: int, message: str) -> str:
    return f"row {row}: {message}" if row else message


def _take_in(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder, shipment: Shipment
) -> StoredFulfillmentOrder:
    """Store the shipment and everything that follows from it; how its part stands then."""
    now = ctx.now()
    taken, stored = uow.shipments.take_in(part, shipment, at=now)
    ctx.counts[f"shipments_{taken}"] += 1
    if taken in ("same", "older"):
        return part
    uow.events.add(
        part.order_id,
        now,
        "shipped" if taken == "new" else "shipment_corrected",
        reference=part.reference,
        shipment=stored.warehouse_shipment_id,
        tracking_numbers=list(shipment.tracking_numbers()),
    )
    part = _arrived_after_all(ctx, uow, part)
    part = _move(ctx, uow, part, _progress(ctx, uow, part))
    queue_write_backs(uow, [part.order_id], at=now)
    return part


def _arrived_after_all(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder
) -> StoredFulfillmentOrder:
    """Whoever ships an order has it, even if we never heard that it arrived."""
    if part.state not in NOT_KNOWN_THERE:
        return part
    now = ctx.now()
    if part.state == "rejected":
        uow.fulfillment_orders.set_state(part.fulfillment_order_id, "released", at=now)
    uow.fulfillment_orders.set_sent(part.fulfillment_order_id, at=now)
    for message in uow.outbox.by_order(part.order_id):
        if message.fulfillment_order_id == part.fulfillment_order_id:
            uow.outbox.resolve_unknown(message.message_id, at=now)
    uow.orders.set_attention(part.order_id, None, at=now)
    uow.events.add(part.order_id, now, "known_at_warehouse", reference=part.reference)
    return uow.fulfillment_orders.get(part.fulfillment_order_id)


def _progress(ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder) -> Progress:
    """What all its shipments together mean for its lines, which show it from now on."""
    _, profile = ctx.need_warehouse()
    shipments = uow.shipments.by_fulfillment_order(part.fulfillment_order_id)
    lines = uow.fulfillment_orders.lines(part.fulfillment_order_id)
    progress = progress_of(
        lines, [stored.shipment for stored in shipments], short_means=profile.short_means
    )
    before = {line.progress for line in lines}
    moved = [line for line in progress.lines if line not in before]
    uow.fulfillment_orders.set_progress(part.fulfillment_order_id, moved)
    return progress


def _move(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder, progress: Progress
) -> StoredFulfillmentOrder:
    """Go where the quantities lead; where the moves do not allow it, a person must look."""
    oddities = list(progress.oddities)
    if progress.state == part.state or progress.state in MOVES[part.state]:
        part = uow.fulfillment_orders.move(part, progress.state, at=ctx.now())
    elif _contradicts(part.state, progress.state):
        oddities.append(f"it was {part.state}, and the warehouse's shipments say {progress.state}")
    if oddities:
        text = f"at {part.warehouse} ({part.reference}): {'; '.join(oddities)}"
        uow.events.add(part.order_id, ctx.now(), "odd_shipment", what=text)
        uow.orders.set_attention(part.order_id, text, at=ctx.now())
        ctx.ask_for_attention(f"order {uow.orders.get(part.order_id).order_number} {text}")
    return part


def _contradicts(state: str, by_shipments: str) -> bool:
    """A confirmed order that is still shipped whole is only corrected, nothing more."""
    if by_shipments == "at_warehouse":
        return False
    return not (state == "confirmed" and by_shipments in ("shipped", "closed_short"))
