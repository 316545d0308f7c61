"""The command line. Command modules are loaded by name, so that ``--help`` answers at once."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from fulfillment_bridge import __version__
from fulfillment_bridge.cli.invocation import Invocation
from fulfillment_bridge.cli.words import near_or_all
from fulfillment_bridge.errors import BridgeError, Misconfigured, Suspended, UserError

COMMANDS = {
    "demo": ("demo:demo", "Three simulated merchants and a warehouse: see the whole thing work."),
    "serve": ("serve:serve", "Run every job on its schedule until told to stop."),
    "run": ("run:run", "Run one job now and say what it did."),
    "backfill": ("backfill:backfill", "Read the orders of a window of time again, safely."),
    "status": ("status:status", "What is going on: carts, jobs, messages, what needs attention."),
    "test-connection": (
        "connection:test_connection",
        "Check that a cart can be reached, read and written.",
    ),
    "mapping": ("mapping:mapping", "Workbooks: template, check, preview, load, compare, go back."),
    "orders": ("orders:orders", "Orders: list, show, why; hold, release, cancel, resend …"),
    "dead-letters": (
        "dead_letters:dead_letters",
        "Messages that a person must look at: list, show, replay, discard.",
    ),
    "carts": ("carts:carts", "Carts: list, go live, pause, resume."),
    "connections": ("connections:connections", "Logins to Salesforce: list, pause, resume."),
    "secrets": ("secrets:secrets", "Passwords, tokens and keys: set, list, remove, rotate-key."),
    "warehouses": ("warehouses:warehouses", "Warehouses: list, check, pause, resume."),
    "describe-dump": (
        "describe_dump:describe_dump",
        "Write down an org's objects and fields, to rehearse on a copy.",
    ),
    "db": ("db:db", "The database: check, back up, restore, recover."),
    "explain": ("explain:explain", "What an error code of Salesforce means, and what to do."),
    "simulator": ("simulator:simulator", "A local Salesforce org to rehearse against."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module_name, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(f"fulfillment_bridge.cli.{module_name}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - narrows the type for mypy
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"There is no command {args[0]!r}. {near_or_all(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fulfillment-bridge")
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration file  [default: $FULFILLMENT_BRIDGE_CONFIG, else ./config.yaml]",
)
@click.option("-v", "--verbose", is_flag=True, help="Log more, on stderr.")
@click.pass_context
def cli(ctx: click.Context, config_path: Path | None, verbose: bool) -> None:
    """Carries orders, tracking and stock between merchants' Salesforce orgs and warehouses.

    Start with `fulfillment-bridge demo`. In daily work: `status` says what needs attention,
    `orders why NUMBER --cart NAME` why an order is not at the warehouse.

    Exit codes: 0 fine, 1 it ran but something needs attention, 2 wrong use or configuration.
    """
    ctx.obj = Invocation(config_path=config_path, verbose=verbose)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; an ordinary mistake never shows a traceback."""
    try:
        code = cli.main(arguments, prog_name="fulfillment-bridge", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)  # what shells expect after Ctrl-C
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BridgeError as error:
        click.echo(error.text(), err=True)
        sys.exit(2 if _is_for_the_configuration(error) else 1)
    except BrokenPipeError:
        _forget_stdout()
        sys.exit(1)
    except OSError as error:
        click.echo(f"It cannot go on: {error}", err=True)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the edge: whoever typed this reads no traceback
        _tell_fault_of_ours(error)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _is_for_the_configuration(error: BridgeError) -> bool:
    """A refused login is no fault of the configuration: the org may have changed."""
    return isinstance(error, UserError | Misconfigured) and not isinstance(error, Suspended)


def _tell_fault_of_ours(error: Exception) -> None:
    """The traceback goes the way of all logs, so that no secret in it is shown."""
    logging.getLogger("fulfillment_bridge").critical("the program broke off", exc_info=error)
    click.echo(
        f"This is a fault in fulfillment-bridge itself ({type(error).__name__}), not in what you "
        "typed. Please report it with the lines above.",
        err=True,
    )


def _forget_stdout() -> None:
    """Whoever read our output has gone; Python must not complain when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
