"""``backfill``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.output import show_json
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import backfill as actions
else:
    actions = Later("actions.backfill")

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


@click.command(short_help="Read the orders of a window of time again.")
@click.option("--cart", required=True, metavar="NAME", help="The cart whose org is read.")
@click.option("--from", "since", required=True, type=_MOMENT, metavar="DATE", help="UTC.")
@click.option("--to", "until", required=True, type=_MOMENT, metavar="DATE", help="UTC, excluded.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def backfill(ctx: click.Context, cart: str, since: datetime, until: datetime, as_json: bool) -> int:
    """Read every ready order again that was made or changed in a window of time.

    Safe at any time, and twice: what is known and unchanged stays as it is, what is at a
    warehouse is never sent again, and order_download goes on where it is.

    \b
    Example:
      fulfillment-bridge backfill --cart acme --from 2026-11-01 --to 2026-11-08
    """
    if since >= until:
        raise click.UsageError("--to must be later than --from.")
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        context = bridge.by_hand("order_download", cart)
        counts = actions.backfill(
            bridge.store, bridge.clock, context,
            since.replace(tzinfo=UTC), until.replace(tzinfo=UTC), actor=actor(),
        )  # fmt: skip
    if as_json:
        show_json({"cart": cart, "counts": dict(counts), "attention": context.attention})
    else:
        words = ", ".join(f"{many} {word.replace('_', ' ')}" for word, many in counts.items())
        click.echo(f"{cart}: {words or 'no orders in that window'}")
        for sentence in context.attention:
            click.echo(f"  ! {sentence}")
    return 1 if context.attention else 0
