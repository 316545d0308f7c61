"""An order keeps its content through storage, and its hash tells an edit from an echo."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from fulfillment_bridge.domain.order import Address, HoldReason, Order, OrderLine

LINE = OrderLine(
    cart_line_id="802000000000001AAA",
    line_number=1,
    sku="MUG-1",
    quantity=Decimal("2"),
    warehouse_sku="MUG-1",
    warehouse_quantity=Decimal("24"),
    unit_price=Decimal("9.50"),
    extras=(("Gift wrap", "yes"),),
)
ORDER = Order(
    cart_order_id="801000000000001AAA",
    order_number="00000100",
    ship_to=Address(name="Ada Buyer", line_1="1 Market St", city="Reno", country="US"),
    lines=(LINE,),
    ordered_on=date(2026, 11, 22),
    order_total=Decimal("19.00"),
)


def test_an_order_comes_back_from_its_content_unchanged() -> None:
    """Whatever is stored as JSON is the same order when it is read again."""
    assert Order.from_content(ORDER.content()) == ORDER


def test_the_same_content_has_the_same_hash_however_a_number_is_written() -> None:
    """2 and 2.00 are one quantity: Salesforce sends both."""
    same = replace(ORDER, lines=(replace(LINE, quantity=Decimal("2.00")),))
    assert same.content_hash() == ORDER.content_hash()


def test_any_change_of_content_changes_the_hash() -> None:
    """An edit of the address or of a line is an edit."""
    moved = replace(ORDER, ship_to=replace(ORDER.ship_to, city="Sparks"))
    fewer = replace(ORDER, lines=(replace(LINE, quantity=Decimal("1")),))
    assert len({order.content_hash() for order in (ORDER, moved, fewer)}) == 3


def test_large_and_zero_quantities_keep_plain_digits() -> None:
    """No exponent reaches a warehouse file."""
    line = replace(LINE, quantity=Decimal("100"), warehouse_quantity=Decimal("0"))
    content = replace(ORDER, lines=(line,)).content()
    assert [content["lines"][0][key] for key in ("quantity", "warehouse_quantity")] == ["100", "0"]


def test_a_hold_reason_says_where_what_and_what_to_do() -> None:
    """One sentence a support person can act on."""
    reason = HoldReason("mapping", "no ship-to country.", "Fill it in.", "Order fields!C12")
    assert reason.text() == "Order fields!C12: no ship-to country. Fill it in."
