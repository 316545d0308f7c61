"""One HTTP request as the simulated org sees it, and the answer it gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

JSON_TYPE = "application/json;charset=UTF-8"
XML_TYPE = "text/xml;charset=UTF-8"
HTML_TYPE = "text/html;charset=UTF-8"


@dataclass(frozen=True)
class Call:
    """A request whose body has arrived. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, each decoded by itself: a value may hold an encoded slash."""
        path = self.target.partition("?")[0]
        return tuple(unquote(part) for part in path.split("/") if part)

    @property
    def path(self) -> str:
        """The decoded path without the query."""
        return "/" + "/".join(self.segments)

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of a repeated one the first counts."""
        pairs = parse_qsl(self.target.partition("?")[2], keep_blank_values=True)
        return dict(reversed(pairs))

    @property
    def content_type(self) -> str:
        """The media type of the body without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def bearer(self) -> str | None:
        """The session id of the Authorization header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "oauth") and token else None

    @property
    def client(self) -> str | None:
        """What the caller calls itself in Sforce-Call-Options."""
        for part in self.headers.get("sforce-call-options", "").split(","):
            name, _, value = part.partition("=")
            if name.strip().lower() == "client":
                return value.strip()
        return None


@dataclass
class Answer:
    """What goes back: a JSON payload, or text that is ready, or nothing."""

    status: int
    payload: Any = None
    text: str | None = None
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    operations: int = 1
    charged: int = 0

    def body(self) -> bytes:
        """The bytes to send."""
        if self.text is not None:
            return self.text.encode()
        if self.payload is None:
            return b""
        return json.dumps(self.payload, ensure_ascii=False, separators=(",", ":")).encode()
