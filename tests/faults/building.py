"""A warehouse's people: they take order files, ship, correct, count, and write files badly.

What they received and sent stands in plain lists, which the checker believes.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from fulfillment_bridge.simulator.warehouse.order_files import Order, read_orders
from tests.faults.clocks import SharedTime
from tests.faults.desk import DESK, write_whole

CODES = {"acme": "ACME", "globex": "GLOBEX"}
SKUS = ("MUG-1", "TENT-2", "CHAIR-3", "LAMP-4")
SHIPMENT_HEADING = (
    "order_number,line,sku,quantity_shipped,ship_date,carrier,service,tracking_number,package_id,"
    "lot,order_complete"
)
STOCK_HEADING = "warehouse,sku,on_hand,allocated,available,lot,expiry,as_of"
MOST_UNBELIEVABLE = 2


@dataclass
class Building:
    """One warehouse for all merchants. ``archives``: it moves order files and deletes none."""

    folder: Path
    time: SharedTime
    chance: random.Random
    archives: bool = True
    received: list[dict[str, Any]] = field(default_factory=list)
    shipments: list[dict[str, Any]] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    _half: list[tuple[Path, str]] = field(default_factory=list)
    _later: list[tuple[Path, str]] = field(default_factory=list)
    _written: list[tuple[Path, str]] = field(default_factory=list)

    def take(self) -> str:
        """Take every order file that lies there; what is in them."""
        before = len(self.received)
        for merchant, code in CODES.items():
            if merchant in self.broken:
                continue
            root = self.folder / code
            for path in sorted(root.glob("orders/ord_*.csv")):
                self.received += [self._entry(merchant, each)
                                  for each in read_orders(path.read_bytes())]  # fmt: skip
                if self.archives:
                    path.rename(root / "archive" / path.name)
                else:
                    path.unlink()
        new = [each["reference"] for each in self.received[before:]]
        return f"the warehouse takes {', '.join(new)}" if new else ""

    def _entry(self, merchant: str, order: Order) -> dict[str, Any]:
        return {
            "merchant": merchant,
            "number": order.header["order_number"],
            "reference": order.reference,
            "lines": sorted([line.sku, str(line.quantity)] for line in order.lines),
            "numbered": [[line.line, line.sku, str(line.quantity)] for line in order.lines],
            "gift": order.header["gift_message"],
            "canceled": False,
            "at": self.time.truth,
        }

    def answer(self, *, yes: float = 0.7) -> str:
        """Answer every request that lies on the desk, about what was taken by then."""
        said = [self.take()]
        for path in sorted((self.folder / DESK).glob("*.request")):
            if not path.with_suffix(".answer").exists():
                said.append(self._answer(path, yes))
        return "; ".join(filter(None, said))

    def _answer(self, path: Path, yes: float) -> str:
        asked = json.loads(path.read_text())
        merchant = next(name for name, code in CODES.items() if code == asked["code"])
        key = (merchant, asked["reference"])
        same = [each for each in self.received if (each["merchant"], each["reference"]) == key]
        entry = same[0] if same else None
        outcome = "accepted"
        if entry is not None and entry["canceled"] and not asked["order"]:
            pass  # It is as it shall be: who asks once more, under another key, is told so.
        elif entry is not None and (entry in self.waiting()) and self.chance.random() < yes:
            self._obey(entry, merchant, asked["order"])
        elif entry is not None:
            outcome = "refused"
        what = "change" if asked["order"] else "cancel"
        self.requests.append(
            {"merchant": merchant, "number": entry and entry["number"],
             "reference": asked["reference"], "what": what, "outcome": outcome}
        )  # fmt: skip
        write_whole(
            path.with_suffix(".answer"), json.dumps({"outcome": outcome, "note": "so be it"})
        )
        return f"the warehouse is asked to {what} {merchant} {asked['reference']}: {outcome}"

    def _obey(self, entry: dict[str, Any], merchant: str, order: str) -> None:
        if not order:
            entry["canceled"] = True
            return
        [changed] = read_orders(order.encode())
        new = self._entry(merchant, changed)
        entry.update({key: new[key] for key in ("lines", "numbered", "gift")})

    def waiting(self) -> list[dict[str, Any]]:
        """What is to be shipped still."""
        shipped = {(each["merchant"], each["reference"]) for each in self.shipments}
        return [each for each in self.received if not each["canceled"]
                and (each["merchant"], each["reference"]) not in shipped]  # fmt: skip

    def ship_one(self, *, how: str = "") -> str:
        """Ship an order that has not been shipped, whole, in one package or two."""
        waiting = self.waiting()
        if not waiting:
            return ""
        order = self.chance.choice(waiting)
        shipment = {
            "merchant": order["merchant"],
            "number": order["number"],
            "reference": order["reference"],
            "id": f"S{len(self.shipments) + 1}",
            "rows": order["numbered"],
            "packages": self.chance.choice((1, 1, 2)),
            "versions": [],
        }
        self.shipments.append(shipment)
        return self._say(shipment, how)

    def correct_one(self, *, how: str = "") -> str:
        """Give a shipment new tracking numbers; now and then both files come the wrong way."""
        if not self.shipments:
            return ""
        return self._say(self.chance.choice(self.shipments), how)

    def say_again(self) -> None:
        """A file of before comes once more, under its old name."""
        if self._written:
            path, text = self.chance.choice(self._written)
            if not path.exists():
                self._put(path, text)

    def _say(self, shipment: dict[str, Any], how: str) -> str:
        version = len(shipment["versions"]) + 1
        numbers = [f"1Z{shipment['id']}V{version}P{package}"
                   for package in range(shipment["packages"])]  # fmt: skip
        shipment["versions"].append({"numbers": numbers, "at": self.time.truth})
        moment = self.time.at_the_org() + timedelta(seconds=len(shipment["versions"]))
        rows = [
            f"{shipment['reference']},{line},{sku},{quantity},2026-11-23,UPS,Ground,"
            f"{numbers[place % len(numbers)]},{place % len(numbers)},,"
            for place, (line, sku, quantity) in enumerate(shipment["rows"])
        ]
        if len(rows) < len(numbers):
            # One line in two boxes: the first holds all, the other one is a spare with none.
            shipment["versions"][-1]["numbers"] = numbers[: len(rows)]
        name = f"shp_{shipment['id']}_{moment:%Y%m%d%H%M%S}.csv"
        content = [SHIPMENT_HEADING, *rows]
        how = self._write(CODES[shipment["merchant"]], "shipments", name, content, how)
        return f"{shipment['merchant']} {shipment['number']} is shipped: {name}, {how}"

    def count_stock(self, merchant: str, *, kind: str = "good", how: str = "") -> None:
        """Publish a count: ``good``, ``old`` (of an hour ago), or ``bad`` (half a file, zeros)."""
        bad = [each for each in self.counts
               if each["merchant"] == merchant and each["kind"] == "bad"]  # fmt: skip
        if kind == "bad" and len(bad) >= MOST_UNBELIEVABLE:
            return
        levels = {sku: self.chance.randrange(1, 500) for sku in SKUS}
        if kind == "bad" and self.chance.random() < 0.5:
            levels = dict.fromkeys(SKUS, 0)
        elif kind == "bad":
            levels = {SKUS[0]: 7}
        at = self.time.at_the_org() - timedelta(hours=1 if kind == "old" else 0)
        number = len(self.counts) + 1
        self.counts.append(
            {"merchant": merchant, "kind": kind, "as_of": at.timestamp(), "levels": levels}
        )
        rows = [f"RNO,{sku},{level},0,{level},,,{at:%Y-%m-%dT%H:%M:%SZ}"
                for sku, level in levels.items()]  # fmt: skip
        name = f"inv_{number}_{self.time.at_the_org():%Y%m%d%H%M%S}.csv"
        self._write(CODES[merchant], "stock", name, [STOCK_HEADING, *rows], how)

    def spoil(self, merchant: str) -> str:
        """Nobody can use this merchant's folder: somebody has put a file in its place."""
        if merchant in self.broken:
            return ""
        self.broken.add(merchant)
        self._folder_of(merchant).rename(self._aside(merchant))
        self._folder_of(merchant).touch()
        return f"the folder of {merchant} cannot be used"

    def mend(self) -> str:
        """Every folder can be used, as it was left."""
        for merchant in sorted(self.broken):
            self._folder_of(merchant).unlink()
            self._aside(merchant).rename(self._folder_of(merchant))
        mended, self.broken = self.broken, set()
        return f"the folder of {' and '.join(sorted(mended))} can be used again" if mended else ""

    def _folder_of(self, merchant: str) -> Path:
        return self.folder / CODES[merchant]

    def _aside(self, merchant: str) -> Path:
        return self.folder / f"aside-{CODES[merchant]}"

    def finish_files(self) -> None:
        """Whatever is only half there is whole now."""
        halves, self._half = self._half, []
        for path, text in halves:
            self._put(path, text)

    def release_late_files(self) -> None:
        """Files that were held up come now, the newest first."""
        late, self._later = self._later, []
        for path, text in reversed(late):
            self._put(path, text)

    def _write(self, code: str, folder: str, name: str, rows: list[str], how: str = "") -> str:
        path = self.folder / code / folder / name
        text = "".join(f"{row}\r\n" for row in rows)
        how = how or self.chance.choices(("whole", "half", "temporary", "late"), (6, 1, 1, 2))[0]
        if how == "whole":
            self._put(path, text)
        elif how == "late":
            self._later.append((path, text))
        else:
            written = path if how == "half" else path.with_name(f"{name}.tmp")
            self._put(written, text[: len(text) // 2], known=False)
            self._half.append((path, text))
        return how

    def _put(self, path: Path, text: str, *, known: bool = True) -> None:
        if path.parents[1].name in {CODES[merchant] for merchant in self.broken}:
            if known:
                self._later.append((path, text))
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f"{path.name}.tmp").unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        os.utime(path, (self.time.truth, self.time.truth))
        if known:
            self._written.append((path, text))
