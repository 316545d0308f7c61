"""Stores as they are at first, migrated once and copied for each test."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from fulfillment_bridge.storage.database import Store

FILE_NAME = "bridge.db"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file of its own."""
    put_store(tmp_path)
    opened = Store(f"sqlite:///{tmp_path}/{FILE_NAME}")
    yield opened
    opened.close()


def put_store(folder: Path) -> None:
    """Put the file of an empty store into the folder, readable by its owner alone."""
    file = folder / FILE_NAME
    file.touch(mode=0o600)
    file.write_bytes(_migrated())


@lru_cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, FILE_NAME)
        Store.open(f"sqlite:///{file}").close()
        return file.read_bytes()
