"""What commands share: the opened bridge, the person who typed, names that must exist."""

from __future__ import annotations

import getpass
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.invocation import Invocation
from fulfillment_bridge.cli.words import near_or_all
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge import app, settings
    from fulfillment_bridge import app_profiles as profiles
    from fulfillment_bridge.app import Bridge
else:
    app = Later("app")
    profiles = Later("app_profiles")
    settings = Later("settings")


@contextmanager
def opened_bridge(ctx: click.Context, *, log_level: str | None = "warning") -> Iterator[Bridge]:
    """The bridge of ``--config``, closed at the end.

    ``--verbose`` wins over ``log_level``; None leaves it to the configuration.
    """
    invocation = ctx.find_root().obj
    assert isinstance(invocation, Invocation)  # noqa: S101 - set by the root command
    level = "debug" if invocation.verbose else log_level
    bridge = app.Bridge.open(invocation.config_path, log_level=level)
    try:
        yield bridge
    finally:
        bridge.close()


def needs_of_warehouse(ctx: click.Context, name: str | None) -> WarehouseNeeds:
    """What config.yaml says that this warehouse asks; nothing where none is named."""
    if name is None:
        return NO_NEEDS
    invocation = ctx.find_root().obj
    assert isinstance(invocation, Invocation)  # noqa: S101 - set by the root command
    found = settings.load_settings(invocation.config_path)
    profiles.refuse_unknown_demands(found)
    return profiles.needs_of_warehouse(found, require_known("warehouse", name, found.warehouses))


def require_known(kind: str, name: str, known: Collection[str]) -> str:
    """``name``, or UserError with the nearest name that the configuration has."""
    if name in known:
        return name
    raise UserError(
        f"there is no {kind} {name} in the configuration", remedy=near_or_all(name, sorted(known))
    )


def actor() -> str:
    """Who typed this, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
