"""What the options before the command said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Invocation:
    """Handed to every command as the root context's object."""

    config_path: Path | None
    verbose: bool
