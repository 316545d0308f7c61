"""Write-backs that somebody undid: found among what changed in the org since the last look.

Whatever overwrites a record moves its stamp. So each look reads only what changed since the one
before, our own writes among it: every write-back is looked at after it was made, and again
whenever its record changes, for 35 days, whatever the cart's size.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fulfillment_bridge.domain.changed import ChangedQuery, ChangedRecords
from fulfillment_bridge.domain.org_schema import Record
from fulfillment_bridge.jobs.active_map import ActiveMap
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.order_news import OrderNews, expected_news
from fulfillment_bridge.jobs.shown_values import shows
from fulfillment_bridge.jobs.write_backs import OVERWRITTEN, queue_write_backs
from fulfillment_bridge.storage.orders import StoredOrder

LOOKED_AT_FOR = timedelta(days=35)
TOO_FAR_BEHIND = timedelta(days=3)
POSITION = "written:"


def read_back(ctx: JobContext, active: ActiveMap, organization_id: str, *, most_calls: int) -> None:
    """What somebody undid is written once more, and reported; then only reported."""
    cart, _ = ctx.need_cart()
    began_at = ctx.now()
    wanted = _since_last_time(ctx, active, organization_id)
    if not wanted:
        return
    found = cart.fetch_changed(wanted, most_calls=most_calls)
    seen = _Seen.of(wanted, found)
    orders = _written_before(ctx, organization_id, seen.order_ids, began_at)
    expected = expected_news(ctx, active.field_map, list(orders))
    # What was written while we looked is not compared: the next look sees its stamp.
    still = _written_before(ctx, organization_id, seen.order_ids, began_at)
    for news in expected:
        if news.order.order_id in still and seen.is_undone(news):
            _write_again(ctx, news.order)
    _keep_positions(ctx, found)


def _since_last_time(
    ctx: JobContext, active: ActiveMap, organization_id: str
) -> list[ChangedQuery]:
    """Where we write, each with its moment; nothing where nothing was written yet."""
    _, profile = ctx.need_cart()
    oldest = ctx.now() - LOOKED_AT_FOR
    with ctx.store.read() as uow:
        proof = uow.proofs.get(profile.name)
        first = min(uow.proofs.written_back(profile.name, organization_id, oldest).values(),
                    default=None)  # fmt: skip
    if first is None:
        return []
    # Our clock need not be the org's.
    beginning = max(oldest, first - timedelta(seconds=profile.overlap_seconds))
    positions = proof.swept if proof else {}
    return [
        replace(each, since=_moment(positions.get(POSITION + each.object_name)) or beginning)
        for each in active.field_map.written_objects()
    ]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _written_before(
    ctx: JobContext, organization_id: str, record_ids: Collection[str], before: datetime
) -> set[int]:
    """Orders among those records that were written back by then, and wait for nothing else."""
    _, profile = ctx.need_cart()
    with ctx.store.read() as uow:
        known = uow.orders.by_cart_order_ids(
            profile.name, record_ids, organization_id=organization_id
        )
        written = uow.proofs.written_back(profile.name, organization_id, ctx.now() - LOOKED_AT_FOR)
    ids = {order.order_id for order in known.values()}
    return {order_id for order_id, at in written.items() if order_id in ids and at <= before}


@dataclass(frozen=True)
class _Seen:
    """Records that changed, by object and by what we know them by; the deleted ones apart."""

    there: Mapping[str, Mapping[str, Record]]
    deleted: Mapping[str, Collection[str]]
    order_ids: Collection[str]

    @classmethod
    def of(cls, wanted: Collection[ChangedQuery], found: Mapping[str, ChangedRecords]) -> _Seen:
        there: dict[str, dict[str, Record]] = {}
        deleted: dict[str, set[str]] = {}
        order_ids: set[str] = set()
        for each in wanted:
            records = found[each.object_name].records
            order_ids.update(each.order_of(record) for record in records)
            there[each.object_name] = {
                each.key_of(record): record for record in records if not record["IsDeleted"]
            }
            gone = {each.key_of(record) for record in records if record["IsDeleted"]}
            deleted[each.object_name] = gone - there[each.object_name].keys()
        return cls(there, deleted, order_ids)

    def is_undone(self, news: OrderNews) -> bool:
        """Whether somebody changed what we wrote. An order or line that is gone says nothing;
        of a parcel whose order is there, it is."""
        if any(news.order.cart_order_id in gone for gone in self.deleted.values()):
            return False
        return any(not same for same in self._compared(news))

    def _compared(self, news: OrderNews) -> Iterator[bool]:
        for update in news.updates:
            record = self.there.get(update.object_name, {}).get(update.record_id)
            if record is not None:
                yield shows(record, update)
        for parcel in news.packages:
            record = self.there.get(parcel.object_name, {}).get(parcel.external_id)
            if record is not None:
                yield shows(record, parcel)
            elif parcel.external_id in self.deleted.get(parcel.object_name, ()):
                yield False


def _write_again(ctx: JobContext, order: StoredOrder) -> None:
    ctx.count("write_backs_undone")
    with ctx.store.begin() as uow:
        before = [one.event for one in uow.events.of(order.order_id)]
        if "write_back_undone" in before:
            text = (
                f"{OVERWRITTEN} what we have written onto it; look at the org's automation, or "
                "take the field out of the workbook"
            )
            if order.attention is None:
                uow.orders.set_attention(order.order_id, text, at=ctx.now())
        else:
            text = "what we had written onto it was changed by somebody; it is written once more"
            uow.events.add(order.order_id, ctx.now(), "write_back_undone")
            queue_write_backs(uow, [order.order_id], at=ctx.now())
    ctx.ask_for_attention(f"order {order.order_number}: {text}")


def _keep_positions(ctx: JobContext, found: Mapping[str, ChangedRecords]) -> None:
    """Where the next look begins: rows become visible a while after their stamps."""
    _, profile = ctx.need_cart()
    overlap = timedelta(seconds=profile.overlap_seconds)
    positions = {name: min(each.until, each.server_time - overlap) for name, each in found.items()}
    with ctx.store.begin() as uow:
        uow.proofs.add_swept(
            profile.name, {POSITION + name: at.isoformat() for name, at in positions.items()}
        )
    for name, at in positions.items():
        if at < found[name].server_time - TOO_FAR_BEHIND:
            ctx.ask_for_attention(
                f"{profile.name}: what was written onto {name} is compared up to {at:%F %H:%M}Z "
                "only: more records change there than a day's API calls can read. Each further "
                "run catches up a part: fulfillment-bridge run reconciliation --cart "
                f"{profile.name}"
            )
