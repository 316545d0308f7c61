"""Taking orders into the store: each one new, changed, unchanged, held, released or waiting.

Everything here happens inside the transaction of the caller; the org is not asked anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fulfillment_bridge.carts.base import OrgIdentity
from fulfillment_bridge.domain.order import HoldReason, Order
from fulfillment_bridge.domain.org_schema import CanceledRecord, RawOrder, RecordStamp, value_at
from fulfillment_bridge.jobs.active_map import ActiveMap
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.differences import differences
from fulfillment_bridge.jobs.releasing import (
    choose_warehouse,
    may_be_released,
    release,
    take_back,
)
from fulfillment_bridge.jobs.write_backs import queue_write_back
from fulfillment_bridge.mapping.field_map import MappingResult
from fulfillment_bridge.storage.orders import NewOrder, StoredOrder
from fulfillment_bridge.storage.switches import CartSwitches
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

CLOSED = ("shipped", "closed_short", "confirmed")
STAYS = frozenset({"by_hand"})
"""Reasons that a person gave: reading the order again does not lift them."""


@dataclass(frozen=True)
class MappedOrder:
    """A record and what the workbook made of it."""

    raw: RawOrder
    result: MappingResult

    @property
    def content_hash(self) -> str:
        return self.result.order.content_hash() if self.result.order else ""


class OrderIntake:
    """One run's view: the cart, its workbook and the org they belong to."""

    def __init__(self, ctx: JobContext, active: ActiveMap, identity: OrgIdentity) -> None:
        self._ctx = ctx
        _, self._profile = ctx.need_cart()
        self._active = active
        self._map = active.field_map
        self._identity = identity
        self._warehouse = choose_warehouse(self._profile)
        self._has_marker = self._map.order_query().marker is not None
        self._known_switches: tuple[UnitOfWork, CartSwitches] | None = None

    def map(self, orders: Iterable[RawOrder]) -> list[MappedOrder]:
        """Apply the workbook; of a record that comes twice the last reading counts."""
        newest = {raw.cart_order_id: raw for raw in orders}
        currency = self._identity.default_currency
        return [
            MappedOrder(raw, self._map.apply(raw, default_currency=currency))
            for raw in newest.values()
        ]

    def take_in(
        self, uow: UnitOfWork, orders: Sequence[MappedOrder], *, server_time: datetime | None
    ) -> list[MappedOrder]:
        """Store the orders; those that changed too short a time ago come back, not stored.

        Their lines may still be on the way. ``server_time`` is how late it is in the org at
        least; None where that is not known.
        """
        ids = [order.raw.cart_order_id for order in orders]
        known = uow.orders.by_cart_order_ids(self._profile.name, ids)
        waiting = []
        for order in orders:
            stored = known.get(order.raw.cart_order_id)
            reasons = self._reasons(order, stored)
            if stored is not None and self._is_same(uow, order, stored, reasons):
                self._ctx.counts["unchanged"] += 1
            elif not self._is_settled(order.raw, server_time):
                waiting.append(order)
            elif stored is None:
                self._add(uow, order, reasons)
            else:
                self._change(uow, order, stored, reasons)
        return waiting

    def release_waiting(self, uow: UnitOfWork, order: StoredOrder) -> None:
        """An order that was read before and may go now: live at last, or the test is allowed."""
        if order.state == "held":
            if {reason.code for reason in order.hold_reasons} != {"test_order"}:
                return
            if self._test_order_reason() is not None:
                return
            self._unhold(uow, order)
        if order.mapping_version_id == self._active.mapping_version_id:
            self._release_if_live(uow, uow.orders.get(order.order_id))

    def cancel(self, uow: UnitOfWork, stored: StoredOrder, record: CanceledRecord) -> None:
        """The org canceled or deleted an order of ours."""
        if stored.state == "canceled":
            return
        what = "deleted" if record.deleted else "canceled"
        if take_back(uow, stored, at=self._now):
            uow.orders.set_state(stored.order_id, "canceled", at=self._now)
            uow.events.add(stored.order_id, self._now, "canceled", why=f"{what} in Salesforce")
            self._ctx.counts["canceled"] += 1
            if not record.deleted:
                self._show_status(uow, stored)
        elif stored.modstamp != record.modstamp:
            text = f"was {what} in Salesforce after it had left for the warehouse"
            self._flag(uow, stored, f"{what}_after_release", text)
        uow.orders.touch_stamps({stored.order_id: record.modstamp})

    def no_longer_ready(
        self, uow: UnitOfWork, stored: StoredOrder, stamp: RecordStamp | None
    ) -> None:
        """An order of ours does not match the rules any more; without a stamp an id sweep saw it.

        The stamp we stored came with a reading in which it was ready: the same stamp is that
        same reading.
        """
        codes = {reason.code for reason in stored.hold_reasons}
        if stored.state == "canceled" or "no_longer_ready" in codes:
            return
        if stamp is not None and stamp.modstamp == stored.modstamp:
            return
        if take_back(uow, stored, at=self._now):
            self._hold(uow, stored, [*self._kept(stored), _NO_LONGER_READY])
        else:
            text = "is no longer ready in Salesforce, and it had left for the warehouse before"
            self._flag(uow, stored, "no_longer_ready_after_release", text)
        if stamp is not None:
            uow.orders.touch_stamps({stored.order_id: stamp.modstamp})

    def not_found_again(self, uow: UnitOfWork, stored: StoredOrder) -> None:
        """It was to be mapped anew, and the org does not show it among the ready ones."""
        uow.orders.update_content(
            stored.order_id,
            stored.order,
            modstamp=stored.modstamp,
            mapping_version_id=self._active.mapping_version_id,
            at=self._now,
        )
        self.no_longer_ready(uow, stored, None)

    @property
    def _now(self) -> datetime:
        return self._ctx.now()

    def _is_settled(self, raw: RawOrder, server_time: datetime | None) -> bool:
        if not self._profile.settle_seconds:
            return True
        settling = timedelta(seconds=self._profile.settle_seconds)
        return server_time is not None and server_time - raw.modstamp >= settling

    def _reasons(self, order: MappedOrder, stored: StoredOrder | None) -> list[HoldReason]:
        """Everything that keeps the order from being released, apart from not being live."""
        reasons = list(order.result.faults)
        if stored is not None:
            reasons += self._kept(stored)
        if self._was_downloaded_by_another(order.raw, stored):
            reasons.append(_ALREADY_MARKED)
        test_order = self._test_order_reason()
        return reasons if test_order is None else [*reasons, test_order]

    def _kept(self, stored: StoredOrder) -> list[HoldReason]:
        return [reason for reason in stored.hold_reasons if reason.code in STAYS]

    def _was_downloaded_by_another(self, raw: RawOrder, stored: StoredOrder | None) -> bool:
        """Marked, and not by us: we mark only what we have released."""
        if not self._map.is_marked(raw.record):
            return False
        return stored is None or "already_marked" in {r.code for r in stored.hold_reasons}

    def _test_order_reason(self) -> HoldReason | None:
        if not self._identity.is_sandbox or self._warehouse.accepts_test_orders:
            return None
        return HoldReason(
            "test_order",
            f"{self._identity.organization_name} is a sandbox, and {self._warehouse.name} takes "
            "no test orders.",
            f"Set accepts_test_orders of {self._warehouse.name} in config.yaml if it may.",
        )

    def _is_same(
        self, uow: UnitOfWork, order: MappedOrder, stored: StoredOrder, reasons: list[HoldReason]
    ) -> bool:
        """Whether nothing that matters changed; then only the stamp is kept."""
        same = order.content_hash == stored.content_hash
        if stored.state in ("new", "held"):
            same = same and tuple(reasons) == stored.hold_reasons
        if same and stored.state != "canceled":
            self._touch(uow, order, stored)
            return True
        return False

    def _touch(self, uow: UnitOfWork, order: MappedOrder, stored: StoredOrder) -> None:
        if stored.mapping_version_id != self._active.mapping_version_id:
            self._update_content(uow, order, stored)
        elif stored.modstamp != order.raw.modstamp:
            uow.orders.touch_stamps({stored.order_id: order.raw.modstamp})

    def _update_content(self, uow: UnitOfWork, order: MappedOrder, stored: StoredOrder) -> None:
        uow.orders.update_content(
            stored.order_id,
            order.result.order,
            modstamp=order.raw.modstamp,
            mapping_version_id=self._active.mapping_version_id,
            at=self._now,
        )

    def _add(self, uow: UnitOfWork, order: MappedOrder, reasons: Sequence[HoldReason]) -> None:
        added = uow.orders.add_if_new(self._new_order(order, reasons), at=self._now)
        if added is None:
            self._known_elsewhere(uow, order.raw)
            return
        self._ctx.counts["new"] += 1
        uow.events.add(added.order_id, self._now, "received", order_number=added.order_number)
        if reasons:
            self._tell_held(uow, added, reasons)
        else:
            self._release_if_live(uow, added, is_new=True)

    def _new_order(self, order: MappedOrder, reasons: Sequence[HoldReason]) -> NewOrder:
        mapped = order.result.order
        record = order.raw.record
        number = mapped.order_number if mapped else value_at(record, self._map.order_number_path)
        return NewOrder(
            cart=self._profile.name,
            merchant=self._profile.merchant,
            organization_id=self._identity.organization_id,
            cart_order_id=order.raw.cart_order_id,
            order_number=str(number or order.raw.cart_order_id),
            order=mapped,
            modstamp=order.raw.modstamp,
            mapping_version_id=self._active.mapping_version_id,
            hold_reasons=tuple(reasons),
            test_order=self._identity.is_sandbox,
        )

    def _known_elsewhere(self, uow: UnitOfWork, raw: RawOrder) -> None:
        """The ledger knows the record: another cart has it, or its data was removed here."""
        self._ctx.counts["known"] += 1
        entry = uow.ledger.known(self._identity.organization_id, [raw.cart_order_id])
        cart = entry[raw.cart_order_id].cart
        if cart != self._profile.name:
            self._ctx.ask_for_attention(
                f"{raw.cart_order_id} belongs to cart {cart} already and is not taken in twice; "
                "make the ready rules of the two carts exclude one another"
            )

    def _change(
        self,
        uow: UnitOfWork,
        order: MappedOrder,
        stored: StoredOrder,
        reasons: Sequence[HoldReason],
    ) -> None:
        if stored.state == "canceled":
            self._flag(uow, stored, "ready_again", "was canceled before and is ready again")
            uow.orders.touch_stamps({stored.order_id: order.raw.modstamp})
        elif take_back(uow, stored, at=self._now):
            self._map_anew(uow, order, stored, reasons)
        else:
            self._changed_too_late(uow, order, stored)

    def _map_anew(
        self,
        uow: UnitOfWork,
        order: MappedOrder,
        stored: StoredOrder,
        reasons: Sequence[HoldReason],
    ) -> None:
        if order.content_hash != stored.content_hash:
            self._ctx.counts["changed"] += 1
            found = _difference(stored, order.result.order)
            uow.events.add(stored.order_id, self._now, "changed", difference=found)
        self._update_content(uow, order, stored)
        if reasons:
            self._hold(uow, stored, reasons)
            return
        if stored.state == "held":
            self._unhold(uow, stored)
        self._release_if_live(uow, uow.orders.get(stored.order_id))

    def _changed_too_late(self, uow: UnitOfWork, order: MappedOrder, stored: StoredOrder) -> None:
        """The warehouse has it, or may have it: keep what the org says now, and tell a person."""
        mapped = order.result.order
        found = _difference(stored, mapped)
        if mapped is None:
            found = [reason.text() for reason in order.result.faults]
            uow.orders.touch_stamps({stored.order_id: order.raw.modstamp})
        else:
            self._ctx.counts["changed"] += 1
            self._update_content(uow, order, stored)
        text = "changed in Salesforce after it had left for the warehouse: " + "; ".join(found)
        self._flag(uow, stored, "changed_after_release", text, difference=found)

    def _hold(
        self, uow: UnitOfWork, stored: StoredOrder, reasons: Sequence[HoldReason]
    ) -> None:
        uow.orders.hold(stored.order_id, reasons, at=self._now)
        self._tell_held(uow, stored, reasons)

    def _tell_held(
        self, uow: UnitOfWork, stored: StoredOrder, reasons: Sequence[HoldReason]
    ) -> None:
        texts = [reason.text() for reason in reasons]
        uow.events.add(stored.order_id, self._now, "held", reasons=texts)
        self._ctx.counts["held"] += 1
        self._ctx.ask_for_attention(f"order {stored.order_number} is held: {' | '.join(texts)}")
        self._show_status(uow, stored)

    def _unhold(self, uow: UnitOfWork, stored: StoredOrder) -> None:
        uow.orders.set_state(stored.order_id, "new", at=self._now)
        uow.events.add(stored.order_id, self._now, "no_longer_held")
        self._show_status(uow, stored)

    def _release_if_live(
        self, uow: UnitOfWork, stored: StoredOrder, *, is_new: bool = False
    ) -> None:
        mapped = stored.order
        if mapped is None or not may_be_released(stored, self._switches(uow)):
            self._ctx.counts["not_live"] += 1
            return
        release(uow, stored, mapped, self._profile, at=self._now)
        if stored.attention is not None:
            uow.orders.set_attention(stored.order_id, None, at=self._now)
        self._ctx.counts["released"] += 1
        if self._has_marker or self._map.writes_status:
            queue_write_back(uow, stored, at=self._now, is_new=is_new)

    def _switches(self, uow: UnitOfWork) -> CartSwitches:
        """Asked once per transaction: a pause that comes meanwhile counts from the next."""
        if self._known_switches is None or self._known_switches[0] is not uow:
            self._known_switches = (uow, uow.carts.get(self._profile.name))
        return self._known_switches[1]

    def _show_status(self, uow: UnitOfWork, stored: StoredOrder) -> None:
        if self._map.writes_status:
            queue_write_back(uow, stored, at=self._now)

    def _flag(
        self, uow: UnitOfWork, stored: StoredOrder, event: str, text: str, **detail: Any
    ) -> None:
        """Tell a person, once; of an order that is done only the story keeps it."""
        if stored.attention == text:
            return
        uow.events.add(stored.order_id, self._now, event, what=text, **detail)
        if stored.shown_state in CLOSED:
            return
        uow.orders.set_attention(stored.order_id, text, at=self._now)
        self._ctx.ask_for_attention(f"order {stored.order_number} {text}")


_NO_LONGER_READY = HoldReason(
    "no_longer_ready",
    "It is no longer ready in Salesforce.",
    "It goes on by itself when it is ready again.",
)
_ALREADY_MARKED = HoldReason(
    "already_marked",
    "It was marked as downloaded in Salesforce, and not by this bridge.",
    "Make sure that nobody ships it already, then clear the mark.",
)


def _difference(stored: StoredOrder, mapped: Order | None) -> list[str]:
    return differences(stored.content, mapped.content() if mapped else {})
