"""Transactions, types and the file itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, StatementError

from fulfillment_bridge.errors import Misconfigured, Retry, UserError
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.tables import cursors, order_events
from fulfillment_bridge.storage.types import ExactDecimal, UtcDateTime
from tests.storage.samples import NOW, add_order


def test_what_was_done_before_an_error_is_undone(store: Store) -> None:
    """A transaction happens whole or not at all."""
    with pytest.raises(IntegrityError):
        add_order_with_a_fault(store)
    with store.read() as uow:
        assert uow.orders.by_number("1001") == []


def add_order_with_a_fault(store: Store) -> None:
    """Takes an order in and breaks off before the end."""
    with store.begin() as uow:
        add_order(uow)
        uow.events.add(4711, NOW, "released")


def test_a_reader_changes_nothing(store: Store) -> None:
    """Writing through a view fails, and the next transaction can write again."""
    with pytest.raises(Misconfigured, match="cannot be written"), store.read() as uow:
        add_order(uow)
    with store.begin() as uow:
        add_order(uow)


def test_a_reader_sees_one_moment(store: Store) -> None:
    """What others commit meanwhile does not show, and nobody waits for the reader."""
    with store.read() as reading:
        assert reading.orders.by_number("1001") == []
        with store.begin() as uow:
            add_order(uow)
        assert reading.orders.by_number("1001") == []
    with store.read() as reading:
        assert len(reading.orders.by_number("1001")) == 1


def test_a_database_that_stays_locked_means_try_again(tmp_path: Path) -> None:
    """A long writer makes others wait, then Retry, not break."""
    first = Store.open(f"sqlite:///{tmp_path}/bridge.db")
    second = Store(f"sqlite:///{tmp_path}/bridge.db", busy_seconds=0.05)
    with first.begin(), pytest.raises(Retry, match="locked"), second.begin():
        pass
    first.close()
    second.close()


def test_the_file_is_set_up_to_survive_a_power_cut(store: Store) -> None:
    """Write-ahead log, full syncs and foreign keys on every connection."""
    with store.read() as uow:
        asked = [
            uow.connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert asked == ["wal", 2, 1]


def test_an_event_of_no_order_is_refused(store: Store) -> None:
    """Foreign keys are enforced."""
    with pytest.raises(IntegrityError), store.begin() as uow:
        uow.events.add(4711, NOW, "released")


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    """Nobody could say later what it meant."""
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="no time zone"), store.begin() as uow:
        uow.cursors.set_swept("acme", at=naive)


def test_times_come_back_as_utc(store: Store) -> None:
    """Whatever zone they were given in."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))
    with store.begin() as uow:
        uow.cursors.set_swept("acme", at=elsewhere)
        swept_at = uow.cursors.get("acme").swept_at
    assert swept_at is not None
    assert (swept_at, swept_at.tzinfo) == (NOW, UTC)


def test_times_compare_in_time_order_within_a_second(store: Store) -> None:
    """A whole second and its fractions are kept in one form."""
    moments = [NOW + timedelta(microseconds=part) for part in (0, 1, 999_999, 1_000_000)]
    with store.begin() as uow:
        order_id = add_order(uow).order_id
        for moment in reversed(moments):
            uow.events.add(order_id, moment, "seen")
        stamps = select(order_events.c.at).order_by(order_events.c.at)
        assert list(uow.connection.execute(stamps).scalars()) == moments


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_decimals_come_back_exactly(value: Decimal) -> None:
    """Text, never a float."""
    kind, dialect = ExactDecimal(), sqlite.dialect()
    stored = kind.process_bind_param(value, dialect)
    assert kind.process_result_value(stored, dialect) == value


def test_what_is_no_quantity_is_refused() -> None:
    """Not a number, or without end."""
    with pytest.raises(ValueError, match="not a quantity"):
        ExactDecimal().process_bind_param(Decimal("NaN"), sqlite.dialect())


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1970, 1, 2)))  # noqa: DTZ001
def test_every_time_survives_the_store(value: datetime) -> None:
    """The same moment comes back."""
    kind, dialect = UtcDateTime(), sqlite.dialect()
    stored = kind.process_bind_param(value, dialect)
    assert stored is not None
    assert kind.process_result_value(stored, dialect) == value.astimezone(UTC)


def test_a_store_makes_its_folder(tmp_path: Path) -> None:
    """The first start needs no preparation."""
    store = Store.open(f"sqlite:///{tmp_path}/new/state/bridge.db")
    store.close()
    assert (tmp_path / "new" / "state" / "bridge.db").is_file()


def test_a_database_in_memory_is_refused() -> None:
    """It would be another one for each thread, and gone with the process."""
    with pytest.raises(UserError, match="needs a file"):
        Store.open("sqlite://")


def test_ids_are_never_given_twice(store: Store) -> None:
    """Not even after the row with the highest one is gone: keys are made of them."""
    with store.begin() as uow:
        first = uow.runs.start("order_download", "acme", worker="w", at=NOW)
        uow.runs.finish(first, "ok", at=NOW)
        uow.runs.prune(before=NOW + timedelta(seconds=1))
        assert uow.runs.start("order_download", "acme", worker="w", at=NOW) > first


def test_a_cursor_row_is_made_once(store: Store) -> None:
    """Setting two things about a cart changes one row."""
    with store.begin() as uow:
        uow.cursors.set_swept("acme", at=NOW)
        uow.cursors.close_window("acme", NOW, at=NOW)
        assert len(uow.connection.execute(select(cursors)).all()) == 1
