"""Orders and their parts for tests of the store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from fulfillment_bridge.domain.fulfillment import Package, PackageLine, Shipment
from fulfillment_bridge.domain.order import Address, Order, OrderLine
from fulfillment_bridge.storage.fulfillment_orders import (
    NewFulfillmentOrder,
    StoredFulfillmentOrder,
)
from fulfillment_bridge.storage.orders import NewOrder, StoredOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ORG = "00D000000000001EAA"


def later(seconds: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def order(number: str = "1001", *, quantity: str = "2", city: str = "Reno") -> Order:
    """One line of a mug, in cases of twelve at the warehouse."""
    line = OrderLine(
        cart_line_id=f"line-{number}",
        line_number=1,
        sku="MUG-1",
        quantity=Decimal(quantity),
        warehouse_sku="MUG-1-CASE",
        warehouse_quantity=Decimal(quantity) * 12,
        unit_price=Decimal("9.90"),
        extras=(("color", "blue"),),
    )
    return Order(
        cart_order_id=f"801{number}",
        order_number=number,
        ship_to=Address(name="Ann", line_1="1 Main St", city=city, country="US"),
        lines=(line,),
        ordered_on=date(2026, 3, 1),
        order_total=Decimal("19.80"),
    )


def new_order(number: str = "1001", *, cart: str = "acme", organization_id: str = ORG) -> NewOrder:
    """A mapped order as order_download hands it to the store."""
    return NewOrder(
        cart=cart,
        merchant=cart,
        organization_id=organization_id,
        cart_order_id=f"801{number}",
        order_number=number,
        order=order(number),
        modstamp=NOW,
        mapping_version_id=None,
    )


def add_order(uow: UnitOfWork, number: str = "1001", *, cart: str = "acme") -> StoredOrder:
    """Take an order in; each cart has an org of its own."""
    added = uow.orders.add_if_new(new_order(number, cart=cart, organization_id=cart), at=NOW)
    assert added is not None
    return added


def new_part(stored: StoredOrder, *, reference_length: int = 22) -> NewFulfillmentOrder:
    """All of it for the warehouse reno, under its order number."""
    mapped = stored.order
    assert mapped is not None
    return NewFulfillmentOrder(
        order_id=stored.order_id,
        warehouse="reno",
        merchant=stored.merchant,
        merchant_code=stored.merchant.upper(),
        wanted_reference=stored.order_number,
        order=mapped,
        reference_length=reference_length,
    )


def release(
    uow: UnitOfWork, stored: StoredOrder, *, reference_length: int = 22
) -> StoredFulfillmentOrder:
    """Release it to the warehouse reno under the first free reference."""
    new = new_part(stored, reference_length=reference_length)
    return uow.fulfillment_orders.add(new, at=NOW)


def enqueue(uow: UnitOfWork, part: StoredFulfillmentOrder, *, attempt: int = 1) -> bool:
    """The message that hands a fulfillment order to its warehouse."""
    return uow.outbox.enqueue(
        kind="fulfillment_order",
        destination=f"warehouse:{part.warehouse}",
        idempotency_key=f"fulfillment_order:{part.fulfillment_order_id}:{attempt}",
        order_id=part.order_id,
        fulfillment_order_id=part.fulfillment_order_id,
        at=NOW,
    )


def shipment(reference: str = "1001", *, sequence: str = "1", tracking: str = "1Z1") -> Shipment:
    """One package with everything in it."""
    line = PackageLine(sku="MUG-1-CASE", quantity=Decimal(24), line_number=1, lot="L1")
    return Shipment(
        warehouse_shipment_id="S-1",
        reference=reference,
        sequence=sequence,
        packages=(Package("1", tracking, (line,)),),
        carrier="UPS",
        service="GND",
        shipped_on=date(2026, 3, 3),
        order_complete=True,
    )
