"""The one place where parts meet: settings, store, connections, carts, warehouses and jobs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fulfillment_bridge import app_profiles as profiles
from fulfillment_bridge.actions.status_report import (
    SOAP_REMEDY,
    Configured,
    soap_days_left,
    status_report,
)
from fulfillment_bridge.app_parts import (
    adapter_options,
    budget_of,
    ca_file_of,
    credentials_of,
    database_password,
    opened_store,
    stored_secrets,
    urgencies,
)
from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.clock import Clock, SystemClock
from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.errors import BridgeError, Misconfigured, UserError
from fulfillment_bridge.jobs.base import CartProfile, JobContext
from fulfillment_bridge.later import Later
from fulfillment_bridge.logs import configure_logs, get_log, masked
from fulfillment_bridge.registry import CARTS, JOBS, WAREHOUSES, load
from fulfillment_bridge.runtime.schedule import load_job
from fulfillment_bridge.runtime.worker import Worker
from fulfillment_bridge.salesforce.budget import FORECAST_FROM, budget_report
from fulfillment_bridge.salesforce.budget_guard import Spending
from fulfillment_bridge.salesforce.memory import ConnectionMemory
from fulfillment_bridge.salesforce.rest import Connection
from fulfillment_bridge.salesforce.session import DEFAULT_API_VERSION, ConnectionOptions
from fulfillment_bridge.salesforce.transport import Route
from fulfillment_bridge.settings import Settings, load_settings
from fulfillment_bridge.storage.connection_memory import StoredConnectionMemory, api_state
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.lease_owner import worker_name
from fulfillment_bridge.storage.runs import Run
from fulfillment_bridge.warehouses.base import Warehouse, WarehouseProfile

if TYPE_CHECKING:
    from fulfillment_bridge.actions import recovery
    from fulfillment_bridge.jobs import active_map as active_maps
    from fulfillment_bridge.jobs.active_map import ActiveMap
    from fulfillment_bridge.runtime import serve as serving
    from fulfillment_bridge.runtime.serve import Server
else:
    recovery = Later("actions.recovery")
    active_maps = Later("jobs.active_map")
    serving = Later("runtime.serve")

BRIDGE = "bridge"
"""The one target of jobs that run once for everything."""

SOAP_NOTICE_EVERY = timedelta(days=1)
ASK_AGAIN_EVERY = timedelta(hours=1)


TRIAL_CONNECT_SECONDS, TRIAL_READ_SECONDS, TRIAL_WRITE_SECONDS = 5.0, 20.0, 30.0
"""How long a person who tests a connection waits for one answer."""


@dataclass(frozen=True)
class Trial:
    """A connection that is tried for a person, and a cart on it."""

    connection: Connection
    cart: Cart


class Bridge:
    """A configured bridge. Connections, carts and warehouses are made when first asked for.

    Safe to share among threads; one per process.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.secrets = stored_secrets(settings, store, clock)
        settings.secret_source.keep_in(self.secrets)
        self.worker = Worker(store, clock, self.context)
        self._connections: dict[str, Connection] = {}
        self._carts: dict[str, tuple[Any, Any]] = {}
        self._warehouses: dict[str, tuple[Any, Warehouse]] = {}
        self._making = threading.RLock()
        self._recovering = False
        self._soap_notice_asked: dict[str, datetime] = {}

    @classmethod
    def open(
        cls,
        config_path: str | Path | None = None,
        *,
        clock: Clock | None = None,
        log_level: str | None = None,
    ) -> Bridge:
        """Read the configuration, set up logs, open the store. UserError with every fault.

        ``log_level`` wins over the configuration's.
        """
        settings = load_settings(config_path)
        profiles.refuse_unknown_demands(settings)
        redaction = configure_logs(
            level=log_level or settings.log.level,
            format=settings.log.format,
            secrets=[*settings.known_secrets(), database_password(settings.database)],
        )
        settings.secret_source.tell(lambda text: redaction.add([text]))
        return cls(settings, opened_store(settings.database), clock or SystemClock())

    def close(self) -> None:
        """Give back network connections and the database."""
        for connection in self._connections.values():
            connection.close()
        self.store.close()

    def connection(self, name: str) -> Connection:
        """The connection, shared by all its carts and all threads."""
        with self._making:
            if name not in self._connections:
                self._connections[name] = self._make_connection(name)
            return self._connections[name]

    def cart(self, name: str, *, job: str = BRIDGE) -> Cart:
        """The cart; its org's calls are counted for ``job``."""
        with self._making:
            options = self._cart_options(name)
            if name not in self._carts or self._carts[name][0] != options:
                self._carts[name] = (options, self._make_cart(name, options))
            for_job: Cart = self._carts[name][1].for_job(job)
        return for_job

    def trial(self, connection: str, cart: str = "") -> Trial:
        """A connection of its own that waits for nothing long, and a cart on it; close it."""
        known = self.connection(connection)
        route = replace(
            known.options.route,
            connect_seconds=TRIAL_CONNECT_SECONDS,
            read_seconds=TRIAL_READ_SECONDS,
            write_seconds=TRIAL_WRITE_SECONDS,
        )
        trial = Connection(replace(known.options, route=route), known.memory)
        adapter = load(CARTS[self.settings.connections[connection].type])
        own = self._cart_options(cart) if cart else adapter.Options()
        return Trial(trial, adapter(trial, own).for_job("test_connection"))

    def warehouse(self, name: str) -> Warehouse:
        """The warehouse."""
        with self._making:
            options = self._warehouse_options(name)
            if name not in self._warehouses or self._warehouses[name][0] != options:
                self._warehouses[name] = (options, self._make_warehouse(name, options))
            return self._warehouses[name][1]

    def active_map(self, cart: str) -> ActiveMap:
        """The workbook the cart works with; Misconfigured where none was loaded."""
        now, needs = self.clock.now(), self.needs(cart)
        return active_maps.load_active_map(self.store, cart, now=now, needs=needs)

    def targets_of(self, job: str) -> list[str]:
        """What a job runs for: every cart, every warehouse, or the bridge itself."""
        runs_per = load_job(job).RUNS_PER
        if runs_per == "cart":
            return list(self.settings.carts)
        return list(self.settings.warehouses) if runs_per == "warehouse" else [BRIDGE]

    def run(self, job: str, target: str, *, since: datetime | None = None) -> Run:
        """Run one job now, due or not; the finished run. ``since`` is how far it looks back."""
        return self.worker.run_now(job, target, since=since)

    def server(self) -> Server:
        """The service that runs every enabled job on its schedule."""
        self._make_store_key()
        return serving.Server(
            self.store,
            self.clock,
            self.worker,
            every_seconds=self._intervals(),
            targets_of=self.targets_of,
            workers=self.settings.workers,
        )

    def context(
        self, job: str, target: str, *, run_id: int, worker: str, stopping: threading.Event
    ) -> JobContext:
        """What one run of a job gets; OverBudget where it has to wait for the org's API calls."""
        self._refuse_before_recovery()
        runs_per = load_job(job).RUNS_PER
        ctx = JobContext(
            job=job,
            target=target,
            clock=self.clock,
            store=self.store,
            log=get_log(),
            worker=worker,
            stopping=stopping,
        )
        if runs_per == "cart":
            ctx.cart = self.cart(target, job=job)
            ctx.cart_profile = replace(self.cart_profile(target), needs=self.needs(target))
            self._remind_of_soap(ctx.cart_profile.connection)
            self.connection(ctx.cart_profile.connection).admit(job)
        elif runs_per == "warehouse":
            ctx.warehouse = self.warehouse(target)
            ctx.warehouse_profile = self.warehouse_profile(target)
        return ctx

    def by_hand(self, job: str, target: str) -> JobContext:
        """What a job's parts get when a person uses them outside of any run."""
        name = worker_name(self.worker.name)
        return self.context(job, target, run_id=0, worker=name, stopping=threading.Event())

    def recover(self) -> Iterator[Run]:
        """Each run of the recovery after a restored backup; recovered once all have succeeded."""
        self._recovering = True
        return recovery.recover(self)

    def _refuse_before_recovery(self) -> None:
        if self._recovering:
            return
        with self.store.read() as uow:
            waits = uow.moments.wait_for_recovery()
        if waits:
            raise Misconfigured(
                "the database was restored from a backup, and what happened since then is not "
                "known yet",
                remedy="fulfillment-bridge db recover finds out, and sends nothing twice.",
                code="RESTORED",
            )

    def cart_profile(self, name: str) -> CartProfile:
        """What jobs need to know of a configured cart, but for what its warehouse asks."""
        return profiles.cart_profile(self.settings, name)

    def warehouse_profile(self, name: str) -> WarehouseProfile:
        """What jobs need to know of a configured warehouse."""
        return profiles.warehouse_profile(self.settings, name)

    def needs(self, cart: str) -> WarehouseNeeds:
        """What the warehouse asks that the cart's orders go to."""
        return profiles.needs_of(self.settings, cart)

    def status(self) -> dict[str, Any]:
        """What is going on, and what needs attention."""
        settings = self.settings
        soap = [name for name, one in settings.connections.items() if one.login == "soap"]
        configured = Configured(
            carts={name: cart.connection for name, cart in settings.carts.items()},
            soap_connections=soap,
            connections=list(settings.connections),
            warehouses=list(settings.warehouses),
            profiles=[self.cart_profile(name) for name in settings.carts],
        )
        report = status_report(self.store, self.clock, configured)
        for row in report["connections"]:
            budget = row["budget"] = self.budget_state(row["connection"])
            if budget["state"] == "waiting":
                report["attention"].append(f"connection {row['connection']}: {budget['text']}")
            if budget["forecast"]:
                used = f"the whole org has used {budget['text']}"
                report["notices"].append(
                    f"connection {row['connection']}: {budget['forecast']}; {used}"
                )
        return report

    def _make_store_key(self) -> None:
        """At the first start, so that the key belongs to the account of the service."""
        try:
            self.secrets.make_key()
        except BridgeError as problem:  # perhaps nothing in the store is needed
            get_log().warning("no key for secrets in the store", error=problem.text())

    def budget_state(self, connection: str) -> dict[str, Any]:
        """How the connection's API budget stands: who waits, until when, and a forecast."""
        now = self.clock.now()
        with self.store.read() as uow:
            state = api_state(uow.connections.get(connection))
            samples = uow.api_usage.samples(connection, since=now - FORECAST_FROM)
        budget = budget_of(self.settings.connections[connection])
        return asdict(budget_report(budget, state, samples, now))

    def _remind_of_soap(self, connection: str) -> None:
        """Once a day in the log, whatever processes there are, while the login is SOAP's."""
        now = self.clock.now()
        asked_at = self._soap_notice_asked.get(connection)
        is_soap = self.settings.connections[connection].login == "soap"
        if not is_soap or (asked_at and now - asked_at < ASK_AGAIN_EVERY):
            return
        self._soap_notice_asked[connection] = now
        with self.store.begin() as uow:
            is_time = uow.moments.take(
                f"soap_notice:{connection}", now=now, every=SOAP_NOTICE_EVERY
            )
        if is_time:
            get_log().warning(
                "SOAP login is retired on 2027-06-01",
                connection=connection,
                days_left=soap_days_left(now),
                remedy=SOAP_REMEDY,
            )

    def _make_connection(self, name: str) -> Connection:
        settings = self.settings.connections[name]
        memory: ConnectionMemory = StoredConnectionMemory(self.store, name, self.clock)
        options = ConnectionOptions(
            name=name,
            credentials=partial(credentials_of, self.settings, name),
            route=Route(ca_file=ca_file_of(self.settings, name), proxy=settings.proxy),
            api_version=settings.api_version or DEFAULT_API_VERSION,
            spending=Spending(budget_of(settings), urgencies()),
            outgoing_addresses=self.settings.outgoing_addresses,
            clock=self.clock,
            mask=masked,
        )
        return Connection(options, memory)

    def _cart_options(self, name: str) -> Any:
        """Read whenever the cart is asked for: a secret among them may be another by now."""
        settings = self.settings.carts[name]
        adapter = load(CARTS[self.settings.connections[settings.connection].type])
        return adapter_options(self.settings, adapter, settings, ("carts", name, "options"))

    def _warehouse_options(self, name: str) -> Any:
        settings = self.settings.warehouses[name]
        adapter = load(WAREHOUSES[settings.type])
        return adapter_options(self.settings, adapter, settings, ("warehouses", name, "options"))

    def _make_cart(self, name: str, options: Any) -> Any:
        settings = self.settings.carts[name]
        adapter = load(CARTS[self.settings.connections[settings.connection].type])
        return adapter(self.connection(settings.connection), options)

    def _make_warehouse(self, name: str, options: Any) -> Warehouse:
        adapter = load(WAREHOUSES[self.settings.warehouses[name].type])
        warehouse: Warehouse = adapter(
            options,
            self.warehouse_profile(name),
            clock=self.clock,
            base_folder=self.settings.state_directory,
        )
        return warehouse

    def _intervals(self) -> dict[str, int | None]:
        unknown = set(self.settings.jobs) - set(JOBS)
        if unknown:
            raise UserError(f"there is no job called {', '.join(sorted(unknown))}")
        return {
            name: (job.every or load_job(name).EVERY_SECONDS) if job.enabled else None
            for name, job in self.settings.jobs.items()
        }
