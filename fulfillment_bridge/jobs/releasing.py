"""Releasing an order to a warehouse, and taking it back as long as it has not left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from fulfillment_bridge.domain.order import Order
from fulfillment_bridge.errors import Misconfigured, Retry
from fulfillment_bridge.jobs.base import CartProfile
from fulfillment_bridge.storage.fulfillment_orders import (
    NewFulfillmentOrder,
    StoredFulfillmentOrder,
)
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.outbox import Message, NewMessage
from fulfillment_bridge.storage.switches import CartSwitches
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import WarehouseProfile

_NOT_IN_REFERENCES = re.compile(r"[^A-Za-z0-9._-]+")


def choose_warehouse(profile: CartProfile) -> WarehouseProfile:
    """Where an order of this cart goes: for now everything to the first warehouse.

    Misconfigured where there is none, or it does not know the merchant.
    """
    if not profile.warehouses:
        raise Misconfigured(
            f"cart {profile.name} has no warehouse",
            remedy=f"Name one in config.yaml under carts.{profile.name}.warehouses.",
        )
    warehouse = profile.warehouses[0]
    if profile.merchant not in warehouse.merchants:
        raise Misconfigured(
            f"warehouse {warehouse.name} has no code for merchant {profile.merchant}",
            remedy=f"Add it in config.yaml under warehouses.{warehouse.name}.merchants.",
        )
    return warehouse


def may_be_released(stored: StoredOrder, order: Order, switches: CartSwitches) -> bool:
    """Whether the cart is live, and the order not older than it went live for."""
    if switches.live_at is None or stored.state != "new":
        return False
    return switches.live_from is None or _ordered_at(stored, order) >= switches.live_from


def release(
    uow: UnitOfWork,
    orders: Sequence[tuple[StoredOrder, Order]],
    profile: CartProfile,
    *,
    at: datetime,
    reference: str | None = None,
) -> None:
    """Make fulfillment orders and the messages that carry them, in one transaction.

    A message carries its order as it is now, whatever is edited after it has left. Without a
    ``reference`` it is the order number.
    """
    warehouse = choose_warehouse(profile)
    parts = uow.fulfillment_orders.add_all(
        [
            NewFulfillmentOrder(
                order_id=stored.order_id,
                warehouse=warehouse.name,
                merchant=profile.merchant,
                merchant_code=warehouse.merchants[profile.merchant],
                wanted_reference=reference or wanted_reference(order.order_number),
                order=order,
            )
            for stored, order in orders
        ],
        at=at,
    )
    uow.outbox.enqueue_all(
        [_message(part, order, 1) for part, (_, order) in zip(parts, orders, strict=True)],
        at=at,
    )
    told = [(part.order_id, {"warehouse": part.warehouse, "reference": part.reference})
            for part in parts]  # fmt: skip
    uow.events.add_each(at, "released", told)


def _message(part: StoredFulfillmentOrder, order: Order, number: int) -> NewMessage:
    """The first one is as new as its fulfillment order; those with another content count on."""
    return NewMessage(
        kind="fulfillment_order",
        destination=f"warehouse:{part.warehouse}",
        idempotency_key=f"fulfillment_order:{part.fulfillment_order_id}:{number}",
        order_id=part.order_id,
        fulfillment_order_id=part.fulfillment_order_id,
        payload={"order": order.content()},
    )


def wanted_reference(order_number: str) -> str:
    """The order number in letters that every warehouse takes: ``#1001/B`` becomes ``1001-B``."""
    return _NOT_IN_REFERENCES.sub("-", order_number).strip("-.") or "order"


def take_back(uow: UnitOfWork, order: StoredOrder, *, at: datetime) -> bool:
    """Undo the release of an order that has not left; it is new again, or stays what it was.

    False, and nothing changed, where a warehouse has a part of it, or may have it.
    """
    parts = [p for p in uow.fulfillment_orders.by_order(order.order_id) if p.state != "canceled"]
    if not all(_is_still_here(uow, part) for part in parts):
        return False
    for part in parts:
        _withdraw(uow, part, at)
    return True


def change_content(
    uow: UnitOfWork, part: StoredFulfillmentOrder, order: Order, *, at: datetime
) -> bool:
    """Let a part that certainly never arrived leave with another content, as what it was.

    False, and nothing changed, where the warehouse has it, or may have it.
    """
    if part.state != "released" or not _is_still_here(uow, part):
        return False
    if not uow.outbox.supersede(part.fulfillment_order_id, at=at):
        raise Retry(f"{part.reference} is being handed over at this moment")
    uow.fulfillment_orders.replace_lines(part.fulfillment_order_id, order)
    before = [m for m in _messages_of(uow, part) if m.kind == "fulfillment_order"]
    uow.outbox.enqueue_all([_message(part, order, len(before) + 1)], at=at)
    return True


def _is_still_here(uow: UnitOfWork, part: StoredFulfillmentOrder) -> bool:
    """Refused by the warehouse, or waiting, and it is certain that nothing of it arrived."""
    if part.state == "rejected":
        return True
    messages = [m for m in _messages_of(uow, part) if m.kind == "fulfillment_order"]
    return part.state == "released" and bool(messages) and messages[-1].is_still_here


def _messages_of(uow: UnitOfWork, part: StoredFulfillmentOrder) -> list[Message]:
    every = uow.outbox.by_order(part.order_id)
    return [each for each in every if each.fulfillment_order_id == part.fulfillment_order_id]


def _withdraw(uow: UnitOfWork, part: StoredFulfillmentOrder, at: datetime) -> None:
    if part.state == "rejected":
        uow.fulfillment_orders.set_state(part.fulfillment_order_id, "released", at=at)
        uow.dead_letters.supersede(part.order_id, "fulfillment_order", at=at)
    elif not uow.outbox.supersede(part.fulfillment_order_id, at=at):
        # Claimed between our look and now: undo everything, and look again in the next run.
        raise Retry(f"{part.reference} is being handed over at this moment")
    uow.fulfillment_orders.withdraw(part.fulfillment_order_id, at=at)
    uow.events.add(part.order_id, at, "taken_back", reference=part.reference)


def _ordered_at(stored: StoredOrder, order: Order) -> datetime:
    """When it was ordered: the date from the org, else when we first saw it."""
    if order.ordered_on is None:
        return stored.received_at
    return datetime.combine(order.ordered_on, datetime.max.time(), UTC)
