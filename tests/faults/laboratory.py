"""Everything a seed needs, made once: the orgs, the configuration, the database to start from."""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from fulfillment_bridge.actions.go_live import go_live
from fulfillment_bridge.actions.load_workbook import load_workbook
from fulfillment_bridge.app import Bridge
from fulfillment_bridge.logs import configure_logs
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.mapping.template import write_workbook
from fulfillment_bridge.registry import JOBS, WAREHOUSES
from fulfillment_bridge.settings import Settings, load_settings
from fulfillment_bridge.storage.database import Store
from tests.faults.building import CODES, Building
from tests.faults.checker import check
from tests.faults.clocks import MachineClock, SharedTime
from tests.faults.desk import DeskWarehouse
from tests.faults.merchants import Merchants
from tests.faults.orgs import MERCHANTS, OrgProcess
from tests.faults.story import PER_CART, PER_WAREHOUSE, Story
from tests.faults.themes import KINDS, Kind, theme_of
from tests.faults.workers import WorkerProcess, Workers

WAREHOUSE = "reno"


class Laboratory:
    """Runs seeds one after the other, each from the same start. Forks, so it has one thread."""

    def __init__(self, folder: Path) -> None:
        configure_logs(level="critical", format="json", secrets=())
        self._folder = folder
        self.time = SharedTime()
        self.orgs = OrgProcess(self.time)
        WAREHOUSES["desk"] = f"{DeskWarehouse.__module__}:{DeskWarehouse.__name__}"
        self._settings = {kind: self._configure(kind) for kind in KINDS}
        # One store for all children: what it has compiled is compiled for them too.
        self._store = Store(self._settings["archives"].database)
        self._templates = self._make_templates()
        self._workers = Workers(lambda: WorkerProcess(self._settings, self._store, self.time))
        gc.collect()
        gc.freeze()

    def run(self, seed: int) -> tuple[list[str], list[str]]:
        """Tell the seed's history; what is wrong with how it ended, and what happened."""
        story = self.story(seed)
        try:
            history = story.tell()
        finally:
            story.close()
        return check(history), story.log

    def story(self, seed: int, **changes: Any) -> Story:
        """A world in which nothing has happened yet."""
        chance = random.Random(seed)  # noqa: S311 - repeatable mischief, no secret
        theme = theme_of(seed, **changes)
        self._reset(fresh=theme.first_run)
        building = Building(self._warehouse, self.time, chance, archives=theme.kind != "deletes")
        return Story(self.orgs, self.time, building, self._workers, chance, theme)

    def close(self) -> None:
        self._workers.close()
        self.orgs.close()

    @property
    def _state(self) -> Path:
        return self._folder / "state"

    @property
    def _warehouse(self) -> Path:
        return self._state / "warehouses" / WAREHOUSE

    def _reset(self, *, fresh: bool) -> None:
        self.time.reset()
        self.orgs("reset")
        for path in sorted(self._state.rglob("*"), reverse=True):
            if path.is_file():
                path.unlink()
        (self._state / "bridge.db").write_bytes(self._templates[fresh])
        for code in CODES.values():
            for name in ("orders", "archive", "shipments", "stock"):
                (self._warehouse / code / name).mkdir(parents=True, exist_ok=True)

    def _configure(self, kind: Kind) -> Settings:
        credentials = self._folder / "credentials"
        credentials.mkdir(mode=0o700, exist_ok=True)
        endpoints = self.orgs("endpoints")
        for name, endpoint in endpoints.items():
            (credentials / f"{name}_key").write_text(endpoint["consumer_key"])
            (credentials / f"{name}_secret").write_text(endpoint["consumer_secret"])
        os.environ["CREDENTIALS_DIRECTORY"] = str(credentials)
        path = self._folder / f"config-{kind}.yaml"
        path.write_text(yaml.safe_dump(self._document(endpoints, kind)))
        return load_settings(path)

    def _document(self, endpoints: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
        return {
            "state_directory": str(self._state),
            "log": {"level": "error"},
            "merchants": {name: {"name": name} for name in MERCHANTS},
            "connections": {f"{name}_org": _connection(name, endpoints[name])
                            for name in MERCHANTS},
            "carts": {name: {"merchant": name, "connection": f"{name}_org",
                             "warehouses": [WAREHOUSE]} for name in MERCHANTS},
            "warehouses": {WAREHOUSE: {
                "type": "desk" if kind == "asks" else "csv_drop",
                "options": {
                    "folder": f"warehouses/{WAREHOUSE}",
                    "partner_archives": kind != "deletes",
                },
                "merchants": CODES,
            }},
        }  # fmt: skip

    def _make_templates(self) -> dict[bool, bytes]:
        """A database in which nothing was read yet, and one that has been read once.

        Running every job here loads whatever is loaded late, before anything is forked.
        """
        workbook = self._folder / "map.xlsx"
        workbook.write_bytes(write_workbook(DEMO["globex"]))
        settings = self._settings["archives"]
        self._state.mkdir(exist_ok=True)
        self._store.migrate()
        bridge = Bridge(settings, self._store, MachineClock(self.time))
        try:
            for name in MERCHANTS:
                cart = bridge.cart(name)
                load_workbook(
                    bridge.store, bridge.clock, name, cart, workbook, note="", actor="test"
                )
                go_live(bridge.store, bridge.clock, name, None, actor="test")
            fresh = self._database(bridge)
            _run(bridge, JOBS)
            read_once = self._database(bridge)
            self._warm_up(bridge)
            return {True: fresh, False: read_once}
        finally:
            bridge.close()

    def _database(self, bridge: Bridge) -> bytes:
        bridge.store.close()  # the last connection takes the log into the file
        return (self._state / "bridge.db").read_bytes()

    def _warm_up(self, bridge: Bridge) -> None:
        """One order goes all the way here, and what that loads late every child has from birth."""
        chance = random.Random(0)  # noqa: S311 - repeatable mischief, no secret
        merchants = Merchants(self.orgs, self.time, chance, MERCHANTS[:1], lags=(0.0,))
        building = Building(self._warehouse, self.time, chance)
        for number in range(3):
            merchants.create(ready=True, lines=number % 2 + 1)
            self.time.advance(60)
            _run(bridge, (*PER_CART, *PER_WAREHOUSE))
            building.take()
            building.ship_one()
            building.count_stock("acme")
            building.finish_files()
            building.release_late_files()
        _run(bridge, JOBS)


def _run(bridge: Bridge, jobs: Iterable[str]) -> None:
    for job in jobs:
        for target in bridge.targets_of(job):
            bridge.run(job, target)


def _connection(name: str, endpoint: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "salesforce",
        "login": "client_credentials",
        "host": endpoint["base_url"],
        "consumer_key": {"secret": f"{name}_key"},
        "consumer_secret": {"secret": f"{name}_secret"},
    }
