"""What all repositories share: short ways to ask and to change, on one open transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    Connection,
    Executable,
    Insert,
    RowMapping,
    Select,
    Table,
    Update,
    bindparam,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

Item = TypeVar("Item")
Values: TypeAlias = Mapping[str, Any] | None

IDS_AT_ONCE = 5_000
"""Databases limit the parameters of one statement; SQLite allows the fewest."""


class Repository:
    """Rows of a few tables, seen through the transaction that ``connection`` has open.

    What runs for every order is built once, beside the class that uses it, and gets its values
    with the call: building a statement costs more than running it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _rows(self, statement: Executable, values: Values = None) -> Sequence[RowMapping]:
        return self._connection.execute(statement, values).mappings().all()

    def _rows_among(
        self, statement: Executable, ids: Collection[Any], values: Values = None
    ) -> Iterator[RowMapping]:
        """The rows for any number of ids; the statement takes them as ``ids``."""
        for some in slices(ids):
            yield from self._rows(statement, {**(values or {}), "ids": some})

    def _first(self, statement: Executable, values: Values = None) -> RowMapping | None:
        return self._connection.execute(statement, values).mappings().first()

    def _scalar(self, statement: Executable, values: Values = None) -> Any:
        return self._connection.execute(statement, values).scalar()

    def _change(self, statement: Executable, values: Values = None) -> int:
        """Run an insert, update or delete; how many rows it touched."""
        return self._connection.execute(statement, values).rowcount

    def _change_each(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run an insert, update or delete once for each row of values."""
        for some in slices(rows):
            self._connection.execute(statement, some)

    def _insert(self, table: Table, **values: Any) -> int:
        """Insert one row; its id."""
        result = self._connection.execute(_insert_into(table), values)
        row = result.inserted_primary_key
        return 0 if row is None else int(row[0])

    def _insert_if_new(self, table: Table, **values: Any) -> bool:
        """Insert unless a unique key says it is there already; whether this call inserted it."""
        return self._change(_insert_unless_there(table, self._connection.dialect.name), values) == 1

    def _insert_new(
        self, table: Table, rows: Sequence[Mapping[str, Any]], *columns: str
    ) -> list[RowMapping]:
        """Insert those rows that no unique key says are there; these columns of the inserted."""
        statement = _insert_unless_there(table, self._connection.dialect.name, *columns)
        inserted: list[RowMapping] = []
        for some in slices(rows):
            inserted += self._connection.execute(statement, some).mappings().all()
        return inserted

    def _one(self, table: Table, **key: Any) -> RowMapping | None:
        """The row with that key; none of its values is None."""
        return self._first(_select_by(table, *key), _asked_for(key))

    def _update(self, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> int:
        """Set ``values`` in the rows with that key, which has no None; how many there are."""
        return self._change(_update_by(table, *key), {**values, **_asked_for(key)})

    def _upsert(self, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Set ``values`` in the row with that key, which is made if it is not there."""
        if self._update(table, key, values):
            return
        if not self._insert_if_new(table, **key, **values):
            self._update(table, key, values)  # somebody else was faster


@cache
def _select_by(table: Table, *key: str) -> Select[Any]:
    return select(table).where(*(table.c[name] == bindparam(f"of_{name}") for name in key))


@cache
def _update_by(table: Table, *key: str) -> Update:
    return table.update().where(*(table.c[name] == bindparam(f"of_{name}") for name in key))


def _asked_for(key: Mapping[str, Any]) -> dict[str, Any]:
    return {f"of_{name}": value for name, value in key.items()}


@cache
def _insert_into(table: Table) -> Insert:
    return table.insert()


@cache
def _insert_unless_there(table: Table, dialect: str, *columns: str) -> Executable:
    made: Insert
    if dialect == "postgresql":
        made = postgresql.insert(table).on_conflict_do_nothing()
    else:
        made = sqlite.insert(table).on_conflict_do_nothing()
    if columns:
        return made.returning(*(table.c[name] for name in columns))
    # Otherwise SQLAlchemy forgets how many rows an insert made.
    return made.execution_options(preserve_rowcount=True)


def slices(items: Collection[Item], size: int = IDS_AT_ONCE) -> Iterator[list[Item]]:
    """The items in lists of at most ``size``."""
    every = list(items)
    for start in range(0, len(every), size):
        yield every[start : start + size]
