"""Updates: every record for itself, smaller batches where it hurts, no doubt about the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fulfillment_bridge.carts.salesforce_writes import BatchSize, Lesson, UpdateWriter
from fulfillment_bridge.domain.org_schema import RecordUpdate, UpdateResult, Value
from fulfillment_bridge.errors import OverBudget, Retry
from fulfillment_bridge.salesforce.memory import TransientMemory
from fulfillment_bridge.salesforce.rest import Connection, Subanswer
from tests.carts.sales import Sales
from tests.salesforce.orgs import TestOrg

AUTOMATION = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def update(record_id: str, **values: Value) -> RecordUpdate:
    return RecordUpdate("Sale__c", record_id, values)


def tracking(ids: Sequence[str], text: str = "1Z999") -> list[RecordUpdate]:
    return [update(record_id, Tracking__c=text) for record_id in ids]


def stored(sales: Sales, record_id: str, *columns: str) -> list[Any]:
    record = sales.cart.fetch_records("Sale__c", [record_id], columns)[record_id]
    return [record[column] for column in columns]


def test_values_of_every_kind_arrive_exactly(sales: Sales) -> None:
    """Texts, dates, times, numbers beyond a float's reach, and None to clear a field."""
    (order_id,) = sales.sell(State__c="Open")
    moment = datetime(2026, 11, 22, 9, 30, 5, tzinfo=UTC)
    values: dict[str, Value] = {
        "Tracking__c": 'Ü "1Z" \\ é',
        "Shipped__c": date(2026, 11, 22),
        "Sent__c": moment,
        "Weight__c": Decimal("123456.123456"),
        "Ready__c": False,
        "State__c": None,
    }
    (result,) = sales.cart.write_updates([RecordUpdate("Sale__c", order_id, values)])
    assert result == UpdateResult(order_id, written=True)
    assert stored(sales, order_id, *values) == [
        'Ü "1Z" \\ é',
        "2026-11-22",
        "2026-11-22T09:30:05.000+0000",
        Decimal("123456.123456"),
        False,
        None,
    ]


def test_a_thousand_updates_cost_one_call(sales: Sales) -> None:
    """Five batches of two hundred in one composite call; results in the order asked for."""
    ids = list(reversed(sales.sell(1000, lines=0)))
    sales.connection.login()
    before = sales.calls
    results = sales.cart.write_updates(tracking(ids))
    assert [result.record_id for result in results] == ids
    assert all(result.written for result in results)
    assert sales.calls - before == 1
    assert sales.cart.write_updates([]) == []


def test_a_bad_record_does_not_stop_the_others(sales: Sales) -> None:
    """Each record has its own result, with the org's own words and fields."""
    good, invalid, long, gone, bad_value = sales.sell(5)
    sales.org.change("Sale__c", gone, IsDeleted=True)
    results = sales.cart.write_updates(
        [
            update(good, Tracking__c="1Z1"),
            update(invalid, Tracking__c="BAD"),
            update(long, Tracking__c="x" * 21),
            update(gone, Tracking__c="1Z2"),
            update(bad_value, Way__c="Donkey"),
        ]
    )
    assert [result.written for result in results] == [True, False, False, False, False]
    assert [result.faults[0].code for result in results[1:]] == [
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "STRING_TOO_LONG",
        "ENTITY_IS_DELETED",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    ]
    assert results[1].faults[0].message == "Tracking must not be BAD"
    assert results[2].faults[0].fields == ("Tracking__c",)
    assert not any(result.retry or result.unknown for result in results)


def test_an_unknown_field_faults_its_own_record_only(sales: Sales) -> None:
    """A field that was renamed in the org does not stop updates that do not use it."""
    first, second = sales.sell(2)
    results = sales.cart.write_updates([update(first, Ghost__c="x"), update(second, State__c="y")])
    assert results[0].faults[0].code == "INVALID_FIELD"
    assert not results[0].retry
    assert results[1].written


