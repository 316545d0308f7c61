"""The part of an order that one warehouse is asked to ship, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from fulfillment_bridge.domain.order import Order, OrderLine
from fulfillment_bridge.errors import BridgeError

MOVES: dict[str, frozenset[str]] = {
    "new": frozenset({"released", "held", "canceled"}),
    "held": frozenset({"new", "canceled"}),
    "released": frozenset(
        {"at_warehouse", "outcome_unknown", "rejected", "cancel_requested", "canceled"}
    ),
    "outcome_unknown": frozenset({"released", "at_warehouse", "rejected"}),
    "rejected": frozenset({"released", "canceled"}),
    "at_warehouse": frozenset({"partially_shipped", "shipped", "closed_short", "cancel_requested"}),
    "partially_shipped": frozenset({"shipped", "closed_short"}),
    "cancel_requested": frozenset(
        {"canceled", "at_warehouse", "partially_shipped", "shipped", "closed_short"}
    ),
    "shipped": frozenset({"confirmed"}),
    "closed_short": frozenset({"confirmed"}),
    "confirmed": frozenset(),
    "canceled": frozenset(),
}
"""The whole life of an order and of its fulfillment orders. No other move exists."""

PROGRESS = (
    "canceled",
    "rejected",
    "outcome_unknown",
    "released",
    "cancel_requested",
    "at_warehouse",
    "partially_shipped",
    "closed_short",
    "shipped",
    "confirmed",
)
"""Least advanced first: an order shows the least advanced of its open parts."""

LEFT_US = frozenset(MOVES) - {"new", "held", "released", "rejected", "canceled"}
"""States in which the warehouse has the order, or may have it."""

ShortMeans = Literal["backorder", "closed", "ask"]


class ForbiddenMove(BridgeError):
    """Somebody tried to move a fulfillment order where it cannot go."""


def move(state: str, to: str) -> str:
    """``to``, if the table of moves allows it; raises ForbiddenMove otherwise."""
    if to not in MOVES[state]:
        raise ForbiddenMove(f"a fulfillment order cannot go from {state} to {to}")
    return to


def order_state(own: str, parts: Iterable[str]) -> str:
    """What an order shows: its own state before release, else its least advanced part."""
    states = list(parts)
    if own in ("held", "canceled") or not states:
        return own
    still_open = [state for state in states if state != "canceled"] or states
    return min(still_open, key=PROGRESS.index)


@dataclass(frozen=True)
class FulfillmentOrder:
    """What a warehouse is asked to ship. ``reference`` is unique at that warehouse."""

    reference: str
    warehouse: str
    merchant: str
    merchant_code: str
    order: Order


@dataclass(frozen=True)
class PackageLine:
    """So many of one SKU (the warehouse's code) in one package, for one line of the order."""

    sku: str
    quantity: Decimal
    line_number: int | None = None
    lot: str = ""


@dataclass(frozen=True)
class Package:
    """One parcel. An empty tracking number is a parcel without one, not a fault."""

    package_number: str
    tracking_number: str
    lines: tuple[PackageLine, ...]


@dataclass(frozen=True)
class Shipment:
    """What a warehouse really sent for one fulfillment order.

    ``warehouse_shipment_id`` is the warehouse's own id: a later message with the same id
    replaces what it said before. ``sequence`` orders such messages (a later one is greater); it is
    empty where it says nothing, and then the one that comes last is the last.
    ``order_complete`` is the warehouse's last word: nothing more will come for this order.
    """

    warehouse_shipment_id: str
    reference: str
    sequence: str
    packages: tuple[Package, ...]
    carrier: str = ""
    service: str = ""
    shipped_on: date | None = None
    order_complete: bool = False

    def tracking_numbers(self) -> tuple[str, ...]:
        """Each tracking number once, in the order of the packages."""
        return tuple(dict.fromkeys(p.tracking_number for p in self.packages if p.tracking_number))


@dataclass(frozen=True)
class LineProgress:
    """Quantities of one line of a fulfillment order, in the warehouse's units."""

    line_number: int
    ordered: Decimal
    shipped: Decimal = Decimal(0)
    short: Decimal = Decimal(0)
    canceled: Decimal = Decimal(0)

    def open(self) -> Decimal:
        return max(Decimal(0), self.ordered - self.shipped - self.short - self.canceled)


def shipping_state(lines: Iterable[LineProgress]) -> str:
    """The state that quantities alone justify: at_warehouse, partially_shipped, shipped …"""
    every = list(lines)
    if any(line.open() > 0 for line in every):
        return "partially_shipped" if any(line.shipped for line in every) else "at_warehouse"
    return "closed_short" if any(line.short for line in every) else "shipped"


@dataclass(frozen=True)
class PackageNews:
    """One parcel as the merchant may see it.

    ``key`` never changes and is unique among all parcels of all orders. ``tracking_url`` is the
    link that the warehouse gave, if it gave one; ``contents`` are pairs of the merchant's SKU and
    a quantity in the merchant's units.
    """

    key: str
    tracking_number: str = ""
    package_number: str = ""
    tracking_url: str = ""
    carrier: str = ""
    service: str = ""
    ship_on: date | None = None
    contents: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class LineNews:
    """How far one line of an order is, in the merchant's units."""

    cart_line_id: str
    ordered: Decimal
    shipped: Decimal = Decimal(0)
    short: Decimal = Decimal(0)
    canceled: Decimal = Decimal(0)
    tracking_numbers: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, line: OrderLine, progress: LineProgress, tracking_numbers: tuple[str, ...] = ()
    ) -> LineNews:
        """The progress of a line, out of the warehouse's units."""
        units = line.warehouse_quantity / line.quantity if line.quantity else Decimal(1)
        units = units or Decimal(1)
        return cls(
            line.cart_line_id,
            ordered=line.quantity,
            shipped=progress.shipped / units,
            short=progress.short / units,
            canceled=progress.canceled / units,
            tracking_numbers=tracking_numbers,
        )


@dataclass(frozen=True)
class ShipmentNews:
    """What the merchant may see on their order, gathered over all its shipments.

    A workbook decides which of these go to which of the merchant's own fields. ``shipped_at`` is
    the moment the goods left, where the warehouse tells more than the day ``ship_on``.
    """

    fulfillment_status: str
    status_message: str = ""
    warehouse_reference: str = ""
    sent_to_warehouse_at: datetime | None = None
    tracking_numbers: tuple[str, ...] = ()
    carrier: str = ""
    service: str = ""
    ship_on: date | None = None
    shipped_at: datetime | None = None
    packages: tuple[PackageNews, ...] = ()
    lines: tuple[LineNews, ...] = ()


STATUS_LABELS = {
    "new": "Received",
    "held": "On hold",
    "released": "Sent to warehouse",
    "outcome_unknown": "Sent to warehouse",
    "rejected": "Refused by warehouse",
    "at_warehouse": "At warehouse",
    "partially_shipped": "Partially shipped",
    "shipped": "Shipped",
    "closed_short": "Shipped short",
    "confirmed": "Shipped",
    "cancel_requested": "Cancellation asked",
    "canceled": "Canceled",
}
"""What a merchant reads; a value map in the workbook may say it in other words."""
