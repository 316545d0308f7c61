"""Read one order from its org now and take it in as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fulfillment_bridge.actions.by_hand import Hand
from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.domain.org_schema import CanceledRecord, OrderQuery
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.jobs.active_map import ActiveMap, map_for_run
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.order_intake import OrderIntake
from fulfillment_bridge.jobs.refused_names import naming_cells
from fulfillment_bridge.storage.orders import StoredOrder


def refetch_order(hand: Hand, ctx: JobContext, number: str) -> str:
    """Read every order of the cart with this number, known or not; what became of it.

    ``ctx`` is one of order_download of the cart.
    """
    cart, profile = ctx.need_cart()
    active = map_for_run(ctx)
    query = active.field_map.order_query()
    with hand.store.read() as uow:
        known = uow.orders.by_number(number, profile.name)
    with naming_cells(ctx, active.field_map):
        ids = [order.cart_order_id for order in known]
        ids = ids or _ids_in_the_org(cart, active, query, number)
        if not ids:
            raise UserError(
                f"neither the bridge nor the org of {profile.name} has an order {number}",
                remedy=f"fulfillment-bridge orders why {number} --cart {profile.name}",
            )
        intake = OrderIntake(ctx, active, cart.identity())
        found = _read(ctx, cart, query, intake, ids)
        missing = [order for order in known if order.cart_order_id not in found]
        stopped = _stopped(cart, query, missing)
    with hand.store.begin() as uow:
        for gone in missing:
            order = uow.orders.get(gone.order_id)
            if record := stopped.get(gone.cart_order_id):
                intake.cancel(uow, order, record)
            else:
                intake.not_found_again(uow, order)
        now = uow.orders.by_cart_order_ids(profile.name, ids)
        for order in now.values():
            hand.note(uow, order, "refetch", "refetched")
    return _outcome(ctx, list(now.values()), found, stopped.values())


def _ids_in_the_org(cart: Cart, active: ActiveMap, query: OrderQuery, number: str) -> list[str]:
    path = active.field_map.order_number_path
    return [raw.cart_order_id for raw in cart.find_orders(query, path, number)]


def _read(
    ctx: JobContext, cart: Cart, query: OrderQuery, intake: OrderIntake, ids: Sequence[str]
) -> set[str]:
    """Take in those that are ready and not canceled; their ids."""
    found: set[str] = set()
    for page in cart.fetch_orders(query, ids):
        mapped = intake.map(page.orders)
        with ctx.store.begin() as uow:
            intake.take_in(uow, mapped, server_time=page.server_time)
        found.update(raw.cart_order_id for raw in page.orders)
    return found


def _stopped(
    cart: Cart, query: OrderQuery, orders: Sequence[StoredOrder]
) -> dict[str, CanceledRecord]:
    """Which of the orders the org has canceled or deleted, by record id."""
    ids = [order.cart_order_id for order in orders]
    return {one.record_id: one for one in cart.fetch_canceled(query, ids)} if ids else {}


def _outcome(
    ctx: JobContext,
    orders: Sequence[StoredOrder],
    found: set[str],
    stopped: Collection[CanceledRecord],
) -> str:
    if ctx.counts["waiting"]:
        return "changed in Salesforce a moment ago; it is read once it has settled"
    if not orders:
        return "is in the org and not ready there; fulfillment-bridge orders why says more"
    did = ", ".join(word for word in ("new", "changed", "held", "released") if ctx.counts[word])
    state = orders[0].shown_state.replace("_", " ")
    missing = "" if found else "it is not among the ready orders of the org; "
    if stopped and not found:
        deleted = all(record.deleted for record in stopped)
        missing = f"it was {'deleted' if deleted else 'canceled'} in Salesforce; "
    return f"was read again ({did or 'nothing has changed'}); {missing}it is {state}"
