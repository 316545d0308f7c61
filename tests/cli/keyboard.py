"""Typing a command: what it answers on both outputs, and its exit code."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fulfillment_bridge.cli.main import main


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything that a person reads."""
        return self.out + self.err

    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


def type_command(
    *words: str | Path, config: Path | None = None, piped: str | None = None
) -> Answer:
    """Run a command in this process, as the program's entry point does.

    ``piped`` is what another program sends it, as in ``pass show acme | fulfillment-bridge ...``.
    """
    out, err = io.StringIO(), io.StringIO()
    options = ["--config", str(config)] if config else []
    with redirect_stdout(out), redirect_stderr(err), _logs_kept(), _piped(piped):
        try:
            main([*options, *map(str, words)])
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int)
    answer = Answer(code, out.getvalue(), err.getvalue())
    assert "Traceback" not in answer.text, answer.text
    return answer


@contextmanager
def _piped(text: str | None) -> Iterator[None]:
    """A pipe in the place of the terminal, if there is anything in it."""
    terminal = sys.stdin
    if text is not None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdin = terminal


@contextmanager
def _logs_kept() -> Iterator[None]:
    """A command sends all logs to its own standard error; give them back after it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
