"""``run JOB``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from fulfillment_bridge.app import Bridge
from fulfillment_bridge.cli.context import opened_bridge, require_known
from fulfillment_bridge.cli.output import cell_text, progress, show_json
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.registry import JOBS
from fulfillment_bridge.storage.runs import Run

FINE = ("ok", "attention", "interrupted")


@click.command()
@click.argument("job", type=click.Choice(list(JOBS)))
@click.option("--cart", help="Only for this cart.")
@click.option("--warehouse", help="Only for this warehouse.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def run(
    ctx: click.Context, job: str, cart: str | None, warehouse: str | None, as_json: bool
) -> int:
    """Run one job now, for every cart or warehouse or for the one named, and say what it did.

    Exit code 1 where a run failed, had to wait, or something needs attention.
    """
    with opened_bridge(ctx) as bridge:
        targets = _targets(bridge, job, cart, warehouse)
        runs = []
        for target in targets:
            progress(f"{job} {target}")
            runs.append(bridge.run(job, target))
            if not as_json:
                _show(runs[-1])
    if as_json:
        show_json([_document(one) for one in runs])
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
            raise UserError(f"{job} does not run per {kind}", remedy=f"It runs for: {every}.")
        return [name]
    return every


def _show(one: Run) -> None:
    counts = ", ".join(f"{count} {word}" for word, count in one.counts.items()) or "nothing to do"
    click.echo(f"{one.job} {one.target}: {one.outcome}: {counts}")
    for sentence in one.attention:
        click.echo(f"  ! {sentence}")
    if one.error:
        _show_error(one.error)


def _show_error(error: Any) -> None:
    click.echo(f"  {error['message']}", err=True)
    for problem in error.get("problems") or ():
        click.echo(f"    - {problem}", err=True)
    for word, key in (("What to do", "remedy"), ("The other side said", "raw")):
        if error.get(key):
            click.echo(f"  {word}: {cell_text(error[key])}", err=True)


def _document(one: Run) -> dict[str, Any]:
    return asdict(one)
