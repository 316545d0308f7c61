"""What a folder warehouse was given and has sent, from the files that still lie there."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from fulfillment_bridge.warehouses import csv_drop_shipments

_ORDER_FILE = re.compile(r"ord_.+_(\d{12})\.csv")
_REFERENCE, _ORDER_NUMBER = 1, 32


def orders_since(folder: Path, since: datetime) -> dict[str, tuple[str, ...]]:
    """Order numbers of the files made since then, each with its references, oldest first.

    A file on its way from one folder to the next is seen in one of them: they are read in the
    order in which files move on.
    """
    found: dict[str, list[str]] = {}
    files = {path.name: path for name in ("archive", "orders") for path in _files(folder / name)}
    for path in sorted(files.values(), key=lambda each: each.stem.rpartition("_")[2]):
        match = _ORDER_FILE.fullmatch(path.name)
        if match and datetime.strptime(f"{match[1]}Z", "%y%m%d%H%M%S%z") >= since:
            for number, reference in _orders_in(path):
                found.setdefault(number, []).append(reference)
    return {number: tuple(dict.fromkeys(each)) for number, each in found.items()}


def shipments_again(folder: Path, since: datetime) -> int:
    """Move archived shipment files since then back; what was taken in before changes nothing."""
    moved = 0
    for path in _files(folder / "archive"):
        match = csv_drop_shipments.NAME.fullmatch(path.name)
        if match is None or datetime.fromtimestamp(path.stat().st_mtime, UTC) < since:
            continue
        target = folder / "shipments" / path.name
        if not target.exists():
            path.rename(target)
            moved += 1
    return moved


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _orders_in(path: Path) -> list[tuple[str, str]]:
    """Order number and reference of each order; a file that just moved on is read elsewhere."""
    rows: list[list[str]] = []
    for place in (path, path.parents[1] / "archive" / path.name):
        with suppress(FileNotFoundError), place.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
            break
    return [
        (row[_ORDER_NUMBER], row[_REFERENCE])
        for row in rows
        if row[:1] == ["PH"] and len(row) > _ORDER_NUMBER
    ]
