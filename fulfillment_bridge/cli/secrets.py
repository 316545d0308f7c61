"""``secrets set|list|remove|rotate``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import actor, opened_bridge
from fulfillment_bridge.cli.later import Later
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.errors import UserError

if TYPE_CHECKING:
    from fulfillment_bridge.actions import keep_secrets as actions
    from fulfillment_bridge.app import Bridge
else:
    actions = Later("actions.keep_secrets")

COLUMNS = (
    ("name", "Secret"),
    ("comes_from", "Comes from"),
    ("used_by", "Used by"),
    ("set_at", "Set"),
    ("set_by", "By"),
    ("note", "Note"),
)


@click.group()
def secrets() -> None:
    """Passwords, tokens and keys: type one in, see where each comes from."""


@secrets.command("set")
@click.argument("name")
@click.argument("text", nargs=-1, metavar="")
@click.pass_context
def set_command(ctx: click.Context, name: str, text: tuple[str, ...]) -> None:
    """Keep a secret in the store, encrypted.

    It is asked for at the terminal and not shown, or read from standard input:

        fulfillment-bridge secrets set acme_password < file
    """
    if text:
        raise UserError(
            "a secret never stands in a command line: everybody on this machine can read those, "
            "and the shell remembers them",
            remedy=f"Type: fulfillment-bridge secrets set {name}\nIt asks for the text. What you "
            "typed just now has been seen: change it in Salesforce first.",
        )
    with opened_bridge(ctx) as bridge:
        actions.set_secret(bridge.secrets, name, _typed(name), actor=actor())
        click.echo(f"{name} is kept in the store, encrypted.")
        _tell_what_stands_against_it(bridge, name)


@secrets.command("list")
@listing_options
@click.pass_context
def list_command(ctx: click.Context, output_format: Format) -> None:
    """Where each secret comes from and what uses it; exit code 1 where one is missing."""
    with opened_bridge(ctx) as bridge:
        rows = _rows(bridge)
    show_rows(rows, COLUMNS, output_format, empty="The configuration names no secret.")
    ctx.exit(1 if any(row["comes_from"] is None for row in rows) else 0)


@secrets.command("remove")
@click.argument("name")
@click.pass_context
def remove_command(ctx: click.Context, name: str) -> None:
    """Forget a secret that the store keeps."""
    with opened_bridge(ctx) as bridge:
        actions.remove_secret(bridge.secrets, name, actor=actor())
    click.echo(f"The store keeps {name} no more.")


@secrets.command("rotate")
@click.pass_context
def rotate_command(ctx: click.Context) -> None:
    """Encrypt everything that the store keeps with a new key.

    It may be interrupted at any moment and done again; the service goes on meanwhile.
    """
    with opened_bridge(ctx) as bridge:
        count = bridge.secrets.rotate(by=actor())
        given = bool(bridge.secrets.keys.given())
    click.echo(f"{count} secrets are encrypted with a new key.")
    if given:
        click.echo("Now take the old key out of store_key; nothing needs it any more.")


def _typed(name: str) -> str:
    """The text, from the terminal without showing it, else the whole of standard input."""
    if sys.stdin.isatty():
        text: str = click.prompt(
            f"Text of {name} (it is not shown)", hide_input=True, confirmation_prompt="Once more"
        )
        return text
    content = sys.stdin.buffer.read(actions.LONGEST + 1)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(
            "what came on standard input is no text in UTF-8", remedy="Save it as UTF-8."
        ) from None  # the error itself quotes what was read


def _tell_what_stands_against_it(bridge: Bridge, name: str) -> None:
    [note] = [row["note"] for row in _rows(bridge) if row["name"] == name]
    if note:
        click.echo(f"But {note}.", err=True)


def _rows(bridge: Bridge) -> list[dict[str, object]]:
    settings = bridge.settings
    named = [(place, secret.name) for place, secret in settings.secrets()]
    return actions.secrets_report(bridge.secrets, settings.secret_source, named)
