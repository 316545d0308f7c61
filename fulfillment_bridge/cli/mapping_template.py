"""``mapping template``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import needs_of_warehouse, opened_bridge, require_known
from fulfillment_bridge.cli.mapping_versions import refuse_overwriting
from fulfillment_bridge.cli.output import progress
from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import describe_dump
    from fulfillment_bridge.actions import org_template as actions
    from fulfillment_bridge.actions.org_template import Made
    from fulfillment_bridge.carts import salesforce_described as folders
    from fulfillment_bridge.mapping import guessing_objects as guesses
    from fulfillment_bridge.mapping import template as blank
    from fulfillment_bridge.mapping.guessing_objects import Shape
else:
    actions = Later("actions.org_template")
    blank = Later("mapping.template")
    describe_dump = Later("actions.describe_dump")
    folders = Later("carts.salesforce_described")
    guesses = Later("mapping.guessing_objects")

BLANK_NAME = Path("SalesForce_Data_Mapping.xlsx")
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
MOST_OTHERS = 3


@click.command(short_help="Write a workbook to fill in, made for an org or blank.")
@click.argument("file", type=FILE, metavar="[FILE]", default=BLANK_NAME)
@click.option("--cart", metavar="NAME", help="Made for this cart's org, with real examples.")
@click.option("--describe", type=FOLDER, metavar="DIR", help="Made for a describe-dump, offline.")
@click.option(
    "--warehouse", metavar="NAME", help="With --describe: what this warehouse of config.yaml asks."
)
@click.option(
    "--order-object", default="", metavar="OBJECT", help="Where orders are; else guessed."
)
@click.option("--line-object", default="", metavar="OBJECT", help="Where lines are; else guessed.")
@click.option("--stock-object", default="", metavar="OBJECT", help="Where stock is; else guessed.")
@click.option("--force", is_flag=True, help="Overwrite a file of that name.")
@click.pass_context
def template(
    ctx: click.Context,
    file: Path,
    cart: str | None,
    describe: Path | None,
    warehouse: str | None,
    order_object: str,
    line_object: str,
    stock_object: str,
    force: bool,
) -> None:
    """Write a workbook to fill in, SalesForce_Data_Mapping.xlsx unless named otherwise.

    With --cart or --describe it is made for an org: its fields can be chosen from lists, and
    what their names and types tell is filled in, to be checked by you.

    \b
    Examples:
      fulfillment-bridge mapping template acme.xlsx --cart acme
      fulfillment-bridge mapping template acme.xlsx --describe acme-org
      fulfillment-bridge mapping template acme.xlsx --describe acme-org --warehouse reno
    """
    refuse_overwriting(file, force=force)
    if cart and describe:
        raise UserError("--cart and --describe are two sources", remedy="Name one of them.")
    if warehouse and describe is None:
        raise UserError("--warehouse goes with --describe", remedy="A cart knows its warehouse.")
    named = (order_object, line_object, stock_object)
    if cart is None and describe is None and any(named):
        raise UserError("objects can only be named of an org", remedy="Add --cart or --describe.")
    if cart is None and describe is None:
        _write(file, blank.blank_workbook())
        click.echo(f"Wrote {file}. Fill in the colored cells; its first sheet says how.")
        return
    shape = guesses.Shape(order_object, line_object, "", stock_object)
    if describe:
        made = _for_dump(describe, shape, needs_of_warehouse(ctx, warehouse))
    else:
        made = _for_cart(ctx, cart or "", shape)
    _write(file, made.content)
    click.echo(f"Wrote {file}. {_story(made, named=bool(order_object))}")
    click.echo("Look at every guess, fill in what is missing, and check it: mapping check.")


def _for_dump(directory: Path, named: Shape, needs: WarehouseNeeds) -> Made:
    schema = folders.described_folder(directory)
    return actions.org_template(schema, None, named, today=datetime.now(UTC).date(), needs=needs)


def _for_cart(ctx: click.Context, cart: str, named: Shape) -> Made:
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        org = bridge.cart(cart, job="describe")
        org.identity()
        connection = bridge.connection(bridge.settings.carts[cart].connection)
        names = describe_dump.usual_names(connection.sobjects())
        progress(f"describing {len(names)} objects")
        today = bridge.clock.now().date()
        schema = org.describe(names)
        return actions.org_template(schema, org, named, today=today, needs=bridge.needs(cart))


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from error


def _story(made: Made, *, named: bool) -> str:
    shape = made.shape
    if not shape.order_object:
        return "No object looks like orders; choose one, or name it with --order-object."
    stock = f", stock {shape.inventory_object}" if shape.inventory_object else ""
    lines = shape.line_object or "not found (name them with --line-object)"
    story = f"Orders seem to be {shape.order_object}, lines {lines}{stock}."
    if made.others and not named:
        others = " or ".join(made.others[:MOST_OTHERS])
        story += f" If they are {others}, name it with --order-object."
    return story
