"""The world around a demo: simulated orgs and a simulated warehouse, as processes of their own.

Each child gets a pipe as its standard input and ends when that pipe closes, so none outlives
this process, whatever ends it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from fulfillment_bridge.errors import BridgeError

MERCHANTS = {"acme": "Acme Outdoor", "globex": "Globex Trading", "initech": "Initech Supplies"}
WAREHOUSE = "reno"
STOP_SECONDS = 2
SECRET_NAMES = ("password", "security_token")


class WorldFailed(BridgeError):
    """A simulated part did not start or did not do what was asked."""


class Child:
    """A process that tells on its first line of output that it is ready."""

    def __init__(
        self, name: str, module: str, options: Mapping[str, Sequence[str]], *, log: Path
    ) -> None:
        self._name = name
        self._log = log
        words = [word for option, values in options.items() for word in (option, *values)]
        with log.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-m", module, *words, "--stop-when-stdin-closes"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def ready(self) -> dict[str, Any]:
        """Wait for the ready line; the document on it. Raises WorldFailed with the child's log."""
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe above
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            said = self._log.read_text(errors="replace")[-2000:]
            raise WorldFailed(f"the {self._name} did not start", raw=said)
        document = json.loads(line)
        assert isinstance(document, dict)  # noqa: S101 - narrows the type
        return document

    def tell_to_stop(self) -> None:
        """Close its input: that is its sign."""
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe above
        self._process.stdin.close()

    def see_it_end(self) -> None:
        """Wait for it to end, and end it where that takes too long."""
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe above
        self._process.stdout.close()


@dataclass
class World:
    """Running orgs and a running warehouse, with the addresses to reach them."""

    folder: Path
    orgs: dict[str, dict[str, Any]]
    control_url: str
    warehouse_url: str
    ready_file: Path
    children: list[Child]

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return _ask(method, f"{self.control_url}{path}", body)

    def warehouse(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return _ask(method, f"{self.warehouse_url}{path}", body)

    def stop(self) -> None:
        stop_all(self.children)


def start_world(folder: Path) -> World:
    """Start both processes side by side and wait until both are ready."""
    ready_file = folder / "orgs.json"
    orgs = Child(
        "simulated org",
        "fulfillment_bridge.simulator",
        {
            "--orgs": list(MERCHANTS),
            "--ready-file": [str(ready_file)],
            "--state-dir": [str(folder / "orgs")],
        },
        log=folder / "orgs.log",
    )
    warehouse = Child(
        "simulated warehouse",
        "fulfillment_bridge.simulator.warehouse",
        {
            "--folder": [str(folder / "warehouses" / WAREHOUSE)],
            "--merchants": [name.upper() for name in MERCHANTS],
            "--code": ["RNO"],
            "--ledger": [str(folder / "warehouse-ledger.db")],
        },
        log=folder / "warehouse.log",
    )
    children = [orgs, warehouse]
    try:
        ready, warehouse_ready = orgs.ready(), warehouse.ready()
    except BaseException:
        stop_all(children)
        raise
    return World(
        folder=folder,
        orgs={org["name"]: org for org in ready["orgs"]},
        control_url=ready["control_url"],
        warehouse_url=warehouse_ready["control_url"],
        ready_file=ready_file,
        children=children,
    )


def stop_all(children: Sequence[Child]) -> None:
    """End them side by side."""
    for child in children:
        child.tell_to_stop()
    for child in children:
        child.see_it_end()


def write_config(world: World) -> Path:
    """A configuration for this world, with its secrets as credential files beside it."""
    credentials = world.folder / "credentials"
    credentials.mkdir(mode=0o700)
    for name, org in world.orgs.items():
        for secret in SECRET_NAMES:
            path = credentials / f"{name}_{secret}"
            path.write_text(org[secret], encoding="utf-8")
            path.chmod(0o600)
    path = world.folder / "config.yaml"
    path.write_text(yaml.safe_dump(_config(world), sort_keys=False), encoding="utf-8")
    return path


def _config(world: World) -> dict[str, Any]:
    return {
        "database": "sqlite:///bridge.db",
        "state_directory": str(world.folder),
        "merchants": {name: {"name": title} for name, title in MERCHANTS.items()},
        "connections": {f"{name}_org": _connection(name, org) for name, org in world.orgs.items()},
        "carts": {
            name: {"merchant": name, "connection": f"{name}_org", "warehouses": [WAREHOUSE]}
            for name in MERCHANTS
        },
        "warehouses": {
            WAREHOUSE: {
                "type": "csv_drop",
                "options": {"folder": "warehouses/reno"},
                "merchants": {name: name.upper() for name in MERCHANTS},
            }
        },
    }


def _connection(name: str, org: Mapping[str, Any]) -> dict[str, Any]:
    connection = {
        "type": "salesforce",
        "login": "soap",
        "host": org["base_url"],
        "username": org["username"],
        "password": {"secret": f"{name}_password"},
        "security_token": {"secret": f"{name}_security_token"},
    }
    return connection | ({"ca_file": org["ca_file"]} if org["ca_file"] else {})


def run_tool(module: str, arguments: Sequence[str]) -> tuple[int, str]:
    """Run one of the simulator's own programs to its end; its exit code and what it printed."""
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise WorldFailed(f"{module} failed", raw=done.stderr[-2000:])
    return done.returncode, done.stdout


def _ask(method: str, url: str, body: Mapping[str, Any] | None) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(method, url, json=body, timeout=60)
    if answer.status_code >= 400:
        raise WorldFailed(f"{method} {url} answered {answer.status_code}", raw=answer.text[:500])
    return answer.json()
