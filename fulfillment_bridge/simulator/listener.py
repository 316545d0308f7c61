"""One listening socket with an ASGI application behind it, in an event loop that is running."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

KEEP_ALIVE_SECONDS = 300
# Larger than what is refused with 414 or 431, so that these can be answered properly.
LARGEST_HEAD = 256 * 1024
HOST = "127.0.0.1"
# asyncio makes a connection in three turns: it accepts, it builds the transport, it tells the
# protocol. Before the last of them nobody but asyncio knows of it.
TURNS_TO_CONNECT = 3
# A connection that is cut loses its socket in the next turn, and its request hears of it then.
TURNS_TO_DISCONNECT = 2


def _ended_quietly(application: Any) -> Any:
    """The application; requests that end with the server are no error to be logged."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await application(scope, receive, send)

    return answer


async def turns(number: int) -> None:
    """Let everything else that is ready in the loop run so many times."""
    for _ in range(number):
        await asyncio.sleep(0)


@dataclass
class Listener:
    """A server for one application. uvicorn speaks HTTP; the sockets are ours."""

    port: int
    _socket: socket.socket
    _state: ServerState = field(default_factory=ServerState)
    _server: asyncio.Server | None = None

    @classmethod
    def reserve(cls, port: int = 0) -> Listener:
        """Take a port (a free one for 0) before anybody is served on it."""
        # With the protocol named asyncio sets TCP_NODELAY; without it each answer, which is
        # written in two parts, would wait 40 ms for an acknowledgement.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((HOST, port))
        except OSError:
            listening.close()
            raise
        return cls(listening.getsockname()[1], listening)

    async def serve(self, application: Any, tls: ssl.SSLContext | None = None) -> None:
        """Begin to answer requests with the application."""
        config = uvicorn.Config(
            _ended_quietly(application),
            http=H11Protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,  # The application sends the simulated date.
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )
        config.load()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: H11Protocol(config, self._state, {}, loop), sock=self._socket, ssl=tls
        )

    def abort(self, scope: dict[str, Any]) -> None:
        """Cut the connection that this request came in by."""
        for connection in self._connections():
            if connection.client == scope["client"]:
                connection.transport.abort()

    async def close(self) -> None:
        """Stop listening, cut every connection and end what still runs."""
        if self._server is not None:
            # Nobody else comes in; who just does gets through first, since asyncio forgets the
            # sockets of connections that it has accepted and not yet made when a server closes.
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            await turns(TURNS_TO_CONNECT)
            self._server.close()
        self._socket.close()
        for connection in self._connections():
            connection.transport.abort()
        await turns(TURNS_TO_DISCONNECT)
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    def _connections(self) -> list[H11Protocol]:
        return [each for each in self._state.connections if isinstance(each, H11Protocol)]
