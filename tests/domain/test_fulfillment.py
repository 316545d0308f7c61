"""States move by one table; quantities decide how far a fulfillment order has come."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fulfillment_bridge.domain.fulfillment import (
    MOVES,
    PROGRESS,
    STATUS_LABELS,
    ForbiddenMove,
    LineProgress,
    Package,
    Shipment,
    move,
    order_state,
    shipping_state,
)


def line(ordered: int, shipped: int = 0, short: int = 0) -> LineProgress:
    return LineProgress(
        line_number=1, ordered=Decimal(ordered), shipped=Decimal(shipped), short=Decimal(short)
    )


def test_every_state_that_can_be_reached_is_in_the_table_and_has_a_label() -> None:
    """No move leads to a state that the table or the merchants' labels do not know."""
    reached = {state for targets in MOVES.values() for state in targets}
    assert reached <= set(MOVES)
    assert set(STATUS_LABELS) == set(MOVES)
    assert set(PROGRESS) == set(MOVES) - {"new", "held"}


def test_a_shipped_order_cannot_be_released_again() -> None:
    """A move that the table does not have is refused."""
    with pytest.raises(ForbiddenMove):
        move("shipped", "released")


def test_an_order_shows_its_least_advanced_open_part() -> None:
    """One part shipped and one still at the warehouse is an order at the warehouse."""
    assert order_state("released", ["shipped", "at_warehouse"]) == "at_warehouse"
    assert order_state("released", ["shipped", "canceled"]) == "shipped"
    assert order_state("released", ["canceled"]) == "canceled"


def test_an_order_without_parts_or_stopped_shows_its_own_state() -> None:
    """Held and canceled are words of the order itself."""
    assert order_state("new", []) == "new"
    assert order_state("held", ["released"]) == "held"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line(2)], "at_warehouse"),
        ([line(2, shipped=1)], "partially_shipped"),
        ([line(2, shipped=2), line(1)], "partially_shipped"),
        ([line(2, shipped=2)], "shipped"),
        ([line(2, shipped=3)], "shipped"),
        ([line(2, shipped=1, short=1)], "closed_short"),
    ],
)
def test_quantities_decide_how_far_it_has_come(lines: list[LineProgress], expected: str) -> None:
    """Open quantities keep it open; shorts close it short; too much is still shipped."""
    assert shipping_state(lines) == expected


def test_a_tracking_number_of_several_packages_counts_once() -> None:
    """A master tracking number stands on every parcel of a consignment."""
    packages = tuple(
        Package(package_number=str(n), tracking_number=number, lines=())
        for n, number in enumerate(["1Z1", "1Z1", "", "1Z2"])
    )
    shipment = Shipment(warehouse_shipment_id="7", reference="1", sequence="1", packages=packages)
    assert shipment.tracking_numbers() == ("1Z1", "1Z2")
