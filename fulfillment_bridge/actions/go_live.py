"""Say go: from now on a cart's orders are released to its warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.orders import StoredOrder


@dataclass(frozen=True)
class GoLivePreview:
    """What saying go would do. ``too_old`` are waiting orders from before ``live_from``."""

    cart: str
    already_live_at: datetime | None
    waiting: int
    too_old: int
    held: int
    first_number: str = ""
    last_number: str = ""


def preview_go_live(
    store: Store, cart_name: str, connection: str, live_from: datetime | None
) -> GoLivePreview:
    """How many orders would be released at the next download.

    Raises UserError where the cart has no workbook yet."""
    with store.read() as uow:
        if uow.mappings.active(cart_name) is None:
            raise UserError(
                f"cart {cart_name} has no workbook yet, so there is nothing to release",
                remedy=f"fulfillment-bridge mapping load FILE --cart {cart_name}",
            )
        # The cart may have read another org before; its orders are not released any more.
        organization_id = uow.connections.get(connection).organization_id
        waiting = uow.orders.waiting(cart_name, organization_id)
        held = uow.orders.held(cart_name, organization_id=organization_id)
        live_at = uow.carts.get(cart_name).live_at
    due = [order for order in waiting if not is_older(order, live_from)]
    return GoLivePreview(
        cart=cart_name,
        already_live_at=live_at,
        waiting=len(due),
        too_old=len(waiting) - len(due),
        held=len(held),
        first_number=due[0].order_number if due else "",
        last_number=due[-1].order_number if due else "",
    )


def is_older(order: StoredOrder, live_from: datetime | None) -> bool:
    """Was it ordered (or, without a date, received) before the cart counts as live?"""
    if live_from is None:
        return False
    mapped = order.order
    if mapped is not None and mapped.ordered_on is not None:
        return mapped.ordered_on < live_from.date()
    return order.received_at < live_from


def go_live(
    store: Store, clock: Clock, cart_name: str, live_from: datetime | None, *, actor: str
) -> None:
    """Switch the cart live and download at the next tick."""
    now = clock.now()
    with store.begin() as uow:
        uow.carts.go_live(cart_name, at=now, live_from=live_from)
        uow.schedule.make_due("order_download", cart_name, at=now)
        since = live_from.isoformat() if live_from else None
        uow.audit.add(now, actor, "go-live", f"cart:{cart_name}", live_from=since)
