"""The simulator in a thread of its own: orgs on loopback ports and a control address."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.control import control_application
from fulfillment_bridge.simulator.descriptions import load_description
from fulfillment_bridge.simulator.faults import FaultBook
from fulfillment_bridge.simulator.listener import HOST, Listener
from fulfillment_bridge.simulator.org import Org
from fulfillment_bridge.simulator.request_log import RequestLog
from fulfillment_bridge.simulator.simulation import OpenOrg, Simulation
from fulfillment_bridge.simulator.tenant import Tenant
from fulfillment_bridge.simulator.tls import make_tls

PATIENCE_SECONDS = 60

T = TypeVar("T")


class OrgHandle:
    """One org of a running simulator: where it is, how to get in, and the engine behind it."""

    def __init__(self, opened: OpenOrg) -> None:
        endpoint = opened.endpoint()
        self.tenant: Tenant = opened.tenant
        self.org: Org = opened.tenant.org
        self.name: str = endpoint["name"]
        self.base_url: str = endpoint["base_url"]
        self.soap_login_url: str = endpoint["soap_login_url"]
        self.username: str = endpoint["username"]
        self.password: str = endpoint["password"]
        self.security_token: str = endpoint["security_token"]
        self.admin_username: str = endpoint["admin_username"]
        self.admin_password: str = endpoint["admin_password"]
        self.admin_security_token: str = endpoint["admin_security_token"]
        self.consumer_key: str = endpoint["consumer_key"]
        self.consumer_secret: str = endpoint["consumer_secret"]
        self.refresh_token: str = endpoint["refresh_token"]
        self.organization_id: str = endpoint["organization_id"]
        self.ca_file: str | None = endpoint["ca_file"]
        self._endpoint = endpoint

    def endpoint(self) -> dict[str, Any]:
        """The org's entry in the ready line."""
        return dict(self._endpoint)


class SimulatorServer:
    """A simulator that runs while the `with` block does."""

    def __init__(
        self,
        *,
        tls: bool = True,
        port: int = 0,
        control_port: int = 0,
        state_dir: Path | None = None,
        clock: SimulatedClock | None = None,
    ) -> None:
        self._simulation = Simulation(clock=clock or SimulatedClock())
        self._tls = tls
        self._next_port = port
        self._control_port = control_port
        self._state_dir = state_dir
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self.control_url = ""

    @property
    def clock(self) -> SimulatedClock:
        """The time in all orgs."""
        return self._simulation.clock

    @property
    def log(self) -> RequestLog:
        """The requests to all orgs."""
        return self._simulation.log

    @property
    def faults(self) -> FaultBook:
        """The rules that make requests fail."""
        return self._simulation.faults

    def start(self) -> Self:
        """Start the thread; returns when the control address answers."""
        if self._tls:
            self._simulation.tls = make_tls(self._folder())
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(started)), name="simulator", daemon=True
        )
        self._thread.start()
        started.result(PATIENCE_SECONDS)
        return self

    def close(self) -> None:
        """Cut every connection, stop the thread, remove temporary files."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(PATIENCE_SECONDS)
            self._loop = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def add_org(self, description: Mapping[str, Any] | str) -> OrgHandle:
        """Open an org, from a description, a shipped name or a file; raises BadDescription."""
        if isinstance(description, str):
            description = load_description(description)
        port = self._next_port
        opened = self._await(self._simulation.open_org(description, port))
        self._next_port = port + 1 if port else 0
        return OrgHandle(opened)

    def remove_org(self, name: str) -> None:
        """Close an org; its address no longer answers."""
        self._await(self._simulation.close_org(name))

    def ready(self) -> dict[str, Any]:
        """The ready line: every org and the control address."""
        orgs = [opened.endpoint() for opened in self._simulation.orgs.values()]
        return {"orgs": orgs, "control_url": self.control_url}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def _run(self, started: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        try:
            control = Listener.reserve(self._control_port)
        except OSError as error:
            started.set_exception(error)
            return
        await control.serve(control_application(self._simulation))
        self.control_url = f"http://{HOST}:{control.port}"
        started.set_result(None)
        await self._stop.wait()
        await self._simulation.close()
        await control.close()

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError("the simulator is not running")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    def _folder(self) -> Path:
        if self._state_dir is not None:
            return self._state_dir
        self._temporary = tempfile.TemporaryDirectory(prefix="simulator-")
        return Path(self._temporary.name)
