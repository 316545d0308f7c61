"""``serve``."""

from __future__ import annotations

import click

from fulfillment_bridge.cli.context import opened_bridge
from fulfillment_bridge.runtime.serve import leave_now


@click.command()
@click.pass_context
def serve(ctx: click.Context) -> int:
    """Run every job on its schedule until SIGTERM or SIGINT; logs go to standard error."""
    with opened_bridge(ctx) as bridge:
        abandoned = bridge.server().serve()
        if abandoned:
            leave_now(0)
    return 0
