"""Since when a describe answers as it does, for clients that ask only for news."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from fulfillment_bridge.simulator.call import Answer, Call
from fulfillment_bridge.simulator.clock import SimulatedClock


@dataclass
class DescribeStamps:
    """What each user was last told about each object. Safe in any thread."""

    clock: SimulatedClock
    opened_at: datetime
    _seen: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, call: Call, username: str, body: dict[str, Any]) -> Answer:
        """The body with its Last-Modified, or 304 when that is no later than the caller knows."""
        changed_at = self._changed_at(username, call.path, body)
        known = _known_since(call)
        if known is not None and changed_at <= known:
            return Answer(304)
        return Answer(
            200, body, headers={"Last-Modified": format_datetime(changed_at, usegmt=True)}
        )

    def _changed_at(self, username: str, path: str, body: dict[str, Any]) -> datetime:
        digest = hashlib.sha256(json.dumps(body).encode()).hexdigest()
        with self._lock:
            told, since = self._seen.get((username, path), (digest, self.opened_at))
            if told != digest:
                since = self.clock.now()
            since = since.replace(microsecond=0)
            self._seen[username, path] = (digest, since)
            return since


def _known_since(call: Call) -> datetime | None:
    """The time in If-Modified-Since; one that nobody can read counts as none."""
    try:
        moment = parsedate_to_datetime(call.headers.get("if-modified-since", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
