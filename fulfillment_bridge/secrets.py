"""Passwords, tokens and keys: where they come from, and that they are never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Protocol

from fulfillment_bridge.errors import Misconfigured

NAME = re.compile(r"[a-z][a-z0-9_]*")
ENVIRONMENT_PREFIX = "FULFILLMENT_BRIDGE_SECRET_"
STORE_KEY = "store_key"
"""The secret that secrets in the store are encrypted with; so it can't stand there itself."""

LARGEST_BYTES = 64 * 1024

Place = Literal["environment", "credentials directory", "store"]


class SecretKeeper(Protocol):
    """Keeps secrets beside the environment: the store fits it."""

    def find(self, name: str) -> str | None:
        """The secret's text; None where it keeps none of that name."""
        ...


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
                f"the secret {self.name!r} was not found: neither in the environment, nor in "
                "systemd's credentials directory, nor in the store",
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
    """The environment, then systemd's credentials directory, then the store once it is open."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._keeper: SecretKeeper | None = None
        self._tell: Callable[[str], None] = lambda _: None

    def keep_in(self, keeper: SecretKeeper) -> None:
        """Look there too, last of all."""
        self._keeper = keeper

    def tell(self, listener: Callable[[str], None]) -> None:
        """Give each text that comes out to the listener as well, so that it can mask it."""
        self._tell = listener

    def find(self, name: str) -> str | None:
        """The secret's text, without the line break that editors add; None if it is nowhere."""
        found = self.given(name)
        if found is None and self._keeper is not None and name != STORE_KEY:
            found = self._keeper.find(name)
        if found is not None:
            self.found(found)
        return found

    def found(self, text: str) -> None:
        """Another secret came out, from wherever: it is to be masked as well."""
        self._tell(text)

    def given(self, name: str) -> str | None:
        """The text that came from outside; the store is not asked."""
        return self._environ.get(_variable(name)) or self._credential(name)

    def given_by(self, name: str) -> Place | None:
        """Which of the places outside the store has it."""
        if self._environ.get(_variable(name)):
            return "environment"
        return "credentials directory" if self._credential(name) else None

    def remedy(self, name: str) -> str:
        """Where to put it."""
        file = self._file(name) or f"the file {name} in systemd's credentials directory"
        return (
            f"Type it in once: fulfillment-bridge secrets set {name}. "
            f"Or set ${_variable(name)}, or put it into {file}."
        )

    def _credential(self, name: str) -> str | None:
        file = self._file(name)
        if file is None or not file.is_file():
            return None
        try:
            with file.open("rb") as opened:
                text = opened.read(LARGEST_BYTES).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(
                f"the secret {name!r} cannot be read from {file}: {_why(error)}",
                remedy="The file holds the secret as text in UTF-8, and the user who runs this "
                "may read it.",
                code="SECRET_UNREADABLE",
            ) from None  # the error itself has what was read
        return text.rstrip("\r\n") or None

    def _file(self, name: str) -> Path | None:
        folder = self._environ.get("CREDENTIALS_DIRECTORY")
        return Path(folder) / name if folder else None


def _variable(name: str) -> str:
    return ENVIRONMENT_PREFIX + name.upper()


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "it failed" if isinstance(error, OSError) else "it is no text"
