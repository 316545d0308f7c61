"""``mapping``: the group, and ``load``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.mapping_check import check
from fulfillment_bridge.cli.mapping_preview import preview
from fulfillment_bridge.cli.mapping_template import template
from fulfillment_bridge.cli.mapping_versions import (
    diff,
    export,
    list_versions,
    rollback,
    show,
)
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import load_workbook as actions
    from fulfillment_bridge.mapping import findings as workbook_findings
else:
    actions = Later("actions.load_workbook")
    workbook_findings = Later("mapping.findings")

WORKBOOK = click.Path(dir_okay=False, path_type=Path)


@click.group()
def mapping() -> None:
    """Workbooks: template, check, preview, load; list, show, diff, rollback, export."""


for command in (template, check, preview, list_versions, show, diff, rollback, export):
    mapping.add_command(command)


@mapping.command(short_help="Check a workbook against the cart's org and put it to work.")
@click.argument("file", type=WORKBOOK)
@click.option("--cart", required=True, metavar="NAME", help="The cart that is to work with it.")
@click.option("--note", default="", metavar="TEXT", help="What changed; shown by mapping list.")
@click.pass_context
def load(ctx: click.Context, file: Path, cart: str, note: str) -> None:
    """Check a workbook against the cart's org and put it to work.

    A workbook with a fault is not loaded; the one in force stays in force.

    \b
    Example:
      fulfillment-bridge mapping load acme.xlsx --cart acme --note "first version"
    """
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        org = bridge.cart(cart, job="describe")
        loaded = actions.load_workbook(
            bridge.store,
            bridge.clock,
            cart,
            org,
            file,
            note=note,
            actor=actor(),
            needs=bridge.needs(cart),
        )
    for warning in loaded.warnings:
        click.echo(f"warning: {warning.text()}", err=True)
    click.echo(f"{file.name} is version {loaded.mapping_version_id} of cart {cart}, in force now.")
