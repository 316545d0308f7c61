"""The stock of one merchant in the building: taking goods, and the levels to publish."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from fulfillment_bridge.simulator.merchants.catalog import goods_of
from fulfillment_bridge.simulator.warehouse.ledger import Ledger, Lot, plain
from fulfillment_bridge.simulator.warehouse.order_files import OrderedLine

DELIVERY = Decimal(500)
NOTHING = Decimal(0)


class Shelves:
    """What lies in the building for one merchant. Kept in the ledger."""

    def __init__(self, ledger: Ledger, merchant: str) -> None:
        self._ledger = ledger
        self._merchant = merchant
        self._lots = {(lot.sku, lot.lot): lot for lot in ledger.lots(merchant)}

    def stock_up(self) -> None:
        """Put the merchant's catalog on empty shelves; leave filled ones alone."""
        if self._lots:
            return
        for good in goods_of(self._merchant):
            self._put(Lot(good.sku, "", "", Decimal(good.on_hand), on_hold=False))
            if good.on_hold:
                held = Decimal(good.on_hold)
                self._put(Lot(good.sku, "LOT42", "2027-06-30", held, on_hold=True))

    def set_level(self, sku: str, on_hand: Decimal) -> None:
        """Count the SKU anew: so many pieces, none on hold."""
        self._ledger.remove_lots(self._merchant, sku)
        for key in [key for key in self._lots if key[0] == sku]:
            del self._lots[key]
        self._put(Lot(sku, "", "", on_hand, on_hold=False))

    def take(self, lines: Iterable[OrderedLine]) -> None:
        """Take the goods; where there are too few, a delivery arrives just in time."""
        for line in lines:
            lot = self._lots.get((line.sku, "")) or Lot(line.sku, "", "", NOTHING, on_hold=False)
            while lot.on_hand < line.quantity:
                lot = replace(lot, on_hand=lot.on_hand + DELIVERY)
            self._put(replace(lot, on_hand=lot.on_hand - line.quantity))

    def rows(self, allocated: dict[str, Decimal]) -> list[tuple[Lot, Decimal, Decimal]]:
        """Each lot with what is allocated of it and what is available, as a stock file has it."""
        rows = []
        for lot in sorted(self._lots.values(), key=lambda lot: (lot.sku, lot.lot)):
            promised = NOTHING if lot.lot else allocated.get(lot.sku, NOTHING)
            available = NOTHING if lot.on_hold else max(NOTHING, lot.on_hand - promised)
            rows.append((lot, promised, available))
        return rows

    def _put(self, lot: Lot) -> None:
        self._lots[lot.sku, lot.lot] = lot
        self._ledger.add_lot(self._merchant, lot)


def levels(rows: Iterable[tuple[Lot, Decimal, Decimal]]) -> dict[str, dict[str, str]]:
    """The level of each SKU: its rows added up."""
    sums: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
    for lot, allocated, available in rows:
        before = sums.get(lot.sku, (NOTHING, NOTHING, NOTHING))
        sums[lot.sku] = (
            before[0] + lot.on_hand,
            before[1] + allocated,
            before[2] + available,
        )
    return {
        sku: {"on_hand": plain(sums_of[0]), "allocated": plain(sums_of[1]),
              "available": plain(sums_of[2])}
        for sku, sums_of in sums.items()
    }  # fmt: skip
