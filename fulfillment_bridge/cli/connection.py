"""``test-connection``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import opened_bridge, require_known
from fulfillment_bridge.cli.later import Later
from fulfillment_bridge.cli.output import show_json
from fulfillment_bridge.errors import BridgeError

if TYPE_CHECKING:
    from fulfillment_bridge.actions import test_connection as actions
    from fulfillment_bridge.actions.test_connection import Check
    from fulfillment_bridge.app import Bridge
    from fulfillment_bridge.mapping import workbook as workbooks
    from fulfillment_bridge.mapping.workbook import Workbook
else:
    actions = Later("actions.test_connection")
    workbooks = Later("mapping.workbook")

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
def test_connection(ctx: click.Context, cart: str | None, file: Path | None, as_json: bool) -> int:
    """Check that a cart (or every cart) can be reached, read and written; changes nothing.

    Logs in, looks at every object and field that the workbook names, runs the order query, and
    says what to do about whatever is wrong. Exit code 1 where something failed.
    """
    if file is not None and cart is None:
        raise click.UsageError("--workbook needs the CART it is for.")
    given = workbooks.read_workbook(file) if file else None
    results: dict[str, list[Check]] = {}
    with opened_bridge(ctx) as bridge:
        if cart is not None:
            require_known("cart", cart, bridge.settings.carts)
        for name in [cart] if cart else list(bridge.settings.carts):
            if not as_json:
                click.echo(f"{name}:")
            results[name] = _run(bridge, name, given, as_json)
    if as_json:
        show_json({name: [asdict(check) for check in checks] for name, checks in results.items()})
    failed = any(check.mark == "failed" for checks in results.values() for check in checks)
    return 1 if failed else 0


def _run(bridge: Bridge, name: str, given: Workbook | None, as_json: bool) -> list[Check]:
    """One cart that cannot even be tried must not keep the others from being tested."""
    checks: list[Check] = []
    try:
        subject = actions.Subject(
            cart_name=name,
            connection=bridge.settings.carts[name].connection,
            login=bridge.settings.connections[bridge.settings.carts[name].connection].login,
            cart=bridge.cart(name, job="test_connection"),
            workbook=given or _loaded(bridge, name),
        )
        for check in actions.check_connection(bridge.store, bridge.clock, subject):
            checks.append(check)
            _show(check, as_json)
    except BridgeError as problem:
        checks.append(actions.failed("begin", problem))
        _show(checks[-1], as_json)
    return checks


def _show(check: Check, as_json: bool) -> None:
    if as_json:
        return
    click.echo(f"  {MARKS[check.mark]} {check.what}")
    if check.remedy:
        click.echo(f"      What to do: {check.remedy}")
    if check.raw:
        click.echo(f"      The other side said: {check.raw}")


def _loaded(bridge: Bridge, name: str) -> Workbook | None:
    with bridge.store.read() as uow:
        version = uow.mappings.active(name)
    return workbooks.read_workbook(version.content) if version else None
