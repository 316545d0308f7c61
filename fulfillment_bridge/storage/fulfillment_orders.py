"""Fulfillment orders and the progress of their lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true

from fulfillment_bridge.domain.fulfillment import LineProgress, move
from fulfillment_bridge.domain.order import Order, OrderLine
from fulfillment_bridge.storage.orders import Orders
from fulfillment_bridge.storage.repository import Repository, slices
from fulfillment_bridge.storage.tables import fulfillment_lines, fulfillment_orders, orders

CLOSED = ("shipped", "closed_short", "confirmed", "canceled")
REFERENCE_LENGTH = 22
_PARTS = fulfillment_orders.c
_LINES = fulfillment_lines.c


@dataclass(frozen=True)
class NewFulfillmentOrder:
    """What to release to which warehouse. ``wanted_reference`` is taken if it is free."""

    order_id: int
    warehouse: str
    merchant: str
    merchant_code: str
    wanted_reference: str
    order: Order
    reference_length: int = REFERENCE_LENGTH


@dataclass(frozen=True)
class StoredFulfillmentOrder:
    """One row."""

    fulfillment_order_id: int
    order_id: int
    warehouse: str
    merchant: str
    merchant_code: str
    reference: str
    state: str
    warehouse_order_id: str
    released_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True)
class StoredLine:
    """One line of a fulfillment order, in the warehouse's units."""

    fulfillment_order_id: int
    line_number: int
    cart_line_id: str
    sku: str
    warehouse_sku: str
    ordered: Decimal
    shipped: Decimal
    short: Decimal
    canceled: Decimal

    @property
    def progress(self) -> LineProgress:
        """The quantities alone, as the domain reckons with them."""
        return LineProgress(
            line_number=self.line_number,
            ordered=self.ordered,
            shipped=self.shipped,
            short=self.short,
            canceled=self.canceled,
        )


