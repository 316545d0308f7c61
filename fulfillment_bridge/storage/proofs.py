"""What reconciliation compares with the org, and what it has proved."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from fulfillment_bridge.storage.orders import of_cart
from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import fulfillment_orders, ledger, orders, outbox, proofs

_STAMPS = select(orders.c.cart_order_id, orders.c.modstamp).where(
    orders.c.cart == bindparam("wanted"),
    orders.c.organization_id == bindparam("org"),
    orders.c.cart_order_id.in_(bindparam("ids", expanding=True)),
)
STILL_STOPPABLE = ("new", "held", "released", "rejected", "outcome_unknown", "at_warehouse")


@dataclass(frozen=True)
class Proof:
    """A cart is complete up to ``complete_until`` as far as ``username`` can see, or why not.

    ``swept`` says how far record ids were compared, and what we wrote onto records.
    """

    cart: str
    checked_at: datetime
    complete_until: datetime | None
    username: str
    reasons: Sequence[str]
    swept: Mapping[str, str]

    def text(self) -> str:
        """As people read it."""
        checked = f"checked {self.checked_at:%F %H:%M}Z"
        if self.complete_until is None:
            return f"not proved complete, {checked}: {'; '.join(self.reasons)}"
        return (
            f"complete up to {self.complete_until:%F %H:%M}Z as far as {self.username} can see, "
            f"{checked}"
        )


@dataclass(frozen=True)
class KnownOrder:
    """An order of ours, and the stamp of the org that we saw last."""

    order_id: int
    cart_order_id: str
    modstamp: datetime
    state: str
    shown_state: str
    is_unready: bool


class Proofs(Repository):
    """``uow.proofs``. What is compared with an org are the cart's orders of that very org."""

    def get(self, cart: str) -> Proof | None:
        """What was proved last."""
        row = self._first(select(proofs).where(proofs.c.cart == cart))
        return None if row is None else Proof(**row)

    def save(self, proof: Proof) -> None:
        """Keep the newest."""
        values = dict(vars(proof))
        self._upsert(proofs, {"cart": values.pop("cart")}, values)

    def orders_between(
        self, cart: str, organization_id: str, since: datetime, until: datetime
    ) -> list[KnownOrder]:
        """This cart's orders whose last seen stamp lies there."""
        table = orders.c
        wanted = select(
            table.order_id, table.cart_order_id, table.modstamp, table.state, table.shown_state,
            table.hold_reasons,
        ).where(
            *of_cart(cart, organization_id), table.modstamp >= since, table.modstamp < until
        )  # fmt: skip
        return [
            KnownOrder(
                row["order_id"], row["cart_order_id"], row["modstamp"], row["state"],
                row["shown_state"],
                any(reason["code"] == "no_longer_ready" for reason in row["hold_reasons"]),
            )
            for row in self._rows(wanted)
        ]  # fmt: skip

    def record_ids(self, cart: str, organization_id: str) -> list[str]:
        """Every record id that the cart ever took in there, in turn."""
        wanted = select(ledger.c.cart_order_id).where(
            ledger.c.cart == cart, ledger.c.organization_id == organization_id
        )
        return sorted(row["cart_order_id"] for row in self._rows(wanted))

    def stamps(self, cart: str, organization_id: str, ids: Collection[str]) -> dict[str, datetime]:
        """The stamps we saw last of those of the orders that are this cart's."""
        rows = self._rows_among(_STAMPS, ids, {"wanted": cart, "org": organization_id})
        return {row["cart_order_id"]: row["modstamp"] for row in rows}

    def not_shipped(self, cart: str, organization_id: str) -> dict[str, str]:
        """Record ids of the orders that could still be stopped, and the state that each shows."""
        wanted = select(orders.c.cart_order_id, orders.c.shown_state).where(
            *of_cart(cart, organization_id), orders.c.shown_state.in_(STILL_STOPPABLE)
        )
        return {row["cart_order_id"]: row["shown_state"] for row in self._rows(wanted)}

    def add_swept(self, cart: str, positions: Mapping[str, str]) -> None:
        """Keep how far further things were compared, beside what was proved."""
        proof = self.get(cart)
        if proof is not None:
            self._update(proofs, {"cart": cart}, {"swept": {**proof.swept, **positions}})

    def written_back(self, cart: str, organization_id: str, since: datetime) -> dict[int, datetime]:
        """Orders whose news was written since then, with when it was written last; without those
        that wait for more news."""
        open_ones = select(outbox.c.order_id).where(
            outbox.c.destination == f"cart:{cart}", outbox.c.state.in_(("pending", "sending"))
        )
        theirs = select(orders.c.order_id).where(*of_cart(cart, organization_id))
        wanted = (
            select(outbox.c.order_id, func.max(outbox.c.settled_at).label("at"))
            .where(outbox.c.destination == f"cart:{cart}", outbox.c.kind == "write_back")
            .where(outbox.c.state == "done", outbox.c.settled_at >= since)
            .where(outbox.c.order_id.not_in(open_ones))
            .where(outbox.c.order_id.in_(select(fulfillment_orders.c.order_id)))
            .where(outbox.c.order_id.in_(theirs))
            .group_by(outbox.c.order_id)
        )
        return {row["order_id"]: row["at"] for row in self._rows(wanted)}
