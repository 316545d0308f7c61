"""Every request that reached a simulated org, kept for tests and for the demo's figures."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

LONGEST_LOG = 200_000


@dataclass
class RequestEntry:
    """One request. `status` stays empty until it is answered, and for ever if it is cut off.

    `operation` is the name of a SOAP operation, `operations` how many records were worked on.
    """

    id: int
    org: str
    at: str
    user: str | None
    method: str
    path: str
    client: str | None
    status: int | None = None
    charged: bool = False
    calls: int = 0
    operations: int = 0
    operation: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The entry as the control address shows it."""
        return asdict(self)


@dataclass(frozen=True)
class RequestFilter:
    """Which requests are meant; what is left out matches everything.

    `path` is found anywhere in the path with its query, as it stands or as a pattern.
    """

    org: str | None = None
    user: str | None = None
    method: str | None = None
    path: str | None = None
    since_id: int = 0
    operation: str | None = None

    def matches(self, entry: RequestEntry) -> bool:
        """Whether this request is meant."""
        return (
            entry.id > self.since_id
            and self.org in (None, entry.org)
            and (self.user is None or self.user.lower() == (entry.user or "").lower())
            and (self.method is None or self.method.upper() == entry.method)
            and self.operation in (None, entry.operation)
            and (self.path is None or _found(self.path, entry.path))
        )

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> RequestFilter:
        """The filter that parameters of the control address describe; ValueError if none."""
        try:
            re.compile(query.get("path") or "")
        except re.error as error:
            raise ValueError(f"path is no pattern: {error}") from None
        return cls(
            org=query.get("org"),
            user=query.get("user"),
            method=query.get("method"),
            path=query.get("path"),
            since_id=int(query.get("since_id") or 0),
            operation=query.get("operation"),
        )


def _found(wanted: str, path: str) -> bool:
    return wanted in path or re.search(wanted, path) is not None


@dataclass
class RequestLog:
    """The log of all orgs of one simulator. Safe to read from any thread."""

    _entries: deque[RequestEntry] = field(default_factory=lambda: deque(maxlen=LONGEST_LOG))
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _last_id: int = 0
    _closed: bool = False

    def begin(
        self,
        *,
        org: str,
        at: str,
        user: str | None,
        method: str,
        path: str,
        client: str | None,
        operation: str | None = None,
    ) -> RequestEntry:
        """Note a request that has just arrived."""
        with self._changed:
            self._last_id += 1
            entry = RequestEntry(
                self._last_id, org, at, user, method, path, client, operation=operation
            )
            self._entries.append(entry)
            self._changed.notify_all()
            return entry

    def finish(
        self, entry: RequestEntry, *, status: int | None, charged: int = 0, operations: int = 0
    ) -> None:
        """Note how a request ended; `status` is empty when the connection was cut."""
        with self._changed:
            entry.status = status
            entry.charged = charged > 0
            entry.calls = charged
            entry.operations = operations
            self._changed.notify_all()

    def entries(self, wanted: RequestFilter | None = None) -> list[RequestEntry]:
        """The requests that match, oldest first."""
        chosen = wanted or RequestFilter()
        with self._changed:
            return [entry for entry in self._entries if chosen.matches(entry)]

    def usage(self, *, org: str | None = None, user: str | None = None) -> dict[str, Any]:
        """The calls that were charged, in all and by what the clients call themselves."""
        by_client: Counter[str] = Counter()
        for entry in self.entries(RequestFilter(org=org, user=user)):
            by_client[entry.client or ""] += entry.calls
        charged = {client: calls for client, calls in by_client.items() if calls}
        return {"charged": sum(charged.values()), "by_client": charged}

    def wait(
        self, wanted: RequestFilter, *, count: int, timeout: float, answered: bool = False
    ) -> list[RequestEntry]:
        """Wait until so many matching requests arrived (or were answered); what was seen.

        After the time-out the list is shorter than `count`.
        """

        def seen() -> list[RequestEntry]:
            matching = (entry for entry in self._entries if wanted.matches(entry))
            done = (entry for entry in matching if not answered or entry.status is not None)
            return list(islice(done, count))

        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(seen()) >= count, timeout)
            return seen()

    def clear(self) -> None:
        """Forget the requests; the numbering goes on."""
        with self._changed:
            self._entries.clear()

    def close(self) -> None:
        """Send everyone home who still waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
