"""``warehouses list|check|pause|resume``."""

from __future__ import annotations

import click

from fulfillment_bridge.cli.context import opened_bridge, require_known
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.cli.switches import pause_and_resume

COLUMNS = (
    ("warehouse", "Warehouse"),
    ("type", "Type"),
    ("merchants", "Merchants and their codes"),
    ("state", "State"),
)
CHECK_COLUMNS = (("mark", ""), ("what", "Checked"), ("remedy", "What to do"))


@click.group()
def warehouses() -> None:
    """Warehouses: list, check, pause, resume."""


@warehouses.command("list")
@listing_options
@click.pass_context
def list_warehouses(ctx: click.Context, output_format: Format) -> None:
    """Every configured warehouse and the merchants it ships for."""
    rows = []
    with opened_bridge(ctx) as bridge, bridge.store.read() as uow:
        for name, warehouse in bridge.settings.warehouses.items():
            switches = uow.warehouses.get(name)
            reason = f": {switches.pause_reason}" if switches.pause_reason else ""
            rows.append(
                {
                    "warehouse": name,
                    "type": warehouse.type,
                    "merchants": dict(warehouse.merchants),
                    "state": f"paused{reason}" if switches.paused_at else "ok",
                }
            )
    show_rows(rows, COLUMNS, output_format, empty="No warehouses are configured.")


@warehouses.command()
@click.argument("name")
@listing_options
@click.pass_context
def check(ctx: click.Context, name: str, output_format: Format) -> int:
    """Is everything there that this warehouse needs? Changes nothing."""
    with opened_bridge(ctx) as bridge:
        require_known("warehouse", name, bridge.settings.warehouses)
        found = bridge.warehouse(name).check()
    rows = [
        {"mark": "✓" if one.ok else "✗", "what": one.what, "remedy": one.remedy} for one in found
    ]
    if output_format == "table":
        _show_checks(rows)
    else:
        show_rows(rows, CHECK_COLUMNS, output_format, empty="")
    return 0 if all(one.ok for one in found) else 1


def _show_checks(rows: list[dict[str, str]]) -> None:
    for row in rows:
        click.echo(f"{row['mark']} {row['what']}")
        if row["remedy"]:
            click.echo(f"    {row['remedy']}")


pause_and_resume(warehouses, "warehouse")
