"""Stock levels onto the merchant's existing inventory records, only where they differ.

No message is needed: what is not written now is found to differ again the next time. No record
is ever created; SKUs that lack one are listed for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import islice

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.inventory import PublishedLevel, StockLevel
from fulfillment_bridge.domain.org_schema import InventoryQuery, Record, RecordUpdate, UpdateResult
from fulfillment_bridge.jobs.active_map import map_for_run
from fulfillment_bridge.jobs.base import CartProfile, JobContext, RunsPer, Urgency
from fulfillment_bridge.jobs.refused_names import naming_cells
from fulfillment_bridge.mapping.field_map import FieldMap, StockKey
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.repository import slices
from fulfillment_bridge.storage.stock import WarehouseStock

RUNS_PER: RunsPer = "cart"
EVERY_SECONDS = 3600
URGENCY: Urgency = "stock"

RECORDS_AT_ONCE = 1000
TOLD_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class _Stock:
    """The counts of one warehouse, and what it could not know when it counted."""

    counted: WarehouseStock
    unknown_to_warehouse: Mapping[str, Decimal]


def run(ctx: JobContext) -> None:
    """Compare every inventory record with what was counted, and write what differs."""
    cart, profile = ctx.need_cart()
    field_map = map_for_run(ctx).field_map
    query = field_map.inventory_query()
    stock = _stock_of(ctx.store, profile)
    if query is None or not stock:
        ctx.log.info("inventory_sync.nothing", mapped=query is not None, counted=bool(stock))
        return
    with naming_cells(ctx, field_map):
        sync = _Sync(ctx, field_map, stock)
        if sync.read(cart, query):
            _note_without_record(ctx, sync.without_record())
        crash_point("inventory_sync.after_comparing")
        _write(ctx, cart, field_map, sync.updates)


def _stock_of(store: Store, profile: CartProfile) -> dict[str, _Stock]:
    """By warehouse of this cart; one without a believable count is left out."""
    names = [warehouse.name for warehouse in profile.warehouses]
    with store.read() as uow:
        return {
            name: _Stock(
                counted,
                uow.fulfillment_orders.unknown_to_warehouse(
                    name, profile.merchant, as_of=counted.as_of
                ),
            )
            for name, counted in uow.stock.levels(profile.merchant, names).items()
        }


def records_that_differ(ctx: JobContext, field_map: FieldMap, *, most_pages: int) -> int:
    """How many inventory records do not show what was counted, of the first pages of them."""
    cart, profile = ctx.need_cart()
    query, stock = field_map.inventory_query(), _stock_of(ctx.store, profile)
    if query is None or not stock:
        return 0
    looking = _Sync(replace(ctx, counts=Counter()), field_map, stock)
    for page in islice(cart.fetch_inventory(query), most_pages):
        looking.compare_all(page)
    return len(looking.updates)


class _Sync:
    """One comparison of all records with all counts."""

    def __init__(self, ctx: JobContext, field_map: FieldMap, stock: dict[str, _Stock]) -> None:
        self._ctx = ctx
        self._profile = ctx.need_cart()[1]
        self._map = field_map
        self._stock = stock
        self._with_record: set[tuple[str, str]] = set()
        self.updates: list[RecordUpdate] = []

    def read(self, cart: Cart, query: InventoryQuery) -> bool:
        """Look at every record; False where the process had to stop before the end."""
        for page in cart.fetch_inventory(query):
            self.compare_all(page)
            if self._ctx.stopping.is_set():
                return False
        return True

    def compare_all(self, page: Iterable[Record]) -> None:
        """Note what each record of a page should show and does not."""
        for record in page:
            self._compare(record)

    def without_record(self) -> list[tuple[str, str]]:
        """SKUs that are counted somewhere and shown on no record, each with its warehouse."""
        return [
            (sku, name)
            for name, stock in sorted(self._stock.items())
            for sku in sorted(stock.counted.levels)
            if (sku, name) not in self._with_record
        ]

    def _compare(self, record: Record) -> None:
        key = self._map.stock_key(record)
        warehouses = self._warehouses(key.warehouse_code) if key else []
        if key is None or not warehouses:
            self._ctx.counts["not_ours"] += 1
            return
        self._with_record.update((key.warehouse_sku, name) for name in warehouses)
        level = self._level(key, warehouses)
        if level is None:
            self._ctx.counts["without_stock"] += 1
            return
        update = self._map.inventory_update(record, level)
        if update is None:
            self._ctx.counts["unchanged"] += 1
        else:
            self.updates.append(update)

    def _warehouses(self, code: str | None) -> list[str]:
        """Those that the record speaks of: all of the cart's, or the one it names."""
        if code is None:
            return list(self._stock)
        return [name for name in self._stock if name.casefold() == code.casefold()]

    def _level(self, key: StockKey, warehouses: Sequence[str]) -> PublishedLevel | None:
        """The sum over the warehouses in the merchant's units; None where nobody counted it."""
        counted = [
            (stock, level)
            for stock in (self._stock[name] for name in warehouses)
            if (level := stock.counted.levels.get(key.warehouse_sku)) is not None
        ]
        if not counted:
            return None
        return _published(key, counted, self._profile.safety_stock)


