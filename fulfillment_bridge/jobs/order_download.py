"""Changed orders and their lines, through the workbook into the store.

One poll reads from where the last one ended, less an overlap, because the org stamps a row before
its transaction commits. Each page is stored in one transaction with everything that follows from
it; the cursor moves with the last page. The org is never asked inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from fulfillment_bridge.carts.base import Cart, EndOfChanges, OrderPage
from fulfillment_bridge.domain.cursor import Window
from fulfillment_bridge.domain.org_schema import OrderQuery
from fulfillment_bridge.jobs.active_map import ActiveMap, load_active_map, naming_cells
from fulfillment_bridge.jobs.base import CartProfile, JobContext, RunsPer
from fulfillment_bridge.jobs.order_intake import MappedOrder, OrderIntake
from fulfillment_bridge.jobs.releasing import may_be_released
from fulfillment_bridge.storage.cursors import CartCursor
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.storage.repository import slices
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

RUNS_PER: RunsPer = "cart"
EVERY_SECONDS = 300

SWEEP_EVERY = timedelta(minutes=15)
TRIED_AGAIN_FOR = timedelta(days=2)
ORDERS_AT_ONCE = 200


def run(ctx: JobContext) -> None:
    """Read what changed; then what a new workbook, a formula or going live made ready."""
    cart, profile = ctx.need_cart()
    active = load_active_map(ctx.store, profile.name)
    query = active.field_map.order_query()
    with naming_cells(active.field_map):
        intake = OrderIntake(ctx, active, cart.identity())
        poll = _Poll(ctx, profile, intake)
        poll.read_changes(cart, query)
        if not ctx.stopping.is_set():
            _map_again(ctx, cart, query, active, poll)
        if query.rests_on_formula and not ctx.stopping.is_set():
            _sweep_by_id(ctx, cart, query, poll)
    _release_waiting(ctx, intake)


class _Poll:
    """Storing what one run reads."""

    def __init__(self, ctx: JobContext, profile: CartProfile, intake: OrderIntake) -> None:
        self._ctx = ctx
        self._profile = profile
        self.intake = intake
        self._waiting: list[MappedOrder] = []
        self._server_time: datetime | None = None

    def read_changes(self, cart: Cart, query: OrderQuery) -> None:
        """One whole window, page by page; a run that died in it is taken up where it died."""
        with self._ctx.store.begin() as uow:
            cursor = uow.cursors.get(self._profile.name)
            window = cursor.open_window or self._open_window(uow, cursor)
            open_ids = uow.orders.open_ids(self._profile.name)
        self._server_time = cursor.read_until
        for page in cart.fetch_changes(query, window, open_order_ids=open_ids):
            self._store_page(page, window)
            if self._ctx.stopping.is_set():
                return

    def store_orders(self, page: OrderPage) -> None:
        """Orders that were asked for by id."""
        mapped = self.intake.map(page.orders)
        with self._ctx.store.begin() as uow:
            self.intake.take_in(uow, mapped, server_time=self._server_time)

    def _open_window(self, uow: UnitOfWork, cursor: CartCursor) -> Window:
        since = cursor.read_until
        if since is not None:
            # Whatever was too young this time must be read again the next time.
            seconds = max(self._profile.overlap_seconds, 2 * self._profile.settle_seconds)
            since -= timedelta(seconds=seconds)
        return uow.cursors.open_window(self._profile.name, since, at=self._ctx.now())

    def _store_page(self, page: OrderPage, window: Window) -> None:
        """One transaction. Orders too young in one page may be old enough with the next.

        Those that stay too young are read again by the next poll, whose overlap is longer.
        """
        mapped = self.intake.map(page.orders)
        self._learn_server_time(page)
        with self._ctx.store.begin() as uow:
            self._waiting = self.intake.take_in(
                uow, [*self._waiting, *mapped], server_time=self._server_time
            )
            if page.position is not None:
                name = self._profile.name
                uow.cursors.store_position(name, page.position, at=self._ctx.now())
            if page.end is not None:
                self._finish(uow, page.end, window)

    def _learn_server_time(self, page: OrderPage) -> None:
        """The org's clock is at least as late as its newest stamp; the last page tells it."""
        stamps = [raw.modstamp for raw in page.orders]
        known = [self._server_time, *stamps, page.end.read_until if page.end else None]
        self._server_time = max((moment for moment in known if moment), default=None)

    def _finish(self, uow: UnitOfWork, end: EndOfChanges, window: Window) -> None:
        self._ctx.counts["waiting"] += len(self._waiting)
        ids = [canceled.record_id for canceled in end.canceled]
        ids += [stamp.record_id for stamp in end.no_longer_ready]
        known = uow.orders.by_cart_order_ids(self._profile.name, ids)
        for canceled in end.canceled:
            if canceled.record_id in known:
                self.intake.cancel(uow, known[canceled.record_id], canceled)
        for stamp in end.no_longer_ready:
            if stamp.record_id in known:
                self.intake.no_longer_ready(uow, known[stamp.record_id], stamp)
        uow.cursors.close_window(
            self._profile.name, _read_until(end, window), at=self._ctx.now()
        )


