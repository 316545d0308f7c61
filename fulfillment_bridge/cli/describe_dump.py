"""``describe-dump``."""

from __future__ import annotations

from pathlib import Path

import click

from fulfillment_bridge.actions.describe_dump import describe_dump as dump
from fulfillment_bridge.actions.describe_dump import usual_names
from fulfillment_bridge.cli.context import opened_bridge, require_known
from fulfillment_bridge.cli.output import progress


@click.command("describe-dump")
@click.argument("cart")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--object", "names", multiple=True, help="Only these objects (several times).")
@click.option("--all", "every", is_flag=True, help="Every object that can be queried.")
@click.pass_context
def describe_dump(
    ctx: click.Context, cart: str, directory: Path, names: tuple[str, ...], every: bool
) -> None:
    """Write an org's object and field descriptions into a folder; no record is read.

    \b
    Then rehearse on a copy of the org's schema:
      fulfillment-bridge simulator --describe DIRECTORY
    """
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        connection = bridge.connection(bridge.settings.carts[cart].connection)
        identity = bridge.cart(cart, job="describe").identity()
        wanted = list(names)
        if not wanted:
            listed = connection.sobjects()
            queryable = [each["name"] for each in listed if each.get("queryable")]
            wanted = queryable if every else usual_names(listed)
        progress(f"describing {len(wanted)} objects")
        written = dump(directory, identity, wanted, connection.describe)
    click.echo(f"Wrote {written} objects of {identity.organization_name} to {directory}.")
