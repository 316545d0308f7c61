"""``mapping``: the group, and ``template|check|load``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.later import Later
from fulfillment_bridge.cli.mapping_template import template
from fulfillment_bridge.cli.mapping_versions import (
    diff,
    export,
    list_versions,
    rollback,
    show,
)
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.cli.words import count_of

if TYPE_CHECKING:
    from fulfillment_bridge.actions import load_workbook as actions
    from fulfillment_bridge.mapping import findings as workbook_findings
    from fulfillment_bridge.mapping.findings import Finding
else:
    actions = Later("actions.load_workbook")
    workbook_findings = Later("mapping.findings")

WORKBOOK = click.Path(dir_okay=False, path_type=Path)
FINDING_COLUMNS = (
    ("severity", ""),
    ("place", "Cell"),
    ("message", "What"),
    ("found", "Found"),
    ("expected", "Expected"),
)


@click.group()
def mapping() -> None:
    """Workbooks: template, check, load; list, show, diff, rollback, export."""


for command in (template, list_versions, show, diff, rollback, export):
    mapping.add_command(command)


@mapping.command(short_help="Every fault of a workbook, cell by cell; stores nothing.")
@click.argument("file", type=WORKBOOK)
@click.option("--cart", metavar="NAME", help="Also check it against this cart's org.")
@listing_options
@click.pass_context
def check(ctx: click.Context, file: Path, cart: str | None, output_format: Format) -> int:
    """Every fault of a workbook, cell by cell; stores nothing.

    Exit code 1 where there is a fault; warnings are something to know.

    \b
    Examples:
      fulfillment-bridge mapping check acme.xlsx
      fulfillment-bridge mapping check acme.xlsx --cart acme
    """
    try:
        findings, remedy = _check(ctx, file, cart), ""
    except workbook_findings.WorkbookFault as refused:
        findings, remedy = list(refused.findings), refused.remedy
        if not findings:
            raise
    against = f"the org of {cart}" if cart else "itself (add --cart NAME to check it with an org)"
    if output_format == "table":
        _show_findings(findings, f"{file.name}, checked against {against}")
        if remedy:
            click.echo(f"What to do: {remedy}")
    else:
        show_rows([_finding_row(one) for one in findings], FINDING_COLUMNS, output_format, empty="")
    return 1 if any(finding.severity == "fault" for finding in findings) else 0


def _finding_row(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity,
        "place": finding.place,
        "message": finding.message,
        "found": finding.found,
        "expected": finding.expected,
    }


def _show_findings(findings: Sequence[Finding], what: str) -> None:
    """One line each: tables of long sentences are hard to read."""
    for finding in findings:
        click.echo(f"{finding.severity:8} {finding.text()}")
    faults = len(workbook_findings.faults_of(findings))
    others = len(findings) - faults
    warnings = f", {count_of(others, 'warning')}" if others else ""
    click.echo(f"{what}: {count_of(faults, 'fault') if faults else 'no fault'}{warnings}.")


def _check(ctx: click.Context, file: Path, cart: str | None) -> list[Finding]:
    if cart is None:
        return actions.check_workbook(file, None)[1]
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        return actions.check_workbook(file, bridge.cart(cart, job="describe"))[1]


@mapping.command(short_help="Check a workbook against the cart's org and put it to work.")
@click.argument("file", type=WORKBOOK)
@click.option("--cart", required=True, metavar="NAME", help="The cart that is to work with it.")
@click.option("--note", default="", metavar="TEXT", help="What changed; shown by mapping list.")
@click.pass_context
def load(ctx: click.Context, file: Path, cart: str, note: str) -> None:
    """Check a workbook against the cart's org and put it to work.

    A workbook with a fault is not loaded; the one in force stays in force.

    \b
    Example:
      fulfillment-bridge mapping load acme.xlsx --cart acme --note "first version"
    """
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        org = bridge.cart(cart, job="describe")
        loaded = actions.load_workbook(
            bridge.store, bridge.clock, cart, org, file, note=note, actor=actor()
        )
    for warning in loaded.warnings:
        click.echo(f"warning: {warning.text()}", err=True)
    click.echo(f"{file.name} is version {loaded.mapping_version_id} of cart {cart}, in force now.")
