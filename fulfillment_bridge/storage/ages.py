"""What has stood still for too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from fulfillment_bridge.storage.orders import of_cart
from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import fulfillment_orders, orders, shipments

_ORDER = orders.c
_PART = fulfillment_orders.c


@dataclass(frozen=True)
class Aged:
    """An order, and since when it has stood where it stands."""

    order_id: int
    order_number: str
    since: datetime


class Ages(Repository):
    """``uow.ages``: orders of one cart, of one org where one is named, the oldest first."""

    def new(self, cart: str, before: datetime, organization_id: str | None = None) -> list[Aged]:
        """Taken in before then, and not released yet."""
        wanted = self._own(_ORDER.received_at).where(
            *of_cart(cart, organization_id), _ORDER.state == "new", _ORDER.received_at < before
        )
        return self._aged(wanted)

    def released(
        self, cart: str, before: datetime, organization_id: str | None = None
    ) -> list[Aged]:
        """Released before then, and not handed over yet."""
        wanted = self._of_parts(_PART.released_at).where(
            *of_cart(cart, organization_id), _PART.state == "released", _PART.released_at < before
        )
        return self._aged(wanted)

    def at_warehouse(
        self, cart: str, before: datetime, organization_id: str | None = None
    ) -> list[Aged]:
        """Handed over before then, and nothing was heard of it since."""
        heard = select(shipments.c.fulfillment_order_id)
        wanted = self._of_parts(_PART.sent_at).where(
            *of_cart(cart, organization_id), _PART.state.in_(("at_warehouse", "cancel_requested")),
            _PART.sent_at < before, _PART.fulfillment_order_id.not_in(heard),
        )  # fmt: skip
        return self._aged(wanted)

    def unconfirmed(
        self, cart: str, before: datetime, organization_id: str | None = None
    ) -> list[Aged]:
        """Shipments that came before then, and that the cart does not show."""
        wanted = (
            select(
                _ORDER.order_id, _ORDER.order_number, func.min(shipments.c.received_at).label("at")
            )
            .join(fulfillment_orders, _PART.order_id == _ORDER.order_id)
            .join(shipments, shipments.c.fulfillment_order_id == _PART.fulfillment_order_id)
            .where(*of_cart(cart, organization_id), shipments.c.written_back_at.is_(None))
            .where(shipments.c.received_at < before)
            .group_by(_ORDER.order_id, _ORDER.order_number)
            .order_by(func.min(shipments.c.received_at))
        )
        return self._aged(wanted)

    def held(self, cart: str, before: datetime, organization_id: str | None = None) -> list[Aged]:
        """Held since before then, whatever has changed about it meanwhile."""
        wanted = self._own(_ORDER.held_at).where(
            *of_cart(cart, organization_id), _ORDER.state == "held", _ORDER.held_at < before
        )
        return self._aged(wanted)

    def _own(self, since: Any) -> Select[Any]:
        return select(_ORDER.order_id, _ORDER.order_number, since.label("at")).order_by(since)

    def _of_parts(self, since: Any) -> Select[Any]:
        wanted = select(_ORDER.order_id, _ORDER.order_number, since.label("at"))
        joined = wanted.join(fulfillment_orders, _PART.order_id == _ORDER.order_id)
        return joined.order_by(since)

    def _aged(self, wanted: Select[Any]) -> list[Aged]:
        return [Aged(row["order_id"], row["order_number"], row["at"]) for row in self._rows(wanted)]
