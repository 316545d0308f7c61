"""``carts list|go-live|pause|resume``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.cli.switches import pause_and_resume
from fulfillment_bridge.domain.counting import counted
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import go_live as actions
    from fulfillment_bridge.actions.go_live import GoLivePreview
    from fulfillment_bridge.storage.switches import CartSwitches
else:
    actions = Later("actions.go_live")

COLUMNS = (
    ("cart", "Cart"),
    ("merchant", "Merchant"),
    ("connection", "Connection"),
    ("warehouses", "Warehouses"),
    ("state", "State"),
    ("since", "Since"),
    ("workbook", "Workbook"),
)


@click.group()
def carts() -> None:
    """Carts: list, go live, pause, resume."""


@carts.command("list")
@listing_options
@click.pass_context
def list_carts(ctx: click.Context, output_format: Format) -> None:
    """Every configured cart and whether it releases orders."""
    rows = []
    with opened_bridge(ctx) as bridge, bridge.store.read() as uow:
        for name, cart in bridge.settings.carts.items():
            switches = uow.carts.get(name)
            mapping = uow.mappings.active(name)
            rows.append(
                {
                    "cart": name,
                    "merchant": cart.merchant,
                    "connection": cart.connection,
                    "warehouses": list(cart.warehouses),
                    "state": _state(switches),
                    "since": switches.paused_at or switches.live_at,
                    "pause_reason": switches.pause_reason,
                    "workbook": mapping.file_name if mapping else "none",
                }
            )
    show_rows(rows, COLUMNS, output_format, empty="No carts are configured.")


@carts.command("go-live", short_help="Release the cart's orders from now on.")
@click.argument("name")
@click.option(
    "--from",
    "live_from",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]),
    metavar="DATE",
    help="Release nothing that was ordered before this, such as 2026-11-22 (UTC).",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def go_live_command(ctx: click.Context, name: str, live_from: datetime | None, yes: bool) -> int:
    """Say go: from now on the cart's orders are released to its warehouse.

    Shows first how many would be released, and asks.
    """
    since = live_from.replace(tzinfo=UTC) if live_from else None
    with opened_bridge(ctx) as bridge:
        require_known("cart", name, bridge.settings.carts)
        connection = bridge.settings.carts[name].connection
        preview = actions.preview_go_live(bridge.store, name, connection, since)
        click.echo(_preview_text(preview))
        if not yes and not _says_yes():
            click.echo("Nothing was changed.")
            return 1
        actions.go_live(bridge.store, bridge.clock, name, since, actor=actor())
    click.echo(f"{name} is live. Its orders are released with the next order_download.")
    return 0


def _says_yes() -> bool:
    try:
        return click.confirm("Go live?")
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise UserError("nobody is there to answer", remedy="Add --yes.") from None


def _state(switches: CartSwitches) -> str:
    if switches.paused_at:
        return f"paused: {switches.pause_reason}" if switches.pause_reason else "paused"
    return "live" if switches.live_at else "not live"


def _preview_text(preview: GoLivePreview) -> str:
    orders = f"{counted(preview.waiting, 'order')} would be released"
    if preview.waiting:
        orders += f" ({preview.first_number} … {preview.last_number})"
    lines = [f"{preview.cart}: {orders}; {preview.held} held, which stay held."]
    if preview.too_old:
        lines.append(f"{preview.too_old} are older than the date given and stay where they are.")
    if preview.already_live_at:
        lines.append(f"It has been live since {preview.already_live_at:%F %T}Z.")
    return "\n".join(lines)


pause_and_resume(carts, "cart")
