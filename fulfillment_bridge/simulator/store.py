"""The rows of one org in SQLite, with rows that commit later than they are stamped.

The tables hold what the newest transaction wrote. While a commit lag hides a new state, the
row's id stands in ``"#lag"`` and its former states, if any, in the object's ``"…#old"`` table
with the span of time for which each of them is what a query sees.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.schema import Schema, SObject
from fulfillment_bridge.simulator.sql_functions import FUNCTIONS

Row = dict[str, Any]
_ALWAYS = ""  # sorts before every stamp


def stamp_of(moment: datetime) -> str:
    """The moment as Salesforce writes it: UTC, whole seconds, `.000+0000`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class Store:
    """One SQLite database in memory. Callers hold the org's lock around every call."""

    def __init__(self, schema: Schema) -> None:
        self._connection = sqlite3.connect(
            ":memory:", check_same_thread=False, isolation_level=None, cached_statements=512
        )
        self.close = weakref.finalize(self, self._connection.close)
        for name, (arguments, function) in FUNCTIONS.items():
            self._connection.create_function(name, arguments, function, deterministic=True)
        self._lagging: set[str] = set()
        self._depth = 0
        self._connection.execute('CREATE TABLE "#lag" (object, Id, visible_at, UNIQUE(object, Id))')
        self._connection.execute('CREATE TABLE "#purged" (object, Id, deleted_at)')
        for sobject in schema:
            if not sobject.virtual:
                self._create(sobject)

    def _create(self, sobject: SObject) -> None:
        columns = ", ".join(
            f"{each.column} PRIMARY KEY" if each.name == "Id" else each.column
            for each in sobject.stored_fields()
        )
        run = self._connection.execute
        run(f'CREATE TABLE "{sobject.name}" ({columns})')
        run(f'CREATE TABLE "{sobject.name}#old" ({columns.replace(" PRIMARY KEY", "")})')
        run(f'ALTER TABLE "{sobject.name}#old" ADD COLUMN "#from"')
        run(f'ALTER TABLE "{sobject.name}#old" ADD COLUMN "#until"')
        for each in sobject.stored_fields():
            name = each.name
            if name == "SystemModstamp":
                self._index(sobject, "SystemModstamp", "Id")
            elif each.external_id or each.unique or each.auto_number or _leads_to_children(each):
                self._index(sobject, name)

        if sobject.engine_field("IsDeleted"):
            run(
                f'CREATE INDEX "{sobject.name}#bin" ON "{sobject.name}" ("SystemModstamp", "Id") '
                'WHERE "IsDeleted" = 1'
            )

    def _index(self, sobject: SObject, *columns: str) -> None:
        listed = ", ".join(f'"{column}"' for column in columns)
        self._connection.execute(
            f'CREATE INDEX "{sobject.name}#{columns[0]}" ON "{sobject.name}" ({listed})'
        )

    # Reading

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT."""
        return self._connection.execute(sql, parameters).fetchall()

    def row(self, sobject: SObject, record_id: str) -> Row | None:
        """The newest state of a record, be it deleted or not yet visible."""
        cursor = self._connection.execute(
            f'SELECT * FROM "{sobject.name}" WHERE Id = ?',  # noqa: S608 - a declared name
            (record_id,),
        )
        found = cursor.fetchone()
        return dict(zip(_names(cursor), found, strict=True)) if found else None

    def rows(self, sobject: SObject, column: str, value: Any, *, limit: int = -1) -> list[Row]:
        """The newest states of the records, not deleted, that have this value."""
        alive = 'AND NOT "IsDeleted"' if sobject.engine_field("IsDeleted") else ""
        return self._select(
            f'SELECT * FROM "{sobject.name}" WHERE "{column}" = ? {alive} LIMIT ?',  # noqa: S608
            (value, limit),
        )

    def deleted_rows(self, sobject: SObject, column: str, value: Any) -> list[Row]:
        """The records in the recycle bin that have this value."""
        return self._select(
            f'SELECT * FROM "{sobject.name}" WHERE "{column}" = ? AND "IsDeleted"',  # noqa: S608
            (value,),
        )

    def _select(self, sql: str, parameters: Sequence[Any]) -> list[Row]:
        cursor = self._connection.execute(sql, parameters)
        names = _names(cursor)
        return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]

    def source(self, sobject: SObject, now: str) -> str:
        """What a query at this time reads the object from: a table name or a subquery."""
        if sobject.name not in self._lagging:
            return f'"{sobject.name}"'
        columns = ", ".join(f'"{each.name}"' for each in sobject.stored_fields())
        return (
            f'(SELECT {columns} FROM "{sobject.name}" WHERE Id NOT IN '  # noqa: S608
            f"(SELECT Id FROM \"#lag\" WHERE object = '{sobject.name}') "
            f'UNION ALL SELECT {columns} FROM "{sobject.name}#old" '
            f"WHERE \"#from\" <= '{now}' AND '{now}' < \"#until\")"
        )

    # Writing

    def insert(self, sobject: SObject, row: Row) -> None:
        """Add one record."""
        self.insert_many(sobject, list(row), [tuple(row.values())])

    def insert_many(
        self, sobject: SObject, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Add records that all give the same columns; the others take their defaults."""
        listed = ", ".join(f'"{column}"' for column in columns)
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(
            f'INSERT INTO "{sobject.name}" ({listed}) VALUES ({marks})',  # noqa: S608
            rows,
        )

    def update(self, sobject: SObject, record_id: str, values: Row) -> None:
        """Change columns of one record."""
        if values:
            changes = ", ".join(f'"{column}" = ?' for column in values)
            self._connection.execute(
                f'UPDATE "{sobject.name}" SET {changes} WHERE Id = ?',  # noqa: S608
                (*values.values(), record_id),
            )

    def purge(self, sobject: SObject, row: Row) -> None:
        """Remove a deleted record for good; only its id and when it was deleted remain."""
        self._connection.execute(
            'INSERT INTO "#purged" VALUES (?, ?, ?)',
            (sobject.name, row["Id"], row["SystemModstamp"]),
        )
        for table in (sobject.name, f"{sobject.name}#old"):
            self._connection.execute(f'DELETE FROM "{table}" WHERE Id = ?', (row["Id"],))  # noqa: S608
        self._connection.execute(
            'DELETE FROM "#lag" WHERE object = ? AND Id = ?', (sobject.name, row["Id"])
        )

    def purge_before(self, sobject: SObject, stamp: str) -> None:
        """Remove for good the records that were deleted before this time."""
        found = self.read(
            f'SELECT Id, SystemModstamp FROM "{sobject.name}" '  # noqa: S608 - a declared name
            'WHERE "IsDeleted" = 1 AND "SystemModstamp" < ?',
            (stamp,),
        )
        for record_id, deleted_at in found:
            self.purge(sobject, {"Id": record_id, "SystemModstamp": deleted_at})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction, or a savepoint inside one; an exception undoes what was written."""
        name = f'"level {self._depth}"'
        self._connection.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._connection.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            self._depth -= 1
            self._connection.execute(f"RELEASE {name}")

    # Commit lag

    def hide_until(self, sobject: SObject, before: Row | None, record_id: str, until: str) -> None:
        """Let queries see ``before`` (None: nothing) of the record until that time."""
        found = self.read(
            'SELECT visible_at FROM "#lag" WHERE object = ? AND Id = ?', (sobject.name, record_id)
        )
        since = found[0][0] if found else _ALWAYS
        until = max(until, since)  # a transaction waits for the one before it
        if before is not None and since < until:
            old = {**before, "#from": since, "#until": until}
            columns = ", ".join(f'"{column}"' for column in old)
            self._connection.execute(
                f'INSERT INTO "{sobject.name}#old" ({columns}) '  # noqa: S608
                f"VALUES ({', '.join('?' * len(old))})",
                tuple(old.values()),
            )
        self._connection.execute(
            'INSERT OR REPLACE INTO "#lag" VALUES (?, ?, ?)', (sobject.name, record_id, until)
        )
        self._lagging.add(sobject.name)

    def earliest_hidden(self, sobject: SObject) -> str | None:
        """The oldest stamp among the new states that queries do not see yet."""
        if sobject.name not in self._lagging:
            return None
        found = self.read(
            f'SELECT MIN(SystemModstamp) FROM "{sobject.name}" WHERE Id IN '  # noqa: S608
            '(SELECT Id FROM "#lag" WHERE object = ?)',
            (sobject.name,),
        )
        earliest: str | None = found[0][0]
        return earliest

    def reveal(self, now: str) -> None:
        """Forget the former states of all rows that have become visible by now."""
        if not self._lagging:
            return
        self._connection.execute('DELETE FROM "#lag" WHERE visible_at <= ?', (now,))
        for name in self._lagging:
            self._connection.execute(f'DELETE FROM "{name}#old" WHERE "#until" <= ?', (now,))  # noqa: S608
        self._lagging = {name for (name,) in self.read('SELECT DISTINCT object FROM "#lag"')}


def _names(cursor: sqlite3.Cursor) -> list[str]:
    return [column[0] for column in cursor.description]


def _leads_to_children(field: Field) -> bool:
    """Whether records are looked up by the field: lines of an order, not what an order bills."""
    return field.type == "reference" and (field.custom or field.child_relationship is not None)
