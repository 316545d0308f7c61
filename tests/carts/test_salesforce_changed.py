"""What changed since a moment, read within a number of calls fixed beforehand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fulfillment_bridge.domain.changed import ChangedQuery, ChangedRecords
from tests.carts.sales import NOON, Sales, minutes

MANY = 9_000
DEPOTS = ChangedQuery("Depot__c", ("City__c",), since=NOON - timedelta(days=1))


def put(sales: Sales, stamps: list[datetime]) -> None:
    """Records that changed at these moments."""
    sales.org.handle.org.insert_raw(
        "Depot__c",
        [
            {"City__c": f"{number}", "CreatedDate": at, "LastModifiedDate": at,
             "SystemModstamp": at}
            for number, at in enumerate(stamps)
        ],
    )  # fmt: skip


def changed(
    sales: Sales, *, most_calls: int, since: datetime = DEPOTS.since
) -> tuple[ChangedRecords, int]:
    """What a look finds, and how many calls it took."""
    wanted = ChangedQuery("Depot__c", ("City__c",), since=since)
    sales.connection.login()
    before = sales.calls
    found = sales.cart.fetch_changed([wanted], most_calls=most_calls)["Depot__c"]
    return found, sales.calls - before


def cities(found: ChangedRecords) -> set[str]:
    return {record["City__c"] for record in found.records}


def test_as_much_as_the_calls_can_hold_is_read_of_very_much(sales: Sales) -> None:
    """Whole slices from the beginning on, and not a little of each part of the time."""
    step = timedelta(hours=23) / (2 * MANY)
    put(sales, [DEPOTS.since + number * step for number in range(2 * MANY)])
    found, calls = changed(sales, most_calls=2)
    assert calls == 2
    read = {f"{number}" for number in range(2_000 + 5 * 1_400)}
    assert read <= cities(found)
    assert DEPOTS.since + 2_000 * step < found.until < found.server_time


@pytest.mark.parametrize("peak", [False, True])
def test_thousands_of_records_cost_few_calls(sales: Sales, peak: bool) -> None:
    """Evenly spread over a day, or most of them within an hour."""
    step = timedelta(hours=1 if peak else 23) / MANY
    put(sales, [DEPOTS.since + number * step for number in range(MANY)])
    found, calls = changed(sales, most_calls=9)
    assert cities(found) == {f"{number}" for number in range(MANY)}
    assert calls <= (6 if peak else 2)
    assert found.until == found.server_time


def test_what_is_left_over_is_read_from_where_the_answer_ended(sales: Sales) -> None:
    """Each look gets on, nothing is passed over, and in the end everything was seen."""
    step = timedelta(minutes=30) / MANY
    put(sales, [DEPOTS.since + number * step for number in range(MANY)])
    seen: set[str] = set()
    since = DEPOTS.since
    for _ in range(9):
        found, calls = changed(sales, most_calls=1, since=since)
        assert calls == 1
        assert found.until > since
        seen |= cities(found)
        since = found.until
        if since == found.server_time:
            break
    assert seen == {f"{number}" for number in range(MANY)}
    assert found.until == found.server_time


def test_deleted_records_are_among_them(sales: Sales) -> None:
    """Whoever compares must know that a record is gone."""
    [kept, gone] = sales.org.insert("Depot__c", {"City__c": "A"}, {"City__c": "B"})
    sales.org.change("Depot__c", gone, stamp=NOON + minutes(5), IsDeleted=True)
    found, _ = changed(sales, most_calls=1, since=NOON - minutes(1))
    states = {record["Id"]: record["IsDeleted"] for record in found.records}
    assert states == {kept: False, gone: True}
