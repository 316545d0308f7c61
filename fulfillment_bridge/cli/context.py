"""What commands share: the opened bridge, the person who typed, names that must exist."""

from __future__ import annotations

import getpass
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

import click

from fulfillment_bridge.app import Bridge
from fulfillment_bridge.cli.main import Invocation
from fulfillment_bridge.errors import UserError


@contextmanager
def opened_bridge(ctx: click.Context) -> Iterator[Bridge]:
    """The bridge of ``--config``, closed at the end."""
    invocation = ctx.find_root().obj
    assert isinstance(invocation, Invocation)  # noqa: S101 - set by the root command
    bridge = Bridge.open(invocation.config_path, verbose=invocation.verbose)
    try:
        yield bridge
    finally:
        bridge.close()


def require_known(kind: str, name: str, known: Collection[str]) -> str:
    """``name``, or UserError with the nearest name that the configuration has."""
    if name in known:
        return name
    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known)) or 'none'}."
    raise UserError(f"there is no {kind} {name} in the configuration", remedy=hint)


def actor() -> str:
    """Who typed this, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
