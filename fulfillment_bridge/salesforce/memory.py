"""What must outlive a process about a connection, and who keeps it.

Storage fits ``ConnectionMemory`` by its shape; ``TransientMemory`` forgets with the process and
serves checks that must leave no trace.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from fulfillment_bridge.clock import Clock, SystemClock
from fulfillment_bridge.salesforce.budget import PROBE_EVERY, ApiState, Remembered, Urgency, Usage


class Suspension(Protocol):
    """Why a connection makes no attempt at all until somebody acts."""

    @property
    def code(self) -> str: ...

    @property
    def message(self) -> str: ...

    @property
    def remedy(self) -> str: ...


class ConnectionMemory(Protocol):
    """What is known of one connection, whatever process asks. Safe in any thread.

    ``suspend`` keeps the fingerprint of the credentials that were refused; ``suspension`` is
    None once a person has resumed the connection.
    """

    def organization_id(self) -> str | None:
        """The org of the first successful login; None before it."""
        ...

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
        ...

    def suspension(self) -> Suspension | None: ...

    def suspend(self, *, code: str, message: str, remedy: str, fingerprint: str) -> None: ...

    def credentials_changed(self, fingerprint: str) -> bool:
        """Whether these are other credentials than those that were refused."""
        ...

    def was_refused(self, fingerprint: str) -> bool:
        """Whether these credentials were refused last, though others have logged in since."""
        ...

    def lift_suspension(self) -> None:
        """End the suspension: other credentials have logged in."""
        ...

    def count_call(self, job: str, calls: int = 1) -> None:
        """Add calls that the org charges to this connection's user."""
        ...

    def remember_usage(self, used: int, limit: int) -> None:
        """Keep the whole org's use of its daily calls, as its last answer said."""
        ...

    def api_state(self) -> Remembered:
        """What was remembered of the org's usage, and who waits for it to fall."""
        ...

    def pause_work_from(self, urgency: Urgency | None) -> None:
        """Keep that work of this urgency and below waits; None: nothing waits any more."""
        ...

    def claim_probe(self) -> bool:
        """Whether the caller shall look how the usage is; once in ``PROBE_EVERY`` for all."""
        ...

    def login_lease(self) -> AbstractContextManager[None]:
        """Only one process at a time is inside, so that a wrong password is tried once.

        Waits for the others for a while, then raises Retry.
        """
        ...


@dataclass(frozen=True)
class TransientSuspension:
    """A suspension that ends with the process."""

    code: str
    message: str
    remedy: str
    fingerprint: str


class TransientMemory:
    """A connection's memory that lives as long as this object."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.calls: Counter[str] = Counter()
        self.usage: tuple[int, int] | None = None
        self._clock = clock or SystemClock()
        self._api_state = ApiState()
        self._organization_id: str | None = None
        self._suspension: TransientSuspension | None = None
        self._refused_fingerprint: str | None = None
        self._lock = threading.Lock()
        self._lease = threading.Lock()

    def organization_id(self) -> str | None:
        return self._organization_id

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
        self._organization_id = organization_id

    def suspension(self) -> TransientSuspension | None:
        return self._suspension

    def suspend(self, *, code: str, message: str, remedy: str, fingerprint: str) -> None:
        self._suspension = TransientSuspension(code, message, remedy, fingerprint)
        self._refused_fingerprint = fingerprint

    def credentials_changed(self, fingerprint: str) -> bool:
        suspension = self._suspension
        return suspension is not None and suspension.fingerprint != fingerprint

    def was_refused(self, fingerprint: str) -> bool:
        return self._refused_fingerprint == fingerprint

    def lift_suspension(self) -> None:
        self._suspension = None

    def count_call(self, job: str, calls: int = 1) -> None:
        with self._lock:
            self.calls[job] += calls

    def remember_usage(self, used: int, limit: int) -> None:
        self.usage = (used, limit)
        seen = Usage(self._clock.now(), used, limit)
        with self._lock:
            self._api_state = replace(self._api_state, usage=seen)

    def api_state(self) -> ApiState:
        return self._api_state

    def pause_work_from(self, urgency: Urgency | None) -> None:
        with self._lock:
            self._api_state = replace(self._api_state, paused_from=urgency)

    def claim_probe(self) -> bool:
        now = self._clock.now()
        with self._lock:
            last: datetime | None = self._api_state.probed_at
            if last is not None and now - last < PROBE_EVERY:
                return False
            self._api_state = replace(self._api_state, probed_at=now)
        return True

    @contextmanager
    def login_lease(self) -> Iterator[None]:
        with self._lease:
            yield
