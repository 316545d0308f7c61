"""``mapping preview``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fulfillment_bridge.cli.context import opened_bridge, require_known
from fulfillment_bridge.cli.mapping_versions import refuse_overwriting
from fulfillment_bridge.cli.output import show_json, show_table
from fulfillment_bridge.domain.counting import counted
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import preview_orders as actions
    from fulfillment_bridge.mapping import package, preview_book
    from fulfillment_bridge.mapping.side_by_side import Preview
else:
    actions = Later("actions.preview_orders")
    package = Later("mapping.package")
    preview_book = Later("mapping.preview_book")

FILE = click.Path(dir_okay=False, path_type=Path)
COLUMNS = (
    ("our_field", "Our field"),
    ("warehouse", "The warehouse gets"),
    ("salesforce", "Salesforce has"),
    ("salesforce_field", "Salesforce field"),
)


@click.command(short_help="What the warehouse would get of the newest real orders; stores nothing.")
@click.argument("file", type=FILE)
@click.option("--cart", required=True, metavar="NAME", help="Whose orders.")
@click.option("--count", type=int, default=10, metavar="N", help="How many orders; 10.")
@click.option("--number", default="", metavar="NUMBER", help="Only the order of this number.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--xlsx", type=FILE, metavar="OUT", help="An Excel file for the merchant to approve.")
@click.option("--force", is_flag=True, help="Overwrite a file of that name.")
@click.pass_context
def preview(
    ctx: click.Context,
    file: Path,
    cart: str,
    count: int,
    number: str,
    as_json: bool,
    xlsx: Path | None,
    force: bool,
) -> int:
    """What the warehouse would get of the newest real orders; stores and sends nothing.

    Each order stands beside its record; of an order that would be held, every reason is told.
    Exit code 1 where one would be held.

    \b
    Examples:
      fulfillment-bridge mapping preview acme.xlsx --cart acme
      fulfillment-bridge mapping preview acme.xlsx --cart acme --number 1001
      fulfillment-bridge mapping preview acme.xlsx --cart acme --xlsx for-acme.xlsx
    """
    if xlsx:
        refuse_overwriting(xlsx, force=force)
    content = package.read_bytes(file)
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        org = bridge.cart(cart, job="describe")
        found = actions.preview_orders(
            content, org, count=count, number=number, needs=bridge.needs(cart)
        )
    held = sum(one.is_held for one in found)
    summary = f"{counted(len(found), 'order')}, {held} of them would be held"
    if xlsx:
        _write(xlsx, preview_book.preview_book(f"{file.name}: {summary}", found))
    if as_json:
        show_json([_document(one) for one in found])
    else:
        _show(found)
        where = f" Wrote {xlsx}." if xlsx else ""
        click.echo(f"{summary}. Nothing was stored or sent.{where}")
    return 1 if held else 0


def _show(previews: Sequence[Preview]) -> None:
    for one in previews:
        result = "would be held" if one.is_held else "would go out"
        click.echo(f"Order {one.order_number} ({one.record_id}) {result}")
        for reason in one.reasons:
            click.echo(f"  - {reason.text()}")
        rows = [
            {
                "our_field": f"Line {pair.line}: {pair.our_field}" if pair.line else pair.our_field,
                "warehouse": one.shown(pair),
                "salesforce": pair.salesforce,
                "salesforce_field": pair.salesforce_field,
            }
            for pair in one.pairs
            if pair.warehouse or pair.salesforce
        ]
        show_table(rows, COLUMNS)
        click.echo()


def _document(one: Preview) -> dict[str, Any]:
    return {
        "order_number": one.order_number,
        "record_id": one.record_id,
        "held": one.is_held,
        "reasons": [reason.text() for reason in one.reasons],
        "order": one.order.content() if one.order else None,
        "fields": [
            {
                "line": pair.line or None,
                "our_field": pair.our_field,
                "warehouse": None if one.is_held or pair.left_out else pair.warehouse,
                "left_out": pair.left_out,
                "salesforce": pair.salesforce,
                "salesforce_field": pair.salesforce_field,
                "cell": pair.cell,
            }
            for pair in one.pairs
        ],
    }


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error
