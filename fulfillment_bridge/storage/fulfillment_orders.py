"""Fulfillment orders and the progress of their lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, true

from fulfillment_bridge.domain.fulfillment import LineProgress, move
from fulfillment_bridge.domain.order import Order, OrderLine
from fulfillment_bridge.storage.orders import Orders
from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import fulfillment_lines, fulfillment_orders, orders

CLOSED = ("shipped", "closed_short", "confirmed", "canceled")
REFERENCE_LENGTH = 22
_PARTS = fulfillment_orders.c
_LINES = fulfillment_lines.c
_ID = "fulfillment_order_id"
_REFERENCE = ("order_id", "warehouse", "reference")

_AMONG = select(fulfillment_orders).where(
    _PARTS.fulfillment_order_id.in_(bindparam("ids", expanding=True))
)
_OF_ORDERS = (
    select(fulfillment_orders)
    .where(_PARTS.order_id.in_(bindparam("ids", expanding=True)))
    .order_by(_PARTS.fulfillment_order_id)
)
_REFERENCED = select(fulfillment_orders).where(
    _PARTS.warehouse == bindparam("at"), _PARTS.reference.in_(bindparam("ids", expanding=True))
)
_UPDATE = fulfillment_orders.update().where(_PARTS.fulfillment_order_id == bindparam("wanted"))
_LINES_AMONG = (
    select(fulfillment_lines)
    .where(_LINES.fulfillment_order_id.in_(bindparam("ids", expanding=True)))
    .order_by(_LINES.fulfillment_order_id, _LINES.line_number)
)
_UPDATE_LINE = fulfillment_lines.update().where(
    _LINES.fulfillment_order_id == bindparam("wanted"), _LINES.line_number == bindparam("number")
)


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
        return self.add_all([new], at=at)[0]

    def add_all(
        self, news: Sequence[NewFulfillmentOrder], *, at: datetime
    ) -> list[StoredFulfillmentOrder]:
        """Release many, each under the first free reference; see ``add``."""
        rows = [_new_row(new, new.wanted_reference[: new.reference_length], at) for new in news]
        ids = {(row["order_id"], row["warehouse"], row["reference"]): row["fulfillment_order_id"]
               for row in self._insert_new(fulfillment_orders, rows, *_REFERENCE, _ID)}  # fmt: skip
        added = []
        for new, row in zip(news, rows, strict=True):
            found = ids.pop((new.order_id, new.warehouse, row["reference"]), None)
            known = {**row, _ID: found} if found else self._add_under_free_reference(new, at)
            added.append(StoredFulfillmentOrder(**known, sent_at=None, closed_at=None))
        self._add_lines({part.fulfillment_order_id: new.order.lines
                         for part, new in zip(added, news, strict=True)})  # fmt: skip
        Orders(self._connection).set_released([new.order_id for new in news], at=at)
        return added

    def free_reference(self, warehouse: str, wanted: str, length: int = REFERENCE_LENGTH) -> str:
        """``wanted``, else ``wanted-2``, ``-3`` …: the first that this warehouse never saw."""
        return next(
            reference
            for reference in references(wanted, length)
            if self.by_reference(warehouse, reference) is None
        )

    def get(self, fulfillment_order_id: int) -> StoredFulfillmentOrder:
        """The fulfillment order; KeyError if there is none."""
        return self.by_ids([fulfillment_order_id])[fulfillment_order_id]

    def by_ids(self, ids: Collection[int]) -> dict[int, StoredFulfillmentOrder]:
        """Those of the fulfillment orders that there are; a withdrawn one is gone."""
        return {row[_ID]: StoredFulfillmentOrder(**row) for row in self._rows_among(_AMONG, ids)}

    def by_reference(self, warehouse: str, reference: str) -> StoredFulfillmentOrder | None:
        """The one with that reference at that warehouse, whoever's it is."""
        return self.by_references(warehouse, [reference]).get(reference)

    def by_references(
        self, warehouse: str, references: Collection[str]
    ) -> dict[str, StoredFulfillmentOrder]:
        """Those with these references at that warehouse, by reference."""
        rows = self._rows_among(_REFERENCED, references, {"at": warehouse})
        return {row["reference"]: StoredFulfillmentOrder(**row) for row in rows}

    def by_order(self, order_id: int) -> list[StoredFulfillmentOrder]:
        """All parts of one order, oldest first."""
        return self.by_orders([order_id])[order_id]

    def by_orders(self, order_ids: Collection[int]) -> dict[int, list[StoredFulfillmentOrder]]:
        """All parts of many orders, by order id; an order without parts has an empty list."""
        found: dict[int, list[StoredFulfillmentOrder]] = {order_id: [] for order_id in order_ids}
        for row in self._rows_among(_OF_ORDERS, order_ids):
            found[row["order_id"]].append(StoredFulfillmentOrder(**row))
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
        self.move(self.get(fulfillment_order_id), to, at=at)

    def move(self, part: StoredFulfillmentOrder, to: str, *, at: datetime) -> None:
        """The same for one that was just read."""
        self.move_all({part: to}, at=at)

    def move_all(self, moves: Mapping[StoredFulfillmentOrder, str], *, at: datetime) -> None:
        """The same for many that were just read."""
        going = {part: to for part, to in moves.items() if part.state != to}
        rows = [
            {
                "wanted": part.fulfillment_order_id,
                "state": move(part.state, to),
                "closed_at": part.closed_at or (at if to in CLOSED else None),
            }
            for part, to in going.items()
        ]
        self._change_each(_UPDATE, rows)
        Orders(self._connection).refresh_shown_states({part.order_id for part in going})

    def at(self, order_id: int, warehouse: str) -> list[StoredFulfillmentOrder]:
        """Parts of one order at one warehouse, oldest first."""
        return [part for part in self.by_order(order_id) if part.warehouse == warehouse]

    def set_sent(
        self, fulfillment_order_id: int, *, at: datetime, warehouse_order_id: str = ""
    ) -> None:
        """The warehouse has it: state at_warehouse, and its own id where it gives one."""
        self.set_all_sent({self.get(fulfillment_order_id): warehouse_order_id}, at=at)

    def set_all_sent(self, sent: Mapping[StoredFulfillmentOrder, str], *, at: datetime) -> None:
        """The same for many that were just read, each with the warehouse's own id."""
        for part in sent:
            if part.state != "at_warehouse":
                move(part.state, "at_warehouse")
        self._change_each(
            _UPDATE,
            [
                {
                    "wanted": part.fulfillment_order_id,
                    "state": "at_warehouse",
                    "sent_at": at,
                    "warehouse_order_id": warehouse_order_id,
                }
                for part, warehouse_order_id in sent.items()
            ],
        )
        orders = {part.order_id for part in sent}
        Orders(self._connection).refresh_shown_states(orders)

    def adopt_reference(self, part: StoredFulfillmentOrder, reference: str) -> bool:
        """The warehouse knows it under this one; False where another part has it."""
        if self.by_reference(part.warehouse, reference) is not None:
            return False
        self._change(_UPDATE, {"wanted": part.fulfillment_order_id, "reference": reference})
        return True

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
        return self.lines_of([fulfillment_order_id])[fulfillment_order_id]

    def lines_of(self, ids: Collection[int]) -> dict[int, list[StoredLine]]:
        """The lines of many, by fulfillment order and line number."""
        found: dict[int, list[StoredLine]] = {part_id: [] for part_id in ids}
        for row in self._rows_among(_LINES_AMONG, ids):
            found[row[_ID]].append(StoredLine(**row))
        return found

    def replace_lines(self, fulfillment_order_id: int, order: Order) -> None:
        """The order was edited before it left: its lines anew, with no progress yet."""
        self._change(fulfillment_lines.delete().where(_of_lines(fulfillment_order_id)))
        self._add_lines({fulfillment_order_id: order.lines})

    def set_progress(self, fulfillment_order_id: int, progress: Sequence[LineProgress]) -> None:
        """What has become of each line by now."""
        self.set_all_progress({fulfillment_order_id: progress})

    def set_all_progress(self, progress: Mapping[int, Sequence[LineProgress]]) -> None:
        """The same for many, by fulfillment order."""
        self._change_each(
            _UPDATE_LINE,
            [
                {
                    "wanted": fulfillment_order_id,
                    "number": line.line_number,
                    "shipped": line.shipped,
                    "short": line.short,
                    "canceled": line.canceled,
                }
                for fulfillment_order_id, lines in progress.items()
                for line in lines
            ],
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

    def _add_under_free_reference(self, new: NewFulfillmentOrder, at: datetime) -> dict[str, Any]:
        """The row under the first reference that is free.

        The unique key decides, not a look before: two workers may want the same one.
        """
        for reference in references(new.wanted_reference, new.reference_length):
            row = _new_row(new, reference, at)
            for added in self._insert_new(fulfillment_orders, [row], _ID):
                return {**row, **added}
        raise AssertionError("references never end")

    def _add_lines(self, lines: Mapping[int, Sequence[OrderLine]]) -> None:
        self._change_each(
            fulfillment_lines.insert(),
            [_new_line(part_id, line) for part_id, own in lines.items() for line in own],
        )

    def _many(self, condition: Any, limit: int | None = None) -> list[StoredFulfillmentOrder]:
        wanted = select(fulfillment_orders).where(condition)
        rows = self._rows(wanted.order_by(_PARTS.fulfillment_order_id).limit(limit))
        return [StoredFulfillmentOrder(**row) for row in rows]


def _new_row(new: NewFulfillmentOrder, reference: str, at: datetime) -> dict[str, Any]:
    return {
        "order_id": new.order_id,
        "warehouse": new.warehouse,
        "merchant": new.merchant,
        "merchant_code": new.merchant_code,
        "reference": reference,
        "state": "released",
        "warehouse_order_id": "",
        "released_at": at,
    }


def _new_line(part_id: int, line: OrderLine) -> dict[str, Any]:
    return {
        _ID: part_id,
        "line_number": line.line_number,
        "cart_line_id": line.cart_line_id,
        "sku": line.sku,
        "warehouse_sku": line.warehouse_sku or line.sku,
        "ordered": (line.warehouse_quantity or line.quantity).normalize(),
        "shipped": Decimal(0),
        "short": Decimal(0),
        "canceled": Decimal(0),
    }


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
