"""Stop and start a cart, a connection or a warehouse; kept across restarts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.switches import Carts, Warehouses
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

Kind = Literal["cart", "connection", "warehouse"]


def pause(store: Store, clock: Clock, kind: Kind, name: str, *, reason: str, actor: str) -> None:
    """No job runs for it until it is resumed; what is running finishes its record."""
    now = clock.now()
    with store.begin() as uow:
        if kind == "connection":
            uow.connections.pause(name, at=now)
        else:
            _switches(uow, kind).pause(name, at=now, reason=reason)
        uow.audit.add(now, actor, "pause", f"{kind}:{name}", reason=reason)


def resume(
    store: Store,
    clock: Clock,
    kind: Kind,
    name: str,
    *,
    actor: str,
    targets: Collection[str],
    other_org: bool = False,
) -> None:
    """Undo a pause, and for a connection a suspension too: the next job tries to log in again.

    ``targets`` are the carts or the warehouse that stood still: their jobs are due at once.
    ``other_org`` says that the connection may now belong to another org than before.
    """
    now = clock.now()
    with store.begin() as uow:
        if kind == "connection":
            uow.connections.resume(name)
            if other_org:
                uow.connections.forget_org(name)
        else:
            _switches(uow, kind).resume(name)
        uow.schedule.make_all_due(targets, at=now)
        uow.audit.add(now, actor, "resume", f"{kind}:{name}", other_org=other_org)


def _switches(uow: UnitOfWork, kind: Kind) -> Carts | Warehouses:
    return uow.carts if kind == "cart" else uow.warehouses
