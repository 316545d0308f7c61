"""After an older backup was restored: orders that a warehouse has, made known to the store again.

What is in the store counts as sent before Salesforce is read, so that what was edited or canceled
since is told as of an order that has left. What is not in the store is read from its org, ready
or not, and is then judged like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fulfillment_bridge.domain.fulfillment import FulfillmentOrder
from fulfillment_bridge.domain.org_schema import RecordStamp
from fulfillment_bridge.errors import OutcomeUnknown
from fulfillment_bridge.jobs.active_map import map_for_run
from fulfillment_bridge.jobs.after_restore import (
    as_told,
    doubt,
    is_resent,
    tell_if_otherwise,
)
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.order_intake import OrderIntake
from fulfillment_bridge.jobs.refused_names import naming_cells
from fulfillment_bridge.jobs.write_backs import queue_write_backs
from fulfillment_bridge.storage.fulfillment_orders import (
    NewFulfillmentOrder,
    StoredFulfillmentOrder,
)
from fulfillment_bridge.storage.orders import OrderFilter, StoredOrder
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from fulfillment_bridge.warehouses.base import RemembersOrders

KIND = "fulfillment_order"
NOT_KNOWN_THERE = ("released", "outcome_unknown", "rejected")
MOST_OPEN = 1_000_000


@dataclass(frozen=True)
class _Given:
    """What a warehouse says it was given of one merchant."""

    merchant: str
    code: str
    number: str
    reference: str


def make_known(ctx: JobContext, carts: Sequence[JobContext], since: datetime) -> list[_Given]:
    """What the warehouse was given since then counts as sent; what no order of ours fits.

    Of a warehouse that cannot tell, whatever is waiting to be sent may have been sent.
    """
    try:
        given = list(_given(ctx, since))
    except OutcomeUnknown:
        _doubt_all(ctx)
        return []
    _, profile = ctx.need_warehouse()
    missing = []
    with ctx.store.begin() as uow:
        for each in given:
            part = uow.fulfillment_orders.by_reference(profile.name, each.reference)
            if part is None or not _fits(uow, part, each):
                part = _part_for(ctx, uow, each, carts)
            if part is None:
                missing.append(each)
            elif part.state in NOT_KNOWN_THERE:
                _is_there(ctx, uow, part)
    return missing


def read_missing(
    ctx: JobContext, carts: Sequence[JobContext], missing: Sequence[_Given]
) -> list[_Given]:
    """Read these orders from their orgs, ready or not, and have them known; what is left."""
    for cart_ctx in carts:
        cart, profile = cart_ctx.need_cart()
        numbers = {each.number for each in missing if each.merchant == profile.merchant}
        if not numbers:
            continue
        active = map_for_run(cart_ctx)
        field_map = active.field_map
        with naming_cells(cart_ctx, field_map):
            intake = OrderIntake(cart_ctx, active, cart.identity())
            query = field_map.order_query()
            found = cart.find_orders_among(query, field_map.order_number_path, numbers)
        with ctx.store.begin() as uow:
            intake.take_in_as_sent(uow, intake.map(found))
            missing = [each for each in missing if _taken(ctx, uow, each, carts) is None]
    return list(missing)


def judge(ctx: JobContext) -> None:
    """Which orders that are at a warehouse are canceled in their org, or not ready any more.

    ``ctx`` is one of order_download. They may have been so for long: no stamp moves now.
    """
    cart, profile = ctx.need_cart()
    with ctx.store.read() as uow:
        wanted = OrderFilter(cart=profile.name, states=("at_warehouse",))
        there = {one.cart_order_id: one for one in uow.orders.find(wanted, limit=MOST_OPEN)}
    if not there:
        return
    active = map_for_run(ctx)
    query = active.field_map.order_query()
    with naming_cells(ctx, active.field_map):
        intake = OrderIntake(ctx, active, cart.identity())
        canceled = {one.record_id: one for one in cart.fetch_canceled(query, there.keys())}
        others = there.keys() - canceled.keys()
        pages = cart.fetch_orders(query, others) if others else ()
        ready = {raw.cart_order_id for page in pages for raw in page.orders}
    with ctx.store.begin() as uow:
        for record_id, seen in there.items():
            order = uow.orders.get(seen.order_id)
            if record_id in canceled:
                intake.cancel(uow, order, canceled[record_id])
            elif record_id not in ready:
                intake.no_longer_ready(uow, order, RecordStamp(record_id, order.modstamp))


def tell_missing(ctx: JobContext, missing: Iterable[_Given]) -> None:
    """A person must look: nobody here or in the org knows these orders."""
    _, profile = ctx.need_warehouse()
    for each in missing:
        ctx.ask_for_attention(
            f"{profile.name} was given {each.reference} for {each.merchant} (order "
            f"{each.number}), and no order here or in Salesforce fits it; ask {profile.name} "
            "whether it is to be shipped"
        )


def _given(ctx: JobContext, since: datetime) -> Iterator[_Given]:
    warehouse, profile = ctx.need_warehouse()
    if not isinstance(warehouse, RemembersOrders):
        raise OutcomeUnknown(f"{profile.name} cannot tell what it was given")
    for merchant, code in profile.merchants.items():
        for number, references in warehouse.sent_since(code, since).items():
            for reference in sorted(references, key=is_resent):
                yield _Given(merchant, code, number, reference)


def _doubt_all(ctx: JobContext) -> None:
    _, profile = ctx.need_warehouse()
    ctx.ask_for_attention(
        f"{profile.name} cannot tell what it was given since the backup: compare its list of "
        "orders with `orders list`. What waits to be sent, and what existed by now, waits for a "
        "person; an order that was sent and is not ready any more in Salesforce is not known here"
    )
    with ctx.store.begin() as uow:
        for part in uow.fulfillment_orders.find(
            warehouse=profile.name, states=("released",), limit=MOST_OPEN
        ):
            error = doubt(part, "may have been sent before the database was restored")
            uow.dead_letters.doubt(
                part.fulfillment_order_id, KIND, error=error.text(), at=ctx.now()
            )
            uow.fulfillment_orders.move(part, "outcome_unknown", at=ctx.now())
            uow.events.add(part.order_id, ctx.now(), "outcome_unknown", why=error.text())
            uow.orders.set_attention(part.order_id, error.message, at=ctx.now())
            ctx.count("outcome_unknown")


def _taken(
    ctx: JobContext, uow: UnitOfWork, given: _Given, carts: Sequence[JobContext]
) -> StoredFulfillmentOrder | None:
    part = _part_for(ctx, uow, given, carts)
    if part is not None and part.state in NOT_KNOWN_THERE:
        _is_there(ctx, uow, part)
    return part


def _part_for(
    ctx: JobContext, uow: UnitOfWork, given: _Given, carts: Sequence[JobContext]
) -> StoredFulfillmentOrder | None:
    """The part of the one order that fits, under the warehouse's reference; None without one."""
    _, profile = ctx.need_warehouse()
    names = [cart.need_cart()[1].name for cart in carts
             if cart.need_cart()[1].merchant == given.merchant]  # fmt: skip
    orders = [order for name in names for order in uow.orders.by_number(given.number, name)
              if as_told(order.order_number) == given.number]  # fmt: skip
    if len(orders) != 1 or not _make_free(ctx, uow, given.reference):
        return None
    [order] = orders
    for part in uow.fulfillment_orders.at(order.order_id, profile.name):
        if is_resent(given.reference):
            break  # That was one more of what had left before.
        if part.state in NOT_KNOWN_THERE and uow.fulfillment_orders.adopt_reference(
            part, given.reference
        ):
            return uow.fulfillment_orders.get(part.fulfillment_order_id)
    return _new_part(ctx, uow, order, given)


