"""What a warehouse really sent: shipments, packages, lines.

A few documents are taken in together, in one transaction that their keys guard, and put away
afterwards: a document that comes again after a crash changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.fulfillment import MOVES, Shipment
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.jobs.base import JobContext, RunsPer
from fulfillment_bridge.jobs.merchant_troubles import MerchantTroubles
from fulfillment_bridge.jobs.requests import fate_is_known
from fulfillment_bridge.jobs.shipment_progress import Progress, progress_of
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import ShipmentBatch, ShowsStrays

RUNS_PER: RunsPer = "warehouse"
EVERY_SECONDS = 900

DOCUMENTS_AT_ONCE = 20
SHIPMENTS_AT_ONCE = 200
NOT_KNOWN_THERE = ("rejected", "released", "outcome_unknown")


def run(ctx: JobContext) -> None:
    """Take in every document that waits; what cannot be put away keeps nobody else waiting."""
    warehouse, profile = ctx.need_warehouse()
    troubles = MerchantTroubles(profile)
    for batches in _together(warehouse.fetch_shipments()):
        if ctx.stopping.is_set():
            return
        crash_point("shipment_collection.after_reading")
        with ctx.store.begin() as uow:
            notes = _take_in(ctx, uow, batches)
        crash_point("shipment_collection.after_storing")
        for batch, note in zip(batches, notes, strict=True):
            with troubles.of(batch.merchant_code):
                warehouse.acknowledge(batch, note=note)
            crash_point("shipment_collection.after_acknowledging")
    if isinstance(warehouse, ShowsStrays):
        for sentence in warehouse.strays():
            ctx.ask_for_attention(f"{profile.name}: {sentence}")
    troubles.tell()


def _together(batches: Iterable[ShipmentBatch]) -> Iterator[list[ShipmentBatch]]:
    """A few documents at a time, fewer where they are long."""
    together: list[ShipmentBatch] = []
    try:
        for batch in batches:
            together.append(batch)
            shipments = sum(len(one.shipments) for one in together)
            if len(together) >= DOCUMENTS_AT_ONCE or shipments >= SHIPMENTS_AT_ONCE:
                yield together
                together = []
    except BridgeError:
        # A folder that cannot be read keeps nobody else's documents waiting.
        if together:
            yield together
        raise
    if together:
        yield together


def _take_in(ctx: JobContext, uow: UnitOfWork, batches: Sequence[ShipmentBatch]) -> list[str]:
    """Store the documents that are new, and what follows from them; a note for each of all."""
    _, profile = ctx.need_warehouse()
    references = {shipment.reference for batch in batches for shipment in batch.shipments}
    parts = uow.fulfillment_orders.by_references(profile.name, references)
    changed: dict[str, StoredFulfillmentOrder] = {}
    notes = []
    for batch in batches:
        ours = {reference: part for reference, part in parts.items()
                if part.merchant_code == batch.merchant_code}  # fmt: skip
        strangers = [
            f"{reference} is no order of {batch.merchant_code} at {profile.name}"
            for reference in dict.fromkeys(shipment.reference for shipment in batch.shipments)
            if reference not in ours
        ]
        notes.append("\n".join(strangers))
        if _note(ctx, uow, batch, strangers):
            for shipment in batch.shipments:
                part = ours.get(shipment.reference)
                if part is not None and store_shipment(ctx, uow, part, shipment):
                    changed[part.reference] = part
    follow_up(ctx, uow, changed.values())
    return notes


def _note(ctx: JobContext, uow: UnitOfWork, batch: ShipmentBatch, strangers: list[str]) -> bool:
    """Enter the document; False where all of it was taken in before.

    One that had faults comes again from where it was set aside: orders may be known by now.
    """
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
    if is_new and any(not shipment.sequence for shipment in batch.shipments):
        ctx.ask_for_attention(
            f"{batch.source} of {batch.merchant_code} is stamped far in the future, so it counts "
            "as the newest word at this moment; ask the warehouse to look at its clock"
        )
    if is_new and faults:
        ctx.counts["faults"] += len(faults)
        ctx.ask_for_attention(
            f"{batch.source} of {batch.merchant_code} was set aside: {'; '.join(faults[:5])}"
        )
    return is_new or _had_faults(uow, profile.name, batch)


def _had_faults(uow: UnitOfWork, warehouse: str, batch: ShipmentBatch) -> bool:
    return uow.inbox.outcome(warehouse, batch.merchant_code, batch.key) != "taken"


def _outcome(batch: ShipmentBatch, faults: Sequence[str]) -> str:
    if not faults:
        return "taken"
    return "with_faults" if batch.shipments else "refused"


def _fault_text(row: int, message: str) -> str:
    return f"row {row}: {message}" if row else message


def store_shipment(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder, shipment: Shipment
) -> bool:
    """Store the shipment; whether it says anything new."""
    taken, stored = uow.shipments.take_in(part, shipment, at=ctx.now())
    ctx.counts[f"shipments_{taken}"] += 1
    if taken in ("same", "older"):
        return False
    uow.events.add(
        part.order_id,
        ctx.now(),
        "shipped" if taken == "new" else "shipment_corrected",
        reference=part.reference,
        shipment=stored.warehouse_shipment_id,
        tracking_numbers=list(shipment.tracking_numbers()),
    )
    return True


def follow_up(ctx: JobContext, uow: UnitOfWork, changed: Iterable[StoredFulfillmentOrder]) -> None:
    """Lines, states and what the merchants see, reckoned from all shipments there are now."""
    parts = [_arrived_after_all(ctx, uow, part) for part in changed]
    progress = _progress(ctx, uow, parts)
    moves = {part: progress[part].state for part in parts
             if progress[part].state in MOVES[part.state]}  # fmt: skip
    uow.fulfillment_orders.move_all(moves, at=ctx.now())
    for part in parts:
        _tell_oddities(ctx, uow, part, progress[part])
    queue_write_backs(uow, {part.order_id for part in parts}, at=ctx.now())


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
            # Only what was said of the delivery is settled; a cancellation still is to be seen to.
            if message.kind == "fulfillment_order":
                uow.orders.clear_attention([part.order_id], message.last_words, at=now)
    fate_is_known(uow, [part.fulfillment_order_id], at=now)
    uow.dead_letters.supersede(part.order_id, "fulfillment_order", at=now)
    uow.events.add(part.order_id, now, "known_at_warehouse", reference=part.reference)
    return uow.fulfillment_orders.get(part.fulfillment_order_id)


def _progress(
    ctx: JobContext, uow: UnitOfWork, parts: Sequence[StoredFulfillmentOrder]
) -> dict[StoredFulfillmentOrder, Progress]:
    """What all shipments of a part together mean for its lines, which show it from now on."""
    _, profile = ctx.need_warehouse()
    ids = [part.fulfillment_order_id for part in parts]
    shipments = uow.shipments.by_fulfillment_orders(ids)
    lines = uow.fulfillment_orders.lines_of(ids)
    progress = {
        key: progress_of(
            lines[key], [one.shipment for one in shipments[key]], short_means=profile.short_means
        )
        for key in ids
    }
    uow.fulfillment_orders.set_all_progress({key: progress[key].lines for key in ids})
    return {part: progress[part.fulfillment_order_id] for part in parts}


def _tell_oddities(
    ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder, progress: Progress
) -> None:
    """What does not fit the order, or leads where the moves do not allow: a person must look."""
    oddities = list(progress.oddities)
    allowed = progress.state == part.state or progress.state in MOVES[part.state]
    if part.state == "canceled" and progress.state != "at_warehouse":
        oddities.append("it was shipped after it had been canceled")
    elif part.state == "cancel_requested" and progress.state != "at_warehouse":
        oddities.append("it was shipped although its cancellation had been asked for")
    elif not allowed and _contradicts(part.state, progress.state):
        oddities.append(f"it was {part.state}, and the warehouse's shipments say {progress.state}")
    if oddities:
        text = f"at {part.warehouse} ({part.reference}): {'; '.join(oddities)}"
        uow.events.add(part.order_id, ctx.now(), "odd_shipment", what=text)
        uow.orders.set_attention(part.order_id, text, at=ctx.now())
        ctx.ask_for_attention(f"order {uow.orders.get(part.order_id).order_number} {text}")


def _contradicts(state: str, by_shipments: str) -> bool:
    """A confirmed order that is still shipped whole is only corrected, nothing more."""
    if by_shipments == "at_warehouse":
        return state in ("partially_shipped", "shipped", "closed_short", "confirmed")
    return not (state == "confirmed" and by_shipments in ("shipped", "closed_short"))
