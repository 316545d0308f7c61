"""``orders list|show|why``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from fulfillment_bridge.actions.explain_order import Explanation, explain_order
from fulfillment_bridge.actions.order_report import find_orders, order_report
from fulfillment_bridge.cli.context import opened_bridge, require_known
from fulfillment_bridge.cli.output import (
    Format,
    cell_text,
    listing_options,
    show_json,
    show_rows,
    show_table,
)
from fulfillment_bridge.domain.fulfillment import MOVES
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.storage.orders import OrderFilter, StoredOrder

COLUMNS = (
    ("order_number", "Order"),
    ("cart", "Cart"),
    ("state", "State"),
    ("received_at", "Received"),
    ("reasons", "Why"),
)


@click.group()
def orders() -> None:
    """Orders: list, show one, or why one is not here."""


@orders.command("list")
@click.option("--cart", help="Only this cart's.")
@click.option("--state", type=click.Choice(sorted(MOVES)), multiple=True, help="Only these.")
@click.option("--number", help="Only numbers that contain this.")
@click.option("--attention", is_flag=True, help="Only those that a person must look at.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(min=1))
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
    """The newest orders first."""
    wanted = OrderFilter(cart=cart, states=state, number=number, needs_attention=attention)
    with opened_bridge(ctx) as bridge:
        if cart:
            require_known("cart", cart, bridge.settings.carts)
        with bridge.store.read() as uow:
            found = uow.orders.find(wanted, limit=limit)
    show_rows([_row(order) for order in found], COLUMNS, output_format, empty="No such orders.")


@orders.command()
@click.argument("number")
@click.option("--cart", help="Where several merchants have that number.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def show(ctx: click.Context, number: str, cart: str | None, as_json: bool) -> int:
    """An order's whole story. NUMBER is its order number or a warehouse reference."""
    with opened_bridge(ctx) as bridge:
        found = find_orders(bridge.store, number, cart)
        if not found:
            raise UserError(
                f"the bridge has no order {number}",
                remedy=f"Ask the org: fulfillment-bridge orders why {number} --cart NAME",
            )
        if len(found) > 1:
            return _several(number, found, as_json)
        report = order_report(bridge.store, found[0].order_id)
    if as_json:
        show_json(report)
    else:
        _show_story(report)
    return 0


@orders.command()
@click.argument("number")
@click.option("--cart", required=True, help="The cart whose org is asked.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def why(ctx: click.Context, number: str, cart: str, as_json: bool) -> int:
    """Why an order is not at the warehouse: every condition, looked up in the org."""
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        mapping = bridge.active_map(cart)
        found = explain_order(bridge.store, cart, bridge.cart(cart), mapping, number)
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


def _show_story(report: Mapping[str, Any]) -> None:
    ids = report["ids"]
    click.echo(f"Order {report['order_number']} of {report['cart']}: {report['state']}")
    click.echo(f"  Salesforce   {ids['cart_order_id']} in org {ids['organization_id']}")
    click.echo(f"  bridge       order {ids['order_id']}, workbook {report['mapping_version_id']}")
    for part in report["fulfillment_orders"]:
        own = f" ({part['warehouse_order_id']})" if part.get("warehouse_order_id") else ""
        click.echo(f"  warehouse    {part['warehouse']}: {part['reference']}{own}, {part['state']}")
    for reason in report["hold_reasons"]:
        click.echo(f"  held         {reason}")
    if report["attention"]:
        click.echo(f"  attention    {report['attention']}")
    for part in report["fulfillment_orders"]:
        _show_part(part)
    click.echo("What happened")
    for event in report["events"]:
        detail = cell_text(event["detail"])
        click.echo(f"  {cell_text(event['at'])}  {event['event']}  {detail}".rstrip())
    _show_open_messages(report)


def _show_part(part: Mapping[str, Any]) -> None:
    columns = ("line", "sku", "warehouse_sku", "ordered", "shipped", "short", "canceled")
    show_table(part["lines"], [(name, name.replace("_", " ")) for name in columns])
    for shipment in part["shipments"]:
        back = cell_text(shipment["written_back_at"]) or "not yet"
        click.echo(
            f"  shipment {shipment['warehouse_shipment_id']} on {shipment['shipped_on']} by "
            f"{shipment['carrier']} {shipment['service']}: "
            f"{', '.join(shipment['tracking_numbers']) or 'no tracking'}; in Salesforce: {back}"
        )
    for old in part["replaced"]:
        numbers = ", ".join(old["tracking_numbers"])
        click.echo(f"  before {cell_text(old['replaced_at'])} the warehouse had said: {numbers}")


def _show_open_messages(report: Mapping[str, Any]) -> None:
    for message in report["messages"]:
        if message["state"] in ("done", "superseded"):
            continue
        click.echo(
            f"Message to {message['destination']} is {message['state']} after "
            f"{message['attempts']} attempts: {message['last_error'] or 'not tried yet'}"
        )


def _show_explanation(one: Explanation) -> None:
    click.echo(f"Order {one.order_number} of {one.cart} {one.cart_order_id}".rstrip())
    for answer in one.answers:
        mark = "✓" if answer.holds else "✗"
        found = f": {answer.found}" if answer.found else ""
        cell = f"  [{answer.cell}]" if answer.cell else ""
        click.echo(f"  {mark} {answer.what}{found}{cell}")
    click.echo(one.advice)


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
