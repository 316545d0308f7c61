"""Changed orders and their lines, through the workbook into the store.

One poll reads from where the last one ended, less an overlap, because the org stamps a row before
its transaction commits. Each page is stored in one transaction with everything that follows from
it; the cursor moves with the last page. The org is never asked inside a transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from fulfillment_bridge.carts.base import Cart, EndOfChanges, OrderPage
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.cursor import Window
from fulfillment_bridge.domain.org_schema import OrderQuery
from fulfillment_bridge.jobs.active_map import map_for_run
from fulfillment_bridge.jobs.base import JobContext, RunsPer, Urgency
from fulfillment_bridge.jobs.looking_again import look_again, release_waiting
from fulfillment_bridge.jobs.order_intake import OrderIntake
from fulfillment_bridge.jobs.refused_names import naming_cells
from fulfillment_bridge.storage.cursors import CartCursor
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

RUNS_PER: RunsPer = "cart"
EVERY_SECONDS = 300
URGENCY: Urgency = "orders"


def run(ctx: JobContext) -> None:
    """Read what changed; then what a new workbook, a formula, a parent or a person made ready."""
    cart, _ = ctx.need_cart()
    active = map_for_run(ctx)
    query = active.field_map.order_query()
    with naming_cells(ctx, active.field_map):
        intake = OrderIntake(ctx, active, cart.identity())
        _read_changes(ctx, cart, query, intake)
        crash_point("order_download.after_changes")
        if not ctx.stopping.is_set():
            look_again(ctx, cart, query, active, intake)
    crash_point("order_download.after_looking_again")
    release_waiting(ctx, intake)


def _read_changes(ctx: JobContext, cart: Cart, query: OrderQuery, intake: OrderIntake) -> None:
    """One whole window, page by page; a run that died in it is taken up where it died."""
    _, profile = ctx.need_cart()
    with ctx.store.begin() as uow:
        cursor = uow.cursors.get(profile.name)
        window = cursor.open_window or _open_window(ctx, uow, cursor)
        open_ids = uow.orders.open_ids(profile.name, intake.organization_id)
    crash_point("order_download.after_opening")
    for page in cart.fetch_changes(query, window, open_order_ids=open_ids):
        crash_point("order_download.after_reading")
        _store_page(ctx, intake, page, window)
        crash_point("order_download.after_storing")
        if ctx.stopping.is_set():
            return


def _open_window(ctx: JobContext, uow: UnitOfWork, cursor: CartCursor) -> Window:
    _, profile = ctx.need_cart()
    since = cursor.read_until
    if since is not None:
        # Whatever was too young this time must be read again the next time.
        seconds = max(profile.overlap_seconds, 2 * profile.settle_seconds)
        since -= timedelta(seconds=seconds)
    return uow.cursors.open_window(profile.name, since, at=ctx.now())


def _store_page(ctx: JobContext, intake: OrderIntake, page: OrderPage, window: Window) -> None:
    """The page, what follows from it and where the next page begins, in one transaction."""
    _, profile = ctx.need_cart()
    mapped = intake.map(page.orders)
    with ctx.store.begin() as uow:
        intake.take_in(uow, mapped, server_time=page.server_time)
        # A run that took a window up again leaves its position: see _read_until.
        if page.position is not None and window.resume_after is None:
            uow.cursors.store_position(profile.name, page.position, at=ctx.now())
        if page.end is not None:
            _finish(ctx, uow, intake, page.end)
            read_until = _read_until(page.end, window)
            uow.cursors.close_window(profile.name, read_until, at=ctx.now())


def _finish(ctx: JobContext, uow: UnitOfWork, intake: OrderIntake, end: EndOfChanges) -> None:
    """Orders of ours that the org has canceled, or that are not ready any more."""
    ids = [canceled.record_id for canceled in end.canceled]
    ids += [stamp.record_id for stamp in end.no_longer_ready]
    known = intake.known(uow, ids)
    for canceled in end.canceled:
        if canceled.record_id in known:
            intake.cancel(uow, known[canceled.record_id], canceled)
    for stamp in end.no_longer_ready:
        if stamp.record_id in known:
            intake.no_longer_ready(uow, known[stamp.record_id], stamp)


def _read_until(end: EndOfChanges, window: Window) -> datetime:
    """Where the next poll starts, before its overlap.

    A window that was taken up again was not read behind the place where the first run died. Rows
    that became visible there in the meantime are read by the next poll, which starts there; so
    the place stays where it is, however many runs die in the window.
    """
    if window.resume_after is None:
        return end.read_until
    return min(end.read_until, window.resume_after.modstamp)
