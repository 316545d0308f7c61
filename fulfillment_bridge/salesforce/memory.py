"""What must outlive a process about a connection, and who keeps it.

Storage fits ``ConnectionMemory`` by its shape; ``TransientMemory`` forgets with the process and
serves checks that must leave no trace.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol


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

    def lift_suspension(self) -> None:
        """Forget the suspension: other credentials have logged in."""
        ...

    def count_call(self, job: str, calls: int = 1) -> None:
        """Add calls that the org charges to this connection's user."""
        ...

    def remember_usage(self, used: int, limit: int) -> None:
        """Keep the whole org's use of its daily calls, as its last answer said."""
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

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.usage: tuple[int, int] | None = None
        self._organization_id: str | None = None
        self._suspension: TransientSuspension | None = None
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

    def credentials_changed(self, fingerprint: str) -> bool:
        suspension = self._suspension
        return suspension is not None and suspension.fingerprint != fingerprint

    def lift_suspension(self) -> None:
        self._suspension = None

    def count_call(self, job: str, calls: int = 1) -> None:
        with self._lock:
            self.calls[job] += calls

    def remember_usage(self, used: int, limit: int) -> None:
        self.usage = (used, limit)

    @contextmanager
    def login_lease(self) -> Iterator[None]:
        with self._lease:
            yield
