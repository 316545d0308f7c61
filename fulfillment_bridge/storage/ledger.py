"""Every order record ever taken in, per org. It outlives the order's own data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from fulfillment_bridge.storage.repository import Repository, slices
from fulfillment_bridge.storage.tables import ledger


@dataclass(frozen=True)
class LedgerEntry:
    """This record of this org was taken in then, by that cart."""

    organization_id: str
    cart_order_id: str
    cart: str
    order_id: int | None
    first_seen_at: datetime


class Ledger(Repository):
    """``uow.ledger``; ``uow.orders.add_if_new`` writes it."""

    def known(self, organization_id: str, ids: Collection[str]) -> dict[str, LedgerEntry]:
        """Those of the record ids that were ever taken in, by record id."""
        found = {}
        for some in slices(ids):
            wanted = select(ledger).where(
                ledger.c.organization_id == organization_id, ledger.c.cart_order_id.in_(some)
            )
            for row in self._rows(wanted):
                found[row["cart_order_id"]] = LedgerEntry(**row)
        return found
