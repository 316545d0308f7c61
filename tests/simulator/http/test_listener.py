"""A listener that ends while somebody is just coming in."""

from __future__ import annotations

import asyncio
import gc
import socket
from typing import Any

import pytest

from fulfillment_bridge.simulator.listener import HOST, Listener, turns


async def _nobody_asks(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("nobody sends a request")


@pytest.mark.parametrize("steps", range(5))
def test_a_connection_that_is_being_made_is_cut_with_the_others(steps: int) -> None:
    """Whatever step of it the loop has reached; no socket is left over."""

    async def come_in_and_close() -> bytes:
        listener = Listener.reserve()
        await listener.serve(_nobody_asks)
        with socket.create_connection((HOST, listener.port), timeout=10) as client:
            await turns(steps)
            await listener.close()
            try:
                return client.recv(1)
            except ConnectionResetError:
                return b""

    assert asyncio.run(come_in_and_close()) == b""
    gc.collect()  # A socket that was left over complains here, and pytest makes it an error.
