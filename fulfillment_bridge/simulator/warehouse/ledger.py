"""What the warehouse itself knows: every order file, every package, every level it published.

The ledger is the truth that a whole round is checked against, so it is kept in a database of
its own and never asks the bridge, nor the folders, what happened.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fulfillment_bridge.simulator.warehouse.order_files import Order, OrderedLine

TABLES = """
CREATE TABLE IF NOT EXISTS order_file (
    id INTEGER PRIMARY KEY, merchant TEXT, sequence INTEGER, reference TEXT, file TEXT,
    received_at TEXT, header TEXT, lines TEXT, waiting TEXT);
CREATE TABLE IF NOT EXISTS shipment (
    id INTEGER PRIMARY KEY, merchant TEXT, reference TEXT, order_file_id INTEGER,
    shipment_id TEXT, file TEXT, stamp TEXT, service TEXT, complete INTEGER, packages TEXT);
CREATE TABLE IF NOT EXISTS lot (
    merchant TEXT, sku TEXT, lot TEXT, expiry TEXT, on_hand TEXT, on_hold INTEGER,
    PRIMARY KEY (merchant, sku, lot));
CREATE TABLE IF NOT EXISTS published (
    id INTEGER PRIMARY KEY, merchant TEXT, file TEXT, as_of TEXT, levels TEXT);
CREATE TABLE IF NOT EXISTS set_aside (
    id INTEGER PRIMARY KEY, merchant TEXT, file TEXT, at TEXT, reason TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS order_file_sequence ON order_file (merchant, sequence);
CREATE INDEX IF NOT EXISTS order_file_waiting ON order_file (merchant) WHERE waiting != '[]';
CREATE INDEX IF NOT EXISTS shipment_of_order ON shipment (merchant, reference);
"""


@dataclass(frozen=True)
class WaitingOrder:
    """An order file with goods that have not left yet."""

    row_id: int
    sequence: int
    order: Order
    shipped_before: bool


@dataclass(frozen=True)
class Package:
    """One box with its tracking number; lines with quantity 0 say that nothing left."""

    package_id: str
    tracking_number: str
    lines: tuple[OrderedLine, ...]


@dataclass(frozen=True)
class Shipment:
    """One shipment as one file tells it."""

    merchant: str
    reference: str
    order_file_id: int
    shipment_id: str
    stamp: datetime
    service: str
    complete: bool
    packages: tuple[Package, ...]

    @property
    def file(self) -> str:
        """The name of the file that tells of it."""
        return f"shp_{self.shipment_id}_{self.stamp:%Y%m%d%H%M%S}.csv"


class Ledger:
    """The warehouse's own book. Not thread-safe: the warehouse holds a lock around it."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.executescript(TABLES)

    def close(self) -> None:
        """Close the book."""
        self._database.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All that is noted inside counts together, or not at all."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def note_order(self, merchant: str, order: Order, *, file: str, at: datetime) -> None:
        """An order file was taken. The same reference again is a second entry, on purpose."""
        lines = _lines_text(order.lines)
        self._database.execute(
            "INSERT INTO order_file (merchant, sequence, reference, file, received_at, header,"
            " lines, waiting) SELECT ?, COALESCE(MAX(sequence), 0) + 1, ?, ?, ?, ?, ?, ?"
            " FROM order_file WHERE merchant = ?",
            (
                merchant,
                order.reference,
                file,
                _time(at),
                json.dumps(order.header),
                lines,
                lines,
                merchant,
            ),
        )

    def note_set_aside(self, merchant: str, *, file: str, at: datetime, reason: str) -> None:
        """A file could not be worked with."""
        self._database.execute(
            "INSERT INTO set_aside (merchant, file, at, reason) VALUES (?, ?, ?, ?)",
            (merchant, file, _time(at), reason),
        )

    def waiting(self, merchant: str) -> list[WaitingOrder]:
        """Orders with goods still to leave, oldest first, with their number among all orders."""
        rows = self._database.execute(
            "SELECT * FROM order_file WHERE merchant = ? AND waiting != '[]' ORDER BY id",
            (merchant,),
        )
        return [
            WaitingOrder(
                row_id=row["id"],
                sequence=row["sequence"],
                order=Order(json.loads(row["header"]), _lines(row["waiting"])),
                shipped_before=row["waiting"] != row["lines"],
            )
            for row in rows
        ]

    def note_shipment(self, shipment: Shipment, *, still_waiting: Sequence[OrderedLine]) -> None:
        """Goods left; what is still waiting replaces what was waiting before."""
        self._add_shipment(shipment)
        self._database.execute(
            "UPDATE order_file SET waiting = ? WHERE id = ?",
            (_lines_text(still_waiting), shipment.order_file_id),
        )

    def note_correction(self, shipment: Shipment) -> None:
        """A later file about a shipment noted before: from now on this is how it was."""
        self._add_shipment(shipment)

    def next_shipment_number(self) -> int:
        """The number for the next row of the shipments; grows for ever."""
        (last,) = self._database.execute("SELECT COALESCE(MAX(id), 0) FROM shipment").fetchone()
        return int(last) + 1

    def shipments(self, merchant: str) -> list[Shipment]:
        """The shipments as they are now known, each once, oldest first."""
        latest: dict[tuple[str, str], Shipment] = {}
        rows = self._database.execute(
            "SELECT * FROM shipment WHERE merchant = ? ORDER BY id", (merchant,)
        )
        for row in rows:
            latest[row["shipment_id"], row["reference"]] = _shipment(row)
        return list(latest.values())

    def shipment_files(self, merchant: str) -> dict[tuple[str, str], list[str]]:
        """Every file that told of a shipment, in the order they were made."""
        files: dict[tuple[str, str], list[str]] = {}
        rows = self._database.execute(
            "SELECT * FROM shipment WHERE merchant = ? ORDER BY id", (merchant,)
        )
        for row in rows:
            files.setdefault((row["shipment_id"], row["reference"]), []).append(row["file"])
        return files

    def order_files(self, merchant: str) -> list[dict[str, Any]]:
        """Every order file taken, with all that stood in it."""
        rows = self._database.execute(
            "SELECT * FROM order_file WHERE merchant = ? ORDER BY id", (merchant,)
        )
        return [
            {
                "reference": row["reference"],
                "file": row["file"],
                "received_at": row["received_at"],
                "header": json.loads(row["header"]),
                "lines": json.loads(row["lines"]),
                "waiting": json.loads(row["waiting"]),
            }
            for row in rows
        ]

    def set_aside(self, merchant: str) -> list[dict[str, str]]:
        """Every file that could not be worked with, and why."""
        rows = self._database.execute(
            "SELECT file, at, reason FROM set_aside WHERE merchant = ? ORDER BY id", (merchant,)
        )
        return [dict(row) for row in rows]

    def add_lot(self, merchant: str, lot: Lot) -> None:
        """Put a lot on the shelf, or change how much of it is there."""
        self._database.execute(
            "INSERT OR REPLACE INTO lot (merchant, sku, lot, expiry, on_hand, on_hold)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (merchant, lot.sku, lot.lot, lot.expiry, plain(lot.on_hand), lot.on_hold),
        )

    def remove_lots(self, merchant: str, sku: str) -> None:
        """Clear the shelf of one SKU."""
        self._database.execute("DELETE FROM lot WHERE merchant = ? AND sku = ?", (merchant, sku))

    def lots(self, merchant: str) -> list[Lot]:
        """What lies on the shelves for this merchant, by SKU and lot."""
        rows = self._database.execute(
            "SELECT * FROM lot WHERE merchant = ? ORDER BY sku, lot", (merchant,)
        )
        return [
            Lot(row["sku"], row["lot"], row["expiry"], Decimal(row["on_hand"]), row["on_hold"])
            for row in rows
        ]

    def note_published(
        self, merchant: str, *, file: str, as_of: str, levels: dict[str, dict[str, str]]
    ) -> None:
        """A stock file went out."""
        self._database.execute(
            "INSERT INTO published (merchant, file, as_of, levels) VALUES (?, ?, ?, ?)",
            (merchant, file, as_of, json.dumps(levels)),
        )

    def published_count(self, merchant: str) -> int:
        """How many stock files this merchant has had."""
        (count,) = self._database.execute(
            "SELECT COUNT(*) FROM published WHERE merchant = ?", (merchant,)
        ).fetchone()
        return int(count)

    def last_published(self, merchant: str) -> dict[str, Any] | None:
        """The newest stock file: its name, its time and the level of each SKU."""
        row = self._database.execute(
            "SELECT * FROM published WHERE merchant = ? ORDER BY id DESC LIMIT 1", (merchant,)
        ).fetchone()
        if row is None:
            return None
        levels = json.loads(row["levels"])
        return {"file": row["file"], "as_of": row["as_of"], "levels": levels}

    def _add_shipment(self, shipment: Shipment) -> None:
        self._database.execute(
            "INSERT INTO shipment (merchant, reference, order_file_id, shipment_id, file, stamp,"
            " service, complete, packages) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                shipment.merchant,
                shipment.reference,
                shipment.order_file_id,
                shipment.shipment_id,
                shipment.file,
                shipment.stamp.isoformat(),
                shipment.service,
                shipment.complete,
                json.dumps([package_content(package) for package in shipment.packages]),
            ),
        )


