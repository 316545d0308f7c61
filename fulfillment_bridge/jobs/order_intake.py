"""Taking orders into the store: each one new, changed, unchanged, held, released or waiting.

Everything here happens inside the transaction of the caller; the org is not asked anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fulfillment_bridge.carts.base import OrgIdentity
from fulfillment_bridge.domain.order import HoldReason, Order
from fulfillment_bridge.domain.org_schema import CanceledRecord, RawOrder, RecordStamp, value_at
from fulfillment_bridge.jobs.active_map import ActiveMap
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.differences import differences
from fulfillment_bridge.jobs.hold_reasons import NO_LONGER_READY
from fulfillment_bridge.jobs.intake_judgment import (
    Judgment,
    MappedOrder,
    codes,
    despite_what_people_overruled,
    is_same,
    kept_reasons,
)
from fulfillment_bridge.jobs.releasing import (
    choose_warehouse,
    may_be_released,
    release,
    take_back,
)
from fulfillment_bridge.jobs.requests import ask_to_cancel, ask_to_change
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.orders import NewOrder, StoredOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

CLOSED = ("shipped", "closed_short", "confirmed")


class OrderIntake:
    """One run's view: the cart, its workbook and the org they belong to."""

    def __init__(self, ctx: JobContext, active: ActiveMap, identity: OrgIdentity) -> None:
        self._ctx = ctx
        self.began_at = ctx.now()
        _, self._profile = ctx.need_cart()
        self._active = active
        self._map = active.field_map
        self._identity = identity
        warehouse = choose_warehouse(self._profile)
        self._judgment = Judgment(self._map, identity, warehouse)
        self._has_marker = self._map.order_query().marker is not None

    @property
    def organization_id(self) -> str:
        """The org whose orders are read; those of another that the cart read once stay behind."""
        return self._identity.organization_id

    def map(self, orders: Iterable[RawOrder]) -> list[MappedOrder]:
        """Apply the workbook; of a record that comes twice the last reading counts."""
        newest = {raw.cart_order_id: raw for raw in orders}
        currency = self._identity.default_currency
        return [
            MappedOrder(raw, self._map.apply(raw, default_currency=currency))
            for raw in newest.values()
        ]

    def take_in(
        self, uow: UnitOfWork, orders: Sequence[MappedOrder], *, server_time: datetime
    ) -> None:
        """Store the orders, but for those that changed too short a time before ``server_time``.

        They changed with any of their lines. Further lines may still be on the way: they are
        counted as waiting and read again by the next poll, whose overlap is longer.
        """
        ids = [order.raw.cart_order_id for order in orders]
        known = self.known(uow, ids)
        same: list[tuple[MappedOrder, StoredOrder]] = []
        new: list[tuple[MappedOrder, list[HoldReason]]] = []
        for order in despite_what_people_overruled(uow, orders, known):
            stored = known.get(order.raw.cart_order_id)
            reasons = self._judgment.reasons(order, stored)
            if stored is not None and order.raw.modstamp < stored.modstamp:
                # A worker that was asleep for long brings what another has overtaken.
                self._ctx.count("older")
            elif stored is None and self._judgment.is_ready_but_for_ours(order.raw):
                continue
            elif stored is not None and is_same(order, stored, reasons):
                same.append((order, stored))
            elif not self._is_settled(order.raw, server_time):
                self._ctx.counts["waiting"] += 1
            elif stored is None:
                new.append((order, reasons))
            else:
                self._change(uow, order, stored, reasons)
        self._touch(uow, same)
        self._add(uow, new)

    def take_in_as_sent(self, uow: UnitOfWork, orders: Sequence[MappedOrder]) -> list[StoredOrder]:
        """Take in what a warehouse has, ready or not, and release nothing; those that are new."""
        news = [self._new_order(order, ()) for order in orders if order.result.order is not None]
        added = uow.orders.add_new(news, at=self._now)
        numbers = [(one.order_id, {"order_number": one.order_number}) for one in added.values()]
        uow.events.add_each(self._now, "received", numbers)
        return list(added.values())

    def release_waiting(self, uow: UnitOfWork, orders: Iterable[StoredOrder]) -> None:
        """Orders that were read before and may go now: live at last, or the test is allowed."""
        ready = []
        for stored in filter(self._is_of_this_org, orders):
            if stored.state == "held":
                if (
                    codes(stored) != {"test_order"}
                    or self._judgment.test_order_reason() is not None
                ):
                    continue
                self._unhold(uow, stored)
                stored = replace(stored, state="new")
            if stored.mapping_version_id == self._active.mapping_version_id:
                ready.append((stored, stored.order))
        self._release_live(uow, ready)

    def known(self, uow: UnitOfWork, ids: Collection[str]) -> dict[str, StoredOrder]:
        """Those of the records that we know as orders of this very org, by record id."""
        return uow.orders.by_cart_order_ids(
            self._profile.name, ids, organization_id=self.organization_id
        )

    def _is_of_this_org(self, stored: StoredOrder) -> bool:
        """A cart may have moved, from a sandbox to the org that has the same record ids."""
        return stored.organization_id == self._identity.organization_id

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
        else:
            text = f"was {what} in Salesforce after it had left for the warehouse"
            self._stop_there(uow, stored, f"{what}_after_release", text, record.modstamp)
        uow.orders.touch_stamps({stored.order_id: record.modstamp})

    def no_longer_ready(
        self, uow: UnitOfWork, stored: StoredOrder, stamp: RecordStamp | None
    ) -> None:
        """An order of ours does not match the rules any more; without a stamp an id sweep saw it.

        The stamp may be the one of a reading in which it was ready: where a parent decides, the
        order's own does not move.
        """
        if stored.state == "canceled" or "no_longer_ready" in codes(stored):
            return
        released = stored.shown_state not in ("new", "held")
        if stamp is None and released and self._judgment.ready_asks_for_ours:
            return  # The sweep sees what we wrote when we released it; the polls see through that.
        if take_back(uow, stored, at=self._now):
            self._hold(uow, stored, [*kept_reasons(stored), NO_LONGER_READY])
        else:
            text = "is no longer ready in Salesforce, and it had left for the warehouse before"
            at = stamp.modstamp if stamp is not None else stored.modstamp
            self._stop_there(uow, stored, "no_longer_ready_after_release", text, at)
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

    def _is_settled(self, raw: RawOrder, server_time: datetime) -> bool:
        settling = timedelta(seconds=self._profile.settle_seconds)
        changed_at = max(raw.modstamp, raw.line_modstamp or raw.modstamp)
        return not settling or server_time - changed_at >= settling

    def _touch(self, uow: UnitOfWork, same: Sequence[tuple[MappedOrder, StoredOrder]]) -> None:
        """Nothing that matters changed: keep the stamps, and which workbook says so."""
        self._ctx.count("unchanged", len(same))
        version, stamps = self._active.mapping_version_id, {}
        for order, stored in same:
            if stored.mapping_version_id != version:
                self._update_content(uow, order, stored)
            elif stored.modstamp != order.raw.modstamp:
                stamps[stored.order_id] = order.raw.modstamp
        uow.orders.touch_stamps(stamps)

    def _update_content(self, uow: UnitOfWork, order: MappedOrder, stored: StoredOrder) -> None:
        uow.orders.update_content(
            stored.order_id,
            order.result.order,
            modstamp=order.raw.modstamp,
            mapping_version_id=self._active.mapping_version_id,
            at=self._now,
        )

    def _add(self, uow: UnitOfWork, orders: Sequence[tuple[MappedOrder, list[HoldReason]]]) -> None:
        added = uow.orders.add_new(
            [self._new_order(order, reasons) for order, reasons in orders], at=self._now
        )
        self._known_elsewhere(
            uow, [o.raw.cart_order_id for o, _ in orders if o.raw.cart_order_id not in added]
        )
        self._ctx.count("new", len(added))
        numbers = [(one.order_id, {"order_number": one.order_number}) for one in added.values()]
        uow.events.add_each(self._now, "received", numbers)
        self._tell_held(uow, [one for one in added.values() if one.hold_reasons])
        clear = [
            (added[order.raw.cart_order_id], order.result.order)
            for order, reasons in orders
            if order.raw.cart_order_id in added and not reasons
        ]
        self._release_live(uow, clear)

    def _new_order(self, order: MappedOrder, reasons: Sequence[HoldReason]) -> NewOrder:
        mapped = order.result.order
        number = value_at(order.raw.record, self._map.order_number_path)
        return NewOrder(
            cart=self._profile.name,
            merchant=self._profile.merchant,
            organization_id=self._identity.organization_id,
            cart_order_id=order.raw.cart_order_id,
            order_number=str(mapped.order_number if mapped else number or order.raw.cart_order_id),
            order=mapped,
            modstamp=order.raw.modstamp,
            mapping_version_id=self._active.mapping_version_id,
            hold_reasons=tuple(reasons),
            test_order=self._identity.is_sandbox,
            created_at=order.raw.created_at,
        )

    def _known_elsewhere(self, uow: UnitOfWork, record_ids: Collection[str]) -> None:
        """The ledger knows the records: another cart has them, or their data was removed here."""
        self._ctx.count("known", len(record_ids))
        entries = uow.ledger.known(self._identity.organization_id, record_ids)
        for record_id, entry in entries.items():
            if entry.cart != self._profile.name:
                self._ctx.ask_for_attention(
                    f"{record_id} belongs to cart {entry.cart} already and is not taken in twice; "
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
            if not self._judgment.is_ready_but_for_ours(order.raw):
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
            return self._hold(uow, stored, reasons)
        if stored.state == "held":
            self._unhold(uow, stored)
        now = uow.orders.get(stored.order_id)
        self._release_live(uow, [(now, order.result.order)])

    def _changed_too_late(self, uow: UnitOfWork, order: MappedOrder, stored: StoredOrder) -> None:
        """The warehouse has it, or may have it: keep what the org says now, and tell a person."""
        mapped = None if order.result.faults else order.result.order
        found = _difference(stored, mapped)
        if mapped is None:
            found = [reason.text() for reason in order.result.faults]
            uow.orders.touch_stamps({stored.order_id: order.raw.modstamp})
        else:
            self._ctx.counts["changed"] += 1
            self._update_content(uow, order, stored)
        text = "changed in Salesforce after it had left for the warehouse: " + "; ".join(found)
        self._flag(uow, stored, "changed_after_release", text, difference=found)
        if mapped is not None:
            ask_to_change(uow, stored.order_id, mapped, difference=found, at=self._now)

    def _stop_there(
        self, uow: UnitOfWork, stored: StoredOrder, event: str, text: str, modstamp: datetime
    ) -> None:
        """The warehouse has it, or may have it: ask for it, once; of what is shipped, tell."""
        asked = ask_to_cancel(uow, stored.order_id, why=text, at=self._now)
        # A parent or a formula may stop it, and then its own stamp stays.
        if asked or stored.modstamp != modstamp:
            self._flag(uow, stored, event, text)

    def _hold(self, uow: UnitOfWork, stored: StoredOrder, reasons: Sequence[HoldReason]) -> None:
        uow.orders.hold(stored.order_id, reasons, at=self._now)
        self._tell_held(uow, [replace(stored, hold_reasons=tuple(reasons))])

    def _tell_held(self, uow: UnitOfWork, orders: Sequence[StoredOrder]) -> None:
        texts = {one.order_id: [why.text() for why in one.hold_reasons] for one in orders}
        uow.events.add_each(
            self._now, "held", [(order_id, {"reasons": why}) for order_id, why in texts.items()]
        )
        self._ctx.count("held", len(orders))
        for one in orders:
            why = " | ".join(texts[one.order_id])
            places = ", ".join(dict.fromkeys(why.place or why.code for why in one.hold_reasons))
            self._ctx.ask_for_attention(
                f"order {one.order_number} is held: {why}",
                in_log=f"order {one.order_number} is held ({places}); orders show says why",
            )
        self._show_status(uow, *orders)

    def _unhold(self, uow: UnitOfWork, stored: StoredOrder) -> None:
        uow.orders.set_state(stored.order_id, "new", at=self._now)
        uow.events.add(stored.order_id, self._now, "no_longer_held")
        self._show_status(uow, stored)

    def _release_live(
        self, uow: UnitOfWork, orders: Sequence[tuple[StoredOrder, Order | None]]
    ) -> None:
        """Release those of the orders that may go; the others are not live yet."""
        if not orders:
            return
        switches = uow.carts.get(self._profile.name)
        going = [(stored, order) for stored, order in orders
                 if order is not None and may_be_released(stored, order, switches)]  # fmt: skip
        self._ctx.count("not_live", len(orders) - len(going))
        release(uow, going, self._profile, at=self._now)
        for stored, _ in going:
            if stored.attention is not None:
                uow.orders.set_attention(stored.order_id, None, at=self._now)
        self._ctx.count("released", len(going))
        if self._has_marker or self._map.writes_status:
            queue_write_backs(uow, [stored.order_id for stored, _ in going], at=self._now)

    def _show_status(self, uow: UnitOfWork, *orders: StoredOrder) -> None:
        if self._map.writes_status:
            queue_write_backs(uow, [order.order_id for order in orders], at=self._now)

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
        short = f"order {stored.order_number}: {event}; orders show says more"
        self._ctx.ask_for_attention(f"order {stored.order_number} {text}", in_log=short)


def _difference(stored: StoredOrder, mapped: Order | None) -> list[str]:
    return differences(stored.content, mapped.content() if mapped else {})
