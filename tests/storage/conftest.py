"""Real SQLite files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment_bridge.storage.database import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file of its own."""
    opened = Store.open(f"sqlite:///{tmp_path}/bridge.db")
    yield opened
    opened.close()