@dataclass(frozen=True)
class Lot:
    """So many pieces of one SKU. Goods on hold are there, and not available."""

    sku: str
    lot: str
    expiry: str
    on_hand: Decimal
    on_hold: bool


def package_content(package: Package) -> dict[str, Any]:
    """A package as JSON-ready values."""
    return {
        "package_id": package.package_id,
        "tracking_number": package.tracking_number,
        "lines": _line_contents(package.lines),
    }


def plain(quantity: Decimal) -> str:
    """A quantity without exponent and needless zeros."""
    return format(quantity.normalize(), "f") if quantity else "0"


def _shipment(row: sqlite3.Row) -> Shipment:
    packages = tuple(
        Package(item["package_id"], item["tracking_number"], _lines(json.dumps(item["lines"])))
        for item in json.loads(row["packages"])
    )
    return Shipment(
        merchant=row["merchant"],
        reference=row["reference"],
        order_file_id=row["order_file_id"],
        shipment_id=row["shipment_id"],
        stamp=datetime.fromisoformat(row["stamp"]),
        service=row["service"],
        complete=bool(row["complete"]),
        packages=packages,
    )


def _line_contents(lines: Sequence[OrderedLine]) -> list[dict[str, str]]:
    return [
        {"line": line.line, "sku": line.sku, "quantity": plain(line.quantity)} for line in lines
    ]


def _lines_text(lines: Sequence[OrderedLine]) -> str:
    return json.dumps(_line_contents(lines))


def _lines(text: str) -> tuple[OrderedLine, ...]:
    return tuple(
        OrderedLine(item["line"], item["sku"], Decimal(item["quantity"]))
        for item in json.loads(text)
    )


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
