"""Bugs that the laboratory must find: each is planted in a copy of the package by its text."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "fulfillment_bridge"


@dataclass(frozen=True)
class Plant:
    """``old`` stands once in ``file`` and becomes ``new``; ``seeds`` are known to find it."""

    name: str
    file: str
    old: str
    new: str
    seeds: str


PLANTS = (
    Plant(
        "cursor without overlap",
        "jobs/order_download.py",
        "since -= timedelta(seconds=seconds)",
        "since -= timedelta(seconds=0 * seconds)",
        "1",
    ),
    Plant(
        "lost late row",
        "jobs/order_download.py",
        "return min(end.read_until, window.resume_after.modstamp)",
        "return end.read_until",
        "1",
    ),
    Plant(
        "lost late line",
        "carts/salesforce_changes.py",
        "if parents := self._ask.orders_of_changed_lines(window):",
        "if (parents := self._ask.orders_of_changed_lines(window)) and not parents:",
        "42",
    ),
    Plant(
        "acknowledgement before commit",
        "jobs/shipment_collection.py",
        'crash_point("shipment_collection.after_reading")',
        "for each in batches:\n            warehouse.acknowledge(each)\n"
        '        crash_point("shipment_collection.after_reading")',
        "15",
    ),
    Plant(
        "missing lease",
        "storage/outbox.py",
        'and_(_ROW.state == "sending", _ROW.lease_until <= bindparam("now"))',
        '_ROW.state == "sending"',
        "4",
    ),
    Plant(
        "retry of a plain create",
        "warehouses/csv_drop.py",
        "if not (first_attempt or token_was_left):",
        "if not (first_attempt or token_was_left or found is None):",
        "13",
    ),
    Plant(
        "stale write-back",
        "storage/shipments.py",
        'if values["sequence"] < old.sequence:',
        'if values["sequence"] < "":',
        "25",
    ),
    Plant(
        "own echo taken for an edit",
        "jobs/intake_judgment.py",
        'if stored.state == "canceled" or order.content_hash != stored.content_hash:',
        'if stored.state == "canceled" or order.raw.modstamp != stored.modstamp:',
        "9",
    ),
    Plant(
        "stock of another merchant",
        "jobs/stock_collection.py",
        "return next(name for name, own in profile.merchants.items() if own == code)",
        "return next(iter(profile.merchants))",
        "6",
    ),
    Plant(
        "answer not heeded",
        "jobs/request_delivery.py",
        'elif part.state in ("at_warehouse", "cancel_requested"):\n            cancel_part',
        "elif not part:\n            cancel_part",
        "16",
    ),
    Plant(
        "restored and sent again",
        "warehouses/csv_drop.py",
        "return csv_drop_memory.orders_since(self._root / merchant_code, since)",
        "return {}",
        "17",
    ),
    Plant(
        "edit of the lost life",
        "jobs/after_restore.py",
        "    if is_same:\n",
        "    if is_same or part:\n",
        "17",
    ),
    Plant(
        "cancellation of the lost life",
        "jobs/recovering.py",
        "if not numbers:",
        "if numbers:",
        "17",
    ),
    Plant(
        "sent in the future",
        "jobs/stock_collection.py",
        "uow.stamps_ahead.bring_back_sent(profile.name, ctx.now())",
        "uow.stamps_ahead",
        "70",
    ),
    Plant(
        "one folder stops all",
        "jobs/merchant_troubles.py",
        "            self.note(code, error)\n",
        "            self.note(code, error)\n            raise\n",
        "19",
    ),
    Plant(
        "reserve of calls not kept",
        "salesforce/budget.py",
        "return reserve\n",
        "return reserve + 100\n",
        "7",
    ),
    Plant(
        "calls not counted",
        "salesforce/session.py",
        "session.proved = True\n        self._count(call)\n",
        "session.proved = True\n",
        "0",
    ),
)


def grow(plant: Plant, folder: Path) -> Path:
    """A copy of the package with the bug in it, and the tests beside it."""
    shutil.copytree(ROOT / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests").symlink_to(ROOT / "tests")
    path = folder / PACKAGE / plant.file
    text = path.read_text(encoding="utf-8")
    if text.count(plant.old) != 1:
        raise ValueError(f"{plant.old!r} stands {text.count(plant.old)} times in {plant.file}")
    path.write_text(text.replace(plant.old, plant.new), encoding="utf-8")
    return folder


def run_seeds(folder: Path, seeds: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the laboratory on the package that lies in ``folder``."""
    command = [sys.executable, "-m", "tests.faults", seeds, "--runners", "1", *more]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
