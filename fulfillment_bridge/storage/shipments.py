"""What warehouses really sent, with everything they said before about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, bindparam, func, select

from fulfillment_bridge.domain.fulfillment import Shipment
from fulfillment_bridge.storage.fulfillment_orders import StoredFulfillmentOrder
from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.shipment_content import content_hash, content_of, shipment_from
from fulfillment_bridge.storage.tables import (
    fulfillment_orders,
    orders,
    shipment_history,
    shipments,
)

Taken = Literal["new", "replaced", "same", "older"]
_ROW = shipments.c

_OF_PARTS = (
    select(shipments)
    .where(_ROW.fulfillment_order_id.in_(bindparam("ids", expanding=True)))
    .order_by(_ROW.shipment_id)
)
_OF_ORDERS = (
    select(shipments, fulfillment_orders.c.order_id)
    .join(
        fulfillment_orders,
        fulfillment_orders.c.fulfillment_order_id == _ROW.fulfillment_order_id,
    )
    .where(fulfillment_orders.c.order_id.in_(bindparam("ids", expanding=True)))
    .order_by(_ROW.shipment_id)
)
_WRITTEN = shipments.update().where(
    _ROW.shipment_id == bindparam("wanted"), _ROW.content_hash == bindparam("shown")
)


@dataclass(frozen=True)
class StoredShipment:
    """One row: the newest word about this shipment, and whether the cart shows it."""

    shipment_id: int
    fulfillment_order_id: int
    warehouse: str
    merchant: str
    reference: str
    warehouse_shipment_id: str
    sequence: str
    content: Mapping[str, Any]
    content_hash: str
    packages: int
    received_at: datetime
    written_back_at: datetime | None

    @property
    def shipment(self) -> Shipment:
        return shipment_from(self.content, self.sequence)


@dataclass(frozen=True)
class ReplacedShipment:
    """What was said before about a shipment."""

    history_id: int
    shipment_id: int
    sequence: str
    content: Mapping[str, Any]
    content_hash: str
    received_at: datetime
    replaced_at: datetime

    @property
    def shipment(self) -> Shipment:
        return shipment_from(self.content, self.sequence)


class Shipments(Repository):
    """``uow.shipments``"""

    def take_in(
        self, part: StoredFulfillmentOrder, shipment: Shipment, *, at: datetime
    ) -> tuple[Taken, StoredShipment]:
        """Store what the warehouse says now about a shipment.

        A later message (by ``sequence``) replaces and the old one becomes history; the same
        content changes nothing; an older message is ignored. One without a sequence is the
        newest at this moment, and leaves the rank of the next to what was known before.
        """
        content = content_of(shipment)
        values = {
            "sequence": shipment.sequence,
            "content": content,
            "content_hash": content_hash(content),
            "packages": len(shipment.packages),
            "received_at": at,
        }
        key = _key(part, shipment)
        row: dict[str, Any] = {**values, **key, "fulfillment_order_id": part.fulfillment_order_id}
        for added in self._insert_new(shipments, [row], "shipment_id"):
            return "new", StoredShipment(**row, **added, written_back_at=None)
        taken = self._replace(self._by_key(key), values, at)
        return taken, self._by_key(key)

    def get(self, shipment_id: int) -> StoredShipment:
        """The shipment; KeyError if there is none."""
        found = self._many(select(shipments).where(_ROW.shipment_id == shipment_id))
        if not found:
            raise KeyError(shipment_id)
        return found[0]

    def by_fulfillment_order(self, fulfillment_order_id: int) -> list[StoredShipment]:
        """Its shipments, oldest first."""
        return self.by_fulfillment_orders([fulfillment_order_id])[fulfillment_order_id]

    def by_fulfillment_orders(self, ids: Collection[int]) -> dict[int, list[StoredShipment]]:
        """The same for many, by fulfillment order."""
        found: dict[int, list[StoredShipment]] = {part_id: [] for part_id in ids}
        for row in self._rows_among(_OF_PARTS, ids):
            found[row["fulfillment_order_id"]].append(StoredShipment(**row))
        return found

    def by_order(self, order_id: int) -> list[StoredShipment]:
        """The shipments of all parts of an order, oldest first."""
        return self.by_orders([order_id])[order_id]

    def by_orders(self, order_ids: Collection[int]) -> dict[int, list[StoredShipment]]:
        """The same for many, by order id; an order without shipments has an empty list."""
        found: dict[int, list[StoredShipment]] = {order_id: [] for order_id in order_ids}
        for row in self._rows_among(_OF_ORDERS, order_ids):
            values = dict(row)
            found[values.pop("order_id")].append(StoredShipment(**values))
        return found

    def orders_written_back(self, cart: str) -> int:
        """How many of a cart's orders show all their shipments in the cart."""
        parts = fulfillment_orders.c
        joined = (
            select(orders.c.order_id)
            .join(fulfillment_orders, parts.order_id == orders.c.order_id)
            .join(shipments, _ROW.fulfillment_order_id == parts.fulfillment_order_id)
            .where(orders.c.cart == cart)
            .group_by(orders.c.order_id)
            .having(func.count() == func.count(_ROW.written_back_at))
        )
        return len(self._rows(joined))

    def history(self, shipment_id: int) -> list[ReplacedShipment]:
        """What was said before, oldest first."""
        wanted = select(shipment_history).where(shipment_history.c.shipment_id == shipment_id)
        rows = self._rows(wanted.order_by(shipment_history.c.history_id))
        return [ReplacedShipment(**row) for row in rows]

    def mark_written_back(self, shipment: StoredShipment, *, at: datetime) -> bool:
        """The cart shows this shipment; False when newer news replaced it meanwhile."""
        row = {"wanted": shipment.shipment_id, "shown": shipment.content_hash}
        return self._change(_WRITTEN, {**row, "written_back_at": at}) == 1

    def mark_all_written_back(self, shown: Collection[StoredShipment], *, at: datetime) -> None:
        """The same for many."""
        self._change_each(
            _WRITTEN,
            [
                {"wanted": one.shipment_id, "shown": one.content_hash, "written_back_at": at}
                for one in shown
            ],
        )

    def _replace(self, old: StoredShipment, values: dict[str, Any], at: datetime) -> Taken:
        values = {**values, "sequence": values["sequence"] or old.sequence}
        if values["sequence"] < old.sequence:
            return "older"
        row = shipments.update().where(_ROW.shipment_id == old.shipment_id)
        if values["content_hash"] == old.content_hash:
            self._change(row.values(sequence=values["sequence"]))
            return "same"
        self._insert(
            shipment_history,
            shipment_id=old.shipment_id,
            sequence=old.sequence,
            content=old.content,
            content_hash=old.content_hash,
            received_at=old.received_at,
            replaced_at=at,
        )
        self._change(row.values(**values, written_back_at=None))
        return "replaced"

    def _by_key(self, key: Mapping[str, str]) -> StoredShipment:
        return self._many(select(shipments).filter_by(**key))[0]

    def _many(self, query: Select[Any]) -> list[StoredShipment]:
        return [StoredShipment(**row) for row in self._rows(query.order_by(_ROW.shipment_id))]


def _key(part: StoredFulfillmentOrder, shipment: Shipment) -> dict[str, str]:
    return {
        "warehouse": part.warehouse,
        "merchant": part.merchant,
        "reference": part.reference,
        "warehouse_shipment_id": shipment.warehouse_shipment_id,
    }
