"""``orders refetch|release|hold|cancel|resend|ship|resend-tracking``: a person decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.output import show_json
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import (
        by_hand,
        cancel_order,
        hold_order,
        refetch_order,
        release_order,
        resend_order,
        ship_order,
    )
    from fulfillment_bridge.actions.by_hand import Hand
    from fulfillment_bridge.app import Bridge
    from fulfillment_bridge.storage.orders import StoredOrder
else:
    by_hand = Later("actions.by_hand")
    cancel_order = Later("actions.cancel_order")
    hold_order = Later("actions.hold_order")
    refetch_order = Later("actions.refetch_order")
    release_order = Later("actions.release_order")
    resend_order = Later("actions.resend_order")
    ship_order = Later("actions.ship_order")

Command = TypeVar("Command", bound=Callable[..., Any])


def _about_one_order(command: Command) -> Command:
    """ORDER, ``--cart``, ``--reason`` and ``--json``."""
    command = click.option("--json", "as_json", is_flag=True, help="One JSON document.")(command)
    command = click.option(
        "--reason", required=True, metavar="TEXT", help="Why; kept with the order for good."
    )(command)
    command = click.option("--cart", metavar="NAME", help="Where several have that number.")(
        command
    )
    return click.argument("number", metavar="ORDER")(command)


@click.command(short_help="Read an order from Salesforce now.")
@_about_one_order
@click.pass_context
def refetch(ctx: click.Context, number: str, cart: str | None, reason: str, as_json: bool) -> None:
    """Read an order from Salesforce now, and take it in as it is.

    With --cart it may be an order that was never downloaded. Costs one or two API calls.
    """
    with opened_bridge(ctx) as bridge:
        _require_cart(bridge, cart)
        name = cart or by_hand.one_order(bridge.store, number, None).cart
        require_known("cart", name, bridge.settings.carts)
        context = bridge.by_hand("order_download", name)
        said = refetch_order.refetch_order(_hand(bridge, reason), context, number)
        _tell(bridge, number, name, said, as_json)


@click.command(short_help="Let an order go that is held, refused or in doubt.")
@_about_one_order
@click.option(
    "--it-is-there", "found", flag_value="there", help="The warehouse has it (outcome unknown)."
)
@click.option("--it-is-not-there", "found", flag_value="not_there", help="It does not: send it.")
@click.option("--despite-rule", is_flag=True, help="Though a rule of the workbook holds it.")
@click.pass_context
def release(
    ctx: click.Context, number: str, cart: str | None, reason: str, as_json: bool,
    found: release_order.Found | None, despite_rule: bool,
) -> None:  # fmt: skip
    """Let an order go to its warehouse.

    \b
    held by a person, or marked by somebody else   it goes as it is
    held by a rule or a value map of the workbook  it goes with --despite-rule, and that rule
                                                   holds it no more; another one does
    held for a fault in its mapping                refused: mend that, then `orders refetch`
    refused by the warehouse                       it goes again, as it is now
    outcome unknown                                ask the warehouse, then say --it-is-there
                                                   or --it-is-not-there; the latter sends it
    """
    with opened_bridge(ctx) as bridge:
        order = _order(bridge, number, cart)
        said = release_order.release_order(
            _hand(bridge, reason),
            bridge.cart_profile(order.cart),
            order.order_id,
            found=found,
            despite_rule=despite_rule,
        )
        _tell(bridge, order.order_number, order.cart, said, as_json)


@click.command(short_help="Hold an order back until it is released.")
@_about_one_order
@click.pass_context
def hold(ctx: click.Context, number: str, cart: str | None, reason: str, as_json: bool) -> None:
    """Hold an order back that has not left, until a person releases it."""
    with opened_bridge(ctx) as bridge:
        order = _order(bridge, number, cart)
        said = hold_order.hold_order(_hand(bridge, reason), order.order_id)
        _tell(bridge, order.order_number, order.cart, said, as_json)


@click.command(short_help="Cancel an order, here or at the warehouse.")
@_about_one_order
@click.option(
    "--accepted", "said", flag_value="accepted", help="The warehouse said that it canceled it."
)
@click.option("--refused", "said", flag_value="refused", help="It said that it cannot.")
@click.pass_context
def cancel(
    ctx: click.Context, number: str, cart: str | None, reason: str, as_json: bool,
    said: cancel_order.Said | None,
) -> None:  # fmt: skip
    """Cancel an order.

    One that has not left is canceled here. For one that has, the warehouse is asked; where it
    takes no requests from the bridge, ask it yourself and write down its answer with --accepted
    or --refused. Salesforce is told.
    """
    with opened_bridge(ctx) as bridge:
        order = _order(bridge, number, cart)
        done = cancel_order.cancel_order(_hand(bridge, reason), order.order_id, said=said)
        _tell(bridge, order.order_number, order.cart, done, as_json)


@click.command(short_help="Have the warehouse ship an order once more.")
@_about_one_order
@click.pass_context
def resend(ctx: click.Context, number: str, cart: str | None, reason: str, as_json: bool) -> None:
    """Have the warehouse ship an order once more, under a new reference such as 1001-R1.

    The only way in which one order reaches a warehouse twice. What was sent before stays there.
    """
    with opened_bridge(ctx) as bridge:
        order = _order(bridge, number, cart)
        said = resend_order.resend_order(
            _hand(bridge, reason), bridge.cart_profile(order.cart), order.order_id
        )
        _tell(bridge, order.order_number, order.cart, said, as_json)


@click.command(short_help="Write down by hand what was shipped.")
@_about_one_order
@click.option(
    "--tracking", "tracking_numbers", required=True, multiple=True, metavar="NUMBER",
    help="One per package; may be repeated.",
)  # fmt: skip
@click.option("--carrier", default="", help="Such as UPS.")
@click.option("--service", default="", help="Such as Ground.")
@click.option(
    "--shipped-on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="[default: today, UTC]"
)
@click.pass_context
def ship(
    ctx: click.Context, number: str, cart: str | None, reason: str, as_json: bool,
    tracking_numbers: tuple[str, ...], carrier: str, service: str, shipped_on: datetime | None,
) -> None:  # fmt: skip
    """Write down by hand that everything open was shipped, where no report will come.

    An order that had not left is not sent any more.
    """
    with opened_bridge(ctx) as bridge:
        order = _order(bridge, number, cart)
        with bridge.store.read() as uow:
            warehouse = ship_order.where_it_is_open(uow, order)
        require_known("warehouse", warehouse, bridge.settings.warehouses)
        shipped = ship_order.ByHand(
            tracking_numbers, carrier, service, shipped_on.date() if shipped_on else None
        )
        context = bridge.by_hand("shipment_collection", warehouse)
        said = ship_order.ship_order(_hand(bridge, reason), context, order.order_id, shipped)
        _tell(bridge, order.order_number, order.cart, said, as_json)


@click.command("resend-tracking", short_help="Write an order's news to Salesforce once more.")
@_about_one_order
@click.pass_context
def resend_tracking(
    ctx: click.Context, number: str, cart: str | None, reason: str, as_json: bool
) -> None:
    """Write everything that is known of an order onto the merchant's fields once more."""
    with opened_bridge(ctx) as bridge:
        order = _order(bridge, number, cart)
        said = resend_order.resend_tracking(_hand(bridge, reason), order.order_id)
        _tell(bridge, order.order_number, order.cart, said, as_json)


