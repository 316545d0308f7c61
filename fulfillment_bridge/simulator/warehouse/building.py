"""The simulated warehouse: it takes order files, ships goods, says so, and publishes stock.

It never de-duplicates: a second file for a reference is shipped and noted like the first, so
that "each order once" can be read off its ledger.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import RLock
from typing import Any, Literal

from fulfillment_bridge.simulator.warehouse.folders import MerchantFolders, name_stamp
from fulfillment_bridge.simulator.warehouse.ledger import (
    Ledger,
    Package,
    Shipment,
    WaitingOrder,
    package_content,
    plain,
)
from fulfillment_bridge.simulator.warehouse.order_files import (
    OrderedLine,
    Unreadable,
    read_orders,
)
from fulfillment_bridge.simulator.warehouse.packing import Plan, plan
from fulfillment_bridge.simulator.warehouse.shelves import Shelves, levels
from fulfillment_bridge.simulator.warehouse.tracking import tracking_number

SHIPMENT_HEADING = (
    "order_number", "line", "sku", "quantity_shipped", "ship_date", "carrier", "service",
    "tracking_number", "package_id", "lot",
)  # fmt: skip
STOCK_HEADING = (
    "warehouse", "sku", "on_hand", "allocated", "available", "lot", "expiry", "as_of",
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """How the warehouse behaves. ``every`` 0 is never; ``now`` stops its clock at that time.

    ``short_orders`` close: the rest never comes, and the file says so; open: the file says
    nothing, and nothing comes; later: the rest leaves with the next round.
    """

    two_packages_every: int = 7
    short_every: int = 11
    short_orders: Literal["close", "open", "later"] = "close"
    order_complete_column: bool = True
    ships: bool = True
    publishes_stock: bool = True
    empties_unseen: bool = False
    now: str | None = None

    def changed(self, changes: dict[str, Any]) -> Settings:
        """These settings with some changed; ValueError names what it does not know."""
        unknown = sorted(set(changes) - set(asdict(self)))
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        for name, value in changes.items():
            if not _fits(name, value):
                raise ValueError(f"{name} cannot be {value!r}")
        return replace(self, **changes)


def _fits(name: str, value: object) -> bool:
    if name == "short_orders":
        return value in ("close", "open", "later")
    if name == "now":
        return value is None or (isinstance(value, str) and bool(datetime.fromisoformat(value)))
    return isinstance(value, type(getattr(Settings, name)))


class SimulatedWarehouse:
    """One building that serves several merchants. Every call is thread-safe."""

    def __init__(
        self, folder: Path, merchants: Sequence[str], *, code: str = "RNO",
        ledger: Path | None = None, settings: Settings | None = None,
    ) -> None:  # fmt: skip
        self.code = code
        self.settings = settings or Settings()
        self.folders = {name: MerchantFolders(folder / name) for name in merchants}
        self._ledger = Ledger(ledger or folder / f".{code}-ledger.sqlite")
        self._lock = RLock()
        with self._ledger.writing():
            for merchant in merchants:
                Shelves(self._ledger, merchant).stock_up()

    def close(self) -> None:
        """Close the ledger."""
        with self._lock:
            self._ledger.close()

    def tick(self) -> dict[str, Any]:
        """One round: take what lies there, ship, publish stock. Returns counts by merchant."""
        return self._for_each(self._round)

    def correct(self, merchant: str | None = None, reference: str | None = None) -> dict[str, Any]:
        """Give one shipment of each merchant (or the one named) a new tracking number."""
        wanted = [self._known(merchant)] if merchant else list(self.folders)
        return self._for_each(lambda name: self._correct(name, reference), wanted)

    def publish_stock(self) -> dict[str, Any]:
        """Write a stock file for each merchant; returns their names."""
        return self._for_each(self._publish)

    def set_stock(self, merchant: str, on_hand: dict[str, Decimal]) -> None:
        """Count some SKUs anew."""
        with self._lock, self._ledger.writing():
            shelves = Shelves(self._ledger, self._known(merchant))
            for sku, quantity in on_hand.items():
                shelves.set_level(sku, quantity)

    def configure(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change settings; returns all of them. ValueError where one is unknown."""
        with self._lock:
            self.settings = self.settings.changed(changes)
            return asdict(self.settings)

    def ledger(self) -> dict[str, Any]:
        """Everything the warehouse knows, by merchant and reference."""
        with self._lock:
            merchants = {name: self._book_of(name) for name in self.folders}
        return {"code": self.code, "merchants": merchants}

    def _known(self, merchant: str) -> str:
        if merchant not in self.folders:
            raise ValueError(f"no merchant {merchant!r} here, only {', '.join(self.folders)}")
        return merchant

    def _for_each(
        self, step: Callable[[str], Any], merchants: Sequence[str] | None = None
    ) -> dict[str, Any]:
        with self._lock:
            return {name: step(name) for name in merchants or self.folders}

    def _round(self, merchant: str) -> dict[str, Any]:
        counts = self._receive(merchant)
        counts["shipments"] = self._ship(merchant) if self.settings.ships else 0
        if self.settings.publishes_stock:
            counts["stock_file"] = self._publish(merchant)
        return counts

    def _receive(self, merchant: str) -> dict[str, Any]:
        counts = {"order_files": 0, "orders": 0, "set_aside": 0}
        with self._ledger.writing():
            for path in self.folders[merchant].order_files():
                orders = self._take(merchant, path)
                counts["order_files"] += 1
                counts["orders"] += orders
                counts["set_aside"] += not orders
        return counts

    def _take(self, merchant: str, path: Path) -> int:
        at = self._now()
        try:
            orders = read_orders(path.read_bytes())
        except Unreadable as error:
            self._ledger.note_set_aside(merchant, file=path.name, at=at, reason=str(error))
            self.folders[merchant].set_aside(path, str(error))
            return 0
        for order in orders:
            self._ledger.note_order(merchant, order, file=path.name, at=at)
        if self.settings.empties_unseen:
            path.unlink()
        else:
            self.folders[merchant].archive(path)
        return len(orders)

    def _ship(self, merchant: str) -> int:
        with self._ledger.writing():
            shelves = Shelves(self._ledger, merchant)
            waiting = self._ledger.waiting(merchant)
            for order in waiting:
                self._ship_order(merchant, order, shelves)
        return len(waiting)

    def _ship_order(self, merchant: str, waiting: WaitingOrder, shelves: Shelves) -> None:
        packing = self._plan(waiting)
        later = self.settings.short_orders == "later"
        shipment = self._shipment(merchant, waiting, packing)
        shelves.take(line for package in packing.packages for line in package)
        self._ledger.note_shipment(shipment, still_waiting=packing.left if later else ())
        self._announce(shipment)

    def _plan(self, waiting: WaitingOrder) -> Plan:
        settings = self.settings
        return plan(
            waiting.order.lines,
            short=not waiting.shipped_before and _falls_on(waiting.sequence, settings.short_every),
            two_packages=_falls_on(waiting.sequence, settings.two_packages_every),
        )

    def _shipment(self, merchant: str, waiting: WaitingOrder, packing: Plan) -> Shipment:
        number = self._ledger.next_shipment_number()
        service = waiting.order.service
        packages = tuple(
            Package(str(place), tracking_number(number * 10 + place, service=service), lines)
            for place, lines in enumerate(packing.packages, start=1)
        )
        return Shipment(
            merchant=merchant,
            reference=waiting.order.reference,
            order_file_id=waiting.row_id,
            shipment_id=f"{self.code}{number:06d}",
            stamp=self._now().replace(microsecond=0),
            service=service,
            complete=bool(packing.left) and self.settings.short_orders == "close",
            packages=packages,
        )

    def _correct(self, merchant: str, reference: str | None) -> dict[str, str] | None:
        known = self._ledger.shipments(merchant)
        shipment = next((s for s in known if reference in (None, s.reference)), None)
        if shipment is None:
            return None
        corrected = self._corrected(shipment)
        with self._ledger.writing():
            self._ledger.note_correction(corrected)
        self._announce(corrected)
        return {
            "reference": shipment.reference,
            "shipment_id": shipment.shipment_id,
            "old": shipment.packages[0].tracking_number,
            "new": corrected.packages[0].tracking_number,
        }

    def _corrected(self, shipment: Shipment) -> Shipment:
        number = self._ledger.next_shipment_number()
        first, *others = shipment.packages
        new = replace(first, tracking_number=tracking_number(number * 10, service=shipment.service))
        # Names carry seconds: a correction within the same second must still be the later one.
        stamp = max(self._now().replace(microsecond=0), shipment.stamp + timedelta(seconds=1))
        return replace(shipment, stamp=stamp, packages=(new, *others))

    def _announce(self, shipment: Shipment) -> None:
        heading: tuple[str, ...] = SHIPMENT_HEADING
        rows = _shipment_rows(shipment)
        if self.settings.order_complete_column:
            heading = (*heading, "order_complete")
            rows = [[*row, ""] for row in rows]
            rows[-1][-1] = "Y" if shipment.complete else ""
        text = _csv_text([heading, *rows])
        self.folders[shipment.merchant].write("shipments", shipment.file, text)

    def _publish(self, merchant: str) -> str:
        with self._ledger.writing():
            number = self._ledger.published_count(merchant) + 1
            now = self._now()
            as_of = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            rows = Shelves(self._ledger, merchant).rows(self._allocated(merchant))
            name = f"inv_{number}_{name_stamp(now)}.csv"
            self._ledger.note_published(merchant, file=name, as_of=as_of, levels=levels(rows))
        lines = [
            [self.code, lot.sku, plain(lot.on_hand), plain(allocated), plain(available),
             lot.lot, lot.expiry, as_of]
            for lot, allocated, available in rows
        ]  # fmt: skip
        self.folders[merchant].write("stock", name, _csv_text([STOCK_HEADING, *lines]))
        return name

    def _allocated(self, merchant: str) -> dict[str, Decimal]:
        allocated: dict[str, Decimal] = {}
        for waiting in self._ledger.waiting(merchant):
            for line in waiting.order.lines:
                allocated[line.sku] = allocated.get(line.sku, Decimal(0)) + line.quantity
        return allocated

    def _book_of(self, merchant: str) -> dict[str, Any]:
        orders: dict[str, dict[str, Any]] = {}
        for entry in self._ledger.order_files(merchant):
            order = orders.setdefault(entry.pop("reference"), {"received": [], "shipments": []})
            order["received"].append(entry)
        files = self._ledger.shipment_files(merchant)
        for shipment in self._ledger.shipments(merchant):
            content = _shipment_content(shipment)
            content["files"] = files[shipment.shipment_id, shipment.reference]
            orders[shipment.reference]["shipments"].append(content)
        return {
            "orders": orders,
            "set_aside": self._ledger.set_aside(merchant),
            "stock": self._ledger.last_published(merchant),
        }

    def _now(self) -> datetime:
        if self.settings.now is not None:
            return datetime.fromisoformat(self.settings.now).astimezone(UTC)
        return datetime.now(UTC)


def _falls_on(sequence: int, every: int) -> bool:
    return every > 0 and sequence % every == every // 2


def _shipment_rows(shipment: Shipment) -> list[list[str]]:
    rows = []
    for package in shipment.packages:
        for line in package.lines:
            rows.append(_row(shipment, package, line))
    return rows


def _row(shipment: Shipment, package: Package, line: OrderedLine) -> list[str]:
    sent = ["UPS", shipment.service, package.tracking_number, package.package_id]
    return [
        shipment.reference,
        line.line,
        line.sku,
        plain(line.quantity),
        shipment.stamp.date().isoformat(),
        *(sent if line.quantity else ["", "", "", ""]),
        "",
    ]


def _shipment_content(shipment: Shipment) -> dict[str, Any]:
    return {
        "shipment_id": shipment.shipment_id,
        "shipped_on": shipment.stamp.date().isoformat(),
        "carrier": "UPS",
        "service": shipment.service,
        "order_complete": shipment.complete,
        "packages": [package_content(package) for package in shipment.packages],
    }


def _csv_text(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
