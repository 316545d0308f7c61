"""What a warehouse counts, into the store, if it can be believed.

A count that lost very many SKUs at once, or where everything fell to zero, is set aside and a
person is asked. If the warehouse goes on saying so it is right: a count is believed once at least
three in a row, counted over at least a day, have had exactly the same SKUs. Half a file of a
system that restarts does not last so long, and half files are hardly ever cut at the same SKU;
any believable or different count in between starts the row anew. Whoever knows sooner that the
SKUs are really gone lowers ``stock_floor`` of the warehouse in config.yaml, by which the next
count is judged.
"""

from __future__ import annotations

from datetime import timedelta

from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.inventory import StockSnapshot, suspicion
from fulfillment_bridge.jobs.base import JobContext, RunsPer
from fulfillment_bridge.jobs.merchant_troubles import MerchantTroubles
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import StockBatch, WarehouseProfile

RUNS_PER: RunsPer = "warehouse"
EVERY_SECONDS = 900

RECENT_DOCUMENTS = 1000
NOT_BELIEVED = "not believed: "
BELIEVED_AFTER = timedelta(days=1)
BELIEVED_AT = 3
MOST_AHEAD = timedelta(days=1)
"""A count from further in the future would make every later one look old; less is a time zone."""


def run(ctx: JobContext) -> None:
    """Take in every stock document that waits, oldest first."""
    warehouse, profile = ctx.need_warehouse()
    troubles = MerchantTroubles(profile)
    with ctx.store.begin() as uow:
        uow.stamps_ahead.bring_back_sent(profile.name, ctx.now())
    for batch in warehouse.fetch_stock():
        if ctx.stopping.is_set():
            return
        crash_point("stock_collection.after_reading")
        with ctx.store.begin() as uow:
            reason = _take_in(ctx, uow, batch)
        crash_point("stock_collection.after_storing")
        with troubles.of(batch.merchant_code):
            warehouse.acknowledge(batch, note=reason)
        crash_point("stock_collection.after_acknowledging")
    troubles.tell()


def _take_in(ctx: JobContext, uow: UnitOfWork, batch: StockBatch) -> str:
    """Store the document's levels; why they are not believed, or an empty string.

    A document that comes again after a crash is judged by what was said about it then.
    """
    _, profile = ctx.need_warehouse()
    faults = [f"row {f.row}: {f.message}" if f.row else f.message for f in batch.faults]
    if not uow.inbox.add_if_new(
        warehouse=profile.name,
        merchant_code=batch.merchant_code,
        source=batch.source,
        key=batch.key,
        kind="stock",
        at=ctx.now(),
        outcome="taken",
        faults=faults,
    ):
        ctx.counts["documents_again"] += 1
        return _what_was_said(uow, profile, batch)
    ctx.counts["documents"] += 1
    reason = _judge(ctx, uow, batch)
    if reason or faults:
        outcome = "with_faults" if not reason and batch.snapshot else "refused"
        uow.inbox.set_outcome(
            profile.name, batch.merchant_code, batch.key, outcome=outcome,
            faults=[*faults, *([reason] if reason else [])],
        )  # fmt: skip
        ctx.counts["faults"] += 1
        said = "; ".join([reason] if reason else faults[:5])
        ctx.ask_for_attention(f"{batch.source} of {batch.merchant_code} was set aside: {said}")
    return reason


def _what_was_said(uow: UnitOfWork, profile: WarehouseProfile, batch: StockBatch) -> str:
    for document in uow.inbox.find(profile.name, limit=RECENT_DOCUMENTS):
        same = (document.merchant_code, document.key) == (batch.merchant_code, batch.key)
        if same and document.outcome == "refused" and batch.snapshot is not None:
            return document.faults[-1]
    return ""


def _judge(ctx: JobContext, uow: UnitOfWork, batch: StockBatch) -> str:
    _, profile = ctx.need_warehouse()
    snapshot = batch.snapshot
    if snapshot is None:
        return ""
    merchant = _merchant(profile, batch.merchant_code)
    last = uow.stock.last_accepted(merchant, profile.name)
    if last is not None and snapshot.as_of < last.as_of:
        older = f"counted at {snapshot.as_of:%Y-%m-%d %H:%M:%S}Z, before the last one"
        uow.stock.refuse(merchant, profile.name, snapshot, reason=older, at=ctx.now())
        ctx.counts["older"] += 1
        return ""
    return _accept_or_refuse(ctx, uow, merchant, snapshot, last.sku_count if last else 0)


def _accept_or_refuse(
    ctx: JobContext, uow: UnitOfWork, merchant: str, snapshot: StockSnapshot, last_count: int
) -> str:
    _, profile = ctx.need_warehouse()
    if snapshot.as_of > ctx.now() + MOST_AHEAD:
        ahead = f"counted at {snapshot.as_of:%Y-%m-%d %H:%M:%S}Z, which is in the future"
        uow.stock.refuse(merchant, profile.name, snapshot, reason=ahead, at=ctx.now())
        ctx.counts["not_believed"] += 1
        return ahead
    reason = suspicion(last_count, snapshot.levels, floor=profile.stock_floor)
    if reason and not _stands(uow, profile, merchant, snapshot):
        reason = f"{NOT_BELIEVED}{reason}"
        uow.stock.refuse(merchant, profile.name, snapshot, reason=reason, at=ctx.now())
        ctx.counts["not_believed"] += 1
        return reason
    if reason:
        ctx.counts["believed_at_last"] += 1
    uow.stock.replace(merchant, profile.name, snapshot, at=ctx.now())
    ctx.counts["snapshots"] += 1
    ctx.counts["skus"] += len(snapshot.levels)
    return ""


def _stands(
    uow: UnitOfWork, profile: WarehouseProfile, merchant: str, snapshot: StockSnapshot
) -> bool:
    """Whether the warehouse has said the same often and for long enough."""
    alike = uow.stock.refused_alike(merchant, profile.name, snapshot.levels, reason=NOT_BELIEVED)
    counted_at = {snapshot.as_of, *(refused.as_of for refused in alike)}
    lasted = max(counted_at) - min(counted_at)
    return len(counted_at) >= BELIEVED_AT and lasted >= BELIEVED_AFTER


def _merchant(profile: WarehouseProfile, code: str) -> str:
    """Our name for the merchant the warehouse calls ``code``."""
    return next(name for name, own in profile.merchants.items() if own == code)
