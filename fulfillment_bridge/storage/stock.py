"""Stock as warehouses count it, keyed by merchant, warehouse and SKU."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from fulfillment_bridge.domain.inventory import StockLevel, StockSnapshot
from fulfillment_bridge.storage.repository import Repository, slices
from fulfillment_bridge.storage.tables import stock_levels, stock_snapshots, stock_without_record

MOST_LOOKED_AT = 1_000
_LEVELS = stock_levels.c
_SNAPSHOTS = stock_snapshots.c
_MISSING = stock_without_record.c


@dataclass(frozen=True)
class StoredSnapshot:
    """One snapshot as it came; ``reason`` says why it was not accepted."""

    snapshot_id: int
    merchant: str
    warehouse: str
    as_of: datetime
    source: str
    sku_count: int
    accepted: bool
    reason: str
    received_at: datetime
    sku_hash: str | None = None


@dataclass(frozen=True)
class WarehouseStock:
    """All levels of one merchant at one warehouse, and when they were counted."""

    merchant: str
    warehouse: str
    as_of: datetime
    levels: Mapping[str, StockLevel]


@dataclass(frozen=True)
class StockWithoutRecord:
    """A SKU that has stock but no inventory record in the org."""

    cart: str
    sku: str
    warehouse: str
    first_seen_at: datetime
    last_seen_at: datetime


class Stock(Repository):
    """``uow.stock``"""

    def replace(
        self, merchant: str, warehouse: str, snapshot: StockSnapshot, *, at: datetime
    ) -> StoredSnapshot:
        """Accept a snapshot: its levels replace all that were there."""
        stored = self._add_snapshot(merchant, warehouse, snapshot, at, accepted=True, reason="")
        here = {"merchant": merchant, "warehouse": warehouse}
        self._change(stock_levels.delete().filter_by(**here))
        rows = [
            {
                **here,
                "sku": sku,
                "on_hand": level.on_hand,
                "allocated": level.allocated,
                "on_hold": level.on_hold,
                "available": level.available,
                "snapshot_id": stored.snapshot_id,
            }
            for sku, level in snapshot.levels.items()
        ]
        for some in slices(rows):
            self._connection.execute(stock_levels.insert(), some)
        return stored

    def refuse(
        self,
        merchant: str,
        warehouse: str,
        snapshot: StockSnapshot,
        *,
        reason: str,
        at: datetime,
    ) -> StoredSnapshot:
        """Keep a record of a snapshot that is not believed or too old; levels stay as they are."""
        return self._add_snapshot(merchant, warehouse, snapshot, at, accepted=False, reason=reason)

    def last_accepted(self, merchant: str, warehouse: str) -> StoredSnapshot | None:
        """The snapshot that the levels come from."""
        accepted = self._snapshots_of(merchant, warehouse).where(_SNAPSHOTS.accepted)
        newest = accepted.order_by(_SNAPSHOTS.as_of.desc(), _SNAPSHOTS.snapshot_id.desc())
        row = self._first(newest.limit(1))
        return None if row is None else StoredSnapshot(**row)

    def snapshots(self, merchant: str, warehouse: str, *, limit: int = 20) -> list[StoredSnapshot]:
        """Newest first, refused ones too."""
        wanted = self._snapshots_of(merchant, warehouse)
        rows = self._rows(wanted.order_by(_SNAPSHOTS.snapshot_id.desc()).limit(limit))
        return [StoredSnapshot(**row) for row in rows]

    def refused_alike(
        self, merchant: str, warehouse: str, skus: Collection[str], *, reason: str
    ) -> list[StoredSnapshot]:
        """The refused snapshots right before now that have these very SKUs, newest first.

        Only those whose reason begins with ``reason`` count. One with other SKUs, or one that
        was accepted, ends the row.
        """
        alike: list[StoredSnapshot] = []
        wanted = self._snapshots_of(merchant, warehouse).order_by(_SNAPSHOTS.snapshot_id.desc())
        newest = self._rows(wanted.limit(MOST_LOOKED_AT))
        for snapshot in (StoredSnapshot(**row) for row in newest):
            if not snapshot.accepted and not snapshot.reason.startswith(reason):
                continue
            if snapshot.accepted or snapshot.sku_hash != sku_hash(skus):
                break
            alike.append(snapshot)
        return alike

    def levels(self, merchant: str, warehouses: Collection[str]) -> dict[str, WarehouseStock]:
        """By warehouse; one that never sent a believable snapshot is left out."""
        found = {}
        for warehouse in warehouses:
            snapshot = self.last_accepted(merchant, warehouse)
            if snapshot is not None:
                counted = self._levels_at(merchant, warehouse)
                found[warehouse] = WarehouseStock(merchant, warehouse, snapshot.as_of, counted)
        return found

    def note_without_record(
        self, cart: str, missing: Collection[tuple[str, str]], *, at: datetime
    ) -> bool:
        """These (SKU, warehouse) pairs have stock and no record now; all others have one.

        Whether that is another list than the last one.
        """
        before = self.without_record(cart)
        for row in before:
            if (row.sku, row.warehouse) not in missing:
                gone = {"cart": cart, "sku": row.sku, "warehouse": row.warehouse}
                self._change(stock_without_record.delete().filter_by(**gone))
        for sku, warehouse in missing:
            key = {"cart": cart, "sku": sku, "warehouse": warehouse}
            if not self._insert_if_new(
                stock_without_record, **key, first_seen_at=at, last_seen_at=at
            ):
                again = stock_without_record.update().filter_by(**key)
                self._change(again.values(last_seen_at=at))
        return {(row.sku, row.warehouse) for row in before} != set(missing)

    def without_record(self, cart: str) -> list[StockWithoutRecord]:
        """By SKU and warehouse."""
        wanted = select(stock_without_record).where(_MISSING.cart == cart)
        rows = self._rows(wanted.order_by(_MISSING.sku, _MISSING.warehouse))
        return [StockWithoutRecord(**row) for row in rows]

    def _levels_at(self, merchant: str, warehouse: str) -> dict[str, StockLevel]:
        wanted = select(stock_levels).where(
            _LEVELS.merchant == merchant, _LEVELS.warehouse == warehouse
        )
        return {
            row["sku"]: StockLevel(
                sku=row["sku"],
                on_hand=row["on_hand"],
                allocated=row["allocated"],
                on_hold=row["on_hold"],
                available=row["available"],
            )
            for row in self._rows(wanted.order_by(_LEVELS.sku))
        }

    def _snapshots_of(self, merchant: str, warehouse: str) -> Select[Any]:
        return select(stock_snapshots).where(
            _SNAPSHOTS.merchant == merchant, _SNAPSHOTS.warehouse == warehouse
        )

    def _add_snapshot(
        self,
        merchant: str,
        warehouse: str,
        snapshot: StockSnapshot,
        at: datetime,
        *,
        accepted: bool,
        reason: str,
    ) -> StoredSnapshot:
        values: dict[str, Any] = {
            "merchant": merchant,
            "warehouse": warehouse,
            "as_of": snapshot.as_of,
            "source": snapshot.source,
            "sku_count": len(snapshot.levels),
            "accepted": accepted,
            "reason": reason,
            "received_at": at,
            "sku_hash": sku_hash(snapshot.levels),
        }
        snapshot_id = self._insert(stock_snapshots, **values)
        return StoredSnapshot(snapshot_id=snapshot_id, **values)


def sku_hash(skus: Iterable[str]) -> str:
    """The same SKUs always give the same hash, in whatever order they come."""
    return hashlib.sha256("\n".join(sorted(skus)).encode()).hexdigest()
