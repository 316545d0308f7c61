"""Rules that a person has overruled: this order goes despite them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from fulfillment_bridge.domain.order import HoldReason
from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import overruled


@dataclass(frozen=True)
class OverruledRule:
    """``actor`` let the order go despite the rule, for this reason; ``what`` it had said."""

    order_id: int
    rule: str
    what: str
    at: datetime
    actor: str
    reason: str


class Overruled(Repository):
    """``uow.overruled``"""

    def add(
        self, order_id: int, held_by: HoldReason, *, at: datetime, actor: str, reason: str
    ) -> None:
        """The rule behind ``held_by`` holds this order no more; the last word counts."""
        self._upsert(
            overruled,
            {"order_id": order_id, "rule": held_by.rule},
            {"what": held_by.message, "at": at, "actor": actor, "reason": reason},
        )

    def of(self, order_id: int) -> dict[str, OverruledRule]:
        """What was overruled for this order, by rule."""
        return self.of_each([order_id]).get(order_id, {})

    def of_each(self, order_ids: Collection[int]) -> dict[int, dict[str, OverruledRule]]:
        """The same for many orders; those without any are left out."""
        found: dict[int, dict[str, OverruledRule]] = {}
        for row in self._rows_among(_AMONG, order_ids):
            found.setdefault(row["order_id"], {})[row["rule"]] = OverruledRule(**row)
        return found


_AMONG = (
    select(overruled)
    .where(overruled.c.order_id.in_(bindparam("ids", expanding=True)))
    .order_by(overruled.c.order_id, overruled.c.at, overruled.c.rule)
)
