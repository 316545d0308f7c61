"""Order files: bytes that a warehouse can read by position, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment_bridge.domain.order import Address
from fulfillment_bridge.errors import Rejected
from fulfillment_bridge.simulator.warehouse.order_files import read_orders
from fulfillment_bridge.warehouses.csv_drop_orders import prepare
from tests.warehouses.samples import NOON, a_part, an_order, rows_of


def test_the_name_is_made_of_the_reference_and_the_time_of_the_message() -> None:
    """The name is the idempotency key: reference and the message's creation in UTC."""
    assert prepare(a_part("SO-2001"), created_at=NOON).name == "ord_SO-2001_261122120000.csv"


def test_an_order_file_has_every_column_in_its_place() -> None:
    """The header row has the 37 documented columns, and each line its eight."""
    header, mug, tent = rows_of(prepare(a_part(), created_at=NOON).body)
    assert header == [
        "PH", "SO-2001", "PO-7781", "Ada Buyer", "1 Market St", "Apt 4", "Reno", "NV", "89501",
        "US", "Buyer & Sons", "+1 775 555 0100", "Bill Payer", "9 Bank St", "", "Elko", "", "",
        "US", "Ground", "P", "", "2026-11-22T00:00:00Z", "SFDC", "", "Leave at the dock",
        "ada@buyer.example", "Dock 7", "", "", "", "", "2001", "", "", "USD", "61.50",
    ]  # fmt: skip
    assert mug == ["PD", "SO-2001", "1", "MUG-1", "2", "9.50", "Enamel mug", "EA"]
    assert tent == ["PD", "SO-2001", "2", "TENT-2", "12", "0.00", "", "EA"]


def test_every_value_is_quoted_and_lines_end_in_crlf() -> None:
    """The published style: all fields quoted, CRLF."""
    body = prepare(a_part(), created_at=NOON).body
    assert body.startswith(b'"PH","SO-2001",')
    assert body.endswith(b'"EA"\r\n')
    assert body.count(b"\n") == body.count(b"\r\n") == 3


def test_no_line_break_reaches_the_file() -> None:
    """Whatever counts as a line break anywhere becomes one space."""
    part = a_part(gift_message="Happy\r\nbirthday\u2028dear\x0bAda\x85!\x00")
    assert rows_of(prepare(part, created_at=NOON).body)[0][24] == "Happy birthday dear Ada !"


@pytest.mark.parametrize("text", ["=HYPERLINK(\"http://evil\")", "@SUM(A1)", "+cmd|' /C calc'!A0",
                                  "-2+3+cmd"])  # fmt: skip
def test_a_buyers_text_is_no_formula_in_a_spreadsheet(text: str) -> None:
    """A leading apostrophe keeps a gift message from being run."""
    row = rows_of(prepare(a_part(gift_message=text), created_at=NOON).body)[0]
    assert row[24].startswith("'")


def test_phone_numbers_keep_their_plus() -> None:
    """A number is no formula."""
    row = rows_of(prepare(a_part(), created_at=NOON).body)[0]
    assert row[11] == "+1 775 555 0100"


def test_an_incomplete_order_is_rejected_with_everything_that_is_missing() -> None:
    """All problems at once, in words."""
    part = a_part("bad reference", ship_to=Address(), lines=())
    with pytest.raises(Rejected) as caught:
        prepare(part, created_at=NOON)
    assert len(caught.value.problems) == 6
    assert "the ship-to street is missing" in caught.value.problems


def test_a_reference_that_is_too_long_is_rejected() -> None:
    """The format takes 22 characters."""
    with pytest.raises(Rejected, match="22 characters"):
        prepare(a_part("X" * 23), created_at=NOON)


def test_the_same_order_gives_the_same_bytes() -> None:
    """Preparing is pure."""
    assert prepare(a_part(), created_at=NOON) == prepare(a_part(), created_at=NOON)


@given(st.text(), st.text(), st.decimals("0.001", "99999", places=3))
def test_the_simulated_warehouse_reads_whatever_buyers_write(
    name: str, message: str, quantity: Decimal
) -> None:
    """Any text, even half a surrogate pair, stays one record on one line."""
    order = an_order(gift_message=message)
    lines = (an_order().lines[0].__class__("L", 1, "MUG-1", quantity, description=name),)
    ship_to = Address(name=f"A {name}", line_1="1 St", city="Reno", country="US")
    part = a_part(gift_message=order.gift_message, ship_to=ship_to, lines=lines)
    read = read_orders(prepare(part, created_at=NOON).body)
    assert [line.quantity for line in read[0].lines] == [quantity]
