"""``test-connection``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from fulfillment_bridge.actions.load_workbook import read_file
from fulfillment_bridge.actions.test_connection import Check, Subject, check_connection
from fulfillment_bridge.app import Bridge
from fulfillment_bridge.cli.context import opened_bridge, require_known
from fulfillment_bridge.cli.output import show_json
from fulfillment_bridge.mapping.workbook import Workbook, read_workbook

MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}


@click.command("test-connection")
@click.argument("cart", required=False)
@click.option(
    "--workbook",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Check this file instead of the loaded workbook (needs CART).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def test_connection(
    ctx: click.Context, cart: str | None, file: Path | None, as_json: bool
) -> int:
    """Check that a cart (or every cart) can be reached, read and written; changes nothing."""
    if file is not None and cart is None:
        raise click.UsageError("--workbook needs the CART it is for.")
    results: dict[str, list[Check]] = {}
    with opened_bridge(ctx) as bridge:
        if cart is not None:
            require_known("cart", cart, bridge.settings.carts)
        for name in [cart] if cart else list(bridge.settings.carts):
            if not as_json:
                click.echo(f"{name}:")
            results[name] = _run(bridge, name, file, as_json)
    if as_json:
        show_json({name: [asdict(check) for check in checks] for name, checks in results.items()})
    failed = any(check.mark == "failed" for checks in results.values() for check in checks)
    return 1 if failed else 0


def _run(bridge: Bridge, name: str, file: Path | None, as_json: bool) -> list[Check]:
    settings = bridge.settings.carts[name]
    subject = Subject(
        cart_name=name,
        connection=settings.connection,
        login=bridge.settings.connections[settings.connection].login,
        cart=bridge.cart(name),
        workbook=_workbook(bridge, name, file),
    )
    checks = []
    for check in check_connection(bridge.store, bridge.clock, subject):
        checks.append(check)
        if not as_json:
            click.echo(f"  {MARKS[check.mark]} {check.what}")
            if check.remedy:
                click.echo(f"      {check.remedy}")
    return checks


def _workbook(bridge: Bridge, name: str, file: Path | None) -> Workbook | None:
    if file is not None:
        return read_workbook(read_file(file))
    with bridge.store.read() as uow:
        version = uow.mappings.active(name)
    return read_workbook(version.content) if version else None
