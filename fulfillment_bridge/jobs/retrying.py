"""When a message that could not be delivered is tried again."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

from fulfillment_bridge.errors import BridgeError, Retry

FIRST_DELAY_SECONDS = 60
LONGEST_DELAY_SECONDS = 3600


def next_attempt_at(
    error: BridgeError, *, attempts: int, message_id: int, now: datetime
) -> datetime:
    """Twice as long after each attempt, up to an hour; not before the other side wants it.

    The jitter comes from the message itself: messages that failed together come back apart.
    """
    delay = min(FIRST_DELAY_SECONDS * 2 ** min(attempts - 1, 10), LONGEST_DELAY_SECONDS)
    spread = zlib.crc32(f"{message_id}:{attempts}".encode()) / 2**32
    at = now + timedelta(seconds=delay * (0.8 + 0.4 * spread))
    retry_at = error.retry_at if isinstance(error, Retry) else None
    return max(at, retry_at) if retry_at else at
