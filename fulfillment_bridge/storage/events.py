"""The story of an order: what happened to it, when, and who did it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import order_events

US = "bridge"
_ADD = order_events.insert()


@dataclass(frozen=True)
class OrderEvent:
    """One thing that happened. ``detail`` is JSON-ready: ids, reasons, differences."""

    event_id: int
    order_id: int
    at: datetime
    event: str
    detail: Mapping[str, Any]
    actor: str


class Events(Repository):
    """``uow.events``"""

    def add(
        self, order_id: int, at: datetime, event: str, *, actor: str = US, **detail: Any
    ) -> None:
        """Add a line to the story."""
        self._insert(
            order_events, order_id=order_id, at=at, event=event, detail=detail, actor=actor
        )

    def add_each(
        self, at: datetime, event: str, details: Iterable[tuple[int, Mapping[str, Any]]]
    ) -> None:
        """The same happened to many orders; each order id with its detail."""
        self._change_each(
            _ADD,
            [
                {"order_id": order_id, "at": at, "event": event, "detail": detail, "actor": US}
                for order_id, detail in details
            ],
        )

    def of(self, order_id: int) -> list[OrderEvent]:
        """The whole story, oldest first."""
        wanted = select(order_events).where(order_events.c.order_id == order_id)
        return [OrderEvent(**row) for row in self._rows(wanted.order_by(order_events.c.event_id))]
