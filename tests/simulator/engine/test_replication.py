"""Which records changed or were deleted, as getUpdated and getDeleted tell it.

Sources: SOAP guide: getUpdated(), getDeleted(), Data Replication.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.model import CommitLag
from fulfillment_bridge.simulator.org import Operation
from tests.simulator.engine.desk import Desk

MINUTE = timedelta(minutes=1)


def test_updated_names_what_was_made_or_changed_in_the_span(
    admin: Desk, clock: SimulatedClock
) -> None:
    """The span begins with its start and ends before its end; deleted records are left out."""
    old = admin.thing("A")
    clock.advance(3600)
    start = clock.now()
    new, gone = admin.thing("B"), admin.thing("C")
    admin.delete("Thing__c", gone)
    clock.advance(60)
    admin.update("Thing__c", old, Count__c=1)
    clock.advance(60)
    found = admin.org.updated(admin.user, "Thing__c", start, clock.now())
    assert found.ids == [new, old]
    assert admin.org.updated(admin.user, "thing__c", start, start + MINUTE).ids == [new]


def test_the_covered_date_is_a_whole_minute_and_never_beyond_now(
    admin: Desk, clock: SimulatedClock
) -> None:
    """Both ends lose their seconds."""
    now = clock.now()
    found = admin.org.updated(admin.user, "Thing__c", now - MINUTE, now + 10 * MINUTE)
    assert found.latest_date_covered == now.replace(second=0, microsecond=0)


def test_the_covered_date_waits_for_what_has_yet_to_commit(
    admin: Desk, clock: SimulatedClock
) -> None:
    """A row that is stamped but not visible is neither listed nor covered."""
    admin.org.settings.commit_lag.append(CommitLag(600, "Thing__c"))
    start = clock.now()
    late = admin.thing("LATE")
    clock.advance(300)
    found = admin.org.updated(admin.user, "Thing__c", start, clock.now())
    assert (found.ids, found.latest_date_covered) == ([], start.replace(second=0, microsecond=0))
    clock.advance(600)
    assert admin.org.updated(admin.user, "Thing__c", start, clock.now()).ids == [late]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (0, 0, "endDate must be at least one minute greater than startDate"),
        (60, -60, "endDate must be at least one minute greater than startDate"),
        (-31 * 86400, 0, "startDate cannot be more than 30 days ago"),
    ],
)
def test_a_span_is_forward_and_within_thirty_days(
    admin: Desk, clock: SimulatedClock, start: int, end: int, message: str
) -> None:
    """Anything else is INVALID_REPLICATION_DATE."""
    first, last = (clock.now() + timedelta(seconds=each) for each in (start, end))
    for ask in (admin.org.updated, admin.org.deleted):
        with pytest.raises(SalesforceError) as caught:
            ask(admin.user, "Thing__c", first, last)
        assert (caught.value.code, caught.value.message) == ("INVALID_REPLICATION_DATE", message)


def test_objects_without_deletions_have_no_list_of_them(admin: Desk, clock: SimulatedClock) -> None:
    """A virtual object has no changes either; an unknown one is not found."""
    span = clock.now() - MINUTE, clock.now()
    for ask, name, code in (
        (admin.org.deleted, "OrderStatus", "INVALID_TYPE"),
        (admin.org.updated, "UserRecordAccess", "INVALID_TYPE"),
        (admin.org.updated, "Nothing__c", "NOT_FOUND"),
    ):
        with pytest.raises(SalesforceError) as caught:
            ask(admin.user, name, *span)
        assert caught.value.code == code


def test_deleted_names_records_with_their_time(admin: Desk, clock: SimulatedClock) -> None:
    """Those that went along are listed for their own object; what came back is not."""
    thing, back = admin.thing("A"), admin.thing("B")
    part = admin.create("Part__c", Thing__c=thing)
    clock.advance(120)
    deleted_at = clock.now().replace(microsecond=0)
    admin.delete("Thing__c", thing)
    admin.delete("Thing__c", back)
    admin.save(Operation("undelete", "Thing__c", back))
    clock.advance(60)
    span = deleted_at - MINUTE, clock.now() + MINUTE
    found = admin.org.deleted(admin.user, "Thing__c", *span)
    assert [(each.id, each.deleted_date) for each in found.records] == [(thing, deleted_at)]
    assert found.earliest_date_available <= clock.now() - timedelta(days=15)
    assert [each.id for each in admin.org.deleted(admin.user, "Part__c", *span).records] == [part]


def test_deleted_names_what_left_the_recycle_bin_too(admin: Desk, clock: SimulatedClock) -> None:
    """A record deleted for good is gone from every query but not from the list."""
    thing = admin.thing("A")
    start: datetime = clock.now()
    assert admin.save(Operation("hard_delete", "Thing__c", thing))[0].success
    clock.advance(60)
    found = admin.org.deleted(admin.user, "Thing__c", start, clock.now())
    assert [each.id for each in found.records] == [thing]
    assert admin.rows("SELECT Id FROM Thing__c", include_deleted=True) == []


def test_records_hidden_by_sharing_are_in_no_list(
    admin: Desk, clerk: Desk, clock: SimulatedClock
) -> None:
    """Lists show what the user may see."""
    seen, hidden = admin.thing("A"), admin.thing("B")
    admin.org.settings.hidden_records["clerk@testing.example"] = {hidden}
    span = clock.now(), clock.now() + MINUTE
    assert clerk.org.updated(clerk.user, "Thing__c", *span).ids == [seen]
    admin.delete("Thing__c", hidden)
    assert clerk.org.deleted(clerk.user, "Thing__c", *span).records == []
