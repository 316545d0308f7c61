"""Which migration a database has seen last, told without loading what migrates."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from fulfillment_bridge.errors import UserError

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest_version() -> str:
    """The last migration that this program has, such as ``0005`` for ``r0005_proofs.py``."""
    return max(path.stem.split("_")[0].removeprefix("r") for path in _VERSIONS.glob("r*.py"))


def is_newest(connection: Connection) -> bool:
    """True where nothing is left to migrate, False for an older or an empty database.

    Raises UserError for a database that a newer program has migrated: this one does not know
    what its tables mean.
    """
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    newest = newest_version()
    if found is not None and found > newest:
        raise UserError(
            f"the database was made by a newer fulfillment-bridge: its tables are of version "
            f"{found}, this program knows up to {newest}",
            remedy="Install the newer program again, or restore a backup from before it: "
            "fulfillment-bridge db restore FILE",
        )
    return bool(found == newest)
