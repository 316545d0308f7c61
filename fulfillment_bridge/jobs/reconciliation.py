"""Proves once a day that nothing is missing, heals what can be healed, reports the rest.

Orders are counted per day on both sides; ids are read only where the counts differ. Apart from
that a part of all ids is compared each day, so that within a week every order was looked at by
its id. What it may cost is fixed beforehand: at most ten calls, but for what it has to heal.
"""

from __future__ import annotations

from datetime import timedelta

from fulfillment_bridge.carts.base import OrgIdentity
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.jobs.active_map import ActiveMap, map_for_run
from fulfillment_bridge.jobs.age_check import sentences_about
from fulfillment_bridge.jobs.base import JobContext, RunsPer
from fulfillment_bridge.jobs.completeness import Completeness
from fulfillment_bridge.jobs.inventory_sync import records_that_differ
from fulfillment_bridge.jobs.order_intake import OrderIntake
from fulfillment_bridge.jobs.order_news import expected_updates
from fulfillment_bridge.jobs.refused_names import naming_cells
from fulfillment_bridge.jobs.shown_values import shows
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.proofs import Proof

RUNS_PER: RunsPer = "cart"
EVERY_SECONDS = 24 * 3600

READ_BACK_FROM = timedelta(days=7)
MOST_READ_BACK = 5_000
MOST_STOCK_PAGES = 2
OPEN_OR_STUCK = ("pending", "sending", "dead")


def run(ctx: JobContext) -> None:
    """Orders, cancellations, write-backs and stock; the proof is kept with what it rests on."""
    cart, _ = ctx.need_cart()
    active = map_for_run(ctx)
    with naming_cells(ctx, active.field_map):
        identity = cart.identity()
        _prove(ctx, active, identity)
        crash_point("reconciliation.after_proof")
        _look_for_cancellations(ctx, active, OrderIntake(ctx, active, identity))
        crash_point("reconciliation.after_cancellations")
        _read_back(ctx, active, identity)
        crash_point("reconciliation.after_reading_back")
        _compare_stock(ctx, active)
    crash_point("reconciliation.after_comparing")
    _bring_shipments_forward(ctx, identity)
    with ctx.store.read() as uow:
        for sentence in sentences_about(uow, ctx, kinds=("at_warehouse", "unconfirmed")):
            ctx.ask_for_attention(sentence)


def _prove(ctx: JobContext, active: ActiveMap, identity: OrgIdentity) -> None:
    _, profile = ctx.need_cart()
    found = Completeness(ctx, active, identity).compare()
    if ctx.stopping.is_set():
        return
    proof = Proof(
        cart=profile.name,
        checked_at=ctx.now(),
        complete_until=found.until if not found.reasons else None,
        username=identity.username,
        reasons=found.reasons,
        swept=found.swept,
    )
    with ctx.store.begin() as uow:
        uow.proofs.save(proof)
    for reason in found.reasons:
        ctx.ask_for_attention(f"{profile.name} is not proved complete: {reason}")
    ctx.log.info("reconciliation.proof", text=proof.text())


def _look_for_cancellations(ctx: JobContext, active: ActiveMap, intake: OrderIntake) -> None:
    """Orders that could still be stopped, and that the org has canceled or deleted."""
    cart, profile = ctx.need_cart()
    with ctx.store.read() as uow:
        ours = uow.proofs.not_shipped(profile.name, intake.organization_id)
    if not ours:
        return
    canceled = cart.fetch_canceled(active.field_map.order_query(), ours.keys())
    with ctx.store.begin() as uow:
        known = intake.known(uow, [one.record_id for one in canceled])
        for record in canceled:
            if record.record_id in known:
                intake.cancel(uow, known[record.record_id], record)


def _read_back(ctx: JobContext, active: ActiveMap, identity: OrgIdentity) -> None:
    """Write-backs that somebody undid are written once more, and reported; then only reported."""
    cart, profile = ctx.need_cart()
    with ctx.store.read() as uow:
        ids = uow.proofs.written_back(
            profile.name,
            identity.organization_id,
            ctx.now() - READ_BACK_FROM,
            limit=MOST_READ_BACK,
        )
    expected = expected_updates(ctx, active.field_map, ids)
    if not expected:
        return
    paths = sorted({path for _, update in expected for path in update.values})
    order_object = active.field_map.order_query().order_object
    records = cart.fetch_records(order_object, [o.cart_order_id for o, _ in expected], paths)
    undone = [
        order
        for order, update in expected
        if (record := records.get(order.cart_order_id)) is not None and not shows(record, update)
    ]
    for order in undone:
        _write_again(ctx, order)


def _write_again(ctx: JobContext, order: StoredOrder) -> None:
    with ctx.store.begin() as uow:
        before = [one.event for one in uow.events.of(order.order_id)]
        ctx.count("write_backs_undone")
        if "write_back_undone" in before:
            ctx.ask_for_attention(
                f"order {order.order_number}: somebody keeps changing what we have written onto "
                "it; look at the org's automation, or take the field out of the workbook"
            )
            return
        uow.events.add(order.order_id, ctx.now(), "write_back_undone")
        queue_write_backs(uow, [order.order_id], at=ctx.now())
        ctx.ask_for_attention(
            f"order {order.order_number}: what we had written onto it was changed by somebody; "
            "it is written once more"
        )


def _compare_stock(ctx: JobContext, active: ActiveMap) -> None:
    """State needs no message: whatever differs is published by the next sync, which is now."""
    differing = records_that_differ(ctx, active.field_map, most_pages=MOST_STOCK_PAGES)
    if differing:
        ctx.count("stock_records_differ", differing)
        with ctx.store.begin() as uow:
            uow.schedule.make_due("inventory_sync", ctx.target, at=ctx.now())


def _bring_shipments_forward(ctx: JobContext, identity: OrgIdentity) -> None:
    """Shipments that the cart does not show, and that no message carries any more."""
    _, profile = ctx.need_cart()
    before = ctx.now() - timedelta(seconds=profile.age_limits.unconfirmed)
    with ctx.store.begin() as uow:
        forgotten = [
            aged.order_id
            for aged in uow.ages.unconfirmed(profile.name, before, identity.organization_id)
            if not any(
                message.kind == "write_back" and message.state in OPEN_OR_STUCK
                for message in uow.outbox.by_order(aged.order_id)
            )
        ]
        queue_write_backs(uow, forgotten, at=ctx.now())
    ctx.count("write_backs_queued", len(forgotten))