def test_a_text_that_looks_like_a_reference_is_written_as_it_is(sales: Sales) -> None:
    """Inside a composite call the org would try to resolve it, and refuse everything."""
    first, second = sales.sell(2)
    results = sales.cart.write_updates(
        [update(first, Tracking__c="@{part0.id}"), update(second, Tracking__c="1Z")]
    )
    assert [result.written for result in results] == [True, True]
    assert stored(sales, first, "Tracking__c") == ["@{part0.id}"]


def test_one_record_twice_is_a_mistake_of_the_caller(sales: Sales) -> None:
    """Which of the two would stand is anybody's guess, so nothing is sent."""
    with pytest.raises(ValueError, match="more than once"):
        sales.cart.write_updates([update("a01", State__c="x"), update("a01", State__c="y")])
    assert not sales.org.data_requests()


def test_a_lost_answer_leaves_the_outcome_unknown(sales: Sales) -> None:
    """The org wrote, the answer was cut off: the caller must read back before it writes again."""
    ids = sales.sell(3)
    sales.connection.login()
    sales.org.fail(path="/composite", action="drop_after", times=1)
    results = sales.cart.write_updates(tracking(ids))
    assert {(result.written, result.unknown, result.retry) for result in results} == {
        (False, True, False)
    }
    assert stored(sales, ids[0], "Tracking__c") == ["1Z999"]


@pytest.mark.parametrize("status", [500, 502, 504, 503])
def test_a_gateways_error_page_leaves_the_outcome_unknown(sales: Sales, status: int) -> None:
    """Something in between gave up waiting; the org may have written all the same."""
    ids = sales.sell(2)
    sales.connection.login()
    sales.org.fail(path="/composite", action="status", status=status, body="<h1>Gateway</h1>")
    assert all(result.unknown for result in sales.cart.write_updates(tracking(ids)))


def test_what_comes_after_a_lost_answer_is_not_sent(sales: Sales) -> None:
    """The org is in trouble; the rest may simply be tried again later."""
    ids = sales.sell(1001, lines=0)
    sales.connection.login()
    sales.org.fail(path="/composite", action="drop_after", times=1)
    results = sales.cart.write_updates(tracking(ids))
    assert [result.unknown for result in results] == [True] * 1000 + [False]
    assert results[-1].retry
    assert len(sales.org.requests("/composite")) == 1


def test_the_quota_ending_in_the_middle_keeps_what_was_written(sales: Sales) -> None:
    """Results of the first call are told; the rest is to be tried again."""
    ids = sales.sell(1001, lines=0)
    sales.connection.login()
    sales.org.handle.org.settings.daily_api_limit = sales.calls + 1
    results = sales.cart.write_updates(tracking(ids))
    assert [result.written for result in results] == [True] * 1000 + [False]
    assert (results[-1].retry, results[-1].faults[0].code) == (True, "REQUEST_LIMIT_EXCEEDED")
    with pytest.raises(OverBudget):
        sales.cart.write_updates(tracking(ids[:1]))


def test_an_org_that_is_away_raises_when_nothing_was_sent(sales: Sales) -> None:
    """Nothing happened, so the whole work is tried again."""
    ids = sales.sell(1)
    sales.org.fail(
        path="/composite", action="error", status=503, code="SERVER_UNAVAILABLE", times=1
    )
    with pytest.raises(Retry):
        sales.cart.write_updates(tracking(ids))
    assert sales.cart.write_updates(tracking(ids))[0].written


class StrainedConnection(Connection):
    """An org whose automation fails as soon as a batch has more than ``bearable`` records."""

    def __init__(self, org: TestOrg, bearable: int, poison: Sequence[str] = ()) -> None:
        super().__init__(org.options(), TransientMemory())
        self.bearable = bearable
        self.poison = set(poison)
        self.sizes: list[int] = []

    def update(
        self, batches: Sequence[Sequence[Mapping[str, Any]]], *, job: str
    ) -> list[Subanswer]:
        self.sizes.extend(len(batch) for batch in batches)
        return [self._one(batch, job) for batch in batches]

    def _one(self, batch: Sequence[Mapping[str, Any]], job: str) -> Subanswer:
        if len(batch) > self.bearable or any(row["id"] in self.poison for row in batch):
            return Subanswer(200, [_failed(row) for row in batch])
        return super().update([batch], job=job)[0]


