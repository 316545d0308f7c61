"""Real SQLite files."""

from __future__ import annotations

from tests.storage.fresh import store

__all__ = ["store"]
