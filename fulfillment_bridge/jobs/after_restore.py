"""After an older backup was restored: what the life that is forgotten has handed over.

That life may have sent orders which we only now take in again. So each order that existed by then
is looked up at the warehouse by its number before it is sent; what is there is not sent again, and
what nobody can tell of waits for a person.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from fulfillment_bridge.domain.fulfillment import FulfillmentOrder
from fulfillment_bridge.errors import OutcomeUnknown, Rejected
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.requests import ask_to_change
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.moments import BACKUP_AT, RECOVERED_AT, RESTORED_AT
from fulfillment_bridge.storage.outbox import NOTHING_SENT, Message
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import RemembersOrders, Warehouse

EARLIER = timedelta(days=7)
"""The warehouse's clock may differ from ours, and ours may have been wrong by days."""

_RESENT = re.compile(r"-R\d+$")
_AS_IT_IS = "as it is in Salesforce now"


class AfterRestore:
    """Asks a warehouse once in a run what it was given before."""

    def __init__(self, ctx: JobContext, warehouse: Warehouse) -> None:
        self._ctx, self._warehouse = ctx, warehouse
        self.found: set[int] = set()
        """Fulfillment orders that it had in this run."""
        self._known: dict[str, dict[str, tuple[str, ...]]] = {}
        with ctx.store.read() as uow:
            self._restored_at = uow.moments.get(RESTORED_AT)
            self._backup_at = uow.moments.get(BACKUP_AT)

    def was_sent(self, message: Message, part: StoredFulfillmentOrder) -> bool:
        """Whether the warehouse has it from before; then we know it by its reference there.

        OutcomeUnknown where that cannot be told of an order that is old enough.
        """
        if self._restored_at is None or self._backup_at is None:
            return False
        if (message.last_error or "").startswith(NOTHING_SENT):
            return False  # A person has asked there, or it was looked up before and not sent.
        if not self._existed_before(message.order_id):
            return False
        references = self._references(message, part)
        if part.reference in references:
            return True
        first = [reference for reference in references if not is_resent(reference)]
        if not first or is_resent(part.reference):
            return False
        with self._ctx.store.begin() as uow:
            adopted = uow.fulfillment_orders.adopt_reference(part, first[0])
        if not adopted:
            raise doubt(part, f"was sent before as {first[0]}, which another order has here")
        return True

    def _existed_before(self, order_id: int) -> bool:
        """By the org's own clock; until everything is recovered nobody can say that it did not."""
        with self._ctx.store.read() as uow:
            if uow.moments.get(RECOVERED_AT) is None:
                return True
            order = uow.orders.get(order_id)
            known_until = uow.moments.get(known_until_name(order.cart))
        if order.created_at is None or known_until is None:
            return True
        return order.created_at < known_until

    def _references(self, message: Message, part: StoredFulfillmentOrder) -> tuple[str, ...]:
        code = part.merchant_code
        if code not in self._known:
            self._known[code] = self._sent(part)
        return self._known[code].get(as_told(message.payload["order"]["order_number"]), ())

    def _sent(self, part: StoredFulfillmentOrder) -> dict[str, tuple[str, ...]]:
        if isinstance(self._warehouse, RemembersOrders) and self._backup_at is not None:
            try:
                return self._warehouse.sent_since(part.merchant_code, self._backup_at - EARLIER)
            except OutcomeUnknown:
                pass
        raise doubt(part, "may have been sent before the database was restored")


def known_until_name(cart: str) -> str:
    """The moment of the org's clock up to which the recovery has read this cart's orders."""
    return f"database recovered up to, {cart}"


def is_resent(reference: str) -> bool:
    """Whether a person had it sent once more under this one."""
    return _RESENT.search(reference) is not None


def as_told(order_number: str) -> str:
    """An order number as it comes back from a warehouse: white space does not count."""
    return " ".join(order_number.split())


def doubt(part: StoredFulfillmentOrder, why: str) -> OutcomeUnknown:
    """Only a person can find out, and how."""
    return OutcomeUnknown(
        f"{part.reference} {why}",
        remedy=f"Ask {part.warehouse} whether it has the order, and with which lines; then settle "
        "it: fulfillment-bridge orders release ORDER --it-is-there --reason TEXT, or "
        "--it-is-not-there.",
        code="restored",
    )


def tell_if_otherwise(
    ctx: JobContext,
    uow: UnitOfWork,
    warehouse: Warehouse,
    part: StoredFulfillmentOrder,
    shipping: FulfillmentOrder,
) -> None:
    """It was sent in the life that is lost: where not as it is now, ask for that, and tell."""
    if not isinstance(warehouse, RemembersOrders):
        return
    try:
        expected = warehouse.prepare(
            replace(shipping, reference=part.reference), created_at=ctx.now()
        )
        is_same = warehouse.has_as(expected)
    except Rejected:
        is_same = False
    if is_same:
        return
    text = (
        f"had been sent to {part.warehouse} as {part.reference} before the database was restored, "
        "and otherwise than it is in Salesforce now"
    )
    uow.events.add(part.order_id, ctx.now(), "changed_after_release", what=text)
    uow.orders.set_attention(part.order_id, text, at=ctx.now())
    order = uow.orders.get(part.order_id)
    ctx.ask_for_attention(f"order {order.order_number} {text}")
    ask_to_change(uow, part.order_id, shipping.order, difference=[_AS_IT_IS], at=ctx.now())
