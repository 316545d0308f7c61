"""The way out of a company's network stands in config.yaml, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from fulfillment_bridge.app import Bridge
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from tests.flows.proxy import open_proxy
from tests.simulator.certificates import Keypair

NOBODY = "http://127.0.0.1:9"
NONSENSE = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOBODY),
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), NOBODY),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "*"),
    **dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), "/nowhere/ca.pem"),
    "SSL_CERT_DIR": "/nowhere",
}
SECRETS = ("password", "security_token", "consumer_key", "consumer_secret")
LOGINS: dict[str, tuple[str, ...]] = {
    "soap": ("username", "password", "security_token"),
    "client_credentials": ("consumer_key", "consumer_secret"),
    "jwt": ("username", "consumer_key", "key_file"),
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    """Its certificates are signed by an authority that nobody knows."""
    with SimulatorServer(tls=True) as server:
        yield server


@pytest.fixture
def org(simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[OrgHandle]:
    """An org to reach from an environment in which everything is wrong."""
    handle = simulator.add_org("acme")
    for name, value in NONSENSE.items():
        monkeypatch.setenv(name, value)
    for name in SECRETS:
        monkeypatch.setenv(f"FULFILLMENT_BRIDGE_SECRET_{name.upper()}", getattr(handle, name))
    yield handle
    simulator.remove_org("acme")


@pytest.mark.parametrize("login", LOGINS)
def test_proxy_and_authority_of_the_configuration_are_used_by_every_login(
    org: OrgHandle, tmp_path: Path, login: str
) -> None:
    """SOAP, OAuth and data alike; whatever the environment says of either."""
    assert org.ca_file is not None
    shutil.copy(org.ca_file, tmp_path / "company-ca.pem")
    with (
        open_proxy() as proxy,
        _opened(org, tmp_path, login, proxy=proxy.url, ca_file="company-ca.pem") as bridge,
    ):
        connection = bridge.connection("acme_org")
        assert connection.login().organization_id == org.organization_id
        assert connection.sobjects()
    assert len(proxy.went_to) >= 2
    assert {f"https://{each}" for each in proxy.went_to} == {org.base_url}


@pytest.mark.parametrize("login", LOGINS)
def test_without_the_authority_nobody_is_trusted(
    org: OrgHandle, tmp_path: Path, login: str
) -> None:
    """And without a proxy in the configuration none is used."""
    with _opened(org, tmp_path, login) as bridge, pytest.raises(BridgeError) as caught:
        bridge.connection("acme_org").login()
    assert caught.value.code == "TLS"
    assert "ca_file" in caught.value.remedy


@contextmanager
def _opened(org: OrgHandle, folder: Path, login: str, **way: str) -> Iterator[Bridge]:
    connection: dict[str, Any] = {"type": "salesforce", "login": login, "host": org.base_url} | way
    for name in LOGINS[login]:
        connection[name] = {"secret": name} if name in SECRETS else getattr(org, name, "bridge.key")
    if login == "jwt":
        keypair = Keypair.new()
        org.tenant.app.change({"certificate": keypair.certificate})
        (folder / "bridge.key").write_text(keypair.pem(), encoding="ascii")
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({"connections": {"acme_org": connection}}), encoding="utf-8")
    bridge = Bridge.open(config, log_level="error")
    try:
        yield bridge
    finally:
        bridge.close()
