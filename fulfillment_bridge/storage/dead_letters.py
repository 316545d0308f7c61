"""Messages that wait for a person: refused ones, and those whose outcome nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import RowMapping, Update, select

from fulfillment_bridge.storage.outbox import NOTHING_SENT, OPEN_STATES, Message
from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import fulfillment_orders, orders, outbox

STUCK = ("dead", "unknown")
_ROW = outbox.c
_NO_LEASE = {"lease_owner": None, "lease_until": None}
_LETTER = (
    select(
        outbox,
        orders.c.order_number,
        orders.c.cart,
        orders.c.cart_order_id,
        fulfillment_orders.c.reference,
    )
    .join(orders, orders.c.order_id == _ROW.order_id)
    .outerjoin(
        fulfillment_orders,
        fulfillment_orders.c.fulfillment_order_id == _ROW.fulfillment_order_id,
    )
)
_OF_MESSAGE = [each.name for each in fields(Message) if each.name != "was_interrupted"]


@dataclass(frozen=True)
class DeadLetter:
    """A message, and the order that it is about; ``reference`` where it goes to a warehouse."""

    message: Message
    order_number: str
    cart: str
    cart_order_id: str
    reference: str | None


class DeadLetters(Repository):
    """``uow.dead_letters``"""

    def find(
        self, *, cart: str | None = None, destination: str | None = None, limit: int | None = None
    ) -> list[DeadLetter]:
        """Oldest first; of one cart's orders, to one destination, where given."""
        wanted = _LETTER.where(_ROW.state.in_(STUCK))
        if cart is not None:
            wanted = wanted.where(orders.c.cart == cart)
        if destination is not None:
            wanted = wanted.where(_ROW.destination == destination)
        rows = self._rows(wanted.order_by(_ROW.message_id).limit(limit))
        return [_letter(row) for row in rows]

    def get(self, message_id: int) -> DeadLetter:
        """The message, whatever became of it; KeyError if there is none."""
        row = self._first(_LETTER.where(_ROW.message_id == message_id))
        if row is None:
            raise KeyError(message_id)
        return _letter(row)

    def discard(self, message_id: int, *, at: datetime) -> bool:
        """A person decided that a refused message is never sent."""
        refused = outbox.update().where(_ROW.message_id == message_id, _ROW.state == "dead")
        return self._change(refused.values(state="discarded", settled_at=at)) == 1

    def supersede(self, order_id: int, kind: str, *, at: datetime) -> int:
        """What was refused about an order has been overtaken by a newer message; how many."""
        refused = outbox.update().where(
            _ROW.order_id == order_id, _ROW.kind == kind, _ROW.state == "dead"
        )
        return self._change(refused.values(state="superseded", settled_at=at))

    def arrived_after_all(self, part: int, kind: str, *, at: datetime) -> None:
        """It is known that this fulfillment order is there, whoever has sent it and when."""
        self._change(_about(part, kind).values(state="done", settled_at=at, **_NO_LEASE))

    def doubt(self, part: int, kind: str, *, error: str, at: datetime) -> None:
        """Nobody can tell whether this fulfillment order arrived: it is not sent by itself."""
        values = {"state": "unknown", "last_error": error, "last_error_at": at, **_NO_LEASE}
        self._change(_about(part, kind).values(values))

    def never_arrived(self, message_id: int, *, said: str, at: datetime) -> bool:
        """A person found out that a message of unknown outcome is not there: it is sent."""
        unknown = outbox.update().where(_ROW.message_id == message_id, _ROW.state == "unknown")
        values = {
            "state": "pending",
            "next_attempt_at": at,
            "last_error": f"{NOTHING_SENT}{said}",
            "last_error_at": at,
        }
        return self._change(unknown.values(values)) == 1


def _about(part: int, kind: str) -> Update:
    return outbox.update().where(
        _ROW.fulfillment_order_id == part,
        _ROW.kind == kind,
        _ROW.state.in_((*OPEN_STATES, "dead")),
    )


def _letter(row: RowMapping) -> DeadLetter:
    return DeadLetter(
        message=Message(**{name: row[name] for name in _OF_MESSAGE}),
        order_number=row["order_number"],
        cart=row["cart"],
        cart_order_id=row["cart_order_id"],
        reference=row["reference"],
    )
