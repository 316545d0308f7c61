"""What may be sold, and which counts are not believable."""

from __future__ import annotations

from decimal import Decimal

from fulfillment_bridge.domain.inventory import StockLevel, suspicion

FLOOR = Decimal("0.5")


def level(sku: str, on_hand: int) -> StockLevel:
    return StockLevel(sku=sku, on_hand=Decimal(on_hand))


def test_the_warehouses_own_figure_goes_before_arithmetic() -> None:
    """Where a warehouse says what is available, that is what is available."""
    stock = StockLevel("MUG-1", on_hand=Decimal(10), allocated=Decimal(3), available=Decimal(5))
    assert stock.available_to_sell() == Decimal(5)


def test_without_it_available_is_on_hand_less_what_is_spoken_for() -> None:
    """Allocated and held goods, orders on their way and safety stock cannot be sold."""
    stock = StockLevel("MUG-1", on_hand=Decimal(10), allocated=Decimal(3), on_hold=Decimal(1))
    left = stock.available_to_sell(unknown_to_warehouse=Decimal(2), safety_stock=Decimal(1))
    assert left == Decimal(3)


def test_promised_too_much_stays_visible_as_a_negative_number() -> None:
    """Only publishing floors at zero."""
    assert level("MUG-1", 1).available_to_sell(unknown_to_warehouse=Decimal(3)) == Decimal(-2)


def test_half_a_snapshot_is_suspicious() -> None:
    """A warehouse system that restarts sends a short file first."""
    levels = {"A": level("A", 1)}
    assert "1 SKU now, 3 in the last" in suspicion(3, levels, floor=FLOOR)
    assert suspicion(2, levels, floor=FLOOR) == ""


def test_everything_at_zero_is_suspicious_but_a_first_snapshot_is_not() -> None:
    """An empty building is rarer than a broken export."""
    levels = {"A": level("A", 0), "B": level("B", 0)}
    assert suspicion(2, levels, floor=FLOOR).startswith("every SKU of 2 fell")
    assert suspicion(0, levels, floor=FLOOR) == ""
