"""``db check|backup|restore|recover``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fulfillment_bridge.cli.context import actor, opened_bridge
from fulfillment_bridge.cli.invocation import Invocation
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.clock import SystemClock
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.later import Later

if TYPE_CHECKING:
    from fulfillment_bridge import settings
    from fulfillment_bridge.storage import care
    from fulfillment_bridge.storage import moments as names
else:
    settings = Later("settings")
    names = Later("storage.moments")
    care = Later("storage.care")

COLUMNS = (("mark", ""), ("what", "Checked"), ("faults", "Faults"))
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def db() -> None:
    """The database: check, back up while it is used, restore, recover."""


@db.command(short_help="Is the file whole, and does it agree with itself?")
@listing_options
@click.pass_context
def check(ctx: click.Context, output_format: Format) -> int:
    """Is the file whole, and does what stands in it agree? Changes nothing.

    Exit code 1 where something is wrong.
    """
    found = care.check_file(_file(ctx))
    rows = [{"mark": "✗" if bad else "✓", "what": what, "faults": bad} for what, bad in found]
    if output_format == "table":
        for row in rows:
            click.echo(f"{row['mark']} {row['what']}")
            for fault in row["faults"]:
                click.echo(f"    {fault}")
    else:
        show_rows(rows, COLUMNS, output_format, empty="")
    return 1 if any(bad for _, bad in found) else 0


@db.command(short_help="Copy the database while it is used.")
@click.argument("file", type=_FILE)
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Copy the database to FILE while the service goes on.

    The copy is whole or not there at all; a file that exists is never replaced.
    """
    size = care.back_up(_file(ctx), file, {names.BACKUP_AT: SystemClock().now()})
    click.echo(f"{file}: {size} bytes.")


@db.command(short_help="Put a backup in the place of the database.")
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def restore(ctx: click.Context, file: Path, yes: bool) -> int:
    """Put the backup FILE in the place of the database, which is kept beside it.

    Stop the service before. Afterwards no job runs until `db recover` has found out what has
    happened since the backup, so that nothing is sent twice.
    """
    path, now = _file(ctx), SystemClock().now()
    made_at = care.backup_time(file, names.BACKUP_AT)
    if not yes and not click.confirm(f"Restore the backup of {made_at:%F %T}Z over {path}?"):
        click.echo("Nothing was changed.")
        return 1
    moments = {
        names.BACKUP_AT: made_at,
        names.RESTORED_AT: now,
        names.RECOVERED_AT: None,
    }
    kept = care.restore(path, file, at=now, moments=moments)
    click.echo(f"{path} is the backup of {made_at:%F %T}Z.")
    if kept is not None:
        click.echo(f"The former database is {kept}.")
    click.echo("Now: fulfillment-bridge db recover")
    return 0


@db.command(short_help="After a restore: find out what has happened since the backup.")
@click.pass_context
def recover(ctx: click.Context) -> int:
    """After a restore: find out what has happened since the backup, then let all jobs run.

    Reads the orders of every org, looks each one up at its warehouse before it is sent, and
    takes in again what the warehouse has shipped. What nobody can tell of waits for a person.
    """
    with opened_bridge(ctx, log_level="error") as bridge:
        last = None
        for last in bridge.recover():
            did = ", ".join(f"{many} {word}" for word, many in last.counts.items())
            click.echo(f"{last.job} {last.target}: {last.outcome}: {did or 'nothing to do'}")
            for sentence in last.attention:
                click.echo(f"  ! {sentence}")
        if last and last.outcome not in ("ok", "attention"):
            why = last.error.get("message") if last.error else ""
            raise UserError(
                "the database is not recovered yet",
                problems=[str(why)] if why else (),
                remedy="Mend what failed, then once more: fulfillment-bridge db recover",
            )
        if last is None:
            click.echo("Nothing waits to be recovered.")
            return 0
        with bridge.store.begin() as uow:
            uow.audit.add(bridge.clock.now(), actor(), "db recover", "bridge")
    click.echo("Recovered: every job may run.")
    return 0


def _file(ctx: click.Context) -> Path:
    """The database of the configuration; it need not be one that can be opened."""
    invocation = ctx.find_root().obj
    assert isinstance(invocation, Invocation)  # noqa: S101 - set by the root command
    path: Path = care.file_of(settings.load_settings(invocation.config_path).database)
    return path
