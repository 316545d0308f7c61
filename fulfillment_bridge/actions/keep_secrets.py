"""Secrets that people type in: kept in the store, encrypted; what is where, without any text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol

from fulfillment_bridge.errors import UserError
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


def secrets_report(
    kept: StoredSecrets, given: GivenSecrets, named: Iterable[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Each secret that the configuration names or the store keeps, by name.

    ``named`` has (place in the configuration, name). A row says where the text comes from and
    which places use it; nothing of the text itself.
    """
    places: dict[str, list[str]] = {}
    for place, name in named:
        places.setdefault(name, []).append(place)
    stored = {each.name: each for each in kept.every()}
    names = sorted({*places, *stored})
    return [_row(name, places.get(name, []), stored.get(name), given) for name in names]


def _row(
    name: str, places: list[str], stored: StoredSecret | None, given: GivenSecrets
) -> dict[str, Any]:
    outside = given.given_by(name)
    return {
        "name": name,
        "comes_from": outside or ("store" if stored else None),
        "used_by": places,
        "set_at": stored.set_at if stored else None,
        "set_by": stored.set_by if stored else None,
        "note": _note(places, stored, outside),
    }


def _note(places: list[str], stored: StoredSecret | None, outside: str | None) -> str:
    if stored and outside:
        return f"the one in the store is not used: the {outside} goes first"
    if not stored and not outside:
        return "missing"
    return "" if places else "no place in the configuration names it"


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