COMMANDS = (refetch, release, hold, cancel, resend, ship, resend_tracking)


def _hand(bridge: Bridge, reason: str) -> Hand:
    return by_hand.Hand(bridge.store, bridge.clock, actor(), reason)


def _require_cart(bridge: Bridge, cart: str | None) -> None:
    if cart:
        require_known("cart", cart, bridge.settings.carts)


def _order(bridge: Bridge, number: str, cart: str | None) -> StoredOrder:
    _require_cart(bridge, cart)
    order = by_hand.one_order(bridge.store, number, cart)
    require_known("cart", order.cart, bridge.settings.carts)
    return order


def _tell(bridge: Bridge, number: str, cart: str, said: str, as_json: bool) -> None:
    """What was done, in a sentence; as JSON with how the order stands now."""
    if not as_json:
        click.echo(f"Order {number} of {cart} {said}.")
        return
    with bridge.store.read() as uow:
        found = uow.orders.by_number(number, cart)
    rows = [
        {"order_number": one.order_number, "cart": one.cart, "state": one.shown_state,
         "attention": one.attention, "hold_reasons": [why.text() for why in one.hold_reasons],
         "done": said}
        for one in found
    ]  # fmt: skip
    show_json(rows[0] if rows else {"order_number": number, "cart": cart, "done": said})
