"""The small pure parts of the jobs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment_bridge.domain.fulfillment import Package, PackageLine, Shipment
from fulfillment_bridge.domain.org_schema import RecordUpdate, Value
from fulfillment_bridge.errors import Misconfigured, Retry
from fulfillment_bridge.jobs.base import MOST_ATTENTION, JobContext
from fulfillment_bridge.jobs.differences import MOST_DIFFERENCES, differences
from fulfillment_bridge.jobs.releasing import wanted_reference
from fulfillment_bridge.jobs.retrying import LONGEST_DELAY_SECONDS, next_attempt_at
from fulfillment_bridge.jobs.shipment_progress import progress_of
from fulfillment_bridge.jobs.shown_values import shows
from fulfillment_bridge.storage.fulfillment_orders import StoredLine
from tests.jobs.world import World
from tests.warehouses.samples import NOON, an_order


def a_line(number: int, sku: str, ordered: int) -> StoredLine:
    zero = Decimal(0)
    return StoredLine(1, number, f"L{number}", sku, sku, Decimal(ordered), zero, zero, zero)


def a_shipment(*lines: PackageLine, complete: bool = False) -> Shipment:
    packages = tuple(Package(str(n), f"T{n}", (line,)) for n, line in enumerate(lines, start=1))
    return Shipment("S", "R", "1", packages, order_complete=complete)


@pytest.mark.parametrize(
    ("number", "reference"),
    [("00000100", "00000100"), ("#1001/B", "1001-B"), ("SO 17 ä", "SO-17"), ("§§", "order")],
)
def test_references_are_order_numbers_in_letters_every_warehouse_takes(
    number: str, reference: str
) -> None:
    """Nothing a file name or an EDI segment would choke on."""
    assert wanted_reference(number) == reference


def test_differences_name_the_value_and_what_it_was() -> None:
    """A path, the new value, the old one."""
    old = an_order().content()
    new = an_order(gift_message="Hi", currency="").content()
    assert differences(old, new) == ["gift_message: Hi, was nothing", "currency: nothing, was USD"]


def test_very_many_differences_are_cut() -> None:
    """The first ones, and how many more."""
    found = differences({}, {str(number): number + 1 for number in range(50)})
    assert len(found) == MOST_DIFFERENCES + 1
    assert found[-1] == "and 30 more"


@given(st.integers(1, 10_000), st.integers(1, 10**9))
def test_a_delay_is_bounded_and_never_before_the_other_side_wants_it(
    attempts: int, message_id: int
) -> None:
    """Growing up to an hour; the other side's word is kept."""
    error = Retry("busy")
    at = next_attempt_at(error, attempts=attempts, message_id=message_id, now=NOON)
    assert timedelta(seconds=40) < at - NOON <= timedelta(seconds=LONGEST_DELAY_SECONDS * 1.2)
    error.retry_at = NOON + timedelta(days=1)
    at = next_attempt_at(error, attempts=attempts, message_id=message_id, now=NOON)
    assert at == error.retry_at


@pytest.mark.parametrize(
    ("shown", "value", "same"),
    [
        (None, None, True),
        (None, "", True),
        ("", None, True),
        ("A", None, False),
        (None, "A", False),
        ("A ", "A", True),
        (True, True, True),
        (None, True, False),
        ("2026-11-23", date(2026, 11, 23), True),
        ("2026-11-24", date(2026, 11, 23), False),
        ("2026-11-22T12:00:00.000+0000", NOON, True),
        ("2026-11-22T13:00:00.000+0100", NOON, True),
        ("soon", NOON, False),
        (Decimal("5.0"), Decimal(5), True),
        ("five", Decimal(5), False),
        (6, 5, False),
    ],
)
def test_a_value_that_stands_in_the_org_is_recognized(shown: Any, value: Value, same: bool) -> None:
    """In whatever form the org answers it."""
    assert shows({"Field__c": shown}, RecordUpdate("X", "1", {"Field__c": value})) is same


def test_rows_without_a_line_number_go_to_the_open_lines_of_their_sku() -> None:
    """The first that is open takes what it needs, the last takes the rest."""
    lines = [a_line(1, "MUG", 2), a_line(2, "MUG", 3)]
    progress = progress_of(
        lines, [a_shipment(PackageLine("MUG", Decimal(4)))], short_means="backorder"
    )
    assert [line.shipped for line in progress.lines] == [2, 2]
    assert progress.state == "partially_shipped"


def test_the_last_word_of_any_shipment_closes_all_lines() -> None:
    """Even of one that sends nothing."""
    lines = [a_line(1, "MUG", 2)]
    progress = progress_of(lines, [a_shipment(complete=True)], short_means="backorder")
    assert progress.lines[0].short == 2
    assert progress.state == "closed_short"


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 4)), max_size=6),
    st.booleans(),
    st.sampled_from(["backorder", "closed", "ask"]),
)
def test_no_quantity_is_lost_and_none_invented(
    ordered: list[int], sent: list[tuple[int, int]], complete: bool, short_means: str
) -> None:
    """What was sent for lines of the order is what they show; open and short never overlap."""
    lines = [a_line(number, f"S{number}", count) for number, count in enumerate(ordered, start=1)]
    rows = [PackageLine(f"S{number}", Decimal(count), number) for number, count in sent]
    progress = progress_of(lines, [a_shipment(*rows, complete=complete)], short_means=short_means)
    known = sum(count for number, count in sent if number <= len(ordered))
    assert sum(line.shipped for line in progress.lines) == known
    if complete:
        assert all(line.open() == 0 for line in progress.lines)
    again = progress_of(lines, [a_shipment(*rows, complete=complete)], short_means=short_means)
    assert again == progress


def test_very_much_attention_is_summed_up(world: World) -> None:
    """A workbook gone wrong can hold every order."""
    ctx = world.run("stock_collection")
    for number in range(MOST_ATTENTION + 5):
        ctx.ask_for_attention(f"order {number} is held")
    assert len(ctx.attention) == MOST_ATTENTION + 1
    assert ctx.attention[-1].startswith("and 5 more")


@pytest.mark.parametrize("job", ["order_download", "order_delivery"])
def test_a_job_without_its_adapter_says_so(world: World, job: str) -> None:
    """Misconfigured, not a traceback about None."""
    ran = world.run("stock_collection")
    ctx = JobContext(job=job, target="nobody", clock=ran.clock, store=ran.store, log=ran.log)
    with pytest.raises(Misconfigured, match="nobody"):
        ctx.need_cart() if job == "order_download" else ctx.need_warehouse()
