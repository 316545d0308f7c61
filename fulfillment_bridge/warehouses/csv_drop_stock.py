"""What a stock file of a folder warehouse says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from fulfillment_bridge.domain.inventory import StockLevel, StockSnapshot
from fulfillment_bridge.warehouses.base import RowFault
from fulfillment_bridge.warehouses.csv_drop_incoming import Row, Unreadable, each_row, read_rows

NAME = re.compile(r"(?i:inv)_(?P<number>\d{1,18})_(?P<stamp>\d{14})(?i:\.csv)")
COLUMNS = ("sku", "on_hand", "as_of")


@dataclass
class _Gathered:
    """What the rows said so far. One SKU may have a row for each of its lots."""

    levels: dict[str, StockLevel] = field(default_factory=dict)
    as_of: datetime | None = None
    building: str = ""


def read_stock(
    raw: bytes, *, merchant_code: str, source: str
) -> tuple[StockSnapshot | None, tuple[RowFault, ...]]:
    """The levels of the file, and a fault for each row that cannot be used.

    A SKU with a faulty row is left out as a whole: the sum of its other lots would be a lie.
    No snapshot where no row is left. Raises Unreadable where the whole file cannot be used.
    """
    rows, faults = read_rows(raw, COLUMNS)
    gathered = _Gathered()
    faults += each_row(rows, lambda row: _take_in(gathered, row))
    spoiled = {fault.row for fault in faults}
    for row in rows:
        if row.number in spoiled:
            gathered.levels.pop(row.text("sku"), None)
    if not rows and not faults:
        raise Unreadable("the file has a heading and no rows")
    ordered = tuple(sorted(faults, key=lambda fault: fault.row))
    if gathered.as_of is None or not gathered.levels:
        return None, ordered
    return StockSnapshot(merchant_code, gathered.as_of, gathered.levels, source), ordered


def _take_in(gathered: _Gathered, row: Row) -> None:
    sku = row.must("sku")
    level = _level(sku, row)
    as_of = row.moment("as_of")
    building = row.text("warehouse")
    if gathered.as_of is None:
        gathered.as_of, gathered.building = as_of, building
    if as_of != gathered.as_of:
        raise Unreadable(f"as_of: {row.text('as_of')} differs from the rows above")
    if building != gathered.building:
        raise Unreadable(f"warehouse: {building!r} differs from {gathered.building!r} above")
    before = gathered.levels.get(sku)
    gathered.levels[sku] = level if before is None else _sum(before, level)


def _level(sku: str, row: Row) -> StockLevel:
    on_hand = row.signed_quantity("on_hand")
    allocated = row.quantity("allocated") if row.text("allocated") else Decimal(0)
    if not row.text("available"):
        return StockLevel(sku, on_hand=on_hand, allocated=allocated, available=on_hand - allocated)
    available = row.signed_quantity("available")
    # What is there, not promised, and yet not available is on hold (or expired).
    on_hold = max(Decimal(0), on_hand - allocated - available)
    return StockLevel(
        sku, on_hand=on_hand, allocated=allocated, on_hold=on_hold, available=available
    )


def _sum(one: StockLevel, other: StockLevel) -> StockLevel:
    return StockLevel(
        one.sku,
        on_hand=one.on_hand + other.on_hand,
        allocated=one.allocated + other.allocated,
        on_hold=one.on_hold + other.on_hold,
        available=(one.available or Decimal(0)) + (other.available or Decimal(0)),
    )
