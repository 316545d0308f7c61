"""The migrations lead to the tables the code works with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, Text, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.migrate import migration_config
from fulfillment_bridge.storage.schema_version import newest_version
from fulfillment_bridge.storage.tables import metadata
from tests.storage.samples import add_order

START = """
import sys
from datetime import UTC, datetime
from fulfillment_bridge.storage.database import Store
store = Store.open(sys.argv[1])
with store.begin() as uow:
    uow.audit.add(datetime.now(UTC), sys.argv[2], "start", "bridge")
store.close()
"""


def test_migrations_lead_to_the_tables(store: Store) -> None:
    """Nothing is to be added, changed or dropped."""
    assert differences(store, metadata) == []


def test_a_table_without_a_migration_is_found(store: Store) -> None:
    """The comparison sees a table that only the code has."""
    planted = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(planted)
    Table("planted", planted, Column("name", Text, primary_key=True))
    assert [change[0] for change in differences(store, planted)] == ["add_table"]


def test_migrating_again_keeps_what_is_there(store: Store) -> None:
    """A second start finds nothing to do."""
    with store.begin() as uow:
        add_order(uow)
    store.migrate()
    with store.read() as uow:
        assert len(uow.orders.by_number("1001")) == 1


def test_the_newest_version_is_alembics_head(store: Store) -> None:
    """What is told by file names is what Alembic would tell."""
    with store.engine.connect() as connection:
        scripts = ScriptDirectory.from_config(migration_config(connection))
    assert newest_version() == scripts.get_current_head()


def test_a_database_of_a_newer_program_is_refused(store: Store) -> None:
    """An older program does not touch tables whose meaning it does not know."""
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UserError, match="of version 9999, this program knows up to") as refused:
        store.migrate()
    assert "Install the newer program" in refused.value.remedy


def test_an_older_database_is_migrated_when_it_is_opened(tmp_path: Path) -> None:
    """A database of the first version is brought to the newest, and only then is it opened."""
    url = f"sqlite:///{tmp_path}/bridge.db"
    store = Store(url)
    with store.engine.begin() as connection:
        command.upgrade(migration_config(connection), "0001")
    store.migrate()
    assert differences(store, metadata) == []
    store.close()


def test_several_processes_may_start_on_an_empty_folder_at_once(tmp_path: Path) -> None:
    """One makes the tables, the others wait for it."""
    url = f"sqlite:///{tmp_path}/bridge.db"
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", START, url, f"process-{number}"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    assert [process.communicate(timeout=60)[1] for process in started] == [""] * 4
    store = Store.open(url)
    with store.read() as uow:
        actors = {entry.actor for entry in uow.audit.find()}
    store.close()
    assert actors == {f"process-{number}" for number in range(4)}


def test_every_table_can_be_said_in_postgresql() -> None:
    """The same tables serve a larger installation."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no type there
    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "CREATE" in str(CreateIndex(index).compile(dialect=dialect))


def differences(store: Store, tables: MetaData) -> list[tuple[object, ...]]:
    """What the database would need to be like these tables."""
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, tables))
