"""When something was done last that shall be done once in a while, whatever process does it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import moments

BACKUP_AT = "database backup"
RESTORED_AT = "database restored"
RECOVERED_AT = "database recovered"
"""When the backup was made that became the store, when that was, when all was found out."""


class Moments(Repository):
    """``uow.moments``"""

    def take(self, name: str, *, now: datetime, every: timedelta) -> bool:
        """Whether it is time again; whoever hears True does it, and nobody else hears it."""
        if self._insert_if_new(moments, name=name, at=now):
            return True
        # A moment in the future was taken by a clock that was wrong.
        again = or_(moments.c.at <= now - every, moments.c.at > now)
        due = moments.update().where(moments.c.name == name, again)
        return self._change(due.values(at=now)) == 1

    def get(self, name: str) -> datetime | None:
        """When it was done last; None where it never was."""
        row = self._one(moments, name=name)
        return None if row is None else row["at"]

    def wait_for_recovery(self) -> bool:
        """Whether the store was restored, and nobody has looked yet what happened since."""
        return self.get(RESTORED_AT) is not None and self.get(RECOVERED_AT) is None

    def set(self, name: str, at: datetime) -> None:
        """It was done then."""
        self._upsert(moments, {"name": name}, {"at": at})

    def forget(self, name: str) -> None:
        """As if it had never been done."""
        self._change(moments.delete().where(moments.c.name == name))