def _failed(row: Mapping[str, Any]) -> dict[str, Any]:
    error = {"statusCode": AUTOMATION, "message": "OrderTrigger: Apex CPU time limit exceeded"}
    return {"id": row["id"], "success": False, "errors": [{**error, "fields": []}]}


def test_batches_are_halved_until_the_orgs_automation_bears_them(sales: Sales) -> None:
    """Everything is written, and the next time it begins with the size that worked."""
    ids = sales.sell(200, lines=0)
    strained, size = StrainedConnection(sales.org, bearable=60), BatchSize()
    results = UpdateWriter(strained, size, job="test").write(tracking(ids))
    assert all(result.written for result in results)
    assert strained.sizes == [200, 100, 100, 50, 50, 50, 50]
    UpdateWriter(strained, size, job="test").write(tracking(ids))
    assert strained.sizes[7:] == [50, 50, 50, 50]
    strained.close()


def test_one_record_that_always_fails_is_found_and_changes_no_size(sales: Sales) -> None:
    """Not the number of records was the reason, so later batches stay large."""
    ids = sales.sell(16, lines=0)
    strained, size = StrainedConnection(sales.org, 200, poison=ids[5:6]), BatchSize()
    results = UpdateWriter(strained, size, job="test").write(tracking(ids))
    assert [result.record_id for result in results if not result.written] == ids[5:6]
    assert (results[5].faults[0].code, results[5].retry) == (AUTOMATION, True)
    assert size.rows == 200
    strained.close()


def test_a_whole_batch_that_is_refused_is_halved_as_well(sales: Sales) -> None:
    """The org may answer for a batch as a whole; each record still gets its own result."""
    ids = sales.sell(2, lines=0)

    class Refusing(StrainedConnection):
        def _one(self, batch: Sequence[Mapping[str, Any]], job: str) -> Subanswer:
            if len(batch) > 1:
                error = {"errorCode": "REQUEST_RUNNING_TOO_LONG", "message": "too long"}
                return Subanswer(400, [error])
            return super()._one(batch, job)

    refusing = Refusing(sales.org, bearable=200)
    results = UpdateWriter(refusing, BatchSize(), job="test").write(tracking(ids))
    assert [result.written for result in results] == [True, True]
    refusing.close()


def test_a_locked_row_may_be_written_later(sales: Sales) -> None:
    """Somebody else is editing the record: worth another try, and nobody's fault."""
    (order_id,) = sales.sell()
    row = {
        "id": order_id,
        "success": False,
        "errors": [
            {"statusCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain", "fields": []}
        ],
    }
    part = {"body": [row], "httpHeaders": {}, "httpStatusCode": 200, "referenceId": "part0"}
    sales.org.fail(
        path="/composite", action="status", status=200, body={"compositeResponse": [part]}, times=1
    )
    (result,) = sales.cart.write_updates(tracking([order_id]))
    assert (result.written, result.retry) == (False, True)
    assert sales.cart.write_updates(tracking([order_id]))[0].written


def test_a_batch_size_grows_again_after_a_row_of_clean_batches() -> None:
    """One bad day does not make every later day slow."""
    size = BatchSize(50)
    for _ in range(20):
        size.learn(Lesson(largest_clean=50, clean_batches=1))
    assert size.rows == 100
    size.learn(Lesson(strained=True, largest_clean=25))
    assert size.rows == 25
    size.learn(Lesson(strained=True, failed_alone=True, largest_clean=1))
    assert size.rows == 25