def _read_until(end: EndOfChanges, window: Window) -> datetime:
    """Where the next poll starts, before its overlap.

    A window that was taken up again was not read behind the place where the first run died. Rows
    that became visible there in the meantime are read by the next poll, which starts there.
    """
    if window.resume_after is None:
        return end.read_until
    return min(end.read_until, window.resume_after.modstamp)


def _map_again(
    ctx: JobContext, cart: Cart, query: OrderQuery, active: ActiveMap, poll: _Poll
) -> None:
    """Orders that a former workbook held, or mapped and did not release yet, with this one."""
    name, version = ctx.need_cart()[1].name, active.mapping_version_id
    with ctx.store.read() as uow:
        young = ctx.now() - TRIED_AGAIN_FOR
        wanted = uow.orders.held(name, received_since=young, mapped_before=version)
        wanted += [o for o in uow.orders.waiting(name) if o.mapping_version_id != version]
    if not wanted:
        return
    found = _fetch(ctx, cart, query, [order.cart_order_id for order in wanted], poll)
    missing = [order for order in wanted if order.cart_order_id not in found]
    if not ctx.stopping.is_set():
        _each(ctx, missing, poll.intake.not_found_again)


def _sweep_by_id(ctx: JobContext, cart: Cart, query: OrderQuery, poll: _Poll) -> None:
    """A formula changes without moving any stamp: compare the ids that are ready with ours."""
    name = ctx.need_cart()[1].name
    with ctx.store.read() as uow:
        swept_at = uow.cursors.get(name).swept_at
    if swept_at is not None and ctx.now() - swept_at < SWEEP_EVERY:
        return
    ready = {record_id for ids in cart.fetch_ready_ids(query) for record_id in ids}
    organization_id = cart.identity().organization_id
    with ctx.store.read() as uow:
        unknown = ready - uow.ledger.known(organization_id, ready).keys()
        held = {order.cart_order_id for order in uow.orders.held(name) if _was_unready(order)}
        unready = set(uow.orders.open_ids(name)) - ready - held
        gone = uow.orders.by_cart_order_ids(name, unready)
    _fetch(ctx, cart, query, unknown | (held & ready), poll)
    _each(ctx, list(gone.values()), _became_unready(poll.intake))
    if not ctx.stopping.is_set():
        with ctx.store.begin() as uow:
            uow.cursors.set_swept(name, at=ctx.now())


def _release_waiting(ctx: JobContext, intake: OrderIntake) -> None:
    """The cart went live since they were read, or the warehouse takes test orders now."""
    name = ctx.need_cart()[1].name
    with ctx.store.read() as uow:
        switches = uow.carts.get(name)
        ready = [order for order in uow.orders.held(name) if _codes(order) == {"test_order"}]
        if switches.live_at is not None:
            ready += [o for o in uow.orders.waiting(name) if may_be_released(o, switches)]
    _each(ctx, ready, intake.release_waiting)


def _fetch(
    ctx: JobContext, cart: Cart, query: OrderQuery, record_ids: Collection[str], poll: _Poll
) -> set[str]:
    """Read these orders as they are now; the ids of those that are ready."""
    found: set[str] = set()
    if record_ids:
        for page in cart.fetch_orders(query, sorted(record_ids)):
            poll.store_orders(page)
            found.update(raw.cart_order_id for raw in page.orders)
            if ctx.stopping.is_set():
                break
    return found


def _each(
    ctx: JobContext, orders: list[StoredOrder], act: Callable[[UnitOfWork, StoredOrder], None]
) -> None:
    """Act on every order as it is by then, so many in one transaction."""
    for some in slices(orders, ORDERS_AT_ONCE):
        if ctx.stopping.is_set():
            return
        with ctx.store.begin() as uow:
            for order in some:
                act(uow, uow.orders.get(order.order_id))


def _became_unready(intake: OrderIntake) -> Callable[[UnitOfWork, StoredOrder], None]:
    return lambda uow, order: intake.no_longer_ready(uow, order, None)


def _was_unready(order: StoredOrder) -> bool:
    return "no_longer_ready" in _codes(order)


def _codes(order: StoredOrder) -> set[str]:
    return {reason.code for reason in order.hold_reasons}
