"""A whole world for a story: simulated orgs, a simulated warehouse, and a bridge between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import requests
import yaml

from fulfillment_bridge.actions.go_live import go_live
from fulfillment_bridge.actions.load_workbook import load_workbook
from fulfillment_bridge.app import Bridge
from fulfillment_bridge.simulator.merchants import MerchantSummary, trade
from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from fulfillment_bridge.simulator.warehouse.building import SimulatedWarehouse
from fulfillment_bridge.storage.runs import Run
from tests.storage.fresh import put_store

SAMPLES = Path(__file__).parents[2] / "mappings"
WAREHOUSE = "reno"


@dataclass
class FlowWorld:
    """One merchant or several, one warehouse, and the folder of the bridge's state."""

    folder: Path
    simulator: SimulatorServer
    orgs: dict[str, OrgHandle]
    building: SimulatedWarehouse
    config: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @contextmanager
    def bridge(self) -> Iterator[Bridge]:
        """The bridge of this world in this process, as one start of the program."""
        bridge = Bridge.open(self.config, log_level="error")
        try:
            yield bridge
        finally:
            bridge.close()

    def set_up(self, *, live: bool = True) -> None:
        """Load each merchant's workbook, and go live."""
        with self.bridge() as bridge:
            for name in self.orgs:
                self.load(bridge, name)
                if live:
                    go_live(bridge.store, bridge.clock, name, None, actor="test")

    def load(
        self, bridge: Bridge, name: str, *, workbook: str = "", file: Path | None = None
    ) -> None:
        path = file or SAMPLES / (workbook or name) / "SalesForce_Data_Mapping.xlsx"
        cart = bridge.cart(name, job="describe")
        load_workbook(bridge.store, bridge.clock, name, cart, path, note="", actor="test")

    def trade(self, name: str, count: int, *, planted: int = 0, seed: int = 1) -> MerchantSummary:
        """The merchant creates orders; they are a minute old when this returns."""
        summary = trade(self.orgs[name].endpoint(), count, seed=seed, planted=planted)
        self.simulator.clock.advance(60)
        return summary

    def round(self, bridge: Bridge) -> dict[str, Run]:
        """Every job once, with the warehouse's work between them; the runs by job and target."""
        runs = [*self.each_cart(bridge, "order_download")]
        runs.append(bridge.run("order_delivery", WAREHOUSE))
        self.building.tick()
        runs.append(bridge.run("shipment_collection", WAREHOUSE))
        runs += self.each_cart(bridge, "shipment_upload")
        runs.append(bridge.run("stock_collection", WAREHOUSE))
        runs += self.each_cart(bridge, "inventory_sync")
        return {f"{run.job} {run.target}": run for run in runs}

    def each_cart(self, bridge: Bridge, job: str) -> list[Run]:
        return [bridge.run(job, name) for name in self.orgs]

    def command(self, *words: str) -> subprocess.Popen[str]:
        """Start the program with these words; stdout and stderr are pipes.

        What still runs when the world ends is killed: a test that failed leaves nothing behind.
        """
        process = subprocess.Popen(
            [sys.executable, "-m", "fulfillment_bridge", "--config", str(self.config), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
        )
        self.started.append(process)
        return process

    def run_command(self, *words: str) -> tuple[int, str, str]:
        """Run the program to its end: exit code, stdout, stderr."""
        process = self.command(*words)
        out, err = process.communicate(timeout=100)
        return process.returncode, out, err

    def environment(self) -> dict[str, str]:
        return {**os.environ, "CREDENTIALS_DIRECTORY": str(self.folder / "credentials")}

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        url = f"{self.simulator.control_url}{path}"
        answer = requests.request(method, url, json=body, timeout=100)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def charged(self, name: str) -> Counter[str]:
        """Calls that the org charged to our user, by job."""
        path = f"/requests?org={name}&user={self.orgs[name].username}"
        jobs = (
            str(entry["client"] or "").rpartition("/")[2]
            for entry in self.control("GET", path)
            if entry["charged"]
        )
        return Counter(jobs)

    def forget_requests(self) -> None:
        self.control("DELETE", "/requests")

    def order_files(self, merchant_code: str) -> Counter[str]:
        """How often the warehouse saw each reference of a merchant, by its own ledger."""
        orders = self.building.ledger()["merchants"][merchant_code]["orders"]
        return Counter({reference: len(order["received"]) for reference, order in orders.items()})


@contextmanager
def open_world(
    folder: Path,
    names: Sequence[str],
    *,
    overrides: Mapping[str, Any] | None = None,
    descriptions: Mapping[str, dict[str, Any]] | None = None,
) -> Iterator[FlowWorld]:
    """Orgs of these shipped merchants and one warehouse for them, with a config beside them.

    ``descriptions`` are of merchants that are not shipped.
    """
    put_store(folder)
    with SimulatorServer(tls=False) as simulator:
        orgs = {name: simulator.add_org((descriptions or {}).get(name, name)) for name in names}
        root = folder / "warehouses" / WAREHOUSE
        building = SimulatedWarehouse(
            root, [name.upper() for name in names], ledger=folder / "ledger.db"
        )
        config = folder / "config.yaml"
        _write_secrets(folder / "credentials", orgs)
        document = _config(folder, orgs) | dict(overrides or {})
        config.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        world = FlowWorld(folder, simulator, orgs, building, config)
        try:
            yield world
        finally:
            for process in world.started:
                with process:  # closes its pipes, and waits for it
                    process.kill()
            building.close()


def _write_secrets(folder: Path, orgs: Mapping[str, OrgHandle]) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, org in orgs.items():
        (folder / f"{name}_password").write_text(org.password, encoding="utf-8")
        (folder / f"{name}_token").write_text(org.security_token, encoding="utf-8")


def _config(folder: Path, orgs: Mapping[str, OrgHandle]) -> dict[str, Any]:
    return {
        "state_directory": str(folder),
        "merchants": {name: {"name": name.title()} for name in orgs},
        "connections": {
            f"{name}_org": {
                "type": "salesforce",
                "host": org.base_url,
                "username": org.username,
                "password": {"secret": f"{name}_password"},
                "security_token": {"secret": f"{name}_token"},
            }
            for name, org in orgs.items()
        },
        "carts": {
            name: {"merchant": name, "connection": f"{name}_org", "warehouses": [WAREHOUSE]}
            for name in orgs
        },
        "warehouses": {
            WAREHOUSE: {
                "type": "csv_drop",
                "options": {"folder": f"warehouses/{WAREHOUSE}"},
                "merchants": {name: name.upper() for name in orgs},
            }
        },
    }


def edited_workbook(world: FlowWorld, name: str, sheet: str, cell: str, value: str) -> Path:
    """A copy of a merchant's workbook with another value in one cell."""
    book = openpyxl.load_workbook(SAMPLES / name / "SalesForce_Data_Mapping.xlsx")
    book[sheet][cell] = value
    path = world.folder / f"{name}-edited.xlsx"
    book.save(path)
    return path


def change_config(world: FlowWorld, **changes: Any) -> None:
    """Replace top-level keys of the configuration."""
    document = yaml.safe_load(world.config.read_text(encoding="utf-8")) | changes
    world.config.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def one_json(text: str) -> Any:
    """The one JSON document that a command printed."""
    return json.loads(text)
