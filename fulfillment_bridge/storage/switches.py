"""What people switched on and off: carts that went live, carts and warehouses on pause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import carts, warehouses


@dataclass(frozen=True)
class CartSwitches:
    """A cart releases orders only once it is live, and then none older than ``live_from``."""

    name: str
    live_at: datetime | None = None
    live_from: datetime | None = None
    paused_at: datetime | None = None
    pause_reason: str | None = None


@dataclass(frozen=True)
class WarehouseSwitches:
    """A warehouse on pause gets nothing and is not read."""

    name: str
    paused_at: datetime | None = None
    pause_reason: str | None = None


class Carts(Repository):
    """``uow.carts``"""

    def get(self, name: str) -> CartSwitches:
        """How the cart is switched; a cart nobody touched is neither live nor paused."""
        row = self._one(carts, name=name)
        return CartSwitches(name) if row is None else CartSwitches(**row)

    def go_live(self, name: str, *, at: datetime, live_from: datetime | None = None) -> None:
        """From now on orders are released, where given only those not older than that."""
        self._upsert(carts, {"name": name}, {"live_at": at, "live_from": live_from})

    def pause(self, name: str, *, at: datetime, reason: str = "") -> None:
        """No job runs for the cart until it is resumed."""
        self._upsert(carts, {"name": name}, {"paused_at": at, "pause_reason": reason})

    def resume(self, name: str) -> None:
        """Undo the pause."""
        self._upsert(carts, {"name": name}, {"paused_at": None, "pause_reason": None})


class Warehouses(Repository):
    """``uow.warehouses``"""

    def get(self, name: str) -> WarehouseSwitches:
        """How the warehouse is switched."""
        row = self._one(warehouses, name=name)
        return WarehouseSwitches(name) if row is None else WarehouseSwitches(**row)

    def pause(self, name: str, *, at: datetime, reason: str = "") -> None:
        """No job runs for the warehouse until it is resumed."""
        self._upsert(warehouses, {"name": name}, {"paused_at": at, "pause_reason": reason})

    def resume(self, name: str) -> None:
        """Undo the pause."""
        self._upsert(warehouses, {"name": name}, {"paused_at": None, "pause_reason": None})
