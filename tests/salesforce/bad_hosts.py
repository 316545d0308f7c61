"""Hosts that go wrong in one way each, on loopback."""

from __future__ import annotations

import ipaddress
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
Talk = Callable[[socket.socket], None]


@contextmanager
def host_that(talk: Talk) -> Iterator[str]:
    """A host that talks to whoever connects; its ``host:port``."""
    opened: list[socket.socket] = []
    with socket.create_server((HOST, 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    accepted, _ = server.accept()
                    opened.append(accepted)
                    threading.Thread(target=_talked, args=(talk, accepted), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"{HOST}:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for each in opened:
                each.close()
            thread.join(10)


def _talked(talk: Talk, accepted: socket.socket) -> None:
    with suppress(OSError, ValueError):
        talk(accepted)


def silent(accepted: socket.socket) -> None:
    """Takes everything and never answers."""
    while accepted.recv(4096):
        pass


def byte_by_byte(accepted: socket.socket) -> None:
    """Begins an answer that never comes to its end, without ever pausing for long."""
    accepted.recv(4096)
    accepted.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    pause = threading.Event()
    while not pause.wait(0.05):
        accepted.sendall(b"x")


def wants_a_login(accepted: socket.socket) -> None:
    """A proxy that wants to know who calls."""
    accepted.recv(4096)
    accepted.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")


def lets_through(accepted: socket.socket) -> None:
    """A proxy that does its work: CONNECT, and whatever comes after it."""
    asked = accepted.recv(4096).split()
    if not asked:
        return
    place = asked[1].decode()
    host, _, port = place.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as onward:
        accepted.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with selectors.DefaultSelector() as ready:
            ready.register(accepted, selectors.EVENT_READ, onward)
            ready.register(onward, selectors.EVENT_READ, accepted)
            while True:
                for key, _ in ready.select():
                    assert isinstance(key.fileobj, socket.socket)
                    some = key.fileobj.recv(65536)
                    if not some:
                        return
                    key.data.sendall(some)


@contextmanager
def black_hole() -> Iterator[str]:
    """A port whose queue is full, so that packets to it are lost; its ``host:port``."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind((HOST, 0))
        server.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield f"{HOST}:{server.getsockname()[1]}"


def certificate_files(
    folder: Path, *, name: str | None = None, expired: bool = False
) -> tuple[Path, ssl.SSLContext]:
    """A certificate that is its own authority, for loopback or a name: file and server side."""
    now = datetime.now(UTC)
    ends_at = now - timedelta(days=1) if expired else now + timedelta(days=30)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name or HOST)])
    names: list[x509.GeneralName] = (
        [x509.DNSName(name)] if name else [x509.IPAddress(ipaddress.ip_address(HOST))]
    )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(ends_at)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    shown = folder / "shown.pem"
    public = certificate.public_bytes(Encoding.PEM)
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    shown.write_bytes(key.private_bytes(*form) + public)
    trusted = folder / "trusted.pem"
    trusted.write_bytes(public)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown)
    return trusted, context


def encrypted(context: ssl.SSLContext) -> Talk:
    """Shakes hands and is silent."""

    def talk(accepted: socket.socket) -> None:
        with context.wrap_socket(accepted, server_side=True) as sealed:
            silent(sealed)

    return talk
