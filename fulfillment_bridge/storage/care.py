"""Looking after the file of a SQLite store: check, back up while it is used, restore."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.storage import in_use
from fulfillment_bridge.storage.lease_owner import is_gone

MOST_FAULTS = 20
_QUESTIONS = (
    (
        "every released order has a message that carries it",
        "SELECT f.reference FROM fulfillment_orders f WHERE f.state = 'released' AND NOT EXISTS "
        "(SELECT 1 FROM outbox m WHERE m.fulfillment_order_id = f.fulfillment_order_id "
        "AND m.kind = 'fulfillment_order' AND m.state IN ('pending', 'sending'))",
    ),
    (
        "every order that is released has a part",
        "SELECT o.order_number FROM orders o WHERE o.state = 'released' AND NOT EXISTS "
        "(SELECT 1 FROM fulfillment_orders f WHERE f.order_id = o.order_id)",
    ),
    (
        "every order is in the ledger",
        "SELECT o.order_number FROM orders o WHERE NOT EXISTS (SELECT 1 FROM ledger l WHERE "
        "l.organization_id = o.organization_id AND l.cart_order_id = o.cart_order_id)",
    ),
    (
        "every message of unknown outcome belongs to an order that shows it",
        "SELECT f.reference FROM fulfillment_orders f WHERE f.state = 'outcome_unknown' AND NOT "
        "EXISTS (SELECT 1 FROM outbox m WHERE m.fulfillment_order_id = f.fulfillment_order_id "
        "AND m.state = 'unknown')",
    ),
)


def file_of(url: str) -> Path:
    """The store's file; UserError for a database that looks after itself."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database:
        raise UserError(
            "this is no SQLite database",
            remedy="Use the tools of PostgreSQL: pg_dump and pg_restore.",
        )
    return Path(parts.database)


def check_file(path: Path) -> list[tuple[str, list[str]]]:
    """What was looked at, each with the faults found there; changes nothing."""
    if not path.exists():
        raise UserError(f"there is no database at {path}")
    try:
        with _opened(path) as connection:
            faults = _column(connection, f"PRAGMA integrity_check({MOST_FAULTS})")
            found = [("the file is whole", [each for each in faults if each != "ok"])]
            broken = connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_FAULTS)
            found.append(("every reference leads somewhere", [str(each) for each in broken]))
            found += [
                (what, _column(connection, f"{question} LIMIT {MOST_FAULTS}"))
                for what, question in _QUESTIONS
            ]
            return found
    except sqlite3.DatabaseError as error:
        return [("the file is whole", [str(error)])]


def back_up(path: Path, target: Path, moments: Mapping[str, datetime]) -> int:
    """Copy the store while it is used, whole or not at all; how many bytes it has.

    ``moments`` are written into the copy.
    """
    if not path.exists():
        raise UserError(f"there is no database at {path}")
    if target.exists():
        raise UserError(f"{target} exists already", remedy="Name a file that does not.")
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _copy(path, temporary)
        _set_moments(temporary, moments)
        os.link(temporary, target)  # unlike a rename it never replaces
    except FileExistsError as error:
        raise UserError(f"{target} exists already") from error
    except sqlite3.Error as error:
        raise UserError(f"{path} cannot be backed up", raw=str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return target.stat().st_size


def restore(
    path: Path, backup: Path, *, at: datetime, moments: Mapping[str, datetime | None]
) -> Path | None:
    """Put a backup in the place of the store; where the former one is kept now, if there was one.

    ``moments`` are written into it, or forgotten. Refuses a damaged backup, and while a service
    or a job is at work.
    """
    faults = [each for what, found in check_file(backup) for each in found if "whole" in what]
    if faults:
        raise UserError(f"{backup} is damaged", problems=faults, remedy="Take an older one.")
    with in_use.replacing(path):
        _refuse_while_a_job_runs(path)
        temporary = path.with_name(f".{path.name}.restored")
        temporary.unlink(missing_ok=True)
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600))
        _copy(backup, temporary)
        _set_moments(temporary, moments)
        kept = _move_aside(path, at)
        temporary.rename(path)
        return kept


def backup_time(path: Path, name: str) -> datetime:
    """When the backup was made, as it says itself, else by its file."""
    with suppress(sqlite3.Error), _opened(path) as connection:
        row = connection.execute("SELECT at FROM moments WHERE name = ?", (name,)).fetchone()
        if row:
            found = datetime.fromisoformat(row[0])
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _set_moments(path: Path, moments: Mapping[str, datetime | None]) -> None:
    with _opened(path) as connection, connection:
        for name, moment in moments.items():
            connection.execute("DELETE FROM moments WHERE name = ?", (name,))
            if moment is not None:
                values = (name, _stored(moment))
                connection.execute("INSERT INTO moments (name, at) VALUES (?, ?)", values)


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _copy(source: Path, target: Path) -> None:
    with _opened(source) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing, pages=1000)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        yield connection


def _column(connection: sqlite3.Connection, question: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(question).fetchall()]


def _refuse_while_a_job_runs(path: Path) -> None:
    if not path.exists():
        return
    with suppress(sqlite3.DatabaseError), _opened(path) as connection:
        owners = _column(
            connection, "SELECT lease_owner FROM schedule WHERE lease_owner IS NOT NULL"
        )
        alive = [owner for owner in owners if not is_gone(owner)]
        if alive:
            raise UserError(
                "a job is running on this database right now",
                remedy="Stop the service first: systemctl stop fulfillment-bridge",
            )


def _move_aside(path: Path, at: datetime) -> Path | None:
    """The former file with all that belongs to it, under a name that says when."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}.before-restore-{at:%Y%m%d%H%M%S}")
    for ending in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(kept.with_name(kept.name + ending))
    return kept
