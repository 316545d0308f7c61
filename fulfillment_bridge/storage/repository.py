"""What all repositories share: short ways to ask and to change, on one open transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite

Item = TypeVar("Item")

IDS_AT_ONCE = 5_000
"""Databases limit the parameters of one statement; SQLite allows the fewest."""


class Repository:
    """Rows of a few tables, seen through the transaction that ``connection`` has open."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _rows(self, statement: Executable) -> Sequence[RowMapping]:
        return self._connection.execute(statement).mappings().all()

    def _first(self, statement: Executable) -> RowMapping | None:
        return self._connection.execute(statement).mappings().first()

    def _scalar(self, statement: Executable) -> Any:
        return self._connection.execute(statement).scalar()

    def _change(self, statement: Executable) -> int:
        """Run an insert, update or delete; how many rows it touched."""
        return self._connection.execute(statement).rowcount

    def _insert(self, table: Table, **values: Any) -> int:
        """Insert one row; its id."""
        result = self._connection.execute(table.insert().values(**values))
        row = result.inserted_primary_key
        return 0 if row is None else int(row[0])

    def _insert_if_new(self, table: Table, **values: Any) -> bool:
        """Insert unless a unique key says it is there already; whether this call inserted it."""
        statement: Executable
        if self._connection.dialect.name == "postgresql":
            statement = postgresql.insert(table).values(**values).on_conflict_do_nothing()
        else:
            statement = sqlite.insert(table).values(**values).on_conflict_do_nothing()
        # Otherwise SQLAlchemy forgets how many rows an insert made.
        return self._change(statement.execution_options(preserve_rowcount=True)) == 1

    def _upsert(self, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Set ``values`` in the row with that key, which is made if it is not there."""
        if not self._insert_if_new(table, **key, **values):
            row = table.update().values(**values)
            for name, value in key.items():
                row = row.where(table.c[name] == value)
            self._change(row)


def slices(items: Collection[Item], size: int = IDS_AT_ONCE) -> Iterator[list[Item]]:
    """The items in lists of at most ``size``."""
    every = list(items)
    for start in range(0, len(every), size):
        yield every[start : start + size]
