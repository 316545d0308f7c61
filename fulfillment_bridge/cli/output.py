"""How commands answer: a table for people, one JSON document or CSV for programs."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

if TYPE_CHECKING:
    from rich.table import Table

Format = Literal["table", "json", "csv"]
Columns = Sequence[tuple[str, str]]
"""(key of the row, heading) in the order shown."""
WIDEST = 2000
"""Wide enough for everything: what is piped into another program is never folded."""

Command = TypeVar("Command", bound=Callable[..., Any])


def listing_options(command: Command) -> Command:
    """Add ``--json`` and ``--csv``; the command gets ``output_format``."""
    command = click.option(
        "--csv", "output_format", flag_value="csv", help="Comma-separated values."
    )(command)
    command = click.option("--json", "output_format", flag_value="json", help="One JSON document.")(
        command
    )
    return click.option(
        "--table", "output_format", flag_value="table", default="table", hidden=True
    )(command)


def show_rows(
    rows: Sequence[Mapping[str, Any]], columns: Columns, output_format: Format, *, empty: str
) -> None:
    """Print rows; ``empty`` is the sentence a person reads when there are none."""
    if output_format == "json":
        show_json(list(rows))
    elif output_format == "csv":
        _show_csv(rows, columns)
    elif rows:
        show_table(rows, columns)
    else:
        click.echo(empty)


def show_json(document: Any) -> None:
    """One document on stdout; times as ISO 8601, decimals as text."""
    click.echo(json.dumps(document, default=_plain, indent=2, ensure_ascii=False))


def show_table(rows: Sequence[Mapping[str, Any]], columns: Columns) -> None:
    """A table as wide as the terminal, or as its contents need where nobody watches."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    console = import_module("rich.console").Console(
        width=width, highlight=False, markup=False, emoji=False, soft_wrap=False
    )
    with console.capture() as captured:
        console.print(_table(rows, columns))
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _table(rows: Sequence[Mapping[str, Any]], columns: Columns) -> Table:
    table: Table = import_module("rich.table").Table(box=None, pad_edge=False)
    for key, heading in columns:
        is_number = all(isinstance(row.get(key), int | Decimal) for row in rows)
        is_number = is_number and not any(isinstance(row.get(key), bool) for row in rows)
        table.add_column(heading, overflow="fold", justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(cell_text(row.get(key)) for key, _ in columns))
    return table


def cell_text(value: Any) -> str:
    """A value as people read it; times in UTC to the second."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(cell_text(item) for item in value)
    return str(value)


def progress(text: str) -> None:
    """One line about long work, only where somebody watches."""
    if sys.stderr.isatty():
        click.echo(text, err=True)


def _show_csv(rows: Sequence[Mapping[str, Any]], columns: Columns) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow([heading for _, heading in columns])
    for row in rows:
        writer.writerow([_csv_text(cell_text(row.get(key))) for key, _ in columns])


def _csv_text(text: str) -> str:
    """Spreadsheets run cells that begin like a formula; a quote in front keeps them text."""
    risky = text[:1] in ("=", "+", "@", "\t") or (text[:1] == "-" and not _is_number(text))
    return f"'{text}" if risky else text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
