"""Names in a config.yaml that stand nowhere, and what does not go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fulfillment_bridge.registry import CARTS, JOBS, WAREHOUSES
from fulfillment_bridge.settings.faults import Fault, Place, unknown

LOGIN_NEEDS = {
    "soap": ("username", "password"),
    "client_credentials": ("consumer_key", "consumer_secret"),
    "jwt": ("username", "consumer_key"),
}
KEYS = ("key_file", "private_key")
LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")


def wrong_references(document: dict[str, Any]) -> Iterator[Fault]:
    """Names that stand nowhere, and what does not go together."""
    for name, connection in blocks(document, "connections"):
        place: Place = ("connections", name)
        yield from unknown(connection.get("type"), CARTS, (*place, "type"), "a known type")
        yield from _missing_credentials(connection, place)
    for name, warehouse in blocks(document, "warehouses"):
        place = ("warehouses", name)
        yield from unknown(warehouse.get("type"), WAREHOUSES, (*place, "type"), "a known type")
        yield from _wrong_merchants(document, block(warehouse, "merchants"), place)
    for name, cart in blocks(document, "carts"):
        yield from _wrong_cart(document, cart, ("carts", name))
    for name in block(document, "jobs"):
        yield from unknown(name, JOBS, ("jobs", name), "a job")


def _missing_credentials(connection: dict[str, Any], place: Place) -> Iterator[Fault]:
    for key in LOGIN_NEEDS.get(str(connection.get("login", "soap")), ()):
        if key not in connection:
            yield (*place, key), "is missing, and this way of logging in needs it"
    if connection.get("login") == "jwt" and sum(key in connection for key in KEYS) != 1:
        yield (*place, "key_file"), "give either key_file or private_key: {secret: NAME}"
    host = str(connection.get("host", LOGIN_HOSTS[0]))
    if connection.get("login") == "client_credentials" and host.endswith(LOGIN_HOSTS):
        yield (
            (*place, "host"),
            "must be the org's own My Domain for client_credentials, such as "
            "https://acme.my.salesforce.com (Setup > My Domain)",
        )


def _wrong_merchants(
    document: dict[str, Any], codes: dict[str, Any], place: Place
) -> Iterator[Fault]:
    seen: dict[Any, str] = {}
    for merchant, code in codes.items():
        here = (*place, "merchants", merchant)
        yield from unknown(merchant, block(document, "merchants"), here, "under merchants")
        if str(code) in seen:
            yield here, f"has the code of {seen[str(code)]}: their orders and stock would mix"
        seen[str(code)] = merchant


def _wrong_cart(document: dict[str, Any], cart: dict[str, Any], place: Place) -> Iterator[Fault]:
    for key, section in (("merchant", "merchants"), ("connection", "connections")):
        known = block(document, section)
        yield from unknown(cart.get(key), known, (*place, key), f"under {section}")
    warehouses = cart.get("warehouses")
    for name in warehouses if isinstance(warehouses, list) else ():
        here = (*place, "warehouses")
        known = block(document, "warehouses")
        yield from unknown(name, known, here, "under warehouses")
        served = block(known.get(str(name)), "merchants")
        if name in known and served and cart.get("merchant") not in served:
            yield here, f"the warehouse {name} does not list the merchant {cart.get('merchant')}"


def blocks(document: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The named blocks in a section, without what is no block."""
    for key, value in block(document, name).items():
        if isinstance(value, dict):
            yield key, value


def block(document: Any, name: str) -> dict[str, Any]:
    """One section or block; empty where it is missing or no block."""
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, dict) else {}