def _fits(uow: UnitOfWork, part: StoredFulfillmentOrder, given: _Given) -> bool:
    """What is known to have left is what was given under its reference, whatever it is called."""
    if part.merchant_code != given.code:
        return False
    if part.state not in NOT_KNOWN_THERE:
        return True
    return as_told(uow.orders.get(part.order_id).order_number) == given.number


def _make_free(ctx: JobContext, uow: UnitOfWork, reference: str) -> bool:
    """The warehouse knows another order by it: ours that has it here and waits gets a new one."""
    _, profile = ctx.need_warehouse()
    holder = uow.fulfillment_orders.by_reference(profile.name, reference)
    if holder is None:
        return True
    messages = [message for message in uow.outbox.by_order(holder.order_id)
                if message.fulfillment_order_id == holder.fulfillment_order_id]  # fmt: skip
    if holder.state != "released" or any(one.submission_name is not None for one in messages):
        return False
    return uow.fulfillment_orders.adopt_reference(
        holder, uow.fulfillment_orders.free_reference(profile.name, reference)
    )


def _new_part(
    ctx: JobContext, uow: UnitOfWork, order: StoredOrder, given: _Given
) -> StoredFulfillmentOrder | None:
    """It was new or held here, or was sent once more; what cannot be mapped has no part."""
    _, profile = ctx.need_warehouse()
    content = order.order
    if content is None or order.state == "canceled":
        return None
    if order.state == "held":
        uow.orders.set_state(order.order_id, "new", at=ctx.now())
    new = NewFulfillmentOrder(
        order_id=order.order_id,
        warehouse=profile.name,
        merchant=given.merchant,
        merchant_code=given.code,
        wanted_reference=given.reference,
        order=content,
    )
    return uow.fulfillment_orders.add(new, at=ctx.now())


def _is_there(ctx: JobContext, uow: UnitOfWork, part: StoredFulfillmentOrder) -> None:
    """As it would be, had we heard that it arrived."""
    warehouse, profile = ctx.need_warehouse()
    if part.state == "rejected":
        uow.fulfillment_orders.move(part, "released", at=ctx.now())
    uow.fulfillment_orders.set_sent(part.fulfillment_order_id, at=ctx.now())
    uow.dead_letters.arrived_after_all(part.fulfillment_order_id, KIND, at=ctx.now())
    uow.events.add(part.order_id, ctx.now(), "known_at_warehouse", reference=part.reference)
    queue_write_backs(uow, [part.order_id], at=ctx.now())
    ctx.count("already_there")
    order = uow.orders.get(part.order_id).order
    if order is not None:
        shipping = FulfillmentOrder(
            reference=part.reference,
            warehouse=profile.name,
            merchant=part.merchant,
            merchant_code=part.merchant_code,
            order=order,
        )
        tell_if_otherwise(ctx, uow, warehouse, part, shipping)
