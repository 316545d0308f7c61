"""A fault of ours that one order brings out concerns that order alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fulfillment_bridge.errors import BridgeError, Retry
from fulfillment_bridge.jobs.base import JobContext


@contextmanager
def as_retry(ctx: JobContext, doing: str, *, code: str = "surprise") -> Iterator[None]:
    """Whatever nobody foresaw becomes a Retry for this one message; its neighbors go on.

    The message names the class alone: what an exception says may hold a customer's address. A
    newer version may know better, so it is tried again and not given up.
    """
    try:
        yield
    except BridgeError:
        raise
    except Exception as error:
        ctx.log.error("surprise", doing=doing, exc_info=True)
        problem = Retry(
            f"{doing} broke off with {type(error).__name__}, a fault of the bridge itself",
            remedy="Send what the log says under 'surprise' to who maintains the bridge. It may "
            "quote the order, so take out names and addresses first.",
            code=code,
        )
        ctx.ask_for_attention(f"{problem.message}; it is tried again. {problem.remedy}")
        raise problem from error
