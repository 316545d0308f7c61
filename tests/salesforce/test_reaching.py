"""The way to a host: each place where it can end, by a person's look and by a login."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fulfillment_bridge.errors import BridgeError, Misconfigured, Retry
from fulfillment_bridge.salesforce.login import Credentials, log_in
from fulfillment_bridge.salesforce.reaching import reach
from fulfillment_bridge.salesforce.transport import Route
from fulfillment_bridge.simulator.server import SimulatorServer
from tests.salesforce.bad_hosts import (
    black_hole,
    byte_by_byte,
    certificate_files,
    encrypted,
    host_that,
    lets_through,
    silent,
    wants_a_login,
)
from tests.salesforce.orgs import TestOrg, open_org

QUICK = Route(connect_seconds=0.3, read_seconds=0.3)
Way = Callable[[str, Route], object]


def by_hand(address: str, route: Route) -> list[str]:
    """As ``test-connection`` looks."""
    return list(reach(address, route))


def by_soap(address: str, route: Route) -> object:
    """As a job logs in."""
    credentials = Credentials(host=address, username="a", password="b", security_token="c")
    return log_in(credentials, route, connection="test_org")


def by_oauth(address: str, route: Route) -> object:
    """As a job logs in."""
    credentials = Credentials(
        login="client_credentials", host=address, consumer_key="a", consumer_secret="b"
    )
    return log_in(credentials, route, connection="test_org")


WAYS = pytest.mark.parametrize("way", [by_hand, by_soap, by_oauth])


@pytest.fixture(scope="module")
def secure_org() -> Iterator[TestOrg]:
    """An org behind TLS."""
    with SimulatorServer(tls=True) as server, open_org(server) as org:
        yield org


def refusal(way: Way, address: str, route: Route) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        way(address, route)
    return caught.value


@contextmanager
def bad_certificate(
    folder: Path, *, name: str | None = None, expired: bool = False
) -> Iterator[tuple[str, Route]]:
    """A host with it, and a route that trusts its authority."""
    trusted, context = certificate_files(folder, name=name, expired=expired)
    with host_that(encrypted(context)) as place:
        yield f"https://{place}", replace(QUICK, connect_seconds=5, ca_file=str(trusted))


def test_every_step_of_a_good_way_is_told(secure_org: TestOrg) -> None:
    """Address, connection, encryption, and until when the certificate is good."""
    looked_up, connected, sealed = by_hand(secure_org.handle.base_url, secure_org.route)
    assert looked_up == "127.0.0.1 is an address, no name to look up"
    assert connected.endswith("accepts connections")
    assert sealed.startswith("TLS is good (TLSv1.")
    assert "valid until" in sealed
    named = secure_org.handle.base_url.replace("127.0.0.1", "localhost")
    assert by_hand(named, secure_org.route)[0].startswith("localhost has the address ")


@WAYS
def test_an_unknown_authority_is_a_matter_of_ca_file(way: Way, secure_org: TestOrg) -> None:
    """What a company proxy that opens TLS looks like."""
    problem = refusal(way, secure_org.handle.base_url, Route())
    assert (type(problem), problem.code) == (Misconfigured, "TLS")
    assert "ca_file" in problem.remedy


@WAYS
def test_an_expired_certificate_speaks_of_clocks(way: Way, tmp_path: Path) -> None:
    """Most often it is this machine's clock that is wrong."""
    with bad_certificate(tmp_path, expired=True) as (address, route):
        problem = refusal(way, address, route)
    assert (type(problem), problem.code) == (Misconfigured, "TLS")
    assert "has expired" in problem.message
    assert "clock" in problem.remedy


@WAYS
def test_a_certificate_for_another_host_speaks_of_the_host(way: Way, tmp_path: Path) -> None:
    """A captive portal, or a My Domain that was mistyped."""
    with bad_certificate(tmp_path, name="portal.example") as (address, route):
        problem = refusal(way, address, route)
    assert (type(problem), problem.code) == (Misconfigured, "TLS")
    assert "not one for this host" in problem.message
    assert "My Domain" in problem.remedy


