"""``dead-letters list|show|replay|discard``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.output import (
    Format,
    cell_text,
    listing_options,
    show_json,
    show_rows,
)
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import by_hand
    from fulfillment_bridge.actions import dead_letters as actions
    from fulfillment_bridge.app import Bridge
    from fulfillment_bridge.storage.dead_letters import DeadLetter
else:
    actions = Later("actions.dead_letters")
    by_hand = Later("actions.by_hand")

COLUMNS = (
    ("message_id", "Message"),
    ("order_number", "Order"),
    ("cart", "Cart"),
    ("kind", "What"),
    ("destination", "To"),
    ("state", "State"),
    ("since", "Since"),
    ("last_error", "Why"),
    ("what_to_do", "What to do"),
)
REASON = click.option(
    "--reason", required=True, metavar="TEXT", help="Kept with the message and the order."
)


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that a person must look at: list, show, replay, discard."""


@dead_letters.command("list", short_help="What was refused, or whose outcome nobody knows.")
@click.option("--cart", metavar="NAME", help="Only about this cart's orders.")
@click.option("--warehouse", metavar="NAME", help="Only what was to go to this warehouse.")
@listing_options
@click.pass_context
def list_letters(
    ctx: click.Context, cart: str | None, warehouse: str | None, output_format: Format
) -> None:
    """Messages that were refused, or whose outcome nobody knows, oldest first."""
    with opened_bridge(ctx) as bridge:
        letters = _find(bridge, cart, warehouse)
    rows = [actions.letter_row(letter) for letter in letters]
    show_rows(rows, COLUMNS, output_format, empty="No dead letters.")


@dead_letters.command(short_help="Everything that is known of one message.")
@click.argument("message_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def show(ctx: click.Context, message_id: int, as_json: bool) -> None:
    """What was sent and under which name, what the other side said, what was decided."""
    with opened_bridge(ctx) as bridge:
        letter = actions.get_letter(bridge.store, message_id)
        report = actions.letter_report(bridge.store, letter)
    if as_json:
        show_json(report)
    else:
        _show(report)


@dead_letters.command(short_help="Send refused messages again.")
@click.argument("message_ids", type=int, nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that were refused (with --cart, of it).")
@click.option("--cart", metavar="NAME", help="With --all: only about this cart's orders.")
@REASON
@click.pass_context
def replay(
    ctx: click.Context, message_ids: tuple[int, ...], every: bool, cart: str | None, reason: str
) -> int:
    """Send refused messages again, once what they name is mended.

    An order goes as it is now, under a new message. What has an unknown outcome is never
    replayed: `orders release --it-is-there` or `--it-is-not-there` settles it.
    """
    if every == bool(message_ids):
        raise click.UsageError("Name messages, or say --all.")
    refused = 0
    with opened_bridge(ctx) as bridge:
        hand = by_hand.Hand(bridge.store, bridge.clock, actor(), reason)
        if every:
            letters = [one for one in _find(bridge, cart, None) if one.message.state == "dead"]
        else:
            letters = [actions.get_letter(bridge.store, each) for each in message_ids]
        for letter in letters:
            try:
                done = actions.replay_letter(hand, bridge.cart_profile(letter.cart), letter)
            except UserError as error:
                refused += 1
                done = f"not replayed: {error.text()}"
            click.echo(f"{letter.message.message_id}: order {letter.order_number} {done}")
    if not letters:
        click.echo("No dead letters.")
    return 1 if refused else 0


@dead_letters.command(short_help="Give a refused message up for good.")
@click.argument("message_id", type=int)
@REASON
@click.pass_context
def discard(ctx: click.Context, message_id: int, reason: str) -> None:
    """Give a refused message up for good, and keep the reason.

    A fulfillment order that was refused is canceled with its message.
    """
    with opened_bridge(ctx) as bridge:
        hand = by_hand.Hand(bridge.store, bridge.clock, actor(), reason)
        letter = actions.get_letter(bridge.store, message_id)
        done = actions.discard_letter(hand, letter)
    click.echo(f"{message_id}: the message about order {letter.order_number} {done}.")


def _find(bridge: Bridge, cart: str | None, warehouse: str | None) -> list[DeadLetter]:
    if cart:
        require_known("cart", cart, bridge.settings.carts)
    if warehouse:
        require_known("warehouse", warehouse, bridge.settings.warehouses)
    destination = f"warehouse:{warehouse}" if warehouse else None
    with bridge.store.read() as uow:
        return uow.dead_letters.find(cart=cart, destination=destination)


def _show(report: Mapping[str, Any]) -> None:
    click.echo(f"Message {report['message_id']}: {report['kind']} to {report['destination']}")
    for key in (
        "state", "order_number", "cart", "cart_order_id", "reference", "order_state",
        "created_at", "since", "attempts", "last_error", "submission_name", "what_to_do",
    ):  # fmt: skip
        if report[key] not in (None, ""):
            click.echo(f"  {key.replace('_', ' '):<16} {cell_text(report[key])}")
    for decision in report["decisions"]:
        click.echo(f"  decided          {', '.join(cell_text(each) for each in decision.values())}")
    if report["submission"]:
        click.echo("What was to be sent:")
        click.echo(report["submission"].rstrip())
