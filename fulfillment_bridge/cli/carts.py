"""``carts list|go-live|pause|resume``."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from fulfillment_bridge.actions.go_live import GoLivePreview, go_live, preview_go_live
from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.cli.switches import pause_and_resume

COLUMNS = (
    ("cart", "Cart"),
    ("merchant", "Merchant"),
    ("connection", "Connection"),
    ("warehouses", "Warehouses"),
    ("state", "State"),
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
            state = "live" if switches.live_at else "not live"
            rows.append(
                {
                    "cart": name,
                    "merchant": cart.merchant,
                    "connection": cart.connection,
                    "warehouses": list(cart.warehouses),
                    "state": "paused" if switches.paused_at else state,
                    "workbook": mapping.file_name if mapping else "none",
                }
            )
    show_rows(rows, COLUMNS, output_format, empty="No carts are configured.")


@carts.command("go-live")
@click.argument("name")
@click.option(
    "--from",
    "live_from",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]),
    help="Release nothing that was ordered before this (UTC).",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def go_live_command(ctx: click.Context, name: str, live_from: datetime | None, yes: bool) -> None:
    """Say go: from now on the cart's orders are released to its warehouse."""
    since = live_from.replace(tzinfo=UTC) if live_from else None
    with opened_bridge(ctx) as bridge:
        require_known("cart", name, bridge.settings.carts)
        click.echo(_preview_text(preview_go_live(bridge.store, name, since)))
        if not yes:
            click.confirm("Go live?", abort=True)
        go_live(bridge.store, bridge.clock, name, since, actor=actor())
    click.echo(f"{name} is live. Its orders are released with the next order_download.")


def _preview_text(preview: GoLivePreview) -> str:
    orders = f"{preview.waiting} orders would be released"
    if preview.waiting:
        orders += f" ({preview.first_number} … {preview.last_number})"
    lines = [f"{preview.cart}: {orders}, {preview.held} are held and stay held."]
    if preview.too_old:
        lines.append(f"{preview.too_old} are older than the date given and stay where they are.")
    if preview.already_live_at:
        lines.append(f"It has been live since {preview.already_live_at:%F %T}Z.")
    return "\n".join(lines)


pause_and_resume(carts, "cart")
