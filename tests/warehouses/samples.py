"""Orders and files that the warehouse tests share."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.domain.fulfillment import FulfillmentOrder
from fulfillment_bridge.domain.order import Address, Order, OrderLine
from fulfillment_bridge.warehouses.base import WarehouseProfile
from fulfillment_bridge.warehouses.csv_drop import CsvDropOptions, CsvDropWarehouse

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SHIPMENT_HEADING = (
    "order_number,line,sku,quantity_shipped,ship_date,carrier,service,tracking_number,package_id,"
    "lot,order_complete"
)
STOCK_HEADING = "warehouse,sku,on_hand,allocated,available,lot,expiry,as_of"
UPS_ONE = "1Z999AA10123456784"
UPS_TWO = "1Z5R89390357567127"


def an_order(number: str = "2001", **changes: object) -> Order:
    """A complete order of two lines."""
    order = Order(
        cart_order_id="801000000000001AAA",
        order_number=number,
        ship_to=Address(
            name="Ada Buyer", company="Buyer & Sons", line_1="1 Market St", line_2="Apt 4",
            line_3="Dock 7", city="Reno", state="NV", postal_code="89501", country="US",
            phone="+1 775 555 0100", email="ada@buyer.example",
        ),
        bill_to=Address(name="Bill Payer", line_1="9 Bank St", city="Elko", country="US"),
        lines=(
            OrderLine("802A", 1, "MUG-1", Decimal(2), unit_price=Decimal("9.5"),
                      description="Enamel mug"),
            OrderLine("802B", 2, "TENT-CASE", Decimal(1), warehouse_sku="TENT-2",
                      warehouse_quantity=Decimal(12), unit_of_measure="EA"),
        ),
        purchase_order_number="PO-7781",
        ordered_on=date(2026, 11, 22),
        ship_method="Ground",
        instructions="Leave at the dock",
        currency="USD",
        order_total=Decimal("61.5"),
    )  # fmt: skip
    return replace(order, **changes)  # type: ignore[arg-type]  # any field of an order


def a_part(reference: str = "SO-2001", code: str = "ACME", **changes: object) -> FulfillmentOrder:
    """What the warehouse is asked to ship."""
    return FulfillmentOrder(
        reference=reference, warehouse="reno", merchant=code.lower(), merchant_code=code,
        order=an_order(**changes),  # type: ignore[arg-type]  # any field of an order
    )  # fmt: skip


def csv_drop(folder: Path, clock: ManualClock | None = None, **options: object) -> CsvDropWarehouse:
    """A folder warehouse for two merchants."""
    return CsvDropWarehouse(
        CsvDropOptions.model_validate({"folder": folder, **options}),
        WarehouseProfile("reno", merchants={"acme": "ACME", "globex": "GLOBEX"}),
        clock=clock or ManualClock(NOON),
    )


def put(path: Path, *rows: str, heading: str = SHIPMENT_HEADING) -> Path:
    """A file of the warehouse, all its lines ended."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{row}\r\n" for row in (heading, *rows)), newline="")
    return path


def rows_of(content: bytes) -> list[list[str]]:
    """A CSV file as a spreadsheet sees it."""
    return list(csv.reader(io.StringIO(content.decode(), newline="")))
