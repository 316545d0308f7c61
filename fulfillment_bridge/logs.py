"""Logs: one JSON document a line on standard error, or readable lines on a terminal."""

from __future__ import annotations

import html
import json
import logging
import re
import sys
import threading
import urllib.parse
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["auto", "json", "console"]

QUIET = {
    # zeep prints whole envelopes, passwords included, at DEBUG; the others print URLs and headers.
    "zeep": logging.INFO,
    "urllib3": logging.INFO,
    "requests": logging.INFO,
    "simple_salesforce": logging.INFO,
    "apscheduler": logging.ERROR,
    "alembic": logging.WARNING,
    "sqlalchemy": logging.WARNING,
}
_SHORTEST_SECRET = 4
_SHORTEST_LINE = 16
_MASK = "[secret]"
_EXCLAMATION = r"(?:!|%21|&#33;|\\u0021)"
_NEVER_SHOWN = re.compile(
    # A session id: the org's id, and what nobody may know. It must be masked before it is known.
    rf"(?<=00D[A-Za-z0-9]{{12}}){_EXCLAMATION}[\w.%+/=-]{{8,}}"
    rf"|(?<=00D[A-Za-z0-9]{{15}}){_EXCLAMATION}[\w.%+/=-]{{8,}}"
    # A token or an assertion that is signed, and what stands in a header that lets one in.
    r"|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|(?<=Bearer )[^\s\"'\\]{8,}"
)


def configure_logs(
    *,
    level: str = "info",
    format: LogFormat = "auto",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> Redaction:
    """Send every log line, ours and the libraries', to ``stream`` (standard error).

    The answer can be told of further secrets, such as session ids.
    """
    out = sys.stderr if stream is None else stream
    console = format == "console" or (format == "auto" and out.isatty())
    redaction = Redaction(secrets)
    _IN_FORCE[:] = [redaction]
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Formatter(_renderers(console), redaction))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))
    _configure_structlog()
    return redaction


def masked(text: str) -> str:
    """The text without the secrets that this process knows, to be shown or kept elsewhere."""
    return _IN_FORCE[-1].apply(text)


def get_log(**values: Any) -> Any:
    """A logger that adds these values to each line."""
    return structlog.stdlib.get_logger("fulfillment_bridge").bind(**values)


def bound(**values: Any) -> AbstractContextManager[None]:
    """Add these values to each line logged inside, in this thread only."""
    return structlog.contextvars.bound_contextvars(**values)


class Redaction:
    """The last line of defense: known secrets are masked in whatever is about to be written."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: frozenset[str] = frozenset()
        self._adding = threading.Lock()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Mask these too. Very short ones are left alone: they would mask ordinary words."""
        forms = {
            form
            for secret in secrets
            for part in _parts_of(secret)
            if len(part) >= _SHORTEST_SECRET
            for form in _forms_of(part)
        }
        with self._adding:
            self._forms |= forms

    def apply(self, text: str) -> str:
        """The text without secrets, the longest first: a token may contain a password."""
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, _MASK)
        return _NEVER_SHOWN.sub(_MASK, text)


_IN_FORCE = [Redaction()]
"""What logs are masked with; one at a time."""


class _Formatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self, renderers: list[Processor], redaction: Redaction) -> None:
        super().__init__(processors=renderers, foreign_pre_chain=_shared())
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        return self._redaction.apply(super().format(record))


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _add_library,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
    ]


def _renderers(console: bool) -> list[Processor]:
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if console:
        plain = structlog.dev.plain_traceback
        shown = structlog.dev.ConsoleRenderer(timestamp_key="at", exception_formatter=plain)
        return [remove, shown]
    return [
        remove,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]


def _add_library(logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Which library a line comes from, where it is not ours."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["library"] = record.name
    return event


def _parts_of(secret: str) -> Iterable[str]:
    """The whole, and each line of one that has several, such as a key."""
    yield secret
    lines = [line.strip() for line in secret.splitlines()]
    if len(lines) > 1:
        yield from (
            line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith("-----")
        )


def _forms_of(secret: str) -> Iterable[str]:
    """As it is, and as JSON, XML, URLs and Python's own repr write it."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret, quote=False)
    yield html.escape(secret)
    yield urllib.parse.quote(secret, safe="")
    yield urllib.parse.quote_plus(secret)
    yield repr(secret)[1:-1]
