"""``mapping template|check|load|list``."""

from __future__ import annotations

from pathlib import Path

import click

from fulfillment_bridge.actions.load_workbook import check_workbook, load_workbook
from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.mapping.findings import Finding, WorkbookFault
from fulfillment_bridge.mapping.template import blank_workbook

WORKBOOK = click.Path(dir_okay=False, path_type=Path)
FINDING_COLUMNS = (
    ("severity", ""),
    ("place", "Cell"),
    ("message", "What"),
    ("found", "Found"),
    ("expected", "Expected"),
)
VERSION_COLUMNS = (
    ("version", "Version"),
    ("active", "In force"),
    ("file_name", "File"),
    ("sha256", "SHA-256"),
    ("loaded_at", "Loaded"),
    ("loaded_by", "By"),
    ("note", "Note"),
)


@click.group()
def mapping() -> None:
    """Workbooks: template, check, load, list."""


@mapping.command()
@click.argument("file", type=WORKBOOK, default=Path("SalesForce_Data_Mapping.xlsx"))
@click.option("--force", is_flag=True, help="Overwrite a file of that name.")
def template(file: Path, force: bool) -> None:
    """Write a blank workbook to fill in."""
    if file.exists() and not force:
        raise UserError(f"{file} is there already", remedy="Name another file, or add --force.")
    try:
        file.write_bytes(blank_workbook())
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"Wrote {file}. Fill in the colored cells; its first sheet says how.")


@mapping.command()
@click.argument("file", type=WORKBOOK)
@click.option("--cart", help="Also check it against this cart's org.")
@listing_options
@click.pass_context
def check(ctx: click.Context, file: Path, cart: str | None, output_format: Format) -> int:
    """Every fault of a workbook, cell by cell; stores nothing."""
    try:
        findings = _check(ctx, file, cart)
    except WorkbookFault as refused:
        findings = list(refused.findings)
        if not findings:
            raise
    rows = [
        {
            "severity": finding.severity,
            "place": finding.place,
            "message": finding.message,
            "found": finding.found,
            "expected": finding.expected,
        }
        for finding in findings
    ]
    against = f"the org of {cart}" if cart else "itself (add --cart NAME to check it with an org)"
    show_rows(
        rows, FINDING_COLUMNS, output_format, empty=f"{file.name}: no faults, against {against}."
    )
    return 1 if any(finding.severity == "fault" for finding in findings) else 0


def _check(ctx: click.Context, file: Path, cart: str | None) -> list[Finding]:
    if cart is None:
        return check_workbook(file, None)[1]
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        return check_workbook(file, bridge.cart(cart))[1]


@mapping.command()
@click.argument("file", type=WORKBOOK)
@click.option("--cart", required=True, help="The cart that works with it from now on.")
@click.option("--note", default="", help="What changed; shown by mapping list.")
@click.pass_context
def load(ctx: click.Context, file: Path, cart: str, note: str) -> None:
    """Check a workbook against the cart's org and put it to work."""
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        loaded = load_workbook(
            bridge.store, bridge.clock, cart, bridge.cart(cart), file, note=note, actor=actor()
        )
    for warning in loaded.warnings:
        click.echo(f"warning: {warning.text()}", err=True)
    click.echo(f"{file.name} is version {loaded.mapping_version_id} of cart {cart}, in force now.")


@mapping.command("list")
@click.option("--cart", required=True, help="Whose workbooks.")
@listing_options
@click.pass_context
def list_versions(ctx: click.Context, cart: str, output_format: Format) -> None:
    """Every workbook that was loaded for a cart, newest first."""
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        with bridge.store.read() as uow:
            versions = uow.mappings.versions(cart)
    rows = [
        {
            "version": version.mapping_version_id,
            "active": version.active,
            "file_name": version.file_name,
            "sha256": version.sha256[:12] if output_format == "table" else version.sha256,
            "loaded_at": version.loaded_at,
            "loaded_by": version.loaded_by,
            "note": version.note,
        }
        for version in versions
    ]
    empty = f"No workbook is loaded: fulfillment-bridge mapping load FILE --cart {cart}"
    show_rows(rows, VERSION_COLUMNS, output_format, empty=empty)
