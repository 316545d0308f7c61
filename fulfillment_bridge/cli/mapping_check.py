"""``mapping check``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import needs_of_warehouse, opened_bridge, require_known
from fulfillment_bridge.cli.mapping_versions import refuse_overwriting
from fulfillment_bridge.cli.output import Format, listing_options, show_rows, show_table
from fulfillment_bridge.domain.counting import counted
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import check_workbook as actions
    from fulfillment_bridge.carts import salesforce_described as folders
    from fulfillment_bridge.mapping import annotating
    from fulfillment_bridge.mapping import findings as workbook_findings
    from fulfillment_bridge.mapping.findings import Finding
else:
    actions = Later("actions.check_workbook")
    folders = Later("carts.salesforce_described")
    annotating = Later("mapping.annotating")
    workbook_findings = Later("mapping.findings")

WORKBOOK = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
FINDING_COLUMNS = (
    ("severity", ""),
    ("sheet", "Sheet"),
    ("cell", "Cell"),
    ("message", "What"),
    ("found", "Found"),
    ("expected", "Expected"),
)


@click.command(short_help="Every fault of a workbook, cell by cell; stores nothing.")
@click.argument("file", type=WORKBOOK)
@click.option("--cart", metavar="NAME", help="Also check it against this cart's org.")
@click.option("--describe", type=FOLDER, metavar="DIR", help="Or against a describe-dump, offline.")
@click.option(
    "--warehouse",
    metavar="NAME",
    help="Also what this warehouse of config.yaml asks; with --cart it is the cart's.",
)
@click.option(
    "--annotate", type=WORKBOOK, metavar="OUT", help="Write a copy with the cells marked."
)
@click.option("--force", is_flag=True, help="Overwrite a file of that name.")
@listing_options
@click.pass_context
def check(
    ctx: click.Context,
    file: Path,
    cart: str | None,
    describe: Path | None,
    warehouse: str | None,
    annotate: Path | None,
    force: bool,
    output_format: Format,
) -> int:
    """Every fault of a workbook, cell by cell; stores nothing.

    Exit code 1 where there is a fault; warnings are something to know.

    \b
    Examples:
      fulfillment-bridge mapping check acme.xlsx
      fulfillment-bridge mapping check acme.xlsx --cart acme
      fulfillment-bridge mapping check acme.xlsx --describe acme-org --warehouse reno
      fulfillment-bridge mapping check acme.xlsx --cart acme --annotate acme-marked.xlsx
    """
    if cart and describe:
        raise UserError("--cart and --describe are two sources", remedy="Name one of them.")
    if cart and warehouse:
        raise UserError("--warehouse goes without --cart", remedy="A cart knows its warehouse.")
    if annotate:
        refuse_overwriting(annotate, force=force)
    content: bytes | None = None
    try:
        checked = _check(ctx, file, cart, describe, warehouse)
        findings, content, remedy = list(checked.findings), checked.content, ""
    except workbook_findings.WorkbookFault as refused:
        findings, remedy = list(refused.findings), refused.remedy
        if not findings:
            raise
    if output_format == "table":
        against = (cart and f"the org of {cart}") or (describe and f"the dump in {describe}")
        itself = "itself (add --cart NAME to check it with an org)"
        _show_findings(findings, f"{file.name}, checked against {against or itself}")
        if remedy:
            click.echo(f"What to do: {remedy}")
    else:
        show_rows([_finding_row(one) for one in findings], FINDING_COLUMNS, output_format, empty="")
    if annotate:
        _annotate(annotate, content, findings)
    return 1 if any(finding.severity == "fault" for finding in findings) else 0


def _check(
    ctx: click.Context,
    file: Path,
    cart: str | None,
    describe: Path | None,
    warehouse: str | None,
) -> actions.Checked:
    if cart is None:
        schema = folders.described_folder(describe) if describe else None
        needs = needs_of_warehouse(ctx, warehouse)
        return actions.check_workbook(file, schema=schema, needs=needs)
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        org = bridge.cart(cart, job="describe")
        return actions.check_workbook(file, cart=org, needs=bridge.needs(cart))


def _finding_row(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity,
        "place": finding.place,
        "sheet": finding.sheet,
        "cell": finding.cell,
        "message": finding.message,
        "found": finding.found,
        "expected": finding.expected,
    }


def _show_findings(findings: Sequence[Finding], what: str) -> None:
    """Faults first, warnings apart; one line each where a table would be hard to read."""
    faults = workbook_findings.faults_of(findings)
    warnings = [finding for finding in findings if finding.severity != "fault"]
    for some, heading in ((faults, "Faults, to be corrected:"), (warnings, "Warnings, to know:")):
        if some:
            click.echo(heading)
            show_table([_finding_row(one) for one in some], FINDING_COLUMNS[1:])
            click.echo()
    told = counted(len(faults), "fault") if faults else "no fault"
    more = f", {counted(len(warnings), 'warning')}" if warnings else ""
    click.echo(f"{what}: {told}{more}.")


def _annotate(path: Path, content: bytes | None, findings: Sequence[Finding]) -> None:
    """Write the marked copy; what it lacks of the original is said on standard error."""
    if content is None:
        click.echo(f"{path} was not written: the file cannot be opened safely.", err=True)
        return
    copy = annotating.annotate(content, findings)
    try:
        path.write_bytes(copy.content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error
    click.echo(f"Wrote {path}: faulty cells are red, warnings yellow, each with a note.", err=True)
    if copy.unmarked:
        click.echo(f"{copy.unmarked} more findings are not marked: correct these first.", err=True)
    if copy.lost:
        click.echo(f"It lacks what the original has: {', '.join(copy.lost)}.", err=True)
