"""What a shipment file of a folder warehouse says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from fulfillment_bridge.domain.fulfillment import Package, PackageLine, Shipment
from fulfillment_bridge.warehouses.base import RowFault
from fulfillment_bridge.warehouses.csv_drop_incoming import Row, Unreadable, each_row, read_rows

NAME = re.compile(r"(?i:shp)_(?P<shipment>[A-Za-z0-9.-]{1,30})_(?P<stamp>\d{14})(?i:\.csv)")
COLUMNS = ("order_number", "line", "sku", "quantity_shipped", "tracking_number")
_COMPLETE = {"": False, "N": False, "NO": False, "Y": True, "YES": True}


@dataclass
class _Gathered:
    """What the rows of one order said so far."""

    packages: dict[tuple[str, str], list[PackageLine]] = field(default_factory=dict)
    carrier: str = ""
    service: str = ""
    shipped_on: date | None = None
    order_complete: bool = False


def read_shipments(
    raw: bytes, *, shipment_id: str, sequence: str
) -> tuple[tuple[Shipment, ...], tuple[RowFault, ...]]:
    """One shipment for each order in the file, and a fault for each row that cannot be used.

    Raises Unreadable where the whole file cannot be used.
    """
    rows, faults = read_rows(raw, COLUMNS)
    gathered: dict[str, _Gathered] = {}
    faults += each_row(rows, lambda row: _take_in(gathered, row))
    if not rows and not faults:
        raise Unreadable("the file has a heading and no rows")
    shipments = tuple(
        _shipment(shipment_id, sequence, reference, what) for reference, what in gathered.items()
    )
    return shipments, tuple(sorted(faults, key=lambda fault: fault.row))


def _take_in(gathered: dict[str, _Gathered], row: Row) -> None:
    reference = row.must("order_number")
    quantity = row.quantity("quantity_shipped")
    complete = _order_complete(row)
    line = PackageLine(
        sku=row.must("sku"), quantity=quantity, line_number=_line_number(row), lot=row.text("lot")
    )
    package = (row.text("package_id"), row.key("tracking_number"))
    shipped_on = row.day("ship_date")
    # Nothing above this line has changed anything: a row is taken as a whole or not at all.
    what = gathered.setdefault(reference, _Gathered())
    what.order_complete = what.order_complete or complete
    if not quantity:
        return
    what.packages.setdefault(package, []).append(line)
    what.carrier = what.carrier or row.text("carrier")
    what.service = what.service or row.text("service")
    what.shipped_on = max(filter(None, (what.shipped_on, shipped_on)), default=None)


def _order_complete(row: Row) -> bool:
    text = row.text("order_complete").upper()
    if text not in _COMPLETE:
        raise Unreadable(f"order_complete: {text!r} is neither Y nor empty")
    return _COMPLETE[text]


def _line_number(row: Row) -> int | None:
    text = row.text("line")
    if text and not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Unreadable(f"line: {text!r} is not the number of a line")
    return int(text) if text else None


def _shipment(shipment_id: str, sequence: str, reference: str, what: _Gathered) -> Shipment:
    return Shipment(
        warehouse_shipment_id=shipment_id,
        reference=reference,
        sequence=sequence,
        packages=tuple(
            Package(
                package_number=number or str(position),
                tracking_number=tracking_number,
                lines=tuple(lines),
            )
            for position, ((number, tracking_number), lines) in enumerate(
                what.packages.items(), start=1
            )
        ),
        carrier=what.carrier,
        service=what.service,
        shipped_on=what.shipped_on,
        order_complete=what.order_complete,
    )
