"""No password, token, key or session appears in anything that the program writes."""

from __future__ import annotations

import html
import io
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from fulfillment_bridge.simulator.server import OrgHandle
from tests.cli.keyboard import type_command
from tests.cli.leaks import KEY_FILE, each_line, leaks
from tests.flows.world import SAMPLES, FlowWorld, change_config, open_world
from tests.simulator.certificates import Keypair

WRONG_PASSWORD = "wr0ng-&<pass>\"word'"
WRONG_CONSUMER_SECRET = "wr0ng/consumer+secret="
LOUD = "tests.cli.loud"
CHATTY = ("zeep.transports", "urllib3.connectionpool", "sqlalchemy.engine")


@dataclass
class Told:
    """A world whose bridge has been given secrets, and what was written about it."""

    world: FlowWorld
    key: Keypair
    wrong_key: Keypair
    stdin: pytest.MonkeyPatch
    outputs: dict[str, bytes] = field(default_factory=dict)

    def type(self, *words: str, expected: int | None = 0) -> None:
        """Type a command; None leaves open how it ends."""
        answer = type_command(*words, config=self.world.config)
        assert expected in (None, answer.code), answer.text
        self.outputs[f"{len(self.outputs)}: {' '.join(words)}"] = answer.text.encode()

    def set(self, name: str, text: str) -> None:
        """Give a secret to the store."""
        with self.stdin.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
            self.type("secrets", "set", name)

    def look_at(self, process: subprocess.Popen[str]) -> None:
        """What everybody on the machine sees of a process."""
        for shown in ("cmdline", "environ"):
            content = Path(f"/proc/{process.pid}/{shown}").read_bytes()
            self.outputs[f"{len(self.outputs)}: {shown}"] = content

    def secrets(self) -> dict[str, str]:
        """All that it was given, and the sessions that it got."""
        found = {"wrong password": WRONG_PASSWORD, "wrong consumer secret": WRONG_CONSUMER_SECRET}
        found |= each_line("key", self.key.pem())
        found |= each_line("wrong key", self.wrong_key.pem())
        for name, org in self.world.orgs.items():
            found[f"{name} password"] = org.password
            found[f"{name} token"] = org.security_token
            found[f"{name} consumer key"] = org.consumer_key
            found[f"{name} consumer secret"] = org.consumer_secret
            for number, session in enumerate(_sessions(org)):
                # What follows the org's id; that itself may be told.
                found[f"{name} session {number}"] = session.partition("!")[2] or session
        key_file = self.world.folder / KEY_FILE
        return found | dict(each_line("store key", key_file.read_text()))


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """One org for each way to log in; logs as talkative as they can be."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    names = ["acme", "globex", "initech"]
    with open_world(tmp_path, names, overrides={"log": {"level": "debug"}}) as world:
        told = Told(world, Keypair.new(), Keypair.new(), monkeypatch)
        _use_each_login(told)
        yield told


def test_nothing_that_is_written_holds_a_secret(told: Told) -> None:
    """Outputs, logs of all libraries, the database, every file, the list of processes."""
    _with_wrong_secrets(told)
    _with_right_secrets(told)
    _served(told)
    _crashed(told)
    for org in told.world.orgs.values():
        assert _sessions(org), "nobody logged in, so this proves nothing"
    assert list(leaks(told.secrets(), told.world.folder, told.outputs)) == []


@pytest.mark.parametrize("form", [html.escape, urllib.parse.quote_plus, str])
def test_the_twin_finds_a_secret_that_was_written(tmp_path: Path, form: type[str]) -> None:
    """Whether in a file or an output, and in whatever form."""
    (tmp_path / "bridge.db-wal").write_text(f"x{form(WRONG_PASSWORD)}x")
    secrets = {"password": WRONG_PASSWORD} | dict(each_line("key", "-----\nAbC/+=\n"))
    assert list(leaks(secrets, tmp_path, {"log": form("a AbC/+= b").encode()})) == [
        "key, line 1 in log",
        "password in bridge.db-wal",
    ]


def _use_each_login(told: Told) -> None:
    """Soap, client credentials and jwt; the main secret of each is the store's."""
    world = told.world
    connections = yaml.safe_load(world.config.read_text())["connections"]
    for name in ("globex", "initech"):
        org = world.orgs[name]
        (world.folder / "credentials" / f"{name}_key").write_text(org.consumer_key)
        connections[f"{name}_org"] = {
            "type": "salesforce",
            "login": "client_credentials",
            "host": org.base_url,
            "consumer_key": {"secret": f"{name}_key"},
            "consumer_secret": {"secret": "globex_secret"},
        }
    del connections["initech_org"]["consumer_secret"]
    connections["initech_org"] |= {
        "login": "jwt",
        "username": world.orgs["initech"].username,
        "private_key": {"secret": "initech_private"},
    }
    world.orgs["initech"].tenant.app.change({"certificate": told.key.certificate})
    change_config(world, connections=connections)
    (world.folder / "credentials" / "acme_password").unlink()


