"""What is exported is byte for byte what was loaded."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfillment_bridge.actions.mapping_versions import export
from fulfillment_bridge.storage.database import Store


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.binary(max_size=2_000), min_size=1, max_size=3))
def test_whatever_was_loaded_comes_back_as_it_was(
    store: Store, tmp_path: Path, files: list[bytes]
) -> None:
    """Each version its own bytes, with their digest, whatever was loaded after it."""
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    versions = []
    for content in files:
        with store.begin() as uow:
            added = uow.mappings.add_and_activate(
                cart="acme",
                file_name="map.xlsx",
                content=content,
                schema_json={},
                loaded_at=now,
                loaded_by="test",
            )
        versions.append(added.mapping_version_id)
    path = tmp_path / "back.xlsx"
    for version, content in zip(versions, files, strict=True):
        found = export(store, "acme", version, path)
        assert path.read_bytes() == content
        assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert export(store, "acme", None, path).mapping_version_id == versions[-1]
