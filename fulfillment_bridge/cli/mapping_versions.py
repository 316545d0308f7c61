"""``mapping list|show|diff|rollback|export``: the workbooks that were loaded for a cart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fulfillment_bridge.cli.context import actor, opened_bridge, require_known
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge.actions import mapping_versions as actions
    from fulfillment_bridge.mapping import comparison
    from fulfillment_bridge.storage.mappings import MappingVersion
else:
    actions = Later("actions.mapping_versions")
    comparison = Later("mapping.comparison")

VERSION_COLUMNS = (
    ("version", "Version"),
    ("active", "In force"),
    ("file_name", "File"),
    ("sha256", "SHA-256"),
    ("loaded_at", "Loaded"),
    ("loaded_by", "By"),
    ("note", "Note"),
)
ROW_COLUMNS = (("sheet", "Sheet"), ("cell", "Cell"), ("about", "About"), ("says", "Says"))
CHANGE_COLUMNS = (
    ("change", "Change"),
    ("sheet", "Sheet"),
    ("about", "About"),
    ("old", "Was"),
    ("new", "Is"),
)
FILE = click.Path(dir_okay=False, path_type=Path)
Command = TypeVar("Command", bound=Callable[..., Any])


def of_cart(command: Command) -> Command:
    """Add ``--cart``."""
    return click.option("--cart", required=True, metavar="NAME", help="Whose workbooks.")(command)


def of_version(command: Command) -> Command:
    """Add ``--version``."""
    return click.option(
        "--version", type=int, metavar="N", help="Which one; else the one in force."
    )(command)


@click.command("list", short_help="Every workbook that was loaded, newest first.")
@of_cart
@listing_options
@click.pass_context
def list_versions(ctx: click.Context, cart: str, output_format: Format) -> None:
    """Every workbook that was loaded for a cart, newest first."""
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        with bridge.store.read() as uow:
            versions = uow.mappings.versions(cart)
    short = output_format == "table"
    rows = [_version_row(version, short=short) for version in versions]
    empty = f"No workbook is loaded: fulfillment-bridge mapping load FILE --cart {cart}"
    show_rows(rows, VERSION_COLUMNS, output_format, empty=empty)


@click.command(short_help="What a loaded workbook says, row by row.")
@of_cart
@of_version
@listing_options
@click.pass_context
def show(ctx: click.Context, cart: str, version: int | None, output_format: Format) -> None:
    """What a loaded workbook says, row by row.

    \b
    Example:
      fulfillment-bridge mapping show --cart acme
    """
    found = _version(ctx, cart, version)
    short = output_format == "table"
    rows = [
        {
            "sheet": row.sheet,
            "cell": row.cell,
            "about": row.about,
            "says": row.text if short else dict(row.says),
        }
        for row in comparison.said_rows(found.content)
    ]
    if short:
        click.echo(_title(found))
    show_rows(rows, ROW_COLUMNS, output_format, empty="It says nothing.")


@click.command(short_help="What differs between two versions, or from a file.")
@click.argument("file", type=FILE, required=False)
@of_cart
@click.option("--from", "old", type=int, metavar="N", help="The version before; else in force.")
@click.option("--to", "new", type=int, metavar="N", help="The version after, instead of a file.")
@listing_options
@click.pass_context
def diff(
    ctx: click.Context,
    file: Path | None,
    cart: str,
    old: int | None,
    new: int | None,
    output_format: Format,
) -> None:
    """What differs between two versions of a workbook, or between one and a file.

    Rows are compared, whatever their order; notes and looks are not.

    \b
    Examples:
      fulfillment-bridge mapping diff acme.xlsx --cart acme
      fulfillment-bridge mapping diff --cart acme --from 3 --to 4
    """
    if (file is None) == (new is None):
        raise UserError(
            "a comparison needs two workbooks",
            remedy="Name a file, or a version with --to N; --from N is the version before.",
        )
    before = _version(ctx, cart, old)
    after = file or _version(ctx, cart, new).content
    changes = comparison.differences(before.content, after)
    rows = [
        {"change": one.kind, "sheet": one.sheet, "about": one.about, "old": one.old, "new": one.new}
        for one in changes
    ]
    name = file.name if file else f"version {new}"
    same = f"{name} says the same as version {before.mapping_version_id}."
    show_rows(rows, CHANGE_COLUMNS, output_format, empty=same)


@click.command(short_help="Put an earlier workbook to work again.")
@of_cart
@click.option("--version", type=int, required=True, metavar="N", help="The one to go back to.")
@click.option("--note", default="", metavar="TEXT", help="Why; shown by mapping list.")
@click.pass_context
def rollback(ctx: click.Context, cart: str, version: int, note: str) -> None:
    """Put an earlier workbook to work again, as a new version with the same file.

    It is checked against the org like any other: where the org has changed since, it is refused.

    \b
    Example:
      fulfillment-bridge mapping rollback --cart acme --version 3 --note "wrong ship methods"
    """
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        org = bridge.cart(cart, job="describe")
        loaded = actions.roll_back(
            bridge.store,
            bridge.clock,
            cart,
            org,
            version,
            note=note,
            actor=actor(),
            needs=bridge.needs(cart),
        )
    for warning in loaded.warnings:
        click.echo(f"warning: {warning.text()}", err=True)
    click.echo(
        f"Version {loaded.mapping_version_id} of cart {cart} is version {version} again, "
        "in force now."
    )


@click.command(short_help="Get a loaded workbook back as a file, byte for byte.")
@click.argument("file", type=FILE)
@of_cart
@of_version
@click.option("--force", is_flag=True, help="Overwrite a file of that name.")
@click.pass_context
def export(ctx: click.Context, file: Path, cart: str, version: int | None, force: bool) -> None:
    """Get a loaded workbook back as a file, byte for byte as it was loaded.

    \b
    Example:
      fulfillment-bridge mapping export acme.xlsx --cart acme
    """
    refuse_overwriting(file, force=force)
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        found = actions.export(bridge.store, cart, version, file)
    click.echo(f"Wrote {file}: {_title(found)}")


def refuse_overwriting(file: Path, *, force: bool) -> None:
    """UserError where the file is there already: hours of work stand in such files."""
    if file.exists() and not force:
        raise UserError(f"{file} is there already", remedy="Name another file, or add --force.")


def _version(ctx: click.Context, cart: str, version: int | None) -> MappingVersion:
    with opened_bridge(ctx) as bridge:
        require_known("cart", cart, bridge.settings.carts)
        return actions.version_of(bridge.store, cart, version)


def _title(version: MappingVersion) -> str:
    note = f", {version.note}" if version.note else ""
    state = "in force" if version.active else "not in force"
    return (
        f"version {version.mapping_version_id} ({state}), {version.file_name}, loaded "
        f"{version.loaded_at:%Y-%m-%d %H:%M:%SZ} by {version.loaded_by}{note}, "
        f"SHA-256 {version.sha256}"
    )


def _version_row(version: MappingVersion, *, short: bool) -> dict[str, Any]:
    return {
        "version": version.mapping_version_id,
        "active": version.active,
        "file_name": version.file_name,
        "sha256": version.sha256[:12] if short else version.sha256,
        "loaded_at": version.loaded_at,
        "loaded_by": version.loaded_by,
        "note": version.note,
    }
