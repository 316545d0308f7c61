"""What the control address tells and changes about the applications of an org."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fulfillment_bridge.simulator.oauth_consumers import Consumer
from fulfillment_bridge.simulator.tenant import Tenant

SECRETS = ("consumer_secret", "refresh_token")


def consumers_of(tenant: Tenant) -> list[dict[str, Any]]:
    """Every application without its secrets, the one of the ready line first."""
    return [consumer_as_json(consumer) for consumer in tenant.consumers.all]


def consumer_as_json(consumer: Consumer) -> dict[str, Any]:
    """One application without its secrets."""
    shown = {name: value for name, value in asdict(consumer).items() if name not in SECRETS}
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in shown.items()
    }


def change_consumer(tenant: Tenant, changes: Mapping[str, Any]) -> Consumer:
    """Change the application of this `consumer_key` (the first without one), or add it.

    Raises ValueError, and changes nothing, when something named is unknown or can't be.
    """
    key = changes.get("consumer_key", tenant.app.consumer_key)
    for consumer in tenant.consumers.all:
        if consumer.consumer_key == key:
            consumer.change(changes)
            return consumer
    added = Consumer.of(tenant.org, changes, tenant.integration_user.username)
    tenant.consumers.add(added)
    return added
