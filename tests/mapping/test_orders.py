"""Raw orders of the three demo merchants become ours, or say everything that is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fulfillment_bridge.domain.order import Order
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.filling import From
from fulfillment_bridge.mapping.samples import DEMO
from tests.mapping.orgs import (
    ACME_LINES,
    ACME_ORDER,
    GLOBEX_LINE,
    GLOBEX_ORDER,
    INITECH_LINE,
    INITECH_ORDER,
    field_map_of,
    raw,
)

TWO = Decimal(2)


def mapped(field_map: FieldMap, record: dict[str, Any], *lines: dict[str, Any]) -> Order:
    """The order; fails with the reasons where there is none."""
    result = field_map.apply(raw(record, *lines), default_currency="USD")
    assert result.order is not None, [reason.text() for reason in result.faults]
    return result.order


def faults(field_map: FieldMap, record: dict[str, Any], *lines: dict[str, Any]) -> list[str]:
    """Why there is no order."""
    result = field_map.apply(raw(record, *lines), default_currency="USD")
    assert result.order is None
    return [reason.text() for reason in result.faults]


def test_an_acme_order_arrives_with_all_its_parts() -> None:
    """Standard fields, parents, value map, state code and two lines."""
    order = mapped(field_map_of("acme"), ACME_ORDER, *ACME_LINES)

    assert order.order_number == "00000100"
    assert order.cart_order_id == "801000000000001AAA"
    assert order.ordered_on == date(2026, 11, 22)
    assert order.ship_method == "Next Day"
    assert order.instructions == "Leave at the dock Ring twice"
    assert order.ship_to.name == "Cleo Nguyen"
    assert order.ship_to.company == "Cedar Works"
    assert (order.ship_to.line_1, order.ship_to.line_2) == ("Building 4", "Dock 7")
    assert (order.ship_to.state, order.ship_to.country) == ("OK", "US")
    assert (order.currency, order.order_total) == ("USD", Decimal("61.5"))
    first, second = order.lines
    assert (first.sku, first.quantity, first.warehouse_quantity) == ("MUG-1", TWO, TWO)
    assert (second.line_number, second.unit_of_measure, second.description) == (2, "EA", "")


def test_a_globex_order_takes_its_address_from_the_account() -> None:
    """A relationship path, a value map without regard to case, a street of four lines."""
    order = mapped(field_map_of("globex"), GLOBEX_ORDER, GLOBEX_LINE)

    assert order.ship_method == "Next Day"
    assert order.ship_to.name == "Dogwood Ltd"
    assert order.ship_to.line_3 == "Lower Green, Yard"
    assert order.ship_to.state == "West Yorkshire"
    assert order.lines[0].sku == "MUG-1"
    assert order.lines[0].unit_of_measure == "EA"


def test_an_initech_order_gets_iso_countries_and_a_method_for_an_empty_field() -> None:
    """A country written out, an empty picklist that the map covers, a phone in digits."""
    order = mapped(field_map_of("initech"), INITECH_ORDER, INITECH_LINE)

    assert order.ship_to.country == "DE"
    assert order.ship_method == "Ground"
    assert order.ship_to.phone == "+492215550100"
    assert order.bill_to.line_1 == ""


def test_every_fault_of_an_order_is_told_at_once_with_its_cell() -> None:
    """No country, an unknown ship method, a line without SKU and a quantity of zero."""
    record = GLOBEX_ORDER | {
        "Delivery__c": "Zeppelin",
        "Account__r": GLOBEX_ORDER["Account__r"] | {"ShippingCountry": None},
    }
    bad_line = GLOBEX_LINE | {"Item_Code__c": None, "Qty__c": 0}

    told = faults(field_map_of("globex"), record, bad_line)

    assert len(told) == 4
    assert any("Ship-to country is empty" in text and "Order fields!B" in text for text in told)
    assert any("no row for 'Zeppelin'" in text for text in told)
    assert any("Line 1: SKU is empty" in text and "Item_Code__c" in text for text in told)
    assert any("Line 1: Quantity: 0 is not a quantity above zero" in text for text in told)


def test_an_order_without_lines_is_held_for_that() -> None:
    """The reason has a code of its own, because lines may come later."""
    result = field_map_of("acme").apply(raw(ACME_ORDER), default_currency=None)

    assert result.order is None
    assert [reason.code for reason in result.faults] == ["no_lines"]


def test_a_parcel_needs_somebody_and_a_street() -> None:
    """Where neither name nor company nor any street line has a value, the order is held."""
    record = ACME_ORDER | {"ShipToContact": None, "Account": None, "ShippingStreet": " \n "}

    told = faults(field_map_of("acme"), record, *ACME_LINES)

    assert any("Ship-to name is empty" in text for text in told)
    assert any("Ship-to street is empty" in text for text in told)


def test_a_company_stands_in_for_a_missing_name() -> None:
    """A parcel to a company without a person is addressed to the company."""
    order = mapped(field_map_of("acme"), ACME_ORDER | {"ShipToContact": None}, *ACME_LINES)

    assert order.ship_to.name == "Cedar Works"


def test_an_unknown_country_is_named_in_the_reason() -> None:
    """Staff must see what was found."""
    account = INITECH_ORDER["Account"] | {"ShippingCountry": "Atlantis"}

    told = faults(field_map_of("initech"), INITECH_ORDER | {"Account": account}, INITECH_LINE)

    assert told == [
        "Order fields!B19: Ship-to country: 'Atlantis' is not a country that ISO 3166 knows. "
        "Correct Account.ShippingCountry in Salesforce."
    ]


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029", "\t"])
def test_no_line_break_survives_anywhere(break_: str) -> None:
    """Whatever a program takes for the end of a line becomes a comma or a space."""
    record = ACME_ORDER | {
        "ShippingCity": f"Tulsa{break_}OK",
        "Packing_Note__c": f"a{break_}b",
        "PoNumber": "x\x00y",
    }
    order = mapped(field_map_of("acme"), record, *ACME_LINES)

    assert order.ship_to.city == "Tulsa, OK"
    assert order.instructions == "a b"
    assert order.purchase_order_number == "xy"


def test_blank_street_lines_close_up() -> None:
    """An empty first line moves the second up, so that line 1 is never empty for nothing."""
    fields = dict(DEMO["acme"].order_fields)
    del fields["ship_to.street"]
    fields |= {"ship_to.line_1": From("PoNumber"), "ship_to.line_2": From("ShippingStreet")}

    order = mapped(
        field_map_of("acme", order_fields=fields), ACME_ORDER | {"PoNumber": None}, *ACME_LINES
    )

    assert order.ship_to.line_1 == "Building 4, Dock 7"
    assert order.ship_to.line_2 == ""


def test_sku_aliases_translate_code_and_units() -> None:
    """A pack of six in Salesforce is six pieces at the warehouse."""
    field_map = field_map_of("acme", sku_aliases=(("MUG-1", "M-0001", "6", ""),))

    line = mapped(field_map, ACME_ORDER, *ACME_LINES).lines[0]

    assert (line.sku, line.warehouse_sku) == ("MUG-1", "M-0001")
    assert (line.quantity, line.warehouse_quantity) == (TWO, Decimal(12))


def test_extras_defaults_constants_and_joined_fields() -> None:
    """What one row can say, in one order."""
    fields = dict(DEMO["acme"].order_fields) | {
        "extra.channel": From("constant: web shop"),
        "gift_message": From("Description", default="Enjoy!"),
        "ship_to.name": From("ShipToContact.FirstName + ShipToContact.LastName"),
        "currency": From("constant: eur"),
    }
    contact = {"FirstName": "Cleo", "LastName": "Nguyen", "Phone": None, "Email": None}

    order = mapped(
        field_map_of("acme", order_fields=fields),
        ACME_ORDER | {"ShipToContact": contact, "Description": ""},
        *ACME_LINES,
    )

    assert order.extras == (("channel", "web shop"),)
    assert order.gift_message == "Enjoy!"
    assert order.ship_to.name == "Cleo Nguyen"
    assert order.currency == "EUR"


def test_the_same_lines_in_another_order_are_the_same_order() -> None:
    """Line numbers follow the record ids, so that a content hash does not change by chance."""
    field_map = field_map_of("acme")
    one, other = (mapped(field_map, ACME_ORDER, *lines) for lines in (ACME_LINES, ACME_LINES[::-1]))

    assert one.content_hash() == other.content_hash()


def test_order_dates_are_days_in_the_merchants_time_zone() -> None:
    """A moment after midnight UTC is still yesterday in Denver."""
    fields = dict(DEMO["acme"].order_fields) | {"ordered_on": From("ActivatedDate")}
    record = ACME_ORDER | {"ActivatedDate": "2026-11-23T03:00:00.000+0000"}

    order = mapped(field_map_of("acme", order_fields=fields), record, *ACME_LINES)

    assert order.ordered_on == date(2026, 11, 22)


def test_an_order_survives_the_way_through_storage() -> None:
    """What is stored as JSON is the same order again."""
    order = mapped(field_map_of("globex"), GLOBEX_ORDER, GLOBEX_LINE)

    assert replace(Order.from_content(order.content())) == order
