"""What an org's objects look like to our user, and where that no longer fits a cart's workbook."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import object_schemas, schema_drift

_ROW = object_schemas.c


@dataclass(frozen=True)
class StoredObject:
    """One object; ``content`` is None where our user sees no such object.

    ``as_of``    the org's clock when this was last known to be so
    ``read_at``  the org's clock when it was last read in full
    """

    object_name: str
    content: Mapping[str, Any] | None
    as_of: datetime
    read_at: datetime


@dataclass(frozen=True)
class StoredDrift:
    """Where an org has moved away from a version of a cart's workbook."""

    cart: str
    mapping_version_id: int
    checked_at: datetime
    findings: Sequence[Mapping[str, Any]]


class ObjectSchemas(Repository):
    """``uow.object_schemas``"""

    def known(self, connection: str, names: Collection[str]) -> dict[str, StoredObject]:
        """What is known of these objects, by lower-case name."""
        wanted = [name.lower() for name in names]
        rows = self._rows(
            select(object_schemas).where(
                _ROW.connection == connection, _ROW.object_name.in_(wanted)
            )
        )
        return {
            row["object_name"]: StoredObject(
                row["object_name"], row["content"], row["as_of"], row["read_at"]
            )
            for row in rows
        }

    def store(
        self, connection: str, name: str, content: Mapping[str, Any] | None, *, at: datetime
    ) -> None:
        """The object as it was just read."""
        values = {"content": content, "as_of": at, "read_at": at}
        self._upsert(object_schemas, _key(connection, name), values)

    def confirm(self, connection: str, name: str, *, at: datetime) -> None:
        """The org says that nothing has changed."""
        row = object_schemas.update().filter_by(**_key(connection, name))
        self._change(row.values(as_of=at))

    def forget(self, connection: str) -> None:
        """The next look reads every object of the org in full."""
        self._change(object_schemas.delete().where(_ROW.connection == connection))

    def drift(self, cart: str) -> StoredDrift | None:
        """What the last look found; None where nobody looked yet."""
        row = self._one(schema_drift, cart=cart)
        return None if row is None else StoredDrift(**row)

    def store_drift(
        self,
        cart: str,
        mapping_version_id: int,
        findings: Sequence[Mapping[str, Any]],
        *,
        at: datetime,
    ) -> None:
        """What this look found, in place of what the last one did."""
        values = {
            "mapping_version_id": mapping_version_id,
            "checked_at": at,
            "findings": list(findings),
        }
        self._upsert(schema_drift, {"cart": cart}, values)


def _key(connection: str, name: str) -> dict[str, str]:
    return {"connection": connection, "object_name": name.lower()}
