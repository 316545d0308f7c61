"""The small world of the jobs, for what people do in it."""

from __future__ import annotations

from tests.jobs.conftest import simulator, store, world

__all__ = ["simulator", "store", "world"]
