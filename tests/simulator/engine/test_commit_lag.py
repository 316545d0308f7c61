"""Rows that are stamped when their transaction begins but seen only when it commits.

Sources: Reports of readers that lost rows by their stamps: a stamp is that of the transaction's
start, a row is seen from its commit on. SOAP guide: getUpdated() Considerations.
"""

from __future__ import annotations

from datetime import UTC, datetime

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.org import CommitLag
from tests.simulator.engine.desk import Desk, Shop


def lag(desk: Desk, seconds: float, **rule: object) -> None:
    """Let rows of Thing__c be seen late from now on."""
    desk.org.settings.commit_lag = [
        CommitLag.of({"object": "Thing__c", "seconds": seconds, **rule})
    ]


def test_a_new_row_appears_behind_the_cursor(admin: Desk, clock: SimulatedClock) -> None:
    """It is older than rows that were seen before it."""
    lag(admin, 60, where={"Code__c": "late"})
    admin.thing("late")
    clock.advance(10)
    admin.thing("early")
    stamps = "SELECT Code__c, SystemModstamp FROM Thing__c ORDER BY SystemModstamp"
    assert [row["Code__c"] for row in admin.rows(stamps)] == ["early"]
    clock.advance(49)
    assert len(admin.rows(stamps)) == 1
    clock.advance(1)
    assert admin.rows(stamps) == [
        {"Code__c": "late", "SystemModstamp": "2026-11-18T10:30:15.000+0000"},
        {"Code__c": "early", "SystemModstamp": "2026-11-18T10:30:25.000+0000"},
    ]


def test_a_changed_row_shows_its_old_state_until_then(admin: Desk, clock: SimulatedClock) -> None:
    """Every state for its own span of time, and filters go by the state shown."""
    record_id = admin.thing("a", Count__c=0)
    query = "SELECT Count__c FROM Thing__c WHERE Count__c < 3"
    lag(admin, 60)
    admin.update("Thing__c", record_id, Count__c=1)
    clock.advance(30)
    admin.update("Thing__c", record_id, Count__c=2)
    assert admin.column(query) == [0.0]
    clock.advance(30)
    assert admin.column(query) == [1.0]
    clock.advance(30)
    assert admin.column(query) == [2.0]


def test_a_deleted_row_is_seen_until_its_deletion_commits(
    admin: Desk, clock: SimulatedClock
) -> None:
    """Deletion is a change like others."""
    record_id = admin.thing("a")
    lag(admin, 5)
    admin.delete("Thing__c", record_id)
    assert admin.column("SELECT IsDeleted FROM Thing__c") == [False]
    clock.advance(5)
    assert admin.rows("SELECT Id FROM Thing__c") == []


def test_saving_works_on_the_newest_state_all_the_same(admin: Desk, clock: SimulatedClock) -> None:
    """Children can be added to a row that is not yet seen; then their parent is blank."""
    lag(admin, 60)
    thing = admin.thing("a")
    admin.create("Part__c", Thing__c=thing)
    assert admin.rows("SELECT Thing__r.Code__c FROM Part__c") == [{"Thing__r": None}]
    clock.advance(60)
    assert admin.rows("SELECT Thing__r.Code__c FROM Part__c") == [{"Thing__r": {"Code__c": "a"}}]


def test_raw_rows_lag_from_their_own_stamp(admin: Desk, clock: SimulatedClock) -> None:
    """Rows of the past with a lag appear when stamp and lag say."""
    lag(admin, 3600)
    stamp = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
    admin.org.insert_raw("Thing__c", [{"Must__c": "x"}, {"Must__c": "y"}], stamp=stamp)
    assert admin.rows("SELECT Id FROM Thing__c") == []
    clock.set(datetime(2026, 11, 18, 11, 0, tzinfo=UTC))
    assert (
        admin.column("SELECT SystemModstamp FROM Thing__c") == ["2026-11-18T10:00:00.000+0000"] * 2
    )


def test_a_lagging_rule_may_name_single_records(
    admin: Desk, shop: Shop, clock: SimulatedClock
) -> None:
    """Other records of the object commit at once."""
    first, second = admin.thing("a"), admin.thing("b")
    lag(admin, 60, record_ids=[second])
    for record_id in (first, second):
        admin.update("Thing__c", record_id, Must__c="new")
    assert admin.column("SELECT Must__c FROM Thing__c ORDER BY Code__c") == ["new", "x"]


def test_raw_changes_move_stamps_only_when_told(admin: Desk) -> None:
    """As merchants' migrations do."""
    record_id = admin.thing("a")
    admin.org.update_raw("Thing__c", record_id, {"Count__c": 7})
    assert admin.rows("SELECT Count__c, SystemModstamp FROM Thing__c") == [
        {"Count__c": 7.0, "SystemModstamp": "2026-11-18T10:30:15.000+0000"}
    ]
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    admin.org.update_raw("Thing__c", record_id, {}, stamp=stamp)
    assert admin.column("SELECT SystemModstamp FROM Thing__c") == ["2026-01-01T00:00:00.000+0000"]
