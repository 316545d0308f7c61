"""Orders that no moving stamp brings back: looked at again, apart from what has changed.

Held orders may be mended where we watch no stamp (a product, a contact), a new workbook may map
what the former one could not, and what rests on a formula changes without any stamp at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.clock import is_time_again
from fulfillment_bridge.domain.org_schema import OrderQuery
from fulfillment_bridge.jobs.active_map import ActiveMap
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.order_intake import OrderIntake
from fulfillment_bridge.jobs.releasing import may_be_released
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.repository import slices
from fulfillment_bridge.storage.switches import CartSwitches
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

AGAIN_EVERY = timedelta(minutes=15)
TRIED_AGAIN_FOR = timedelta(days=2)
ORDERS_AT_ONCE = 200
HELD_AT_ONCE = 1000
"""What the org answers in one or two calls; of more held orders each time the next so many."""

NOT_BY_READING = frozenset({"by_hand", "no_longer_ready", "test_order"})
"""Reasons that reading the order once more cannot lift."""


def look_again(
    ctx: JobContext, cart: Cart, query: OrderQuery, active: ActiveMap, intake: OrderIntake
) -> None:
    """With a new workbook at once, else every quarter of an hour; no call where none is held."""
    name = ctx.need_cart()[1].name
    with ctx.store.read() as uow:
        looked_at = uow.cursors.get(name).swept_at
        now = ctx.now()
        due = looked_at is None or is_time_again(looked_at, now=now, every=AGAIN_EVERY)
        # New rules may take orders that the former ones passed over, behind the cursor. Where
        # the clock was set back since, nobody can tell whether they are new.
        new_rules = looked_at is not None and (active.loaded_at > looked_at or looked_at > now)
        wanted = _mapped_otherwise(ctx, uow, intake, active.mapping_version_id)
        wanted |= _held_in_turn(ctx, uow, intake) if due else {}
    _map_again(ctx, cart, query, intake, wanted)
    sweeps = new_rules or (due and query.rests_on_formula)
    if sweeps and not ctx.stopping.is_set():
        _sweep_by_id(ctx, cart, query, intake)
    if (due or new_rules) and not ctx.stopping.is_set():
        with ctx.store.begin() as uow:
            uow.cursors.set_swept(name, at=ctx.now())


def release_waiting(ctx: JobContext, intake: OrderIntake) -> None:
    """The cart went live since they were read, or the warehouse takes test orders now."""
    name, org = ctx.need_cart()[1].name, intake.organization_id
    with ctx.store.read() as uow:
        ready = [order for order in uow.orders.held(name, organization_id=org)
                 if _codes(order) == {"test_order"}]  # fmt: skip
        switches = uow.carts.get(name)
        if switches.live_at is not None:
            ready += [one for one in uow.orders.waiting(name, org) if _may_go(one, switches)]
    _act_on(ctx, ready, intake.release_waiting)


def _mapped_otherwise(
    ctx: JobContext, uow: UnitOfWork, intake: OrderIntake, version: int
) -> dict[str, StoredOrder]:
    """Orders that a former workbook held, or mapped and did not release yet, by record id."""
    name, org = ctx.need_cart()[1].name, intake.organization_id
    orders = uow.orders.held(
        name, organization_id=org, changed_since=_young(ctx), mapped_before=version
    )
    orders += [one for one in uow.orders.waiting(name, org) if one.mapping_version_id != version]
    return {order.cart_order_id: order for order in orders}


def _held_in_turn(ctx: JobContext, uow: UnitOfWork, intake: OrderIntake) -> dict[str, StoredOrder]:
    """Held orders that may have been mended without our seeing it, by record id.

    What this very run has held was read a moment ago.
    """
    name, org = ctx.need_cart()[1].name, intake.organization_id
    held = [order for order in
            uow.orders.held(name, organization_id=org, changed_since=_young(ctx))
            if not intake.began_at <= order.updated_at <= ctx.now()
            and not _codes(order) & NOT_BY_READING]  # fmt: skip
    groups = list(slices(held, HELD_AT_ONCE))
    turn = int(ctx.now().timestamp() // AGAIN_EVERY.total_seconds())
    chosen = groups[turn % len(groups)] if groups else []
    return {order.cart_order_id: order for order in chosen}


def _map_again(
    ctx: JobContext,
    cart: Cart,
    query: OrderQuery,
    intake: OrderIntake,
    wanted: dict[str, StoredOrder],
) -> None:
    found = fetch_and_take_in(ctx, cart, query, wanted.keys(), intake)
    missing = [order for record_id, order in wanted.items() if record_id not in found]
    if not ctx.stopping.is_set():
        _act_on(ctx, missing, _each(intake.not_found_again))


def _sweep_by_id(ctx: JobContext, cart: Cart, query: OrderQuery, intake: OrderIntake) -> None:
    """Formulas and new rules move no stamp: compare the ids that are ready with ours."""
    name, org = ctx.need_cart()[1].name, intake.organization_id
    ready = {record_id for ids in cart.fetch_ready_ids(query) for record_id in ids}
    with ctx.store.read() as uow:
        unknown = ready - uow.ledger.known(org, ready).keys()
        held = {order.cart_order_id for order in uow.orders.held(name, organization_id=org)
                if "no_longer_ready" in _codes(order)}  # fmt: skip
        unready = set(uow.orders.open_ids(name, org)) - ready - held
        gone = intake.known(uow, unready)
    fetch_and_take_in(ctx, cart, query, unknown | (held & ready), intake)
    _act_on(ctx, gone.values(), _each(lambda uow, order: intake.no_longer_ready(uow, order, None)))


def fetch_and_take_in(
    ctx: JobContext,
    cart: Cart,
    query: OrderQuery,
    record_ids: Collection[str],
    intake: OrderIntake,
) -> set[str]:
    """Read these orders as they are now and take them in; the ids of those that are ready."""
    found: set[str] = set()
    if record_ids:
        for page in cart.fetch_orders(query, sorted(record_ids)):
            mapped = intake.map(page.orders)
            with ctx.store.begin() as uow:
                intake.take_in(uow, mapped, server_time=page.server_time)
            found.update(raw.cart_order_id for raw in page.orders)
            if ctx.stopping.is_set():
                break
    return found


def _act_on(
    ctx: JobContext,
    orders: Collection[StoredOrder],
    act: Callable[[UnitOfWork, Iterable[StoredOrder]], None],
) -> None:
    """Act on the orders as they are by then, so many in one transaction."""
    for some in slices(orders, ORDERS_AT_ONCE):
        if ctx.stopping.is_set():
            return
        with ctx.store.begin() as uow:
            act(uow, uow.orders.by_ids([order.order_id for order in some]).values())


def _each(
    act: Callable[[UnitOfWork, StoredOrder], None],
) -> Callable[[UnitOfWork, Iterable[StoredOrder]], None]:
    def act_on_each(uow: UnitOfWork, orders: Iterable[StoredOrder]) -> None:
        for order in orders:
            act(uow, order)

    return act_on_each


def _may_go(stored: StoredOrder, switches: CartSwitches) -> bool:
    order = stored.order
    return order is not None and may_be_released(stored, order, switches)


def _young(ctx: JobContext) -> datetime:
    return ctx.now() - TRIED_AGAIN_FOR


def _codes(order: StoredOrder) -> set[str]:
    return {reason.code for reason in order.hold_reasons}
