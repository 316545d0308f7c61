"""What all decisions about single orders share: who decides and why, and which order it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fulfillment_bridge.actions.order_report import find_orders, numbers_like
from fulfillment_bridge.clock import Clock
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Hand:
    """A person who decides something, and the reason that is kept with it."""

    store: Store
    clock: Clock
    actor: str
    reason: str

    def now(self) -> datetime:
        return self.clock.now()

    def note(
        self, uow: UnitOfWork, order: StoredOrder, action: str, event: str, **detail: Any
    ) -> None:
        """Into the audit and into the order's story."""
        now = self.now()
        about = {"order_number": order.order_number, "cart": order.cart}
        uow.audit.add(
            now, self.actor, f"orders {action}", f"order:{order.order_id}",
            reason=self.reason, **about, **detail,
        )  # fmt: skip
        uow.events.add(order.order_id, now, event, actor=self.actor, reason=self.reason, **detail)


def one_order(store: Store, number: str, cart: str | None) -> StoredOrder:
    """The one order with that number or reference; UserError where there is none, or several."""
    found = find_orders(store, number, cart)
    if len(found) > 1:
        carts = ", ".join(dict.fromkeys(order.cart for order in found))
        raise UserError(
            f"{len(found)} orders are called {number}, of {carts}",
            remedy="Say which with --cart, or by its reference at the warehouse.",
        )
    if not found:
        near = numbers_like(store, number, cart)
        did_you_mean = f"Did you mean {' or '.join(near)}? If not: " if near else ""
        raise UserError(
            f"the bridge has no order {number}",
            remedy=f"{did_you_mean}fulfillment-bridge orders why {number} --cart {cart or 'NAME'}",
        )
    return found[0]


def parts_in(
    uow: UnitOfWork, order: StoredOrder, states: Collection[str]
) -> list[StoredFulfillmentOrder]:
    """The order's parts in one of these states."""
    return [
        part for part in uow.fulfillment_orders.by_order(order.order_id) if part.state in states
    ]


def refusal(order: StoredOrder, why: str, remedy: str = "") -> UserError:
    """Why this cannot be done to this order, and what can."""
    return UserError(f"order {order.order_number} of {order.cart} {why}", remedy=remedy)


def command(action: str, order: StoredOrder, *options: str) -> str:
    """The command that a person may copy; the reason is left for them to write."""
    words = " ".join(("fulfillment-bridge orders", action, order.order_number, *options))
    return f"{words} --cart {order.cart} --reason TEXT"