class FulfillmentOrders(Repository):
    """``uow.fulfillment_orders``"""

    def add(self, new: NewFulfillmentOrder, *, at: datetime) -> StoredFulfillmentOrder:
        """Release: the first free reference is taken and the order's own state is released."""
        fulfillment_order_id = self._add_under_free_reference(new, at)
        self._add_lines(fulfillment_order_id, new.order.lines)
        Orders(self._connection).set_state(new.order_id, "released", at=at)
        return self.get(fulfillment_order_id)

    def free_reference(
        self, warehouse: str, wanted: str, length: int = REFERENCE_LENGTH
    ) -> str:
        """``wanted``, else ``wanted-2``, ``-3`` …: the first that this warehouse never saw."""
        return next(
            reference
            for reference in references(wanted, length)
            if self.by_reference(warehouse, reference) is None
        )

    def get(self, fulfillment_order_id: int) -> StoredFulfillmentOrder:
        """The fulfillment order; KeyError if there is none."""
        found = self._many(_PARTS.fulfillment_order_id == fulfillment_order_id)
        if not found:
            raise KeyError(fulfillment_order_id)
        return found[0]

    def by_reference(self, warehouse: str, reference: str) -> StoredFulfillmentOrder | None:
        """The one with that reference at that warehouse, whoever's it is."""
        found = self._many(and_(_PARTS.warehouse == warehouse, _PARTS.reference == reference))
        return found[0] if found else None

    def by_order(self, order_id: int) -> list[StoredFulfillmentOrder]:
        """All parts of one order, oldest first."""
        return self._many(_PARTS.order_id == order_id)

    def by_orders(self, order_ids: Collection[int]) -> dict[int, list[StoredFulfillmentOrder]]:
        """All parts of many orders, by order id; an order without parts has an empty list."""
        found: dict[int, list[StoredFulfillmentOrder]] = {order_id: [] for order_id in order_ids}
        for some in slices(order_ids):
            for part in self._many(_PARTS.order_id.in_(some)):
                found[part.order_id].append(part)
        return found

    def find(
        self, *, warehouse: str | None = None, states: Collection[str] = (), limit: int = 1000
    ) -> list[StoredFulfillmentOrder]:
        """Oldest first; of one warehouse, in some states, where given."""
        wanted: list[ColumnElement[bool]] = [true()]
        if warehouse is not None:
            wanted.append(_PARTS.warehouse == warehouse)
        if states:
            wanted.append(_PARTS.state.in_(list(states)))
        return self._many(and_(*wanted), limit)

    def set_state(self, fulfillment_order_id: int, to: str, *, at: datetime) -> None:
        """Move along the table of moves (staying is no move); the order shows it at once."""
        part = self.get(fulfillment_order_id)
        if part.state == to:
            return
        closed_at = part.closed_at or (at if to in CLOSED else None)
        self._set(fulfillment_order_id, state=move(part.state, to), closed_at=closed_at)
        Orders(self._connection).refresh_shown_state(part.order_id)

    def set_sent(
        self, fulfillment_order_id: int, *, at: datetime, warehouse_order_id: str = ""
    ) -> None:
        """The warehouse has it: state at_warehouse, and its own id where it gives one."""
        self.set_state(fulfillment_order_id, "at_warehouse", at=at)
        self._set(fulfillment_order_id, sent_at=at, warehouse_order_id=warehouse_order_id)

    def withdraw(self, fulfillment_order_id: int, *, at: datetime) -> None:
        """Take back one that never left: it is gone, its reference free, the order new again.

        Only in state released; call it after ``outbox.supersede`` said that nothing was tried.
        """
        part = self.get(fulfillment_order_id)
        if part.state != "released" or part.sent_at is not None:
            raise ValueError(f"{part.reference} is {part.state}; only a released one goes back")
        self._change(fulfillment_lines.delete().where(_of_lines(fulfillment_order_id)))
        self._change(
            fulfillment_orders.delete().where(_PARTS.fulfillment_order_id == fulfillment_order_id)
        )
        if not self.by_order(part.order_id):
            own = orders.update().where(orders.c.order_id == part.order_id)
            self._change(own.values(state="new", updated_at=at))
        Orders(self._connection).refresh_shown_state(part.order_id)

    def lines(self, fulfillment_order_id: int) -> list[StoredLine]:
        """Its lines by line number."""
        wanted = select(fulfillment_lines).where(_of_lines(fulfillment_order_id))
        return [StoredLine(**row) for row in self._rows(wanted.order_by(_LINES.line_number))]

    def replace_lines(self, fulfillment_order_id: int, order: Order) -> None:
        """The order was edited before it left: its lines anew, with no progress yet."""
        self._change(fulfillment_lines.delete().where(_of_lines(fulfillment_order_id)))
        self._add_lines(fulfillment_order_id, order.lines)

    def set_progress(self, fulfillment_order_id: int, progress: Sequence[LineProgress]) -> None:
        """What has become of each line by now."""
        for line in progress:
            row = fulfillment_lines.update().where(
                _of_lines(fulfillment_order_id), _LINES.line_number == line.line_number
            )
            self._change(
                row.values(shipped=line.shipped, short=line.short, canceled=line.canceled)
            )

    def unknown_to_warehouse(
        self, warehouse: str, merchant: str, *, as_of: datetime
    ) -> dict[str, Decimal]:
        """Open quantity per warehouse SKU that a count made at ``as_of`` cannot know of."""
        not_there = _PARTS.state.in_(("released", "outcome_unknown"))
        sent_later = and_(_PARTS.sent_at > as_of, _PARTS.state != "canceled")
        wanted = (
            select(_LINES.warehouse_sku, _LINES.ordered, _LINES.canceled)
            .join(fulfillment_orders, _PARTS.fulfillment_order_id == _LINES.fulfillment_order_id)
            .where(_PARTS.warehouse == warehouse, _PARTS.merchant == merchant)
            .where(or_(not_there, sent_later))
        )
        found: dict[str, Decimal] = {}
        for row in self._rows(wanted):
            sku = row["warehouse_sku"]
            found[sku] = found.get(sku, Decimal(0)) + row["ordered"] - row["canceled"]
        return found

    def _add_under_free_reference(self, new: NewFulfillmentOrder, at: datetime) -> int:
        for reference in references(new.wanted_reference, new.reference_length):
            # The unique key decides, not a look before: two workers may want the same one.
            if self._insert_if_new(
                fulfillment_orders,
                order_id=new.order_id,
                warehouse=new.warehouse,
                merchant=new.merchant,
                merchant_code=new.merchant_code,
                reference=reference,
                state="released",
                warehouse_order_id="",
                released_at=at,
            ):
                break
        taken = select(_PARTS.fulfillment_order_id).where(
            _PARTS.warehouse == new.warehouse, _PARTS.reference == reference
        )
        return int(self._scalar(taken))

    def _add_lines(self, fulfillment_order_id: int, lines: Sequence[OrderLine]) -> None:
        rows = [
            {
                "fulfillment_order_id": fulfillment_order_id,
                "line_number": line.line_number,
                "cart_line_id": line.cart_line_id,
                "sku": line.sku,
                "warehouse_sku": line.warehouse_sku or line.sku,
                "ordered": line.warehouse_quantity or line.quantity,
                "shipped": Decimal(0),
                "short": Decimal(0),
                "canceled": Decimal(0),
            }
            for line in lines
        ]
        self._connection.execute(fulfillment_lines.insert(), rows)

    def _set(self, fulfillment_order_id: int, **values: Any) -> None:
        row = fulfillment_orders.update()
        self._change(row.where(_PARTS.fulfillment_order_id == fulfillment_order_id).values(values))

    def _many(self, condition: Any, limit: int | None = None) -> list[StoredFulfillmentOrder]:
        wanted = select(fulfillment_orders).where(condition)
        rows = self._rows(wanted.order_by(_PARTS.fulfillment_order_id).limit(limit))
        return [StoredFulfillmentOrder(**row) for row in rows]


def references(wanted: str, length: int) -> Iterator[str]:
    """``1001``, ``1001-2``, ``1001-3`` … each cut so that it fits with its suffix."""
    yield wanted[:length]
    count = 2
    while True:
        suffix = f"-{count}"
        yield wanted[: length - len(suffix)] + suffix
        count += 1


def _of_lines(fulfillment_order_id: int) -> Any:
    return _LINES.fulfillment_order_id == fulfillment_order_id
