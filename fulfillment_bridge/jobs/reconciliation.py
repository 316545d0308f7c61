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
from fulfillment_bridge.jobs.read_back import read_back
from fulfillment_bridge.jobs.refused_names import naming_cells
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.proofs import Proof

RUNS_PER: RunsPer = "cart"
EVERY_SECONDS = 24 * 3600

CALLS_TO_READ_BACK = 3
CALLS_TO_READ_BACK_WHERE_DAYS_DIFFER = 1
"""Such days have spent up to three calls on ids."""
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
        # What nobody wrote yet was not undone by somebody.
        _bring_shipments_forward(ctx, identity)
        quiet = not ctx.counts["days_that_differ"]
        calls = CALLS_TO_READ_BACK if quiet else CALLS_TO_READ_BACK_WHERE_DAYS_DIFFER
        read_back(ctx, active, identity.organization_id, most_calls=calls)
        crash_point("reconciliation.after_reading_back")
        _compare_stock(ctx, active)
    crash_point("reconciliation.after_comparing")
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
