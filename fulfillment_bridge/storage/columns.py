"""What tables are made of: one way to name keys, and short words for kinds of columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Integer, MetaData, Table, Text

from fulfillment_bridge.storage.types import ExactDecimal, Json, RowId, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *items: Any) -> Table:
    # Ids are never used twice on SQLite either: an outbox key made of one must stay unique.
    has_row_id = any(isinstance(item, Column) and item.type is RowId for item in items[:1])
    return Table(name, metadata, *items, sqlite_autoincrement=has_row_id)


def row_id(name: str) -> Column[Any]:
    return Column(name, RowId, primary_key=True, autoincrement=True)


def text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


def at(name: str) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=False)


def flag(name: str) -> Column[Any]:
    return Column(name, Boolean, nullable=False)


def whole(name: str) -> Column[Any]:
    return Column(name, Integer, nullable=False)


def json(name: str) -> Column[Any]:
    return Column(name, Json, nullable=False)


def quantity(name: str) -> Column[Any]:
    return Column(name, ExactDecimal, nullable=False)


def ref(name: str, to: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, RowId, ForeignKey(to), nullable=nullable)
