"""``simulator``: hands everything to the simulator's own command line."""

from __future__ import annotations

from importlib import import_module

import click

from fulfillment_bridge.errors import UserError


@click.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulator(arguments: tuple[str, ...]) -> int:
    """A local Salesforce org to rehearse against."""
    try:
        program = import_module("fulfillment_bridge.simulator.main")
    except ModuleNotFoundError as error:
        raise UserError(
            f"the simulator needs {error.name}, which is not installed",
            remedy="pip install 'fulfillment-bridge[simulator]'",
        ) from error
    return int(program.main(list(arguments)) or 0)
