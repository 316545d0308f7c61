"""Orgs at their addresses, and what they share: one clock, one log, one set of faults."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.descriptions import BadDescription
from fulfillment_bridge.simulator.faults import BadRule, FaultBook, check_rule
from fulfillment_bridge.simulator.gateway import Gateway
from fulfillment_bridge.simulator.listener import HOST, Listener
from fulfillment_bridge.simulator.org import Org
from fulfillment_bridge.simulator.request_log import RequestLog
from fulfillment_bridge.simulator.tenant import Tenant
from fulfillment_bridge.simulator.tls import TlsFiles

WORKERS = 8
LAST_LOGIN_VERSION = "64.0"


@dataclass
class OpenOrg:
    """An org that can be reached, and all one needs to log in to it."""

    tenant: Tenant
    listener: Listener
    ca_file: str | None

    def endpoint(self) -> dict[str, Any]:
        """What the ready line says about the org."""
        tenant = self.tenant
        user, admin, app = tenant.integration_user, tenant.admin_user, tenant.app
        return {
            "name": tenant.org.name,
            "base_url": tenant.base_url,
            "soap_login_url": f"{tenant.base_url}/services/Soap/u/{LAST_LOGIN_VERSION}",
            "username": user.username,
            "password": user.password,
            "security_token": user.security_token,
            "admin_username": admin.username,
            "admin_password": admin.password,
            "admin_security_token": admin.security_token,
            "consumer_key": app.consumer_key,
            "consumer_secret": app.consumer_secret,
            "refresh_token": app.refresh_token,
            "organization_id": tenant.org.organization_id,
            "ca_file": self.ca_file,
        }


@dataclass
class Simulation:
    """Everything that runs on the simulator's event loop."""

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    log: RequestLog = field(default_factory=RequestLog)
    faults: FaultBook = field(default_factory=FaultBook)
    tls: TlsFiles | None = None
    orgs: dict[str, OpenOrg] = field(default_factory=dict)
    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(WORKERS, thread_name_prefix="org")
    )

    async def open_org(self, description: Mapping[str, Any], port: int = 0) -> OpenOrg:
        """Make the org of a description and answer for it; raises BadDescription."""
        name = str(description.get("name") or "")
        if not name or name in self.orgs:
            raise BadDescription(f"an org needs a name of its own; {name!r} will not do")
        rules = _faults_of(description, name)
        listener = Listener.reserve(port)
        try:
            loop = asyncio.get_running_loop()
            org = await loop.run_in_executor(self.pool, self._make, description)
            scheme = "https" if self.tls else "http"
            tenant = Tenant.of(org, description, f"{scheme}://{HOST}:{listener.port}")
        except (ValueError, TypeError, KeyError) as error:
            await listener.close()
            raise BadDescription(f"the description of {name}: {error!r}") from error
        gateway = Gateway(tenant, self.log, self.faults, self.pool, listener.abort)
        await listener.serve(gateway, self.tls.context if self.tls else None)
        opened = OpenOrg(tenant, listener, str(self.tls.ca_file) if self.tls else None)
        self.orgs[name] = opened
        for rule in rules:
            self.faults.add(rule)
        return opened

    def _make(self, description: Mapping[str, Any]) -> Org:
        return Org.from_description(dict(description), clock=self.clock)

    async def close_org(self, name: str) -> bool:
        """Stop answering for an org and forget it; False when there is none."""
        opened = self.orgs.pop(name, None)
        if opened is None:
            return False
        self.faults.forget_org(name)
        await opened.listener.close()
        opened.tenant.close()
        return True

    async def close(self) -> None:
        """Free whoever is held or waits, and close every org."""
        self.faults.close()
        self.log.close()
        for name in list(self.orgs):
            await self.close_org(name)
        self.pool.shutdown()


def _faults_of(description: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The fault rules that an org brings along, about its own requests; raises BadDescription."""
    given = description.get("faults") or []
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise BadDescription(f"the description of {name}: faults must be a list of rules")
    rules = [{"org": name, **each} for each in given]
    try:
        for rule in rules:
            check_rule(rule)
    except BadRule as error:
        raise BadDescription(f"the description of {name}: faults: {error}") from None
    return rules
