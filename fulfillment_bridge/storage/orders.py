"""Orders as we hold them, and the ledger of every order ever taken in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, or_, select

from fulfillment_bridge.domain.fulfillment import ForbiddenMove, move, order_state
from fulfillment_bridge.domain.order import HoldReason, Order
from fulfillment_bridge.storage.repository import Repository, slices
from fulfillment_bridge.storage.tables import fulfillment_orders, ledger, orders

Row: TypeAlias = RowMapping | Mapping[str, Any]

OWN_STATES = ("new", "held", "released", "canceled")
NOT_LEFT = ("released", "rejected")
OPEN = (
    "new", "held", *NOT_LEFT, "outcome_unknown", "at_warehouse", "partially_shipped",
    "cancel_requested",
)  # fmt: skip
"""What an order shows while the merchant may still change their mind about it."""


@dataclass(frozen=True)
class NewOrder:
    """An order that was just read. ``order`` is None where it could not be mapped."""

    cart: str
    merchant: str
    organization_id: str
    cart_order_id: str
    order_number: str
    order: Order | None
    modstamp: datetime
    mapping_version_id: int | None
    hold_reasons: Sequence[HoldReason] = ()
    test_order: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True)
class StoredOrder:
    """One row. ``state`` is its own, ``shown_state`` that of its least advanced part.

    ``created_at`` is its record's, by the org's clock; None where we did not ask for it yet."""

    order_id: int
    cart: str
    merchant: str
    organization_id: str
    cart_order_id: str
    order_number: str
    state: str
    shown_state: str
    content: Mapping[str, Any] | None
    content_hash: str
    modstamp: datetime
    mapping_version_id: int | None
    received_at: datetime
    updated_at: datetime
    hold_reasons: tuple[HoldReason, ...]
    attention: str | None
    test_order: bool
    held_at: datetime | None
    created_at: datetime | None

    @property
    def order(self) -> Order | None:
        """The mapped order; None where it never could be mapped."""
        return None if self.content is None else Order.from_content(self.content)


@dataclass(frozen=True)
class OrderFilter:
    """Which orders to list; None and empty mean any. ``number`` may be a part of a number."""

    cart: str | None = None
    merchant: str | None = None
    states: Collection[str] = ()
    number: str | None = None
    received_since: datetime | None = None
    received_until: datetime | None = None
    needs_attention: bool = False


class Orders(Repository):
    """``uow.orders``"""

    def add_if_new(self, new: NewOrder, *, at: datetime) -> StoredOrder | None:
        """Take the order in: held if it has reasons, else new. None if the ledger knows it."""
        return self.add_new([new], at=at).get(new.cart_order_id)

    def add_new(self, news: Sequence[NewOrder], *, at: datetime) -> dict[str, StoredOrder]:
        """Take in those that the ledger does not know, by record id; see ``add_if_new``.

        The ledger's unique key decides, not a look before: two workers may read the same page.
        """
        entries = [{**_ledger_key(new), "cart": new.cart, "first_seen_at": at} for new in news]
        unknown = {_key(row) for row in self._insert_new(ledger, entries, *_LEDGER_KEY)}
        rows = {key: row for row in (_new_row(new, at) for new in news)
                if (key := _key(row)) in unknown}  # fmt: skip
        ids = {_key(row): row["order_id"] for row in
               self._insert_new(orders, list(rows.values()), *_LEDGER_KEY, "order_id")}  # fmt: skip
        self._change_each(
            _POINT_TO_ORDER,
            [{"org": key[0], "record": key[1], "order_id": ids[key]} for key in ids],
        )
        return {
            key[1]: _stored({**row, "order_id": ids[key], "attention": None})
            for key, row in rows.items()
        }

    def get(self, order_id: int) -> StoredOrder:
        """The order; KeyError if there is none."""
        row = self._first(_GET, {"wanted": order_id})
        if row is None:
            raise KeyError(order_id)
        return _stored(row)

    def by_ids(self, order_ids: Collection[int]) -> dict[int, StoredOrder]:
        """Those of the orders that there are, by our own id."""
        return {row["order_id"]: _stored(row) for row in self._rows_among(_AMONG, order_ids)}

    def by_cart_order_ids(
        self, cart: str, ids: Collection[str], *, organization_id: str | None = None
    ) -> dict[str, StoredOrder]:
        """This cart's orders among those record ids, by record id; of one org where one is named.

        Else, where the cart moved to an org that has the same ids, the one that came last.
        """
        rows = self._rows_among(_OF_CART_AMONG, ids, {"wanted": cart})
        return {
            row["cart_order_id"]: _stored(row)
            for row in rows
            if organization_id in (None, row["organization_id"])
        }

    def by_number(self, number: str, cart: str | None = None) -> list[StoredOrder]:
        """Every order with that number, or with that reference at a warehouse."""
        referenced = select(fulfillment_orders.c.order_id).where(
            fulfillment_orders.c.reference == number
        )
        wanted = select(orders).where(
            or_(orders.c.order_number == number, orders.c.order_id.in_(referenced))
        )
        if cart is not None:
            wanted = wanted.where(orders.c.cart == cart)
        return self._many(wanted.order_by(orders.c.order_id))

    def update_content(
        self,
        order_id: int,
        order: Order | None,
        *,
        modstamp: datetime,
        mapping_version_id: int | None,
        at: datetime,
    ) -> None:
        """The record was read and mapped anew; None where it cannot be mapped any more."""
        values: dict[str, Any] = {
            "content": order.content() if order else None,
            "content_hash": order.content_hash() if order else "",
        }
        if order:
            values["order_number"] = order.order_number
        self._set(
            order_id,
            at,
            modstamp=modstamp,
            mapping_version_id=mapping_version_id,
            **values,
        )

    def hold(self, order_id: int, reasons: Sequence[HoldReason], *, at: datetime) -> None:
        """Hold it for these reasons, which replace earlier ones."""
        self.set_state(order_id, "held", at=at)
        self._set(order_id, at, hold_reasons=_reasons_json(reasons))

    def set_state(self, order_id: int, state: str, *, at: datetime) -> None:
        """Move the order's own state along the table of moves; leaving ``held`` clears reasons."""
        if state not in OWN_STATES:
            raise ValueError(f"{state} is the state of a fulfillment order, not of an order")
        own = self.get(order_id).state
        if own != state:
            move(own, state)
            held: dict[str, Any] = (
                {"held_at": at} if state == "held" else {"held_at": None, "hold_reasons": []}
            )
            self._set(order_id, at, state=state, **held)
        self.refresh_shown_state(order_id)

    def set_released(self, order_ids: Collection[int], *, at: datetime) -> None:
        """They have parts now that a warehouse is to ship; ForbiddenMove for one that was held."""
        for some in slices(set(order_ids)):
            changed = {"ids": some, "state": "released", "hold_reasons": [], "updated_at": at}
            if self._change(_RELEASE, changed) != len(some):
                raise ForbiddenMove(f"one of the orders {some} is not new and cannot be released")
        self.refresh_shown_states(order_ids)

    def set_attention(self, order_id: int, attention: str | None, *, at: datetime) -> None:
        """What a person must look at, in a sentence; None when it is settled."""
        self._set(order_id, at, attention=attention)

    def clear_attention(self, order_ids: Collection[int], beginning: str, *, at: datetime) -> None:
        """What was to be looked at is settled, where it begins so; anything else stays."""
        settled = {"attention": None, "updated_at": at}
        for some in slices(order_ids) if beginning else ():
            self._change(
                _SETTLE, {"ids": some, "beginning": f"{_literally(beginning)}%", **settled}
            )

    def touch_stamps(self, stamps: Mapping[int, datetime]) -> None:
        """These orders (ours by id) were seen again, unchanged, with these SystemModstamps."""
        self._change_each(
            _UPDATE, [{"wanted": order_id, "modstamp": at} for order_id, at in stamps.items()]
        )

    def open_ids(self, cart: str, organization_id: str | None = None) -> list[str]:
        """Record ids of this cart's orders that are not shipped yet, wherever they are."""
        wanted = select(orders.c.cart_order_id).where(
            *of_cart(cart, organization_id), orders.c.shown_state.in_(OPEN)
        )
        return [row["cart_order_id"] for row in self._rows(wanted.order_by(orders.c.order_id))]

    def has_left(self, order_id: int) -> bool:
        """Whether a warehouse has the order or a part of it, or may have it."""
        parts = fulfillment_orders.c
        gone = select(parts.state).where(
            parts.order_id == order_id, parts.state.not_in((*NOT_LEFT, "canceled"))
        )
        return self._first(gone.limit(1)) is not None

    def held(
        self,
        cart: str,
        *,
        organization_id: str | None = None,
        changed_since: datetime | None = None,
        mapped_before: int | None = None,
    ) -> list[StoredOrder]:
        """Held orders; changed or held since then; mapped with another workbook than that."""
        wanted = select(orders).where(*of_cart(cart, organization_id), orders.c.state == "held")
        if changed_since is not None:
            wanted = wanted.where(orders.c.updated_at >= changed_since)
        if mapped_before is not None:
            version = orders.c.mapping_version_id
            wanted = wanted.where(or_(version.is_(None), version != mapped_before))
        return self._many(wanted.order_by(orders.c.order_id))

    def waiting(self, cart: str, organization_id: str | None = None) -> list[StoredOrder]:
        """Orders in state new: mapped, not released yet, oldest first."""
        wanted = select(orders).where(*of_cart(cart, organization_id), orders.c.state == "new")
        return self._many(wanted.order_by(orders.c.order_id))

    def find(
        self, wanted: OrderFilter, *, limit: int = 100, before_id: int | None = None
    ) -> list[StoredOrder]:
        """Newest first; the next page is ``before_id`` = the last order_id of this one."""
        query = _filtered(select(orders), wanted)
        if before_id is not None:
            query = query.where(orders.c.order_id < before_id)
        return self._many(query.order_by(orders.c.order_id.desc()).limit(limit))

    def refresh_shown_state(self, order_id: int) -> None:
        """Work out anew what the order shows; called after each change of a part."""
        self.refresh_shown_states([order_id])

    def refresh_shown_states(self, order_ids: Collection[int]) -> None:
        """The same for many orders."""
        before: dict[int, tuple[str, str]] = {}
        parts: dict[int, list[str]] = {}
        for row in self._rows_among(_STATES, order_ids):
            before[row["order_id"]] = (row["state"], row["shown_state"])
            parts.setdefault(row["order_id"], []).extend(filter(None, [row["part"]]))
        now = {key: order_state(own, parts[key]) for key, (own, _) in before.items()}
        self._change_each(
            _UPDATE,
            [{"wanted": key, "shown_state": now[key]}
             for key, (_, shown) in before.items() if shown != now[key]],
        )  # fmt: skip

    def _set(self, order_id: int, at: datetime, **values: Any) -> None:
        self._change(_UPDATE, {"wanted": order_id, "updated_at": at, **values})

    def _many(self, query: Select[Any]) -> list[StoredOrder]:
        return [_stored(row) for row in self._rows(query)]


