"""``pause NAME`` and ``resume NAME``, the same for carts, connections and warehouses."""

from __future__ import annotations

import click

from fulfillment_bridge.actions.pause import Kind, pause, resume
from fulfillment_bridge.app import Bridge
from fulfillment_bridge.cli.context import actor, opened_bridge, require_known


def pause_and_resume(group: click.Group, kind: Kind) -> None:
    """Give the group its two commands."""

    @group.command("pause", help=f"Stop a {kind} until it is resumed; kept across restarts.")
    @click.argument("name")
    @click.option("--reason", default="", help="Shown wherever the pause is shown.")
    @click.pass_context
    def pause_command(ctx: click.Context, name: str, reason: str) -> None:
        with opened_bridge(ctx) as bridge:
            require_known(kind, name, _known(bridge, kind))
            pause(bridge.store, bridge.clock, kind, name, reason=reason, actor=actor())
        click.echo(f"{kind} {name} is paused.")

    @group.command("resume", help=f"Let a {kind} run again.")
    @click.argument("name")
    @click.option(
        "--other-org",
        is_flag=True,
        hidden=kind != "connection",
        help="The connection now belongs to another org than before.",
    )
    @click.pass_context
    def resume_command(ctx: click.Context, name: str, other_org: bool) -> None:
        with opened_bridge(ctx) as bridge:
            require_known(kind, name, _known(bridge, kind))
            resume(bridge.store, bridge.clock, kind, name, actor=actor(), other_org=other_org)
        click.echo(f"{kind} {name} runs again.")


def _known(bridge: Bridge, kind: Kind) -> list[str]:
    settings = bridge.settings
    known = {
        "cart": settings.carts,
        "connection": settings.connections,
        "warehouse": settings.warehouses,
    }
    return list(known[kind])
