"""No password, token, key or session appears in anything that the program writes."""

from __future__ import annotations

import html
import json
import signal
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml

from fulfillment_bridge.simulator.server import OrgHandle
from tests.cli.keyboard import type_command
from tests.flows.world import SAMPLES, FlowWorld, change_config, open_world

WRONG_PASSWORD = "wr0ng-&<pass>\"word'"
WRONG_CONSUMER_SECRET = "wr0ng/consumer+secret="


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlowWorld]:
    """One org by SOAP login, one by client credentials; logs as talkative as they can be."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with open_world(tmp_path, ["acme", "globex"], overrides={"log": {"level": "debug"}}) as world:
        _use_client_credentials(world)
        yield world


def test_nothing_that_is_written_holds_a_secret(world: FlowWorld) -> None:
    """Outputs, logs, the database's bytes, every file of the state directory, the process."""
    written = list(_everything_done(world))
    for org in world.orgs.values():
        assert _sessions(org), "nobody logged in, so this proves nothing"
    assert (world.folder / "bridge.db").stat().st_size > 0
    assert list(leaks(world, written)) == []


def test_the_twin_finds_a_secret_that_was_written(world: FlowWorld) -> None:
    """Whether in a file or an output, and in whatever form."""
    org = world.orgs["acme"]
    (world.folder / "log.txt").write_text(f"<password>{html.escape(WRONG_PASSWORD)}</password>")
    written = f"token={urllib.parse.quote_plus(org.security_token)}".encode()
    assert list(leaks(world, [written])) == [
        "acme token in output 0",
        f"wrong password in {world.folder}/log.txt",
    ]


def leaks(world: FlowWorld, written: Iterable[bytes]) -> Iterator[str]:
    """Each secret that stands in an output or in a file beside the credentials."""
    places = {f"output {number}": text for number, text in enumerate(written)}
    for path in world.folder.rglob("*"):
        if path.is_file() and "credentials" not in path.parts:
            places[str(path)] = path.read_bytes()
    for place, content in places.items():
        for name, secret in _secrets(world).items():
            if any(form in content for form in _forms(secret)):
                yield f"{name} in {place}"


def _everything_done(world: FlowWorld) -> Iterator[bytes]:
    """Wrong secrets first, then the right ones; what was written, and what processes show."""
    credentials = world.folder / "credentials"
    right = {path: path.read_text() for path in credentials.iterdir()}
    (credentials / "acme_password").write_text(WRONG_PASSWORD)
    (credentials / "globex_consumer_secret").write_text(WRONG_CONSUMER_SECRET)
    yield _typed(world, "--verbose", "test-connection", expected=1)
    yield _typed(world, "--verbose", "run", "order_download", expected=1)
    yield _typed(world, "status", "--json", expected=1)
    for path, text in right.items():
        path.write_text(text)
    yield _typed(world, "--verbose", "test-connection", expected=0)
    for name in world.orgs:
        workbook = SAMPLES / name / "SalesForce_Data_Mapping.xlsx"
        yield _typed(world, "--verbose", "mapping", "load", str(workbook), "--cart", name)
        yield _typed(world, "carts", "go-live", name, "--yes")
        world.trade(name, 2)
    yield _typed(world, "--verbose", "run", "order_download", "--json")
    yield from _served(world)
    yield _typed(world, "connections", "list", "--json")
    yield _typed(world, "orders", "list", "--json")


def _typed(world: FlowWorld, *words: str, expected: int = 0) -> bytes:
    answer = type_command(*words, config=world.config)
    assert answer.code == expected, answer.text
    return answer.text.encode()


def _served(world: FlowWorld) -> Iterator[bytes]:
    """A service that has done some runs; its environment and its command line too."""
    process = world.command("--verbose", "serve")
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if sum('"run ended"' in each for each in lines) >= 4:
            break
    for shown in ("cmdline", "environ"):
        yield Path(f"/proc/{process.pid}/{shown}").read_bytes()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    yield "".join([*lines, out, err]).encode()


def _use_client_credentials(world: FlowWorld) -> None:
    org = world.orgs["globex"]
    folder = world.folder / "credentials"
    (folder / "globex_consumer_key").write_text(org.consumer_key)
    (folder / "globex_consumer_secret").write_text(org.consumer_secret)
    connections = yaml.safe_load(world.config.read_text())["connections"]
    connections["globex_org"] = {
        "type": "salesforce",
        "login": "client_credentials",
        "host": org.base_url,
        "consumer_key": {"secret": "globex_consumer_key"},
        "consumer_secret": {"secret": "globex_consumer_secret"},
    }
    change_config(world, connections=connections)


def _secrets(world: FlowWorld) -> dict[str, str]:
    secrets = {"wrong password": WRONG_PASSWORD, "wrong consumer secret": WRONG_CONSUMER_SECRET}
    for name, org in world.orgs.items():
        secrets[f"{name} password"] = org.password
        secrets[f"{name} token"] = org.security_token
        secrets[f"{name} consumer secret"] = org.consumer_secret
        for number, session in enumerate(_sessions(org)):
            secrets[f"{name} session {number}"] = session
            # What follows the org's id; enough to find it if it was written without that.
            secrets[f"{name} session {number}, second half"] = session.partition("!")[2] or session
    return secrets


def _sessions(org: OrgHandle) -> list[str]:
    """The tokens of all sessions that the org has given out."""
    return list(org.tenant.sessions._by_token)


def _forms(secret: str) -> set[bytes]:
    """As it is, and as XML, JSON, URLs and Python's own repr write it."""
    texts = {
        secret,
        html.escape(secret),
        html.escape(secret, quote=False),
        json.dumps(secret)[1:-1],
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
        repr(secret)[1:-1],
    }
    return {text.encode() for text in texts}