def of_cart(cart: str, organization_id: str | None) -> list[ColumnElement[bool]]:
    """This cart's orders; those of one org where one is named, for a cart may have moved."""
    found = [orders.c.cart == cart]
    if organization_id is not None:
        found.append(orders.c.organization_id == organization_id)
    return found


def _filtered(query: Select[Any], wanted: OrderFilter) -> Select[Any]:
    table = orders.c
    if wanted.cart is not None:
        query = query.where(table.cart == wanted.cart)
    if wanted.merchant is not None:
        query = query.where(table.merchant == wanted.merchant)
    if wanted.states:
        query = query.where(table.shown_state.in_(list(wanted.states)))
    if wanted.number is not None:
        query = query.where(table.order_number.contains(wanted.number, autoescape=True))
    if wanted.received_since is not None:
        query = query.where(table.received_at >= wanted.received_since)
    if wanted.received_until is not None:
        query = query.where(table.received_at < wanted.received_until)
    if wanted.needs_attention:
        query = query.where(or_(table.attention.is_not(None), table.state == "held"))
    return query


_LEDGER_KEY = ("organization_id", "cart_order_id")
_POINT_TO_ORDER = ledger.update().where(
    ledger.c.organization_id == bindparam("org"), ledger.c.cart_order_id == bindparam("record")
)
_GET = select(orders).where(orders.c.order_id == bindparam("wanted"))
_UPDATE = orders.update().where(orders.c.order_id == bindparam("wanted"))
_RELEASE = orders.update().where(
    orders.c.order_id.in_(bindparam("ids", expanding=True)),
    orders.c.state.in_(("new", "released")),
)
_SETTLE = orders.update().where(
    orders.c.order_id.in_(bindparam("ids", expanding=True)),
    orders.c.attention.like(bindparam("beginning"), escape="\\"),
)
_AMONG = select(orders).where(orders.c.order_id.in_(bindparam("ids", expanding=True)))
_OF_CART_AMONG = (
    select(orders)
    .where(
        orders.c.cart == bindparam("wanted"),
        orders.c.cart_order_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(orders.c.order_id)
)
_STATES = (
    select(
        orders.c.order_id,
        orders.c.state,
        orders.c.shown_state,
        fulfillment_orders.c.state.label("part"),
    )
    .outerjoin(fulfillment_orders, fulfillment_orders.c.order_id == orders.c.order_id)
    .where(orders.c.order_id.in_(bindparam("ids", expanding=True)))
)


def _ledger_key(new: NewOrder) -> dict[str, str]:
    return {"organization_id": new.organization_id, "cart_order_id": new.cart_order_id}


def _key(row: Row) -> tuple[str, str]:
    return row["organization_id"], row["cart_order_id"]


def _new_row(new: NewOrder, at: datetime) -> dict[str, Any]:
    state = "held" if new.hold_reasons else "new"
    return {
        **_ledger_key(new),
        "cart": new.cart,
        "merchant": new.merchant,
        "order_number": new.order_number,
        "state": state,
        "shown_state": state,
        "content": new.order.content() if new.order else None,
        "content_hash": new.order.content_hash() if new.order else "",
        "modstamp": new.modstamp,
        "mapping_version_id": new.mapping_version_id,
        "received_at": at,
        "updated_at": at,
        "hold_reasons": _reasons_json(new.hold_reasons),
        "test_order": new.test_order,
        "held_at": at if new.hold_reasons else None,
        "created_at": new.created_at,
    }


def _stored(row: Row) -> StoredOrder:
    values = dict(row)
    values["hold_reasons"] = tuple(HoldReason(**reason) for reason in values["hold_reasons"])
    return StoredOrder(**values)


def _literally(text: str) -> str:
    """What LIKE takes for nothing but itself."""
    for letter in ("\\", "%", "_"):
        text = text.replace(letter, f"\\{letter}")
    return text


def _reasons_json(reasons: Sequence[HoldReason]) -> list[dict[str, str]]:
    return [asdict(reason) for reason in reasons]
