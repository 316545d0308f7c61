"""Stock levels: what a warehouse counts and what a merchant may sell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fulfillment_bridge.domain.counting import counted


@dataclass(frozen=True)
class StockLevel:
    """One SKU of one merchant at one warehouse. ``available`` is the warehouse's own figure."""

    sku: str
    on_hand: Decimal
    allocated: Decimal = Decimal(0)
    on_hold: Decimal = Decimal(0)
    available: Decimal | None = None

    def available_to_sell(
        self, *, unknown_to_warehouse: Decimal = Decimal(0), safety_stock: Decimal = Decimal(0)
    ) -> Decimal:
        """Signed: below zero means promised more than is there. Floored only when published.

        ``unknown_to_warehouse`` is what we have on order that this count cannot know yet.
        """
        counted = self.available
        if counted is None:
            counted = self.on_hand - self.allocated - self.on_hold
        return counted - unknown_to_warehouse - safety_stock


@dataclass(frozen=True)
class StockSnapshot:
    """Every SKU of one merchant at one warehouse at one moment.

    ``source`` names it (a file name, an API reading); ``as_of`` is the warehouse's clock.
    """

    merchant_code: str
    as_of: datetime
    levels: Mapping[str, StockLevel]
    source: str


@dataclass(frozen=True)
class PublishedLevel:
    """What goes onto one inventory record; quantities floored at zero, in the merchant's units."""

    sku: str
    available: Decimal
    on_hand: Decimal
    allocated: Decimal
    on_hold: Decimal
    as_of: datetime


def suspicion(previous_count: int, levels: Mapping[str, StockLevel], *, floor: Decimal) -> str:
    """Why a snapshot is not believable, or an empty string.

    A snapshot with fewer than ``floor`` of the SKUs of the last one (a restarting warehouse
    system sends half a file) or where everything fell to zero at once is not published.
    """
    if previous_count and len(levels) < previous_count * floor:
        return (
            f"{counted(len(levels), 'SKU')} now, {previous_count} in the last believable snapshot"
        )
    if previous_count and levels and all(level.on_hand <= 0 for level in levels.values()):
        return f"every SKU of {len(levels)} fell to zero at once"
    return ""
