"""``orders list|show|why``, and what a person may decide about one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fulfillment_bridge.cli.context import opened_bridge, require_known
from fulfillment_bridge.cli.order_hands import COMMANDS as BY_HAND
from fulfillment_bridge.cli.output import Format, listing_options, show_json, show_rows, show_table
from fulfillment_bridge.cli.words import OneOf
from fulfillment_bridge.domain.fulfillment import MOVES
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import explain_order as explaining
    from fulfillment_bridge.actions import order_report as reports
    from fulfillment_bridge.actions.explain_order import Explanation
    from fulfillment_bridge.cli import order_story as stories
    from fulfillment_bridge.storage import orders as stored
    from fulfillment_bridge.storage.orders import StoredOrder
else:
    explaining = Later("actions.explain_order")
    reports = Later("actions.order_report")
    stories = Later("cli.order_story")
    stored = Later("storage.orders")

COLUMNS = (
    ("order_number", "Order"),
    ("cart", "Cart"),
    ("state", "State"),
    ("received_at", "Received"),
    ("reasons", "Why"),
)


@click.group()
def orders() -> None:
    """Orders: list, show one, why one is not here; and decide about one."""


for _command in BY_HAND:
    orders.add_command(_command)


@orders.command("list", short_help="The newest orders first.")
@click.option("--cart", metavar="NAME", help="Only this cart's.")
@click.option(
    "--state",
    type=OneOf(MOVES),
    metavar="STATE",
    multiple=True,
    help=f"Only orders that show this state; may be repeated. One of {', '.join(MOVES)}.",
)
@click.option("--number", metavar="TEXT", help="Only numbers that contain this.")
@click.option("--attention", is_flag=True, help="Only those that a person must look at.")
@click.option(
    "--limit",
    default=100,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="At most so many.",
)
@listing_options
@click.pass_context
def list_orders(
    ctx: click.Context,
    cart: str | None,
    state: tuple[str, ...],
    number: str | None,
    attention: bool,
    limit: int,
    output_format: Format,
) -> None:
    """The newest orders first.

    \b
    Examples:
      fulfillment-bridge orders list --cart acme --state held
      fulfillment-bridge orders list --attention --csv > look_at_these.csv
    """
    wanted = stored.OrderFilter(cart=cart, states=state, number=number, needs_attention=attention)
    with opened_bridge(ctx) as bridge:
        if cart:
            require_known("cart", cart, bridge.settings.carts)
        with bridge.store.read() as uow:
            found = uow.orders.find(wanted, limit=limit + 1)
    rows = [_row(order) for order in found[:limit]]
    show_rows(rows, COLUMNS, output_format, empty="No such orders.")
    if len(found) > limit:
        click.echo(f"Only the newest {limit} are shown; --limit N shows more.", err=True)


@orders.command(short_help="An order's whole story, with the ids of all three sides.")
@click.argument("number")
@click.option("--cart", metavar="NAME", help="Where several merchants have that number.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def show(ctx: click.Context, number: str, cart: str | None, as_json: bool) -> int:
    """An order's whole story, with times and the ids of all three sides.

    NUMBER is its order number or its reference at a warehouse. Where several merchants have
    that number, they are listed; --cart says which.
    """
    with opened_bridge(ctx) as bridge:
        if cart:
            require_known("cart", cart, bridge.settings.carts)
        found = reports.find_orders(bridge.store, number, cart)
        if not found:
            raise _unknown(reports.numbers_like(bridge.store, number, cart), number, cart)
        if len(found) > 1:
            return _several(number, found, as_json)
        report = reports.order_report(bridge.store, found[0].order_id)
    if as_json:
        show_json(report)
    else:
        stories.show_story(report)
    return 0


def _unknown(near: list[str], number: str, cart: str | None) -> UserError:
    ask = f"Ask the org: fulfillment-bridge orders why {number} --cart {cart or 'NAME'}"
    did_you_mean = f"Did you mean {' or '.join(near)}? If not: " if near else ""
    return UserError(f"the bridge has no order {number}", remedy=f"{did_you_mean}{ask}")


@orders.command(short_help="Why an order is not at the warehouse: every condition.")
@click.argument("number")
@click.option("--cart", required=True, metavar="NAME", help="The cart whose org is asked.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def why(ctx: click.Context, number: str, cart: str, as_json: bool) -> int:
    """Why an order is not at the warehouse: every condition, looked up in the org.

    Works for orders that were never downloaded. Costs at most three API calls. The last line
    says the one thing to change. Exit code 1 where something stands in the way.

    \b
    Example:
      fulfillment-bridge orders why 00000110 --cart acme
    """
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        settings = bridge.settings.carts[cart]
        asked = explaining.AskedCart(
            name=cart,
            connection=settings.connection,
            cart=bridge.cart(cart, job="orders_why"),
            mapping=bridge.active_map(cart),
            overlap_seconds=settings.overlap_seconds,
        )
        found = explaining.explain_order(bridge.store, asked, number)
    if as_json:
        show_json([_explanation_document(one) for one in found])
    else:
        for one in found:
            _show_explanation(one)
    return 0 if all(answer.holds for one in found for answer in one.answers) else 1


def _row(order: StoredOrder) -> dict[str, Any]:
    reasons = [reason.text() for reason in order.hold_reasons]
    return {
        "order_number": order.order_number,
        "cart": order.cart,
        "state": order.shown_state,
        "received_at": order.received_at,
        "reasons": reasons + ([order.attention] if order.attention else []),
    }


def _several(number: str, found: list[StoredOrder], as_json: bool) -> int:
    rows = [_row(order) for order in found]
    if as_json:
        show_json(rows)
    else:
        click.echo(f"{len(found)} orders are called {number}; say which with --cart:")
        show_table(rows, COLUMNS)
    return 1


def _show_explanation(one: Explanation) -> None:
    click.echo(f"Order {one.order_number} of {one.cart} {one.cart_order_id}".rstrip())
    for answer in one.answers:
        mark = "✓" if answer.holds else "✗"
        found = f" → {answer.found}" if answer.found else ""
        cell = f"  [{answer.cell}]" if answer.cell else ""
        click.echo(f"  {mark} {answer.what}{found}{cell}")
    click.echo(f"What to do: {one.advice}")


def _explanation_document(one: Explanation) -> dict[str, Any]:
    return {
        "order_number": one.order_number,
        "cart": one.cart,
        "cart_order_id": one.cart_order_id,
        "conditions": [
            {"holds": a.holds, "what": a.what, "found": a.found, "cell": a.cell}
            for a in one.answers
        ],
        "advice": one.advice,
    }
