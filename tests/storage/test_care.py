"""The store's file under stress: a clear state each time, and nothing lost silently."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from fulfillment_bridge.errors import Misconfigured, Retry, UserError
from fulfillment_bridge.storage.care import back_up, backup_time, check_file, file_of, restore
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.lease_owner import owner_name
from tests.storage.samples import NOW, add_order, enqueue, release

KILLED = """
import os, signal, sys
from fulfillment_bridge.storage.database import Store
from tests.storage.samples import add_order
store = Store(sys.argv[1])
for number in range(50):
    with store.begin() as uow:
        add_order(uow, str(number))
    print(number, flush=True)
    if number == 20:
        with store.begin() as uow:
            add_order(uow, "half")
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with one order that waits to be sent."""
    file = tmp_path / "bridge.db"
    store = Store.open(f"sqlite:///{file}")
    with store.begin() as uow:
        enqueue(uow, release(uow, add_order(uow)))
    store.close()
    return file


def faults(file: Path) -> list[str]:
    """What a check complains of."""
    return [fault for _, found in check_file(file) for fault in found]


def take_in(store: Store, *numbers: str) -> None:
    """Orders in one transaction."""
    with store.begin() as uow:
        for number in numbers:
            add_order(uow, number)


def use_all_of_it(store: Store) -> None:
    """Touch every page of the file."""
    with store.begin() as uow:
        for table in ("orders", "order_events", "outbox", "fulfillment_lines", "schedule"):
            uow.connection.exec_driver_sql(f"SELECT * FROM {table}").all()  # noqa: S608 names
        uow.connection.exec_driver_sql("REINDEX")


def damage(file: Path) -> None:
    """Overwrite the middle of the file."""
    with file.open("r+b") as opened:
        opened.seek(os.path.getsize(file) // 2)
        opened.write(b"\xff" * 20_000)


def test_a_sound_store_has_no_faults(path: Path) -> None:
    """Every question is answered well."""
    assert faults(path) == []


def test_a_released_order_that_no_message_carries_is_found(path: Path) -> None:
    """Nobody would ever send it."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE outbox SET state = 'done'")
    connection.close()
    assert faults(path) == ["1001"]


def test_a_damaged_file_is_told_by_the_check_and_by_every_use(path: Path) -> None:
    """With the way out, and no traceback."""
    damage(path)
    assert faults(path)
    store = Store(f"sqlite:///{path}")
    with pytest.raises(Misconfigured) as told:
        use_all_of_it(store)
    store.close()
    assert "damaged" in told.value.message
    assert "db restore" in told.value.remedy


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    """Somebody put another file there."""
    other = tmp_path / "bridge.db"
    other.write_text("this is a letter to my aunt, and it is longer than a header " * 20)
    assert faults(other)
    store = Store(f"sqlite:///{other}")
    with pytest.raises(Misconfigured, match="damaged"), store.read():
        pass
    store.close()


def test_a_full_disk_is_a_reason_to_wait_and_loses_nothing(path: Path) -> None:
    """The transaction is undone; once there is room it succeeds."""
    store = Store(f"sqlite:///{path}")
    with store.begin() as uow:
        pages = uow.connection.exec_driver_sql("PRAGMA page_count").scalar()
        uow.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Retry, match="full"):
        take_in(store, *(f"big-{number}" for number in range(500)))
    with store.begin() as uow:
        assert uow.orders.by_number("big-0") == []
        uow.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    with store.begin() as uow:
        add_order(uow, "big-0")
    store.close()
    assert faults(path) == []


def test_a_file_that_may_not_be_written_is_told(path: Path) -> None:
    """Somebody ran a command as another user, or the disk was mounted read-only."""
    store = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(Misconfigured, match="cannot be written"):
        take_in(store, "1002")
    store.close()


def test_a_process_killed_in_a_transaction_leaves_all_that_was_committed(path: Path) -> None:
    """And nothing of what was not."""
    process = subprocess.run(
        [sys.executable, "-c", KILLED, f"sqlite:///{path}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = process.stdout.split()
    assert said[-1] == "20"
    assert faults(path) == []
    store = Store(f"sqlite:///{path}")
    with store.read() as uow:
        assert all(uow.orders.by_number(number) for number in said)
        assert uow.orders.by_number("half") == []
    store.close()


def test_a_backup_is_made_while_the_store_is_written(path: Path, tmp_path: Path) -> None:
    """It holds what was committed, belongs to its owner alone, and replaces nothing."""
    store = Store(f"sqlite:///{path}")
    copy = tmp_path / "copy.db"
    with store.begin() as uow:
        add_order(uow, "not yet committed")
        back_up(path, copy, {"database backup": NOW})
    store.close()
    assert faults(copy) == []
    assert (copy.stat().st_mode & 0o777, backup_time(copy, "database backup")) == (0o600, NOW)
    with sqlite3.connect(copy) as connection:
        numbers = connection.execute("SELECT order_number FROM orders").fetchall()
    connection.close()
    assert numbers == [("1001",)]
    with pytest.raises(UserError, match="exists already"):
        back_up(path, copy, {})
    assert not list(tmp_path.glob(".*"))


def test_a_restore_keeps_the_former_database_and_takes_no_damaged_one(
    path: Path, tmp_path: Path
) -> None:
    """Its write-ahead log goes along with it."""
    copy = tmp_path / "copy.db"
    back_up(path, copy, {})
    store = Store(f"sqlite:///{path}")
    with store.begin() as uow:
        add_order(uow, "later")
    store.close()
    kept = restore(path, copy, at=NOW, moments={"database restored": NOW})
    assert kept is not None
    restored, former = Store(f"sqlite:///{path}"), Store(f"sqlite:///{kept}")
    with restored.read() as now, former.read() as then:
        assert (len(now.orders.by_number("later")), len(then.orders.by_number("later"))) == (0, 1)
        assert now.moments.get("database restored") == NOW
    restored.close()
    former.close()
    damage(copy)
    with pytest.raises(UserError, match="is damaged"):
        restore(path, copy, at=NOW + timedelta(seconds=1), moments={})


def test_nothing_is_restored_under_a_running_job(path: Path, tmp_path: Path) -> None:
    """The service would go on writing into the former file."""
    copy = tmp_path / "copy.db"
    back_up(path, copy, {})
    store = Store(f"sqlite:///{path}")
    with store.begin() as uow:
        owner = f"{owner_name()}#1"
        uow.schedule.claim_now("order_download", "acme", owner=owner, now=NOW, lease_seconds=60)
    store.close()
    with pytest.raises(UserError, match="running on this database"):
        restore(path, copy, at=NOW, moments={})


def test_other_databases_look_after_themselves() -> None:
    """PostgreSQL has tools of its own."""
    with pytest.raises(UserError, match="no SQLite"):
        file_of("postgresql://u@h/bridge")
