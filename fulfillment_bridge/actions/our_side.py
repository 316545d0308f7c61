"""What the bridge itself knows of an order, as conditions on its way to the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fulfillment_bridge.actions.go_live import is_older
from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.domain.fulfillment import LEFT_US
from fulfillment_bridge.domain.order import HoldReason
from fulfillment_bridge.domain.org_schema import RawOrder
from fulfillment_bridge.jobs.active_map import ActiveMap
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.order_story import PartStory
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.storage.overruled import OverruledRule
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

LIFTED_BY_READING = frozenset({"mapping", "no_lines", "no_longer_ready", "rule"})
"""Reasons that go away by themselves once the record is as it should be."""


@dataclass(frozen=True)
class Answer:
    """One condition: does it hold, what was found, and what to do where it does not.

    ``advice`` is empty where nothing has to be done about this one itself.
    """

    holds: bool
    what: str
    found: str = ""
    cell: str = ""
    advice: str = ""


@dataclass(frozen=True)
class AskedCart:
    """The cart whose order is looked for."""

    name: str
    connection: str
    cart: Cart
    mapping: ActiveMap
    overlap_seconds: int


class OurSide:
    """Looks into the store; asks no org."""

    def __init__(self, store: Store, asked: AskedCart) -> None:
        self._store = store
        self._asked = asked

    def knows(self, raw: RawOrder) -> bool:
        """Whether the order was ever taken in, and not because it was marked by another."""
        with self._store.read() as uow:
            stored = self._stored(uow, raw)
        return stored is not None and "already_marked" not in _codes(stored)

    def overruled(self, raw: RawOrder) -> dict[str, OverruledRule]:
        """Which rules a person has overruled for this order."""
        with self._store.read() as uow:
            stored = self._stored(uow, raw)
            return {} if stored is None else uow.overruled.of(stored.order_id)

    def of_number(self, number: str) -> Iterator[Answer]:
        """What we have under a number that the org does not show."""
        with self._store.read() as uow:
            for order in uow.orders.by_number(number, self._asked.name):
                yield Answer(True, "known to the bridge", order.shown_state)

    def of_record(
        self, raw: RawOrder, faults: Sequence[HoldReason], *, clear: bool
    ) -> list[Answer]:
        """From the switches to the warehouse. ``clear`` is set where the org's side is all well,
        ``faults`` is what keeps the record, as it is now, from being mapped."""
        with self._store.read() as uow:
            answers = list(self._switches(uow))
            stored = self._stored(uow, raw)
            clear = clear and all(answer.holds for answer in answers)
            if stored is None:
                answers.append(self._not_downloaded(uow, raw, clear))
                return answers
            when = f"{stored.received_at:%F %T}Z"
            answers.append(Answer(True, "downloaded by the bridge", when))
            answers += self._held(stored, faults, clear)
            answers += self._released(uow, stored)
        return answers

    def _stored(self, uow: UnitOfWork, raw: RawOrder) -> StoredOrder | None:
        found = uow.orders.by_cart_order_ids(self._asked.name, [raw.cart_order_id])
        return found.get(raw.cart_order_id)

    def _switches(self, uow: UnitOfWork) -> Iterator[Answer]:
        name, connection = self._asked.name, self._asked.connection
        cart = uow.carts.get(name)
        if cart.paused_at:
            advice = f"Resume the cart: fulfillment-bridge carts resume {name}"
            yield Answer(False, "the cart is running", _paused(cart.pause_reason), advice=advice)
        if uow.connections.get(connection).paused_at:
            advice = f"Resume the connection: fulfillment-bridge connections resume {connection}"
            yield Answer(False, "the connection is running", "paused", advice=advice)
        live = f"since {cart.live_at:%F %T}Z" if cart.live_at else "not yet"
        advice = f"Say go: fulfillment-bridge carts go-live {name}"
        yield Answer(cart.live_at is not None, "the cart is live", live, advice=advice)

    def _not_downloaded(self, uow: UnitOfWork, raw: RawOrder, clear: bool) -> Answer:
        read_until = uow.cursors.get(self._asked.name).read_until
        overlap = timedelta(seconds=self._asked.overlap_seconds)
        advice = ""
        if read_until is not None and raw.modstamp < read_until - overlap:
            advice = (
                "Edit any field of the order in Salesforce and save it: it was last changed at "
                f"{raw.modstamp:%F %T}Z, when it was not ready or not visible, and the bridge has "
                "read on since."
            )
        elif clear:
            advice = f"Nothing to change: the next order_download takes it in. {self._at_once()}"
        return Answer(False, "downloaded by the bridge", "not yet", advice=advice)

    def _at_once(self) -> str:
        return f"At once: fulfillment-bridge run order_download --cart {self._asked.name}"

    def _held(
        self, stored: StoredOrder, faults: Sequence[HoldReason], clear: bool
    ) -> Iterator[Answer]:
        now = {(fault.place, fault.message) for fault in faults}
        for reason in stored.hold_reasons:
            if (reason.place, reason.message) in now:
                continue  # told already, as the record is now
            advice = reason.remedy or f"Look at this: {reason.message}"
            if reason.code in LIFTED_BY_READING:
                advice = ""
                if clear:
                    advice = (
                        "Nothing to change: it is corrected in Salesforce, and goes on with one of "
                        f"the next runs of order_download. {self._at_once()}"
                    )
            yield Answer(False, f"not held: {reason.message}", "held", reason.place, advice)

    def _released(self, uow: UnitOfWork, stored: StoredOrder) -> Iterator[Answer]:
        if stored.attention:
            yield Answer(
                False, "nothing needs a person", f"the order {stored.attention}",
                advice=f"Tell the warehouse: the order {stored.attention}.",
            )  # fmt: skip
        story = uow.stories.of(stored.order_id)
        parts = [part for part in story.parts if part.part.state != "canceled"]
        if not parts or stored.state in ("new", "held", "canceled"):
            yield self._not_released(uow, stored)
            return
        for part in parts:
            yield self._at_warehouse(uow, part, story.messages)

    def _not_released(self, uow: UnitOfWork, stored: StoredOrder) -> Answer:
        switches = uow.carts.get(self._asked.name)
        advice = ""
        if stored.state == "canceled":
            advice = "It was canceled. If it is to be shipped all the same, make a new order."
        elif stored.state == "new" and switches.live_at and is_older(stored, switches.live_from):
            advice = (
                f"It is older than {switches.live_from:%F}, the day the cart went live from: "
                f"fulfillment-bridge carts go-live {self._asked.name} --from DATE takes older ones."
            )
        elif stored.state == "new" and switches.live_at:
            advice = f"Nothing to change: the next order_download releases it. {self._at_once()}"
        return Answer(False, "released to a warehouse", stored.shown_state, advice=advice)

    def _at_warehouse(
        self, uow: UnitOfWork, story: PartStory, messages: Sequence[Message]
    ) -> Answer:
        part = story.part
        about = [m for m in messages if m.fulfillment_order_id == part.fulfillment_order_id
                 and m.kind == "fulfillment_order"]  # fmt: skip
        said = (about[-1].last_error or "") if about else ""
        arrived = part.state in LEFT_US and part.state != "outcome_unknown"
        what = f"handed over to {part.warehouse} as {part.reference}"
        found = part.state if arrived or not said else f"{part.state}: {said}"
        paused = uow.warehouses.get(part.warehouse)
        if paused.paused_at:
            found += f", and {part.warehouse} is {_paused(paused.pause_reason)}"
        return Answer(arrived, what, found, advice=_hand_over_advice(story, bool(paused.paused_at)))


def _hand_over_advice(story: PartStory, is_paused: bool) -> str:
    part = story.part
    if part.state == "rejected":
        return f"{part.warehouse} refused it: correct what it names, in Salesforce."
    if part.state == "outcome_unknown":
        return (
            f"Ask {part.warehouse} whether it has {part.reference}. Nothing is sent again "
            "before a person has said so."
        )
    if is_paused:
        return f"Resume the warehouse: fulfillment-bridge warehouses resume {part.warehouse}"
    return (
        "Nothing to change: the next order_delivery hands it over. At once: "
        f"fulfillment-bridge run order_delivery --warehouse {part.warehouse}"
    )


def _paused(reason: str | None) -> str:
    return f"paused ({reason})" if reason else "paused"


def _codes(stored: StoredOrder) -> set[str]:
    return {reason.code for reason in stored.hold_reasons}
