"""``demo``: three merchants, one warehouse, every job, and an independent checker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.cli import demo_run
else:
    demo_run = Later("cli.demo_run")


@click.command()
@click.option(
    "--orders",
    default=200,
    show_default=True,
    type=click.IntRange(1, 5000),
    metavar="N",
    help="Orders per merchant, 1 to 5000.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--keep-running", is_flag=True, help="Leave it up until Ctrl-C, to look around.")
def demo(orders: int, as_json: bool, keep_running: bool) -> int:
    """Three simulated merchants and a warehouse: see the whole thing work.

    Needs no configuration and no network; everything it makes lives in a temporary folder.
    Exit code 1 where the warehouse's ledger and the merchants' orgs do not agree in the end.

    \b
    Examples:
      fulfillment-bridge demo --orders 20
      fulfillment-bridge demo --orders 20 --keep-running
    """
    return demo_run.run_demo(orders, as_json=as_json, keep_running=keep_running)
