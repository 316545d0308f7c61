"""What to think of an order that was read: whether it may go, and whether it is news at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from fulfillment_bridge.carts.base import OrgIdentity
from fulfillment_bridge.domain.order import HoldReason
from fulfillment_bridge.domain.org_schema import RawOrder
from fulfillment_bridge.jobs.hold_reasons import ALREADY_MARKED, MARKED_BY_ANOTHER, STAYS
from fulfillment_bridge.mapping.field_map import FieldMap, MappingResult
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import WarehouseProfile


@dataclass(frozen=True)
class MappedOrder:
    """A record and what the workbook made of it."""

    raw: RawOrder
    result: MappingResult

    @cached_property
    def content_hash(self) -> str:
        return self.result.order.content_hash() if self.result.order else ""


class Judgment:
    """By the workbook, the org and the warehouse of one cart. Asks nobody, changes nothing."""

    def __init__(
        self, field_map: FieldMap, identity: OrgIdentity, warehouse: WarehouseProfile
    ) -> None:
        self._map = field_map
        self._identity = identity
        self._warehouse = warehouse

    def reasons(self, order: MappedOrder, stored: StoredOrder | None) -> list[HoldReason]:
        """Everything that keeps the order from being released, apart from not being live."""
        reasons = list(order.result.faults)
        if stored is not None:
            reasons += kept_reasons(stored)
        if self._was_downloaded_by_another(order.raw, stored):
            reasons.append(MARKED_BY_ANOTHER)
        test_order = self.test_order_reason()
        return reasons if test_order is None else [*reasons, test_order]

    def test_order_reason(self) -> HoldReason | None:
        """Why an order of this org must not go, where it is a sandbox."""
        if not self._identity.is_sandbox or self._warehouse.accepts_test_orders:
            return None
        return HoldReason(
            "test_order",
            f"{self._identity.organization_name} is a sandbox, and {self._warehouse.name} takes "
            "no test orders.",
            f"Set accepts_test_orders of {self._warehouse.name} in config.yaml if it may.",
        )

    @cached_property
    def ready_asks_for_ours(self) -> bool:
        """The ready rule asks for what we write, so that releasing makes an order unready."""
        return bool(self._map.order_query().still_ready)

    def is_ready_but_for_ours(self, raw: RawOrder) -> bool:
        """It was read only because it bears what we write on orders: nobody says it is ready."""
        return self.ready_asks_for_ours and not self._map.is_ready(raw.record)

    def _was_downloaded_by_another(self, raw: RawOrder, stored: StoredOrder | None) -> bool:
        """Marked, and not by us: we mark only what we have released."""
        if not self._map.is_marked(raw.record):
            return False
        return stored is None or ALREADY_MARKED in codes(stored)


def is_same(order: MappedOrder, stored: StoredOrder, reasons: Sequence[HoldReason]) -> bool:
    """Whether nothing that matters changed since it was stored."""
    if stored.state == "canceled" or order.content_hash != stored.content_hash:
        return False
    if stored.state in ("new", "held"):
        return tuple(reasons) == stored.hold_reasons
    return not order.result.faults


def despite_what_people_overruled(
    uow: UnitOfWork, orders: Sequence[MappedOrder], known: Mapping[str, StoredOrder]
) -> list[MappedOrder]:
    """The orders without the reasons to hold them that a person has overruled."""
    ids = {
        order.raw.cart_order_id: known[order.raw.cart_order_id].order_id
        for order in orders
        if order.raw.cart_order_id in known and any(why.rule for why in order.result.faults)
    }
    overruled = uow.overruled.of_each(ids.values()) if ids else {}
    return [
        replace(order, result=order.result.despite(rules))
        if (rules := overruled.get(ids.get(order.raw.cart_order_id, 0)))
        else order
        for order in orders
    ]


def kept_reasons(stored: StoredOrder) -> list[HoldReason]:
    """Reasons that reading the order again cannot lift."""
    return [reason for reason in stored.hold_reasons if reason.code in STAYS]


def codes(stored: StoredOrder) -> set[str]:
    """Why it is held, in the words of programs."""
    return {reason.code for reason in stored.hold_reasons}
