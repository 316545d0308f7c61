"""``run JOB``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from fulfillment_bridge.cli.context import opened_bridge, require_known
from fulfillment_bridge.cli.output import cell_text, progress, show_json
from fulfillment_bridge.cli.words import OneOf
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.registry import JOBS

if TYPE_CHECKING:
    from fulfillment_bridge.app import Bridge
    from fulfillment_bridge.storage.runs import Run

HELP = f"""Run one job now, due or not, and say what it did.

JOB is one of: {", ".join(JOBS)}. It runs for every cart (or warehouse) unless one is named.

Exit code 1 where a run failed, was left out, or something needs attention.

\b
Examples:
  fulfillment-bridge run order_download --cart acme
  fulfillment-bridge run order_delivery
  fulfillment-bridge run reconciliation --cart acme --since 2026-11-01
"""


@click.command(help=HELP, short_help="Run one job now and say what it did.")
@click.argument("job", type=OneOf(JOBS), metavar="JOB")
@click.option("--cart", metavar="NAME", help="Only for this cart.")
@click.option("--warehouse", metavar="NAME", help="Only for this warehouse.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="How far reconciliation looks back, by every id (UTC).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def run(
    ctx: click.Context,
    job: str,
    cart: str | None,
    warehouse: str | None,
    since: datetime | None,
    as_json: bool,
) -> int:
    if cart and warehouse:
        raise click.UsageError("Name a cart or a warehouse, not both.")
    if since and job != "reconciliation":
        raise click.UsageError("--since is for reconciliation; `backfill` reads a window again.")
    looks_back = since.replace(tzinfo=UTC) if since else None
    # What a run has to warn of is part of its result, which is shown below.
    with opened_bridge(ctx, log_level="error") as bridge:
        runs = []
        for target in _targets(bridge, job, cart, warehouse):
            progress(f"{job} {target}")
            runs.append(bridge.run(job, target, since=looks_back))
            if not as_json:
                _show(runs[-1])
    if as_json:
        show_json([asdict(one) for one in runs])
    return 0 if all(one.outcome == "ok" for one in runs) else 1


def _targets(bridge: Bridge, job: str, cart: str | None, warehouse: str | None) -> list[str]:
    every = bridge.targets_of(job)
    for kind, name, known in (
        ("cart", cart, bridge.settings.carts),
        ("warehouse", warehouse, bridge.settings.warehouses),
    ):
        if name is None:
            continue
        require_known(kind, name, known)
        if name not in every:
            other = "warehouse" if kind == "cart" else "cart"
            raise UserError(
                f"{job} does not run per {kind}",
                remedy=f"Leave out --{kind}, or name a {other}: {', '.join(every)}.",
            )
        return [name]
    return every


def _show(one: Run) -> None:
    click.echo(f"{one.job} {one.target}: {_outcome(one)}")
    for sentence in one.attention:
        click.echo(f"  ! {sentence}")
    if one.error:
        _show_error(one.error)


def _outcome(one: Run) -> str:
    counts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in one.counts.items())
    if one.error and one.error.get("code") == "PAUSED":
        return "left out"
    if one.error:
        return f"{one.outcome}: {counts}" if counts else str(one.outcome)
    return f"{one.outcome}: {counts or 'nothing to do'}"


def _show_error(error: Any) -> None:
    """The reason stands with the result, on stdout: it is what was asked for."""
    click.echo(f"  {error['message']}")
    for problem in error.get("problems") or ():
        click.echo(f"    - {problem}")
    for word, text in (("What to do", _remedy(error)), ("The other side said", error.get("raw"))):
        if text:
            click.echo(f"  {word}: {cell_text(text)}")


def _remedy(error: Any) -> str:
    """For a pause, the very command: its message ends with ``the cart acme is paused``."""
    words = str(error["message"]).split()
    if error.get("code") == "PAUSED" and len(words) >= 4:
        kind, name = words[-4:-2]
        return f"fulfillment-bridge {kind}s resume {name}"
    return str(error.get("remedy") or "")