def _published(
    key: StockKey, counted: Sequence[tuple[_Stock, StockLevel]], safety_stock: Decimal
) -> PublishedLevel:
    """Floored at zero here and nowhere before. The oldest count says how old the level is."""
    available = sum(
        (
            level.available_to_sell(
                unknown_to_warehouse=stock.unknown_to_warehouse.get(key.warehouse_sku, Decimal(0))
            )
            for stock, level in counted
        ),
        Decimal(0),
    )
    levels = [level for _, level in counted]
    as_of: datetime = min(stock.counted.as_of for stock, _ in counted)
    return PublishedLevel(
        sku=key.salesforce_sku,
        available=_in_units(available - safety_stock * key.units, key.units),
        on_hand=_in_units(sum((level.on_hand for level in levels), Decimal(0)), key.units),
        allocated=_in_units(sum((level.allocated for level in levels), Decimal(0)), key.units),
        on_hold=_in_units(sum((level.on_hold for level in levels), Decimal(0)), key.units),
        as_of=as_of,
    )


def _in_units(quantity: Decimal, units: Decimal) -> Decimal:
    """The warehouse's quantity in the merchant's units; nobody can sell a part of a case."""
    floored = max(Decimal(0), quantity)
    return floored if units == 1 else (floored / units).to_integral_value(ROUND_FLOOR)


def _note_without_record(ctx: JobContext, missing: Sequence[tuple[str, str]]) -> None:
    """Keep the list of SKUs that the org has no record for, and tell whoever can make one.

    Told when the list changed, and once a day; it stands in ``status`` all the time.
    """
    _, profile = ctx.need_cart()
    ctx.counts["without_record"] = len(missing)
    with ctx.store.begin() as uow:
        changed = uow.stock.note_without_record(profile.name, set(missing), at=ctx.now())
        due = bool(missing) and uow.moments.take(
            f"inventory_sync without_record {profile.name}", now=ctx.now(), every=TOLD_EVERY
        )
    if missing and (changed or due):
        shown = ", ".join(f"{sku} ({warehouse})" for sku, warehouse in missing[:10])
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        what = "1 SKU has" if len(missing) == 1 else f"{len(missing)} SKUs have"
        ctx.ask_for_attention(
            f"{what} stock but no inventory record: {shown}{more}. "
            "Create one in Salesforce, even with 0."
        )


def _write(
    ctx: JobContext, cart: Cart, field_map: FieldMap, updates: Sequence[RecordUpdate]
) -> None:
    for some in slices(updates, RECORDS_AT_ONCE):
        if ctx.stopping.is_set():
            return
        for update, result in zip(some, cart.write_updates(some), strict=True):
            _count(ctx, field_map, update, result)
        crash_point("inventory_sync.after_writing")


def _count(
    ctx: JobContext, field_map: FieldMap, update: RecordUpdate, result: UpdateResult
) -> None:
    if result.written:
        ctx.counts["updated"] += 1
    elif result.retry or result.unknown:
        ctx.counts["retried"] += 1
    else:
        ctx.counts["refused"] += 1
        said = "; ".join(f"{fault.code}: {fault.message}" for fault in result.faults)
        named = [field for fault in result.faults for field in fault.fields]
        cells = {field_map.cell_for(f"{update.object_name}.{field}") for field in named} - {None}
        where = f" (workbook cell {', '.join(sorted(filter(None, cells)))})" if cells else ""
        remedy = " ".join(dict.fromkeys(fault.remedy for fault in result.faults if fault.remedy))
        ctx.ask_for_attention(
            f"inventory record {update.record_id} could not be updated: {said or 'refused'}{where}"
            + (f". What to do: {remedy}" if remedy else "")
        )
