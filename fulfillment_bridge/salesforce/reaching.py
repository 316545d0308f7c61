"""The way to a host, step by step: its name, a connection, encryption.

Only for a person who looks for the fault; calls do all of it by themselves. Nothing is asked of
the org here, so nothing is charged.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import SplitResult, urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from fulfillment_bridge.salesforce import faults
from fulfillment_bridge.salesforce.transport import Route, base_url, open_session

MOST_ADDRESSES = 3
"""Each that does not answer costs its whole time-out."""


def reach(address: str, route: Route) -> Iterator[str]:
    """What was found at each step; raises as a call would where the way ends."""
    target = urlsplit(base_url(address))
    if route.proxy:
        yield from _through_proxy(target, urlsplit(route.proxy), route)
        return
    yield _resolved(target)
    with closing(_connected(target, route)) as plain:
        if target.scheme == "http":
            yield f"{target.netloc} accepts connections (plain http, within this machine)"
            return
        yield f"{_place(target)} accepts connections"
        yield _encrypted(plain, target, route)


def _through_proxy(target: SplitResult, proxy: SplitResult, route: Route) -> Iterator[str]:
    yield _resolved(proxy, of="the proxy ")
    _connected(proxy, route).close()
    yield f"the proxy {_place(proxy)} accepts connections"
    url = f"{target.scheme}://{target.netloc}/services/data/"
    try:
        with open_session(route) as session:
            session.get(url, timeout=route.reading, allow_redirects=False, stream=True).close()
    except requests.RequestException as error:
        raise faults.from_network(error, doing=f"reach {_place(target)} by proxy") from None
    yield f"the proxy lets {_place(target)} through, and its certificate is good"


def _resolved(target: SplitResult, of: str = "") -> str:
    host = target.hostname or ""
    try:
        found = socket.getaddrinfo(host, _port(target), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise faults.on_the_way("DNS", str(error), doing=f"look up {of}{host}") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    more = f" and {len(addresses) - MOST_ADDRESSES} more" if len(addresses) > MOST_ADDRESSES else ""
    if addresses == [host]:
        return f"{of}{host} is an address, no name to look up"
    return f"{of}{host} has the address {', '.join(addresses[:MOST_ADDRESSES])}{more}"


def _connected(target: SplitResult, route: Route) -> socket.socket:
    """A connection to the first of its addresses that answers."""
    doing = f"connect to {_place(target)}"
    kind = socket.SOCK_STREAM
    found = socket.getaddrinfo(target.hostname, _port(target), type=kind)[:MOST_ADDRESSES]
    last: OSError | None = None
    for family, _, protocol, _, place in found:
        plain = socket.socket(family, kind, protocol)
        plain.settimeout(route.connect_seconds)
        try:
            plain.connect(place)
            return plain
        except OSError as error:
            plain.close()
            last = error
    if isinstance(last, TimeoutError):
        text = f"connect timeout={route.connect_seconds:g} seconds"
        raise faults.on_the_way("TIMEOUT", text, doing=doing)
    raise faults.on_the_way("CONNECT", str(last or "no address"), doing=doing)


def _encrypted(plain: socket.socket, target: SplitResult, route: Route) -> str:
    doing = f"encrypt the connection to {_place(target)}"
    context = ssl.create_default_context(cafile=route.ca_file or DEFAULT_CA_BUNDLE_PATH)
    plain.settimeout(route.connect_seconds)
    try:
        with context.wrap_socket(plain, server_hostname=target.hostname) as sealed:
            certificate = sealed.getpeercert() or {}
            return (
                f"TLS is good ({sealed.version()}); the certificate is valid until "
                f"{certificate.get('notAfter', 'an unknown day')}"
            )
    except ssl.SSLCertVerificationError as error:
        raise faults.on_the_way("TLS", str(error), doing=doing) from None
    except TimeoutError:
        text = f"no answer to the TLS handshake within {route.connect_seconds:g} seconds"
        raise faults.on_the_way("TIMEOUT", text, doing=doing) from None
    except OSError as error:
        raise faults.on_the_way("CONNECTION_LOST", str(error), doing=doing) from None


def _port(target: SplitResult) -> int:
    return target.port or (443 if target.scheme == "https" else 80)


def _place(target: SplitResult) -> str:
    return f"{target.hostname} port {_port(target)}"
