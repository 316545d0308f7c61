"""Connections: the org behind each, suspension, pause, API calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import connection_calls, connections

_ROW = connections.c
_CALLS = connection_calls.c
_ADD_CALLS = (
    connection_calls.update()
    .where(
        _CALLS.connection == bindparam("of"),
        _CALLS.job == bindparam("by"),
        _CALLS.hour_at == bindparam("in_hour"),
    )
    .values(calls=_CALLS.calls + bindparam("more"))
)


@dataclass(frozen=True)
class StoredConnection:
    """One row; everything is empty until the first login."""

    name: str
    organization_id: str | None = None
    organization_name: str | None = None
    is_sandbox: bool | None = None
    default_currency: str | None = None
    username: str | None = None
    user_id: str | None = None
    suspended_at: datetime | None = None
    suspended_code: str | None = None
    suspended_message: str | None = None
    suspended_remedy: str | None = None
    credentials_fingerprint: str | None = None
    paused_at: datetime | None = None
    api_used: int | None = None
    api_limit: int | None = None
    api_seen_at: datetime | None = None
    login_lease_owner: str | None = None
    login_lease_until: datetime | None = None
    api_paused_from: str | None = None
    api_paused_at: datetime | None = None
    api_probed_at: datetime | None = None


class Connections(Repository):
    """``uow.connections``"""

    def get(self, name: str) -> StoredConnection:
        """The connection; an empty one if it never did anything."""
        row = self._one(connections, name=name)
        return StoredConnection(name) if row is None else StoredConnection(**row)

    def set(self, name: str, **values: Any) -> None:
        """Set columns of the row."""
        self._upsert(connections, {"name": name}, values)

    def suspend(
        self, name: str, *, at: datetime, code: str, message: str, remedy: str = ""
    ) -> None:
        """No login is tried until the credentials change or a person resumes it."""
        self.set(
            name,
            suspended_at=at,
            suspended_code=code,
            suspended_message=message,
            suspended_remedy=remedy,
        )

    def pause(self, name: str, *, at: datetime) -> None:
        """No job runs over the connection until it is resumed."""
        self.set(name, paused_at=at)

    def resume(self, name: str) -> None:
        """Undo pause and suspension alike."""
        self.set(name, paused_at=None)
        self.lift_suspension(name)

    def lift_suspension(self, name: str) -> None:
        """Logging in is allowed again, with whatever credentials."""
        self.end_suspension(name)
        self.set(name, credentials_fingerprint=None)

    def end_suspension(self, name: str) -> None:
        """Logging in is allowed again, but not with the credentials that were refused."""
        self.set(
            name,
            suspended_at=None,
            suspended_code=None,
            suspended_message=None,
            suspended_remedy=None,
        )

    def forget_org(self, name: str) -> None:
        """The next login may land in any org: a person said that the org was exchanged."""
        self.set(name, organization_id=None, organization_name=None, is_sandbox=None)

    def count_calls(self, name: str, job: str, calls: int, *, at: datetime) -> None:
        """Add to this hour's calls of a job."""
        hour_at = at.replace(minute=0, second=0, microsecond=0)
        key = {"connection": name, "job": job, "hour_at": hour_at}
        if not self._insert_if_new(connection_calls, **key, calls=calls):
            self._change(_ADD_CALLS, {"of": name, "by": job, "in_hour": hour_at, "more": calls})

    def calls_by_job(self, name: str, *, since: datetime) -> dict[str, int]:
        """Calls per job in the hours since then."""
        wanted = select(_CALLS.job, func.sum(_CALLS.calls).label("calls")).where(
            _CALLS.connection == name, _CALLS.hour_at >= since
        )
        rows = self._rows(wanted.group_by(_CALLS.job).order_by(_CALLS.job))
        return {row["job"]: int(row["calls"]) for row in rows}

    def take_login_lease(
        self, name: str, *, owner: str, now: datetime, lease_seconds: float
    ) -> bool:
        """Whether this owner may log in now; nobody else may until the lease ends."""
        self._insert_if_new(connections, name=name)
        free = or_(_ROW.login_lease_until.is_(None), _ROW.login_lease_until <= now)
        took = connections.update().where(
            _ROW.name == name, or_(free, _ROW.login_lease_owner == owner)
        )
        until = now + timedelta(seconds=lease_seconds)
        return self._change(took.values(login_lease_owner=owner, login_lease_until=until)) == 1

    def end_login_lease(self, name: str, *, owner: str) -> None:
        """Others may log in now."""
        mine = connections.update().where(_ROW.name == name, _ROW.login_lease_owner == owner)
        self._change(mine.values(login_lease_owner=None, login_lease_until=None))
