"""The table of secrets; without the key its rows are noise. See ``stored_secrets.py``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, text

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import secrets


@dataclass(frozen=True)
class StoredSecret:
    """One row."""

    name: str
    encrypted: str = field(repr=False)
    set_at: datetime
    set_by: str


class Secrets(Repository):
    """``uow.secrets``"""

    def get(self, name: str) -> StoredSecret | None:
        """The secret of that name."""
        row = self._first(select(secrets).where(secrets.c.name == name))
        return None if row is None else StoredSecret(**row)

    def every(self) -> list[StoredSecret]:
        """All of them, by name."""
        rows = self._rows(select(secrets).order_by(secrets.c.name))
        return [StoredSecret(**row) for row in rows]

    def put(self, name: str, *, encrypted: str, at: datetime, by: str) -> None:
        """Set it, or replace the one that was there."""
        self._upsert(secrets, {"name": name}, {"encrypted": encrypted, "set_at": at, "set_by": by})

    def encrypt_again(self, name: str, encrypted: str) -> None:
        """The same secret under another key."""
        self._change(secrets.update().filter_by(name=name).values(encrypted=encrypted))

    def remove(self, name: str) -> bool:
        """Whether there was one."""
        return self._change(secrets.delete().filter_by(name=name)) == 1

    def lock(self) -> None:
        """Nobody else sets a secret before this transaction ends; SQLite sees to it by itself."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("LOCK TABLE secrets IN EXCLUSIVE MODE"))
