"""Looks for secrets in whatever was written."""

from __future__ import annotations

import html
import json
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

KEY_FILE = "store_key"


def leaks(secrets: Mapping[str, str], folder: Path, outputs: Mapping[str, bytes]) -> Iterator[str]:
    """Each secret that stands in an output, or in a file beside the credentials.

    The key file holds one, of course: itself.
    """
    places = dict(outputs)
    for path in folder.rglob("*"):
        if path.is_file() and "credentials" not in path.parts and path.name != KEY_FILE:
            places[path.name] = path.read_bytes()
    for place, content in places.items():
        for name, secret in secrets.items():
            if any(form in content for form in _forms(secret)):
                yield f"{name} in {place}"


def each_line(name: str, text: str) -> Iterable[tuple[str, str]]:
    """A text of several lines is found by any of them, but for those that only frame it."""
    for number, line in enumerate(text.splitlines()):
        if line and not line.startswith("-----"):
            yield f"{name}, line {number}", line


def _forms(secret: str) -> set[bytes]:
    """As it is, and as XML, JSON, URLs and Python's own repr write it."""
    texts = {
        secret,
        html.escape(secret),
        html.escape(secret, quote=False),
        json.dumps(secret)[1:-1],
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
        repr(secret)[1:-1],
    }
    return {text.encode() for text in texts}
