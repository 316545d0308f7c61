"""``serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import opened_bridge
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.runtime import serve as service
else:
    service = Later("runtime.serve")


@click.command()
@click.pass_context
def serve(ctx: click.Context) -> int:
    """Run every job on its schedule until SIGTERM or SIGINT.

    This is what the systemd unit starts. Logs go to standard error; their level and form stand
    in the configuration under `log`.
    """
    with opened_bridge(ctx, log_level=None) as bridge:
        abandoned = bridge.server().serve()
        if abandoned:
            service.leave_now(0)
    return 0
