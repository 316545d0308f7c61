"""A forward proxy such as companies have: it lets TLS through and knows where it went."""

from __future__ import annotations

import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

REFUSED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy(socketserver.ThreadingTCPServer):
    """Listens on this machine; ``went_to`` has the host and port of every tunnel."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.went_to: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Tunnel(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        method, target, *_ = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        assert isinstance(self.server, Proxy)
        self.server.went_to.append(target)
        host, _, port = target.rpartition(":")
        if method != "CONNECT":
            self.wfile.write(REFUSED)
            return
        with socket.create_connection((host, int(port)), timeout=20) as onward:
            self.wfile.write(ESTABLISHED)
            _carry(self.connection, onward)


def _carry(one: socket.socket, other: socket.socket) -> None:
    """Both ways, until either side has nothing more to say."""
    with selectors.DefaultSelector() as ready:
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in ready.select():
                content = key.fileobj.recv(65536) if isinstance(key.fileobj, socket.socket) else b""
                if not content:
                    return
                key.data.sendall(content)


@contextmanager
def open_proxy() -> Iterator[Proxy]:
    """A proxy that is gone at the end."""
    with Proxy() as proxy:
        listening = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
        listening.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            listening.join()
