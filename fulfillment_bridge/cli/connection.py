"""``test-connection``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.output import progress, show_json
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import test_connection as actions
    from fulfillment_bridge.actions.connection_check import Check, Subject
    from fulfillment_bridge.app import Bridge, Trial
    from fulfillment_bridge.mapping import workbook as workbooks
    from fulfillment_bridge.mapping.workbook import Workbook
else:
    actions = Later("actions.test_connection")
    workbooks = Later("mapping.workbook")

MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}


@dataclass(frozen=True)
class Wanted:
    """What a person asked for."""

    workbook: Workbook | None
    file: str
    try_login: bool
    probe: str
    as_json: bool


@click.command("test-connection")
@click.argument("cart", required=False)
@click.option(
    "--workbook",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Check this file instead of the loaded workbook (needs CART).",
)
@click.option(
    "--write-probe",
    "probe",
    metavar="ORDER",
    default="",
    help="Also write an unchanged value onto this order (needs CART).",
)
@click.option(
    "--try-login", is_flag=True, help="Log in once even though the connection is suspended."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def test_connection(
    ctx: click.Context,
    cart: str | None,
    file: Path | None,
    probe: str,
    try_login: bool,
    as_json: bool,
) -> int:
    """Check that a cart (or every cart) can be reached, read and written; changes nothing.

    Looks at the way to the org, logs in, looks at every object, field and value that the
    workbook needs, runs the real queries, and says what to do about whatever is wrong. It takes
    at most a minute and 15 API calls per cart. Exit code 1 where something failed.

    \b
    Examples:
      fulfillment-bridge test-connection acme
      fulfillment-bridge test-connection acme --workbook acme.xlsx    before it is loaded
      fulfillment-bridge test-connection acme --write-probe 1001      let its automation speak
    """
    if cart is None and (file is not None or probe):
        raise click.UsageError("--workbook and --write-probe need the CART they are for.")
    given = workbooks.read_workbook(file) if file else None
    wanted = Wanted(given, file.name if file else "", try_login, probe, as_json)
    with opened_bridge(ctx) as bridge:
        reports = [_report(bridge, *one, wanted) for one in _chosen(bridge, cart)]
    if as_json:
        show_json(reports)
    return 1 if any(report["result"] == "failed" for report in reports) else 0


def _chosen(bridge: Bridge, cart: str | None) -> list[tuple[str, str]]:
    """Connection and cart; a connection that no cart uses is tested by itself."""
    carts = {name: each.connection for name, each in bridge.settings.carts.items()}
    alone = [name for name in bridge.settings.connections if name not in carts.values()]
    if cart is None:
        return [*((carts[name], name) for name in carts), *((name, "") for name in alone)]
    if cart in alone and cart not in carts:
        return [(cart, "")]
    return [(carts[require_known("cart", cart, carts)], cart)]


def _report(bridge: Bridge, connection: str, cart: str, wanted: Wanted) -> dict[str, Any]:
    """Test one and show it; one that cannot even begin must not keep the others from it."""
    began_at = monotonic()
    if not wanted.as_json:
        click.echo(f"{cart} (connection {connection})" if cart else f"connection {connection}")
    checks: list[Check] = []
    for check in _checks(bridge, connection, cart, wanted):
        checks.append(check)
        if not wanted.as_json:
            _show(check)
    marks = {check.mark for check in checks}
    seconds = round(monotonic() - began_at, 1)
    if not wanted.as_json:
        _show_sum(checks, seconds)
    return {
        "cart": cart or None,
        "connection": connection,
        "result": next(mark for mark in ("failed", "warning", "ok") if mark in (*marks, "ok")),
        "seconds": seconds,
        "checks": [vars(check) for check in checks],
    }


def _checks(bridge: Bridge, connection: str, cart: str, wanted: Wanted) -> Iterator[Check]:
    try:
        trial = bridge.trial(connection, cart)
        with closing(trial.connection):
            subject = _subject(bridge, connection, cart, trial, wanted)
            for step in actions.checklist(subject):
                if isinstance(step, actions.Check):
                    yield step
                else:
                    progress(f"    {step.what} …")
    except BridgeError as problem:
        yield actions.not_begun(problem)


def _subject(bridge: Bridge, connection: str, cart: str, trial: Trial, wanted: Wanted) -> Subject:
    settings = bridge.settings.carts.get(cart)
    made: Subject = actions.Subject(
        cart_name=cart,
        connection=connection,
        login=bridge.settings.connections[connection].login,
        cart=trial.cart,
        store=bridge.store,
        clock=bridge.clock,
        actor=actor(),
        workbook=wanted.workbook or _loaded(bridge, cart),
        file=wanted.file,
        merchant=settings.merchant if settings else "",
        warehouses=tuple(settings.warehouses) if settings else (),
        try_login=wanted.try_login,
        probe=wanted.probe,
        needs=bridge.needs(cart) if cart else NO_NEEDS,
    )
    return made


def _show(check: Check) -> None:
    click.echo(_folded(f"  {MARKS[check.mark]} ", check.what))
    if check.remedy:
        click.echo(_folded("      What to do: ", check.remedy))
    if check.raw:
        click.echo(_folded("      The other side said: ", " ".join(check.raw.split())))


def _folded(begin: str, text: str) -> str:
    """A paragraph as wide as the terminal; one line where nobody watches."""
    if not sys.stdout.isatty():
        return f"{begin}{text}"
    return fill(
        text,
        shutil.get_terminal_size().columns,
        initial_indent=begin,
        subsequent_indent=" " * (len(begin) if len(begin) < 8 else 8),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _show_sum(checks: Sequence[Check], seconds: float) -> None:
    failed = sum(check.mark == "failed" for check in checks)
    known = sum(check.mark == "warning" for check in checks)
    good = len(checks) - failed - known
    click.echo(f"  {good} ✓, {known} !, {failed} ✗ in {seconds} seconds.")


def _loaded(bridge: Bridge, cart: str) -> Workbook | None:
    with bridge.store.read() as uow:
        version = uow.mappings.active(cart) if cart else None
    return workbooks.read_workbook(version.content) if version else None
