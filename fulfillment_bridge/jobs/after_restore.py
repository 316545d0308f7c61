"""After an older backup was restored: what the life that is forgotten has handed over.

That life may have sent orders which we only now take in again. So for some time each order is
looked up at the warehouse by its number before it is sent; what is there is not sent again, and
what nobody can tell of waits for a person.
"""

from __future__ import annotations

import re
from datetime import timedelta

from fulfillment_bridge.errors import OutcomeUnknown
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.warehouses.base import RemembersOrders, Warehouse

BACKUP_AT = "database backup"
RESTORED_AT = "database restored"
RECOVERED_AT = "database recovered"
LOOKED_UP_FOR = timedelta(days=35)
EARLIER = timedelta(days=1)
"""The warehouse's clock may differ from ours."""

_RESENT = re.compile(r"-R\d+$")


class AfterRestore:
    """Asks a warehouse once in a run what it was given before."""

    def __init__(self, ctx: JobContext, warehouse: Warehouse) -> None:
        self._ctx, self._warehouse = ctx, warehouse
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
        if self._ctx.now() - self._restored_at > LOOKED_UP_FOR:
            return False
        references = self._references(message, part)
        if part.reference in references:
            return True
        first = [reference for reference in references if not _RESENT.search(reference)]
        if not first or _RESENT.search(part.reference):
            return False
        with self._ctx.store.begin() as uow:
            adopted = uow.fulfillment_orders.adopt_reference(part, first[0])
        if not adopted:
            raise self._doubt(part, f"was sent before as {first[0]}, which another order has here")
        return True

    def _references(self, message: Message, part: StoredFulfillmentOrder) -> tuple[str, ...]:
        code = part.merchant_code
        if not isinstance(self._warehouse, RemembersOrders):
            return self._cannot_tell(message, part)
        if code not in self._known:
            assert self._backup_at is not None  # noqa: S101 was_sent has looked
            try:
                self._known[code] = self._warehouse.sent_since(code, self._backup_at - EARLIER)
            except OutcomeUnknown:
                return self._cannot_tell(message, part)
        return self._known[code].get(message.payload["order"]["order_number"], ())

    def _cannot_tell(self, message: Message, part: StoredFulfillmentOrder) -> tuple[str, ...]:
        """An order that did not exist before the restoration cannot have been sent before."""
        with self._ctx.store.read() as uow:
            order = uow.orders.get(message.order_id)
        if self._restored_at is not None and order.modstamp < self._restored_at:
            raise self._doubt(part, "may have been sent before the database was restored")
        return ()

    def _doubt(self, part: StoredFulfillmentOrder, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{part.reference} {why}",
            remedy=f"Ask {part.warehouse} whether it has the order, then settle it: "
            "fulfillment-bridge orders release ORDER --it-is-there --reason TEXT, or "
            "--it-is-not-there.",
            code="restored",
        )