def _with_wrong_secrets(told: Told) -> None:
    process = _started(told, "fulfillment_bridge", "secrets", "set", "acme_password")
    told.look_at(process)
    out, err = process.communicate(WRONG_PASSWORD, timeout=100)
    told.outputs["secrets set"] = f"{out}{err}".encode()
    assert process.returncode == 0, err
    told.set("globex_secret", WRONG_CONSUMER_SECRET)
    told.set("initech_private", told.wrong_key.pem())
    told.type("--verbose", "test-connection", expected=1)
    told.type("--verbose", "run", "order_download", expected=1)
    told.type("status", "--json", expected=1)


def _with_right_secrets(told: Told) -> None:
    world = told.world
    told.set("acme_password", world.orgs["acme"].password)
    told.set("globex_secret", world.orgs["globex"].consumer_secret)
    told.set("initech_private", told.key.pem())
    told.type("--verbose", "test-connection", expected=None)
    for name in world.orgs:
        workbook = SAMPLES / name / "SalesForce_Data_Mapping.xlsx"
        told.type("--verbose", "mapping", "load", str(workbook), "--cart", name)
        told.type("carts", "go-live", name, "--yes")
    world.trade("acme", 2)  # it puts the orgs' clock forward, and assertions live for minutes
    _repeated_by_an_error_page(told)
    told.type("--verbose", "run", "order_download", "--json")
    told.type("secrets", "rotate-key")
    for words in ("secrets list --json", "secrets list --csv", "secrets list", "connections list"):
        told.type(*words.split())
    told.type("orders", "list", "--json")


def _repeated_by_an_error_page(told: Told) -> None:
    """Something on the way answers with a page that holds what it was sent."""
    page = f"Bad request: {told.world.orgs['globex'].consumer_secret}"
    fault = {"org": "globex", "path": "/services/oauth2/token", "action": "status", "status": 502}
    rule = told.world.simulator.faults.add(fault | {"body": page, "times": 1})
    told.type("run", "order_download", "--cart", "globex", expected=1)
    assert rule.hits == 1
    assert b"Bad request: [secret]" in told.outputs[list(told.outputs)[-1]]


def _started(told: Told, module: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, "--config", str(told.world.config), "--verbose", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=told.world.environment(),
    )


def _served(told: Told) -> None:
    """A service that has done some runs; what it shows, and its database while it is open."""
    process = _started(told, LOUD, "serve")
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if sum('"run ended"' in each for each in lines) >= 6:
            break
    told.look_at(process)
    for path in told.world.folder.glob("bridge.db*"):
        told.outputs[f"{path.name} while it is open"] = path.read_bytes()
    assert "bridge.db-wal while it is open" in told.outputs
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0
    text = "".join([*lines, out, err])
    for library in CHATTY:
        assert f'"library": "{library}' in text, f"{library} said nothing, so this proves nothing"
    told.outputs["serve"] = text.encode()


def _crashed(told: Told) -> None:
    """A fault of ours in the middle of work, with everything in its message."""
    process = _started(told, LOUD, "run", "crash", "--json")
    out, err = process.communicate(timeout=100)
    assert process.returncode == 1
    assert err.count("Traceback") >= len(told.world.orgs)
    assert "a bug of ours with" in out
    told.outputs["run crash"] = f"{out}{err}".encode()
    told.type("status", "--json", expected=1)


def _sessions(org: OrgHandle) -> list[str]:
    """The tokens of all sessions that the org has given out."""
    return list(org.tenant.sessions._by_token)
