"""The store: one database, SQLite by default, PostgreSQL when one machine is not enough."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError, OperationalError

from fulfillment_bridge.errors import Misconfigured, Retry, UserError
from fulfillment_bridge.later import Later
from fulfillment_bridge.storage.schema_version import is_newest
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from fulfillment_bridge.storage import migrate as migrations
else:
    migrations = Later("storage.migrate")

BUSY_SECONDS = 30
_PASSING = (
    "locked",
    "busy",
    "disk is full",
    "disk i/o error",
    "connection",
    "could not serialize",
    "deadlock",
)


_LASTING = (
    (
        ("malformed", "not a database"),
        "The database is damaged",
        "Stop the service and look: fulfillment-bridge db check. Then restore the newest backup: "
        "fulfillment-bridge db restore FILE",
    ),
    (
        ("unable to open",),
        "The database cannot be opened",
        "Let the user who runs this read and write the database and its folder, and see that "
        "it is a file of ours and no folder.",
    ),
    (
        ("readonly", "read-only"),
        "The database cannot be written",
        "Let the user who runs this read and write the database and its folder, and see whether "
        "the disk is mounted read-only.",
    ),
)


class Store:
    """A database and the transactions on it; safe to share among threads."""

    def __init__(self, url: str, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.url = url
        self.engine = _engine(url, busy_seconds)

    @classmethod
    def open(cls, url: str, *, busy_seconds: float = BUSY_SECONDS) -> Store:
        """The store at ``url``, made or brought up to date if need be."""
        _make_folder(url)
        store = cls(url, busy_seconds=busy_seconds)
        store.migrate()
        return store

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """One transaction that may change things: committed at the end, undone on any error.

        On SQLite it has the database to itself, so never call another system inside it.
        """
        with _passing_troubles_retry(), self.engine.begin() as connection:
            yield UnitOfWork(connection)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """One consistent view that waits for nobody; an attempt to change something fails."""
        with _passing_troubles_retry(), self.engine.connect() as connection:
            yield UnitOfWork(_read_only(connection))

    def migrate(self) -> None:
        """Bring the tables up to date; safe when several processes start at once."""
        with _passing_troubles_retry(), self.engine.begin() as connection:
            if not is_newest(connection):
                migrations.migrate(connection)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _engine(url: str, busy_seconds: float) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=20)
    engine = create_engine(url, connect_args={"timeout": busy_seconds}, pool_size=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transactions begin deferred, and two of them would overwrite one another.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    if connection.info.get("read_only") is not read_only:
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        connection.info["read_only"] = read_only
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _read_only(connection: Connection) -> Connection:
    if connection.dialect.name == "sqlite":
        return connection.execution_options(read_only=True)
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    return connection


@contextmanager
def _passing_troubles_retry() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raw = str(error.orig)
        for words, message, remedy in _LASTING:
            if any(word in raw.lower() for word in words):
                raise Misconfigured(message, remedy=remedy, code="DATABASE", raw=raw) from error
        passes = any(word in raw.lower() for word in _PASSING)
        if not (passes and isinstance(error, OperationalError)):
            raise
        raise Retry(
            f"The database cannot be used right now: {raw}",
            remedy="Look for a full disk or another program that holds the database.",
            code="DATABASE",
            raw=raw,
        ) from error


def _make_folder(url: str) -> None:
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite":
        return
    if not parts.database or parts.database == ":memory:":
        raise UserError(
            "database: a SQLite database needs a file, for instance sqlite:///bridge.db"
        )
    Path(parts.database).parent.mkdir(parents=True, exist_ok=True)
