"""What a folder warehouse was given and has sent, from the files that still lie there."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from fulfillment_bridge.warehouses import csv_drop_orders, csv_drop_shipments, csv_drop_stock

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


def given_as(folder: Path, reference: str) -> bytes | None:
    """The newest order file with that reference; None where there is none."""
    name = re.compile(rf"ord_{re.escape(reference)}_\d{{12}}\.csv")
    files = [path for place in ("orders", "archive") for path in _files(folder / place)
             if name.fullmatch(path.name)]  # fmt: skip
    for path in sorted(files, key=lambda each: each.name, reverse=True):
        for place in ("orders", "archive"):
            with suppress(FileNotFoundError):
                return (folder / place / path.name).read_bytes()
    return None


def shipments_again(folder: Path, since: datetime) -> int:
    """Move shipment files since then back; what was taken in before changes nothing.

    Those that were set aside too: some of their rows may have been taken in, and orders that
    were unknown then may be known now.
    """
    files = [path for place in ("archive", "set_aside") for path in _files(folder / place)
             if csv_drop_shipments.NAME.fullmatch(path.name)]  # fmt: skip
    return sum(_comes_again(path, folder / "shipments") for path in files if _is_of(path, since))


def newest_count_again(folder: Path, since: datetime) -> int:
    """Move the newest archived stock file back, where it came since then; how many that is."""
    files = [path for path in _files(folder / "archive")
             if csv_drop_stock.NAME.fullmatch(path.name) and _is_of(path, since)]  # fmt: skip
    newest = max(files, key=lambda each: each.stat().st_mtime, default=None)
    return 0 if newest is None else _comes_again(newest, folder / "stock")


def _is_of(path: Path, since: datetime) -> bool:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) >= since


def _comes_again(path: Path, folder: Path) -> int:
    target = folder / path.name
    if target.exists():
        return 0
    path.rename(target)
    path.with_name(f"{path.name}.reason.txt").unlink(missing_ok=True)
    return 1


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
        (csv_drop_orders.as_it_was(row[_ORDER_NUMBER]), row[_REFERENCE])
        for row in rows
        if row[:1] == ["PH"] and len(row) > _ORDER_NUMBER
    ]