@WAYS
def test_a_name_that_is_none_is_a_matter_of_dns(way: Way) -> None:
    """This one cannot be looked up, and no name server is asked for it."""
    problem = refusal(way, "https://127.0.0.1%acme", QUICK)
    assert (type(problem), problem.code) == (Retry, "DNS")
    assert "spelling" in problem.remedy


@WAYS
@pytest.mark.parametrize("host", ["acme..my.salesforce.com", f"{'acme' * 20}.my.salesforce.com"])
def test_a_host_that_can_be_none_is_told_before_anything_is_sent(way: Way, host: str) -> None:
    """A slip in config.yaml; no other attempt could help."""
    problem = refusal(way, f"https://{host}", QUICK)
    assert (type(problem), problem.code) == (Misconfigured, "HOST")


@WAYS
def test_a_port_where_nobody_listens_is_a_matter_of_the_firewall(way: Way) -> None:
    """Refused at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    problem = refusal(way, f"http://127.0.0.1:{port}", QUICK)
    assert (type(problem), problem.code) == (Retry, "CONNECT")
    assert "firewall" in problem.remedy


@WAYS
def test_a_black_hole_ends_by_the_connect_time_out(way: Way) -> None:
    """Packets vanish; that is the firewall's doing and not the org's."""
    with black_hole() as place:
        problem = refusal(way, f"http://{place}", QUICK)
    assert (type(problem), problem.code) == (Retry, "TIMEOUT")
    assert "swallows our packets" in problem.message
    assert "firewall" in problem.remedy


@pytest.mark.parametrize("way", [by_soap, by_oauth])
def test_a_host_that_never_answers_ends_by_the_read_time_out(way: Way) -> None:
    """It took the request and says nothing."""
    with host_that(silent) as place:
        problem = refusal(way, f"http://{place}", QUICK)
    assert (type(problem), problem.code) == (Retry, "TIMEOUT")
    assert "did not answer in time" in problem.message


def test_a_handshake_that_is_not_answered_ends_by_time_out() -> None:
    """The port is open and nobody speaks TLS there."""
    with host_that(silent) as place:
        problem = refusal(by_hand, f"https://{place}", QUICK)
    assert (type(problem), problem.code) == (Retry, "TIMEOUT")
    assert "TLS handshake" in problem.raw


def test_something_that_speaks_no_tls_is_no_trouble_of_certificates() -> None:
    """Plain words where TLS is expected."""
    with host_that(byte_by_byte) as place:
        problem = refusal(by_hand, f"https://{place}", replace(QUICK, connect_seconds=5))
    assert problem.code == "CONNECTION_LOST"


@WAYS
def test_a_proxy_that_is_not_there_is_named(way: Way) -> None:
    """The proxy is what cannot be reached, not Salesforce."""
    problem = refusal(
        way, "https://login.salesforce.com", replace(QUICK, proxy="http://127.0.0.1:9")
    )
    assert type(problem) is Retry
    assert problem.code == ("CONNECT" if way is by_hand else "PROXY")
    assert "proxy" in problem.remedy


@WAYS
def test_a_proxy_that_wants_a_login_is_told_as_that(way: Way) -> None:
    """HTTP 407 has a cure of its own."""
    with host_that(wants_a_login) as place:
        route = replace(QUICK, connect_seconds=5, read_seconds=5, proxy=f"http://{place}")
        problem = refusal(way, "https://login.salesforce.com", route)
    assert (type(problem), problem.code) == (Retry, "PROXY")
    assert "wants to know who we are" in problem.message


def test_a_good_proxy_lets_everything_through(secure_org: TestOrg) -> None:
    """The look and the login go by it."""
    with host_that(lets_through) as place:
        route = replace(secure_org.route, proxy=f"http://{place}")
        told = by_hand(secure_org.handle.base_url, route)
        login = log_in(secure_org.credentials, route, connection="test_org")
    assert told[0].startswith("the proxy 127.0.0.1 is an address")
    assert told[-1].startswith("the proxy lets 127.0.0.1 port ")
    assert login.organization_id == secure_org.handle.organization_id


def test_plain_http_stays_within_this_machine(org: TestOrg) -> None:
    """It is told, since it must never be so for a real org."""
    assert "plain http, within this machine" in by_hand(org.handle.base_url, org.route)[-1]
    assert refusal(by_hand, "http://login.salesforce.com", QUICK).code == "PLAIN_HTTP"
