"""Write down by hand what was shipped, where the warehouse's own report never comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fulfillment_bridge.actions.by_hand import Hand, parts_in, refusal
from fulfillment_bridge.domain.fulfillment import Package, PackageLine, Shipment
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.shipment_collection import follow_up, store_shipment
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder, StoredLine
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

OPEN = (
    "released",
    "outcome_unknown",
    "rejected",
    "at_warehouse",
    "partially_shipped",
    "cancel_requested",
)


@dataclass(frozen=True)
class ByHand:
    """What a person says was shipped: everything that was still open."""

    tracking_numbers: Sequence[str]
    carrier: str = ""
    service: str = ""
    shipped_on: date | None = None


def ship_order(hand: Hand, ctx: JobContext, order_id: int, shipped: ByHand) -> str:
    """Everything open was shipped under these tracking numbers.

    ``ctx`` is one of shipment_collection at the warehouse of the order.
    """
    _, profile = ctx.need_warehouse()
    with hand.store.begin() as uow:
        order = uow.orders.get(order_id)
        parts = [part for part in parts_in(uow, order, OPEN) if part.warehouse == profile.name]
        if len(parts) != 1:
            raise refusal(order, _why_not(order, parts))
        [part] = parts
        number = len(uow.shipments.by_fulfillment_order(part.fulfillment_order_id)) + 1
        shipment = Shipment(
            warehouse_shipment_id=f"by-hand-{number}",
            reference=part.reference,
            sequence="",
            packages=_packages(uow, part, shipped.tracking_numbers),
            carrier=shipped.carrier,
            service=shipped.service,
            shipped_on=shipped.shipped_on or hand.now().date(),
        )
        hand.note(uow, order, "ship", "shipped_by_hand", reference=part.reference)
        store_shipment(ctx, uow, part, shipment)
        follow_up(ctx, uow, [part])
        state = uow.orders.get(order_id).shown_state
    return (
        f"is {state.replace('_', ' ')} under {', '.join(shipped.tracking_numbers)}; Salesforce "
        "gets it with the next shipment_upload"
    )


def where_it_is_open(uow: UnitOfWork, order: StoredOrder) -> str:
    """The warehouse at which something of the order is still open; UserError where nothing is."""
    parts = parts_in(uow, order, OPEN)
    if not parts:
        raise refusal(order, _why_not(order, parts))
    return parts[0].warehouse


def _why_not(order: StoredOrder, parts: Sequence[StoredFulfillmentOrder]) -> str:
    if parts:
        return "has several open parts at one warehouse: settle the others first"
    state = order.shown_state.replace("_", " ")
    return f"is {state}: nothing of it is open at a warehouse"


def _packages(
    uow: UnitOfWork, part: StoredFulfillmentOrder, tracking_numbers: Sequence[str]
) -> tuple[Package, ...]:
    """All that is open in the first package: nobody knows how it was spread."""
    lines = uow.fulfillment_orders.lines(part.fulfillment_order_id)
    return tuple(
        Package(str(number), tracking, _contents(lines) if number == 1 else ())
        for number, tracking in enumerate(tracking_numbers, start=1)
    )


def _contents(lines: Sequence[StoredLine]) -> tuple[PackageLine, ...]:
    return tuple(
        PackageLine(line.warehouse_sku, line.progress.open(), line.line_number)
        for line in lines
        if line.progress.open() > Decimal(0)
    )
