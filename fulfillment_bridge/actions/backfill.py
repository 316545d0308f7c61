"""Read the orders of a window of time again. The cursor stays where it is."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.domain.org_schema import Stretch
from fulfillment_bridge.jobs.active_map import map_for_run
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.looking_again import fetch_and_take_in
from fulfillment_bridge.jobs.order_intake import OrderIntake
from fulfillment_bridge.jobs.refused_names import naming_cells
from fulfillment_bridge.storage.database import Store


def backfill(
    store: Store, clock: Clock, ctx: JobContext, since: datetime, until: datetime, *, actor: str
) -> Counter[str]:
    """Every ready order that was made or changed in the window, taken in as it is now.

    Safe at any time, and twice: what is known and unchanged stays as it is. ``ctx`` is one of
    order_download of the cart. What was done is counted by word.
    """
    cart, profile = ctx.need_cart()
    active = map_for_run(ctx)
    query = active.field_map.order_query()
    with naming_cells(ctx, active.field_map):
        intake = OrderIntake(ctx, active, cart.identity())
        [stamps] = cart.fetch_ready_stamps(query, [Stretch(since, until, made=True)])
        ids = {stamp.record_id for stamp in stamps}
        ctx.count("read", len(ids))
        fetch_and_take_in(ctx, cart, query, ids, intake)
    with store.begin() as uow:
        uow.audit.add(
            clock.now(), actor, "backfill", f"cart:{profile.name}",
            since=since.isoformat(), until=until.isoformat(), counts=dict(ctx.counts),
        )  # fmt: skip
    return ctx.counts
