"""What the answers to every kind of login have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fulfillment_bridge.salesforce import faults

LOGIN_CLIENT = "fulfillment_bridge/login"


def needed(tree: Mapping[str, Any], name: str, connection: str) -> str:
    """The text under this name; without it the login is of no use, and that may pass."""
    value = tree.get(name)
    if value and isinstance(value, str):
        return value
    fault = faults.CATALOGUE["UNREADABLE_ANSWER"]
    raise fault.error(
        f"{connection}: the answer to the login has no {name}", remedy=fault.remedy, code=fault.code
    )


def one_currency(user: Mapping[str, Any]) -> str | None:
    """The org's currency by its SOAP user info; None where it has several."""
    if user.get("organizationMultiCurrency") == "true":
        return None
    return user.get("orgDefaultCurrencyIsoCode")
