"""Brings a database to the newest schema, inside the transaction it is given.

Alembic takes a third of a second to import: this module is loaded only where there is something
to migrate.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

_LOCK = 4_711_001
"""Any number, so long as nothing else locks it."""


def migrate(connection: Connection) -> None:
    """Run the missing migrations. Whoever comes second waits and finds nothing left to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    command.upgrade(migration_config(connection), "head")


def migration_config(connection: Connection) -> Config:
    """Alembic's settings without an ini file: scripts in the package, the caller's connection."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "fulfillment_bridge.storage:migrations")
    config.set_main_option("path_separator", "os")
    return config
