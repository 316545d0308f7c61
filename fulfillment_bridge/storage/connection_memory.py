"""What a connection remembers across processes, each call in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.errors import Retry
from fulfillment_bridge.storage.api_usage import UsageSample
from fulfillment_bridge.storage.connections import StoredConnection
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.lease_owner import is_gone, owner_name, worker_name

LEASE_SECONDS = 120
"""Longer than any login takes with its time-outs."""

PATIENCE_SECONDS = 90
LOOK_AGAIN_SECONDS = 0.2
PROBE_EVERY = timedelta(minutes=15)

Urgency = Literal["orders", "stock", "rest"]


@dataclass(frozen=True)
class StoredSuspension:
    """Why the connection makes no attempt at all until somebody acts."""

    code: str
    message: str
    remedy: str


@dataclass(frozen=True)
class StoredApiState:
    """The org's usage as its last answer said it, and who waits for it to fall."""

    usage: UsageSample | None = None
    paused_from: Urgency | None = None
    probed_at: datetime | None = None


def api_state(row: StoredConnection) -> StoredApiState:
    """What a connection's row says about its budget."""
    usage = None
    if row.api_seen_at is not None and row.api_used is not None and row.api_limit is not None:
        usage = UsageSample(row.api_seen_at, row.api_used, row.api_limit)
    return StoredApiState(usage, cast(Urgency | None, row.api_paused_from), row.api_probed_at)


class StoredConnectionMemory:
    """One connection's row and its counters, seen from the wire."""

    def __init__(self, store: Store, name: str, clock: Clock) -> None:
        self._store = store
        self._name = name
        self._clock = clock

    def organization_id(self) -> str | None:
        """The org of the first successful login; None before it."""
        with self._store.read() as uow:
            return uow.connections.get(self._name).organization_id

    def remember_org(
        self,
        *,
        organization_id: str,
        organization_name: str,
        is_sandbox: bool,
        username: str,
        user_id: str,
        default_currency: str | None,
    ) -> None:
        """Keep who we are and where, after every successful login."""
        with self._store.begin() as uow:
            uow.connections.set(
                self._name,
                organization_id=organization_id,
                organization_name=organization_name,
                is_sandbox=is_sandbox,
                username=username,
                user_id=user_id,
                default_currency=default_currency,
            )

    def suspension(self) -> StoredSuspension | None:
        """Why nothing is tried; None if nothing is in the way."""
        with self._store.read() as uow:
            row = uow.connections.get(self._name)
        if row.suspended_at is None:
            return None
        return StoredSuspension(
            row.suspended_code or "", row.suspended_message or "", row.suspended_remedy or ""
        )

    def suspend(self, *, code: str, message: str, remedy: str, fingerprint: str) -> None:
        """Stop, and keep which credentials were refused."""
        now = self._clock.now()
        with self._store.begin() as uow:
            uow.connections.suspend(self._name, at=now, code=code, message=message, remedy=remedy)
            uow.connections.set(self._name, credentials_fingerprint=fingerprint)

    def credentials_changed(self, fingerprint: str) -> bool:
        """Whether these are other credentials than those that were refused."""
        with self._store.read() as uow:
            refused = uow.connections.get(self._name).credentials_fingerprint
        return refused is not None and refused != fingerprint

    def was_refused(self, fingerprint: str) -> bool:
        """Whether these credentials were refused last, though others have logged in since."""
        with self._store.read() as uow:
            return uow.connections.get(self._name).credentials_fingerprint == fingerprint

    def lift_suspension(self) -> None:
        """Other credentials have logged in; those that were refused stay refused."""
        with self._store.begin() as uow:
            uow.connections.end_suspension(self._name)

    def count_call(self, job: str, calls: int = 1) -> None:
        """Add to this hour's calls of a job."""
        with self._store.begin() as uow:
            uow.connections.count_calls(self._name, job, calls, at=self._clock.now())

    def remember_usage(self, used: int, limit: int) -> None:
        """Keep the whole org's use of its daily calls."""
        now = self._clock.now()
        with self._store.begin() as uow:
            uow.api_usage.add(self._name, used=used, limit=limit, at=now)

    def api_state(self) -> StoredApiState:
        """What was remembered of the org's usage, and who waits for it to fall."""
        with self._store.read() as uow:
            return api_state(uow.connections.get(self._name))

    def pause_work_from(self, urgency: Urgency | None) -> None:
        """Keep that work of this urgency and below waits; None: nothing waits any more."""
        with self._store.begin() as uow:
            uow.api_usage.pause(self._name, urgency, at=self._clock.now())

    def claim_probe(self) -> bool:
        """Whether the caller shall look how the usage is; once in a while for all."""
        with self._store.begin() as uow:
            return uow.api_usage.claim_probe(self._name, at=self._clock.now(), every=PROBE_EVERY)

    @contextmanager
    def login_lease(self) -> Iterator[None]:
        """Only one process is inside; the others wait, then Retry."""
        owner = worker_name(owner_name())
        self._wait_for_lease(owner)
        try:
            yield
        finally:
            with self._store.begin() as uow:
                uow.connections.end_login_lease(self._name, owner=owner)

    def _wait_for_lease(self, owner: str) -> None:
        waited = 0.0
        while not self._take_lease(owner):
            if waited >= PATIENCE_SECONDS:
                raise Retry(
                    f"connection {self._name}: another process has been logging in for "
                    f"{waited:.0f} seconds",
                    code="LOGIN_IN_PROGRESS",
                )
            self._clock.wait(LOOK_AGAIN_SECONDS)
            waited += LOOK_AGAIN_SECONDS

    def _take_lease(self, owner: str) -> bool:
        with self._store.begin() as uow:
            holder = uow.connections.get(self._name).login_lease_owner
            if holder is not None and is_gone(holder):
                # Killed in the middle of a login: nobody is at it any more.
                uow.connections.end_login_lease(self._name, owner=holder)
            return uow.connections.take_login_lease(
                self._name, owner=owner, now=self._clock.now(), lease_seconds=LEASE_SECONDS
            )
