"""Passwords, tokens and keys: where they come from, and that they are never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from fulfillment_bridge.errors import Misconfigured

NAME = re.compile(r"[a-z][a-z0-9_]*")
ENVIRONMENT_PREFIX = "FULFILLMENT_BRIDGE_SECRET_"
_LARGEST_BYTES = 64 * 1024


class Secret:
    """A secret by its name. Its text comes out through ``reveal`` alone, never by printing it."""

    __slots__ = ("_source", "name")

    def __init__(self, name: str, source: SecretSource) -> None:
        self.name = name
        self._source = source

    def reveal(self) -> str:
        """The text itself; Misconfigured, with the places that were looked in, if it is missing."""
        found = self._source.find(self.name)
        if found is None:
            raise Misconfigured(
                f"the secret {self.name!r} was not found",
                remedy=self._source.remedy(self.name),
                code="SECRET_MISSING",
            )
        return found

    def is_set(self) -> bool:
        """Whether there is a text behind the name."""
        return self._source.find(self.name) is not None

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret does not leave the process")


class SecretSource:
    """The environment, then systemd's credentials directory."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ

    def find(self, name: str) -> str | None:
        """The secret's text, without the line break that editors add; None if it is nowhere."""
        given = self._environ.get(ENVIRONMENT_PREFIX + name.upper())
        if given:
            return given
        file = self._file(name)
        if file is None or not file.is_file():
            return None
        with file.open("rb") as opened:
            text = opened.read(_LARGEST_BYTES).decode("utf-8")
        return text.rstrip("\r\n") or None

    def remedy(self, name: str) -> str:
        """Where to put it."""
        file = self._file(name) or f"the file {name} in systemd's credentials directory"
        return f"Set ${ENVIRONMENT_PREFIX}{name.upper()}, or put it into {file}."

    def _file(self, name: str) -> Path | None:
        folder = self._environ.get("CREDENTIALS_DIRECTORY")
        return Path(folder) / name if folder else None
