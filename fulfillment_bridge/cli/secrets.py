"""``secrets set|list|remove|rotate-key``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from fulfillment_bridge.cli.context import actor, opened_bridge
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.cli.words import near_or_all
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

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
        for connection in _woken(bridge, name):
            click.echo(
                f"The connection {connection} was suspended; its jobs log in with this one, once."
            )


@secrets.command("list")
@listing_options
@click.pass_context
def list_command(ctx: click.Context, output_format: Format) -> None:
    """Where each secret comes from, and what uses it.

    Exit code 1 where one is missing, or cannot be opened.
    """
    with opened_bridge(ctx) as bridge:
        rows = _rows(bridge)
    show_rows(rows, COLUMNS, output_format, empty="The configuration names no secret.")
    ctx.exit(0 if all(row["usable"] for row in rows) else 1)


@secrets.command("remove")
@click.argument("name")
@click.pass_context
def remove_command(ctx: click.Context, name: str) -> None:
    """Forget a secret that the store keeps."""
    with opened_bridge(ctx) as bridge:
        actions.remove_secret(bridge.secrets, name, actor=actor())
        click.echo(f"The store keeps {name} no more.")
        for row in _rows(bridge):
            if row["name"] == name:
                users = ", ".join(row["used_by"])
                click.echo(f"But {users} needs it; now it is {_whereabouts(row)}.", err=True)


@secrets.command("rotate-key")
@click.pass_context
def rotate_command(ctx: click.Context) -> None:
    """Encrypt everything that the store keeps with a new key.

    It may be interrupted at any moment and done again; the service goes on meanwhile.
    """
    with opened_bridge(ctx) as bridge:
        count = bridge.secrets.rotate(by=actor())
        keys = bridge.secrets.keys
        given, file = bool(keys.given()), keys.file
        filed = file.exists()
    what = "1 secret is" if count == 1 else f"{count} secrets are"
    click.echo(f"{what} encrypted with a new key.")
    if given:
        click.echo("Now take the old keys out of store_key; nothing needs them any more.")
    if given and filed:
        click.echo(f"Nothing needs the file {file} any more either: remove it.")


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
        click.echo(f"But {note}.{_meant(bridge, name)}", err=True)


def _meant(bridge: Bridge, name: str) -> str:
    named = sorted({secret.name for _, secret in bridge.settings.secrets()})
    return "" if name in named else f" {near_or_all(name, named)}"


def _woken(bridge: Bridge, name: str) -> list[str]:
    """Suspended connections that use it and now try again."""
    if bridge.settings.secret_source.given_by(name):
        return []
    carts = bridge.settings.carts
    places = [
        place.split(".") for place, secret in bridge.settings.secrets() if secret.name == name
    ]
    users = {
        place[1]: [cart for cart, one in carts.items() if one.connection == place[1]]
        for place in places
        if place[0] == "connections"
    }
    return actions.try_again_soon(bridge.store, bridge.clock, users)


def _whereabouts(row: dict[str, Any]) -> str:
    return f"the one in the {row['comes_from']}" if row["comes_from"] else "nowhere"


def _rows(bridge: Bridge) -> list[dict[str, Any]]:
    settings = bridge.settings
    named = [(place, secret.name) for place, secret in settings.secrets()]
    return actions.secrets_report(bridge.secrets, settings.secret_source, named)
