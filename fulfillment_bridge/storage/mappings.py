"""Loaded workbooks. The store is the only truth about them: a file counts once it is loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import mapping_versions

_ROW = mapping_versions.c


@dataclass(frozen=True)
class MappingVersion:
    """One loaded workbook with the excerpt of the org's schema it was checked against."""

    mapping_version_id: int
    cart: str
    file_name: str
    content: bytes
    sha256: str
    schema_json: Mapping[str, Any]
    loaded_at: datetime
    loaded_by: str
    note: str
    active: bool


class Mappings(Repository):
    """``uow.mappings``"""

    def active(self, cart: str) -> MappingVersion | None:
        """The workbook this cart works with now."""
        row = self._one(mapping_versions, cart=cart, active=True)
        return None if row is None else MappingVersion(**row)

    def add_and_activate(
        self,
        *,
        cart: str,
        file_name: str,
        content: bytes,
        schema_json: Mapping[str, Any],
        loaded_at: datetime,
        loaded_by: str,
        note: str = "",
    ) -> MappingVersion:
        """Store a workbook; from now on it is the active one of its cart."""
        self._change(mapping_versions.update().where(_ROW.cart == cart).values(active=False))
        added = self._insert(
            mapping_versions,
            cart=cart,
            file_name=file_name,
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            schema_json=dict(schema_json),
            loaded_at=loaded_at,
            loaded_by=loaded_by,
            note=note,
            active=True,
        )
        return self.get(added)

    def activate(self, mapping_version_id: int) -> MappingVersion:
        """Go back to a workbook that was loaded before."""
        version = self.get(mapping_version_id)
        of_cart = mapping_versions.update().where(_ROW.cart == version.cart)
        self._change(of_cart.values(active=_ROW.mapping_version_id == mapping_version_id))
        return self.get(mapping_version_id)

    def versions(self, cart: str) -> list[MappingVersion]:
        """Every workbook ever loaded for the cart, newest first."""
        wanted = select(mapping_versions).where(_ROW.cart == cart)
        rows = self._rows(wanted.order_by(_ROW.mapping_version_id.desc()))
        return [MappingVersion(**row) for row in rows]

    def get(self, mapping_version_id: int) -> MappingVersion:
        """That version; KeyError if there is none."""
        wanted = select(mapping_versions).where(_ROW.mapping_version_id == mapping_version_id)
        row = self._first(wanted)
        if row is None:
            raise KeyError(mapping_version_id)
        return MappingVersion(**row)
