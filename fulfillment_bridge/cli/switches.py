"""``pause NAME`` and ``resume NAME``, the same for carts, connections and warehouses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import pause as actions
    from fulfillment_bridge.actions.pause import Kind
    from fulfillment_bridge.app import Bridge
else:
    actions = Later("actions.pause")


def pause_and_resume(group: click.Group, kind: Kind) -> None:
    """Give the group its two commands."""

    @group.command("pause", help=f"Stop a {kind} until it is resumed; kept across restarts.")
    @click.argument("name")
    @click.option("--reason", default="", help="Shown wherever the pause is shown.")
    @click.pass_context
    def pause_command(ctx: click.Context, name: str, reason: str) -> None:
        with opened_bridge(ctx) as bridge:
            require_known(kind, name, _known(bridge, kind))
            actions.pause(bridge.store, bridge.clock, kind, name, reason=reason, actor=actor())
        click.echo(f"The {kind} {name} is paused, until: fulfillment-bridge {kind}s resume {name}")

    @group.command("resume", help=_RESUME[kind])
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
            actions.resume(
                bridge.store,
                bridge.clock,
                kind,
                name,
                actor=actor(),
                targets=_standing_still(bridge, kind, name),
                other_org=other_org,
            )
        click.echo(f"The {kind} {name} runs again.")


_RESUME = {
    "cart": "Let a cart run again.",
    "connection": "Let it run again, after a pause or a refused login.",
    "warehouse": "Let a warehouse run again.",
}


def _known(bridge: Bridge, kind: Kind) -> list[str]:
    settings = bridge.settings
    known = {
        "cart": settings.carts,
        "connection": settings.connections,
        "warehouse": settings.warehouses,
    }
    return list(known[kind])


def _standing_still(bridge: Bridge, kind: Kind, name: str) -> list[str]:
    """The targets of the jobs that this switch stops."""
    if kind != "connection":
        return [name]
    carts = bridge.settings.carts
    return [cart for cart, settings in carts.items() if settings.connection == name]
