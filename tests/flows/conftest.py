"""Worlds for stories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.world import FlowWorld, open_world


@pytest.fixture
def acme_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlowWorld]:
    """One merchant and one warehouse."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with open_world(tmp_path, ["acme"]) as world:
        yield world


@pytest.fixture
def two_merchants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlowWorld]:
    """Two merchants who share order numbers and a SKU at one warehouse."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with open_world(tmp_path, ["acme", "globex"]) as world:
        yield world
