"""A job that breaks off with every secret of its connection in its hands and in its message."""

from __future__ import annotations

from typing import Any

from fulfillment_bridge.jobs.base import JobContext

RUNS_PER = "cart"
EVERY_SECONDS = 3600


def run(ctx: JobContext) -> None:
    """Log in, and crash."""
    cart: Any = ctx.cart
    connection = cart._connection
    session = connection.login().session_id
    known = connection.options.credentials()
    try:
        raise ValueError(f"{known.password} and {known.private_key}")
    except ValueError as error:
        everything = [session, known.security_token, known.consumer_secret, f"Bearer {session}"]
        raise RuntimeError(f"a bug of ours with {everything}") from error
