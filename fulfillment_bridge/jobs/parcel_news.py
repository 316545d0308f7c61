"""How far each line is, and every parcel by itself: news for merchants who want to see them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal

from fulfillment_bridge.domain.fulfillment import LineNews, LineProgress, Package, PackageNews
from fulfillment_bridge.domain.order import OrderLine
from fulfillment_bridge.storage.fulfillment_orders import StoredLine
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.shipments import StoredShipment

LONGEST_KEY = 60


def line_news(
    order: StoredOrder, lines: Sequence[StoredLine], shipments: Sequence[StoredShipment]
) -> tuple[LineNews, ...]:
    """Every line of the order, over all parts of it that some warehouse has."""
    if order.order is None:
        return ()
    found: list[LineNews] = []
    for line in order.order.lines:
        own = [each for each in lines if each.line_number == line.line_number]
        if own:
            progress = LineProgress(
                line.line_number,
                ordered=sum((each.ordered for each in own), Decimal(0)),
                shipped=sum((each.shipped for each in own), Decimal(0)),
                short=sum((each.short for each in own), Decimal(0)),
                canceled=sum((each.canceled for each in own), Decimal(0)),
            )
            found.append(LineNews.of(line, progress, _numbers_of(line, shipments)))
    return tuple(found)


def _numbers_of(line: OrderLine, shipments: Sequence[StoredShipment]) -> tuple[str, ...]:
    """The tracking numbers of the parcels that the line is in."""
    numbers = (
        package.tracking_number
        for stored in shipments
        for package in stored.shipment.packages
        for content in package.lines
        if content.line_number in (line.line_number, None)
        and (content.line_number is not None or content.sku == line.warehouse_sku)
    )
    return tuple(dict.fromkeys(number for number in numbers if number))


def package_news(
    order: StoredOrder, shipments: Sequence[StoredShipment]
) -> tuple[PackageNews, ...]:
    """Every parcel, in the order in which the warehouses told of them."""
    lines = {line.line_number: line for line in order.order.lines} if order.order else {}
    return tuple(
        PackageNews(
            key=_key(stored, package, number),
            tracking_number=package.tracking_number,
            package_number=package.package_number,
            carrier=stored.shipment.carrier,
            service=stored.shipment.service,
            ship_on=stored.shipment.shipped_on,
            contents=tuple(_contents(package, lines)),
        )
        for stored in shipments
        for number, package in enumerate(stored.shipment.packages, 1)
    )


def _key(stored: StoredShipment, package: Package, number: int) -> str:
    """The same for the same parcel, however often the warehouse tells of it."""
    name = package.package_number or f"#{number}"
    key = f"{stored.warehouse}/{stored.reference}/{stored.warehouse_shipment_id}/{name}"
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 17]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _contents(package: Package, lines: dict[int, OrderLine]) -> Iterator[tuple[str, Decimal]]:
    """In the merchant's SKUs and units, where the warehouse says which line it was."""
    for content in package.lines:
        line = lines.get(content.line_number) if content.line_number is not None else None
        if line is None or not line.warehouse_quantity:
            yield content.sku, content.quantity
        else:
            yield line.sku, content.quantity * line.quantity / line.warehouse_quantity
