"""Secrets that people type in: kept in the store, encrypted; what is where, without any text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.errors import BridgeError, UserError
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.secrets import StoredSecret
from fulfillment_bridge.storage.stored_secrets import StoredSecrets

LONGEST = 64 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_]*")
STORE_KEY = "store_key"


class GivenSecrets(Protocol):
    """Where secrets may be given from outside; these go before the store."""

    def given_by(self, name: str) -> str | None:
        """The place that has it."""
        ...


def set_secret(kept: StoredSecrets, name: str, text: str, *, actor: str) -> None:
    """Keep the text under the name; UserError where either cannot be."""
    _check_name(name)
    text = text.rstrip("\r\n")
    if not text.strip():
        raise UserError("the text is empty, so nothing was kept", remedy="Type it in again.")
    if len(text.encode()) > LONGEST or "\0" in text:
        raise UserError(
            f"this is no secret: it is longer than {LONGEST // 1024} KB or no text",
            remedy="Give the password, token or key itself, in UTF-8.",
        )
    kept.set(name, text, by=actor)


def remove_secret(kept: StoredSecrets, name: str, *, actor: str) -> None:
    """Forget it; UserError where the store keeps none of that name."""
    if not kept.remove(name, by=actor):
        known = ", ".join(each.name for each in kept.every())
        raise UserError(
            f"the store keeps no secret {name!r}",
            remedy=f"It keeps: {known}." if known else "It keeps none.",
        )


def try_again_soon(
    store: Store, clock: Clock, connections: Mapping[str, Collection[str]]
) -> list[str]:
    """Which of these connections are suspended; the jobs of their carts are due at once.

    The suspension itself ends when other credentials have logged in.
    """
    now = clock.now()
    with store.begin() as uow:
        suspended = [name for name in connections if uow.connections.get(name).suspended_at]
        carts = {cart for name in suspended for cart in connections[name]}
        uow.schedule.make_all_due(carts, at=now)
    return suspended


def secrets_report(
    kept: StoredSecrets, given: GivenSecrets, named: Iterable[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Each secret that the configuration names or the store keeps, by name, and the store's key.

    ``named`` has (place in the configuration, name). A row says where the text comes from, which
    places use it and whether they can; nothing of the text itself.
    """
    places: dict[str, list[str]] = {}
    for place, name in named:
        places.setdefault(name, []).append(place)
    stored = {each.name: each for each in kept.every()}
    names = sorted({*places, *stored})
    rows = [_row(name, places.get(name, []), stored.get(name), given, kept) for name in names]
    return [*rows, _key_row(kept, given, needed=bool(stored))]


def _row(
    name: str,
    places: list[str],
    stored: StoredSecret | None,
    given: GivenSecrets,
    kept: StoredSecrets,
) -> dict[str, Any]:
    outside, trouble = None, ""
    try:
        outside = given.given_by(name)
        if stored and not outside and not kept.is_readable(stored):
            trouble = "no key opens it: bring back the key it was encrypted with, or set it again"
    except BridgeError as problem:
        trouble = problem.message
    return {
        "name": name,
        "comes_from": outside or ("store" if stored else None),
        "usable": not trouble and bool(outside or stored),
        "used_by": places,
        "set_at": stored.set_at if stored else None,
        "set_by": stored.set_by if stored else None,
        "note": trouble or _note(places, stored, outside),
    }


def _note(places: list[str], stored: StoredSecret | None, outside: str | None) -> str:
    if stored and outside:
        return f"the one in the store is not used: the {outside} goes first"
    if not stored and not outside:
        return "missing"
    return "" if places else "no place in the configuration names it"


def _key_row(kept: StoredSecrets, given: GivenSecrets, *, needed: bool) -> dict[str, Any]:
    """The key of the store among the secrets: it is one too."""
    where, trouble = None, ""
    try:
        where = given.given_by(STORE_KEY) if kept.keys.given() else None
        if where is None and kept.keys.filed():
            where = f"file {kept.keys.file}"
    except BridgeError as problem:
        trouble = problem.message
    return {
        "name": STORE_KEY,
        "comes_from": where,
        "usable": not trouble and (where is not None or not needed),
        "used_by": ["the store"],
        "set_at": None,
        "set_by": None,
        "note": trouble or ("" if where else "missing" if needed else "made when it is needed"),
    }


def _check_name(name: str) -> None:
    if name == STORE_KEY:
        raise UserError(
            "store_key encrypts what the store keeps, so it cannot stand there itself",
            remedy="Give it from outside, or let the bridge make one in its state directory.",
        )
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{name!r} can be no name of a secret",
            remedy="Small letters, digits and underscores, a letter first: acme_password.",
        )
