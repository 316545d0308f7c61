"""The merchants' people: they create, edit, cancel and delete orders, and what they did is kept."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from tests.faults.building import SKUS
from tests.faults.clocks import SharedTime
from tests.faults.orgs import BUSY, LINE, ORDER, REFUSED, OrgProcess

LAGS = (0.0, 0.0, 0.0, 5.0, 45.0, 200.0, 500.0)
"""Seconds until a transaction is seen; our overlap of ten minutes bears all of them."""


@dataclass
class Merchants:
    """All orders of all merchants, each with every state it was ever in."""

    orgs: OrgProcess
    time: SharedTime
    chance: random.Random
    names: tuple[str, ...]
    lags: tuple[float, ...] = LAGS
    orders: list[dict[str, Any]] = field(default_factory=list)

    def create_three(self) -> str:
        """Three at one moment, so with one stamp, and ready."""
        return "; ".join(self.create(ready=True, lines=1) for _ in range(3))

    def create_two(self) -> str:
        """Two with two lines each, ready."""
        return "; ".join(self.create(ready=True, lines=2) for _ in range(2))

    def create(self, *, ready: bool | None = None, lines: int | None = None, of: str = "") -> str:
        """A new order of some merchant, or that one; both count from 1001."""
        merchant = of or self.chance.choice(self.names)
        number = str(1001 + sum(each["merchant"] == merchant for each in self.orders))
        note = self.chance.choices(("Ada", BUSY, REFUSED), (12, 1, 1))[0]
        is_ready = self.chance.random() < 0.8 if ready is None else ready
        lag = self.chance.choice(self.lags)
        status = "Approved" if is_ready else "Draft"
        row = {"Order_No__c": number, "Attention__c": note, "Status__c": status,
               "Delivery__c": "Regular", "Ordered_On__c": "2026-11-20"}  # fmt: skip
        [record_id] = self.orgs("insert", merchant, ORDER, [row], lag)
        order: dict[str, Any] = {"merchant": merchant, "number": number, "id": record_id,
                                 "note": note, "versions": []}  # fmt: skip
        self.orders.append(order)
        many = self.chance.choice((0, 1, 1, 2, 3)) if lines is None else lines
        rows = [self._line(record_id) for _ in range(many)]
        if rows:
            # Loaders write lines in a transaction of their own.
            self.orgs("insert", merchant, LINE, rows, max(lag, self.chance.choice(self.lags)))
        self._note(order, status=status, gift="", lines=[_content(row) for row in rows])
        return f"{merchant} has {number} {status} {rows and order['versions'][-1]['lines']}"

    def add_line(self) -> str:
        """One more line of some order."""
        order = self._some()
        if order is not None:
            row = self._line(order["id"])
            self.orgs("insert", order["merchant"], LINE, [row], self.chance.choice(self.lags))
            lines = [*order["versions"][-1]["lines"], _content(row)]
            self._note(order, lines=sorted(lines))
            return f"{order['merchant']} adds a line to {order['number']}"
        return ""

    def edit(self) -> str:
        """Another gift note."""
        gift = f"note {self.chance.randrange(1000)}"
        return self._change({"Gift_Note__c": gift}, gift=gift)

    def set_status(self, status: str, *, of: str = "") -> str:
        """Approved, Draft, On Hold or Cancelled; of some order, or the one with that number."""
        return self._change({"Status__c": status}, of, status=status)

    def delete(self) -> str:
        """Some order is deleted."""
        order = self._some()
        if order is not None and self.orgs("delete", order["merchant"], ORDER, order["id"]):
            self._note(order, deleted=True)
            return f"{order['merchant']} deletes {order['number']}"
        return ""

    def _change(self, values: dict[str, Any], number: str = "", **noted: Any) -> str:
        order = self._some(number)
        if order is not None:
            lag = self.chance.choice(self.lags)
            self.orgs("change", order["merchant"], ORDER, order["id"], values, lag)
            self._note(order, **noted)
            return f"{order['merchant']} changes {order['number']}, seen in {lag:.0f} s: {noted}"
        return ""

    def _some(self, number: str = "") -> dict[str, Any] | None:
        alive = [order for order in self.orders if not order["versions"][-1]["deleted"]
                 and number in ("", order["number"])]  # fmt: skip
        return self.chance.choice(alive) if alive else None

    def _line(self, record_id: str) -> dict[str, Any]:
        quantity = self.chance.randrange(1, 9)
        return {"Sales_Order__c": record_id, "Item_Code__c": self.chance.choice(SKUS),
                "Qty__c": quantity}  # fmt: skip

    def _note(self, order: dict[str, Any], **changes: Any) -> None:
        before = order["versions"][-1] if order["versions"] else {"deleted": False}
        version = {**before, **changes, "at": self.time.truth}
        version["lines"] = sorted(version["lines"])
        order["versions"].append(version)


def _content(row: dict[str, Any]) -> list[str]:
    return [row["Item_Code__c"], str(row["Qty__c"])]
