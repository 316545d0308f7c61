"""One org together with what its web address remembers: sessions, locators, calls, apps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fulfillment_bridge.simulator.bulk.jobs import BulkJobs
from fulfillment_bridge.simulator.describe_stamps import DescribeStamps
from fulfillment_bridge.simulator.locators import Locators
from fulfillment_bridge.simulator.oauth_consumers import Consumer, Consumers
from fulfillment_bridge.simulator.org import Org, User
from fulfillment_bridge.simulator.sessions import LoginDesk, Sessions
from fulfillment_bridge.simulator.usage import ApiUsage


@dataclass
class Tenant:
    """An org at its address."""

    org: Org
    base_url: str
    integration_user: User
    admin_user: User
    consumers: Consumers
    sessions: Sessions
    desk: LoginDesk
    locators: Locators
    bulk: BulkJobs
    describes: DescribeStamps
    usage: ApiUsage = field(default_factory=ApiUsage)

    @classmethod
    def of(cls, org: Org, description: Mapping[str, Any], base_url: str) -> Tenant:
        """The org of a description, reachable at this address."""
        integration = _user_in_role(org, description, "integration")
        return cls(
            org=org,
            base_url=base_url,
            integration_user=integration,
            admin_user=_user_in_role(org, description, "admin"),
            consumers=Consumers.of(org, description.get("consumers") or (), integration.username),
            sessions=Sessions(org),
            desk=LoginDesk(org),
            locators=Locators(org.clock),
            bulk=BulkJobs(org),
            describes=DescribeStamps(org.clock, org.clock.now()),
        )

    def close(self) -> None:
        """End the work in the background, and the org."""
        self.bulk.close()
        self.org.close()

    @property
    def app(self) -> Consumer:
        """The application of the ready line: the first that the description declares."""
        return self.consumers.all[0]

    def charge(self, user: User) -> bool:
        """Count one API call; False when the org has used up its day."""
        settings = self.org.settings
        limit = settings.daily_api_limit - settings.api_usage_by_others
        return self.usage.charge(user.username, now=self.org.clock.now(), limit=limit)

    def calls_used(self) -> int:
        """The calls of the last 24 hours, those of other apps included."""
        others = self.org.settings.api_usage_by_others
        return self.usage.used(now=self.org.clock.now()) + others

    def object_names(self, user: User) -> dict[str, str]:
        """The objects this user knows of: lower-case name to real name."""
        return {entry["name"].lower(): entry["name"] for entry in self._objects(user)}

    def object_prefixes(self, user: User) -> dict[str, str]:
        """Which object the first three characters of a record id mean."""
        return {entry["keyPrefix"]: entry["name"] for entry in self._objects(user)}

    def _objects(self, user: User) -> list[dict[str, Any]]:
        objects: list[dict[str, Any]] = self.org.describe_global(user, "64.0")["sobjects"]
        return objects

    def limit_info(self) -> str:
        """The value of Sforce-Limit-Info."""
        return f"api-usage={self.calls_used()}/{self.org.settings.daily_api_limit}"


def _user_in_role(org: Org, description: Mapping[str, Any], role: str) -> User:
    for entry in description.get("users") or []:
        if entry.get("role") == role:
            return org.users[str(entry["username"]).lower()]
    is_admin = role == "admin"
    users = sorted(org.users.values(), key=lambda user: user.is_admin != is_admin)
    return users[0]
