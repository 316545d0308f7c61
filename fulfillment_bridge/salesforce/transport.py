"""HTTP sessions to Salesforce: time-outs on everything, nothing taken from the environment."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from fulfillment_bridge.errors import Misconfigured

Timeout = tuple[float, float]


@dataclass(frozen=True)
class Route:
    """The way to Salesforce. ``ca_file`` None trusts the well-known authorities."""

    ca_file: str | None = None
    proxy: str | None = None
    connect_seconds: float = 5
    read_seconds: float = 60
    write_seconds: float = 300

    @property
    def reading(self) -> Timeout:
        return (self.connect_seconds, self.read_seconds)

    @property
    def writing(self) -> Timeout:
        return (self.connect_seconds, self.write_seconds)


def open_session(route: Route) -> requests.Session:
    """A session that never reads proxies, certificates or passwords from the environment."""
    session = requests.Session()
    session.trust_env = False
    session.verify = route.ca_file or True
    if route.proxy:
        session.proxies = {"http": route.proxy, "https": route.proxy}
    adapter = _TimedAdapter(route.reading)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def base_url(address: str) -> str:
    """Scheme, host and port of an address; plain http only for this machine itself."""
    parts = urlsplit(address if "://" in address else f"https://{address}")
    host = _host(address, parts.hostname)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    raise Misconfigured(
        f"{address}: Salesforce is reached over https only",
        remedy="Write the connection's host as https://… (plain http works for 127.0.0.1 only).",
        code="PLAIN_HTTP",
    )


def is_loopback(host: str) -> bool:
    """Whether this host is this machine, going by its name alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(address: str, host: str | None) -> str:
    """The host, where it can be one; an empty or endless part of a name would be no OSError."""
    try:
        if host and host.encode("idna"):
            return host
    except UnicodeError:
        pass
    raise Misconfigured(
        f"{address!r} is not the address of a host",
        remedy="Write the connection's host like https://login.salesforce.com.",
        code="HOST",
    )


class _TimedAdapter(HTTPAdapter):
    """Gives every request that brings none a time-out."""

    def __init__(self, timeout: Timeout) -> None:
        self._timeout = timeout
        super().__init__()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        wanted: Any = timeout if timeout is not None else self._timeout
        return super().send(request, stream, wanted, verify, cert, proxies)
