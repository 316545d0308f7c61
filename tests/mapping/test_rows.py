"""What a row can say: only where something holds, a child record's field, several values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fulfillment_bridge.domain.order import Order
from fulfillment_bridge.domain.org_schema import Condition
from fulfillment_bridge.mapping.field_map import FieldMap, MappingResult
from fulfillment_bridge.mapping.filling import From, To
from fulfillment_bridge.mapping.findings import Finding
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.samples import DEMO
from tests.mapping.orgs import (
    ACME_LINES,
    ACME_ORDER,
    INITECH_LINE,
    INITECH_ORDER,
    field_map_of,
    raw,
    schema_for,
    workbook_of,
)

CONTACT = "OpportunityContactRole[IsPrimary = true].Contact.Email"
NIGHT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Still the 22nd in Denver."""


def acme(now: datetime | None = None, **changes: Any) -> FieldMap:
    """Acme's field map with other sheets; ``order_fields`` and ``line_fields`` are added."""
    for sheet in ("order_fields", "line_fields"):
        if sheet in changes:
            changes[sheet] = {**getattr(DEMO["acme"], sheet), **changes[sheet]}
    workbook = workbook_of(replace(DEMO["acme"], **changes))
    return FieldMap(workbook, schema_for(workbook, "acme"), now=now)


def mapped(field_map: FieldMap, *lines: Any, **values: Any) -> MappingResult:
    """Acme's order with some values of its own, mapped."""
    order = {**ACME_ORDER, **values}
    return field_map.apply(raw(order, *(lines or ACME_LINES)), default_currency="USD")


def order_of(result: MappingResult) -> Order:
    """The order; there must be one."""
    assert result.faults == ()
    assert result.order is not None
    return result.order


def findings_of(name: str, *, org: bool = True, **changes: Any) -> list[Finding]:
    """The faults of the merchant's workbook with these changes."""
    workbook = workbook_of(replace(DEMO[name], **changes))
    found = check(workbook, schema_for(workbook, name) if org else None)
    return [finding for finding in found if finding.severity == "fault"]


def rules(*more: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Acme's rules and some more."""
    return (*DEMO["acme"].rules, *more)


def test_a_row_counts_only_where_its_condition_holds() -> None:
    """Elsewhere the default counts, and what is ticked as required is not asked for."""
    row = From("Packing_Note__c", only_if="Ship_Method__c IN Overnight; Expedited", default="none")
    field_map = acme(order_fields={"instructions": row})

    assert order_of(mapped(field_map)).instructions == "Leave at the dock Ring twice"
    slow = mapped(field_map, Ship_Method__c="Standard")
    assert order_of(slow).instructions == "none"

    asked = From("PoNumber", required=True, only_if="TotalAmount > 50 and PoNumber != (blank)")
    strict = acme(order_fields={"purchase_order_number": asked})
    assert order_of(mapped(strict, TotalAmount=10, PoNumber=None)).purchase_order_number == ""


def test_what_every_order_needs_is_asked_for_whatever_the_condition_says() -> None:
    """A parcel without a city goes nowhere."""
    row = From("ShippingCity", only_if="Ship_Method__c = Standard")
    result = mapped(acme(order_fields={"ship_to.city": row}))

    assert [fault.message for fault in result.faults] == ["Ship-to city is empty."]


def test_the_condition_of_a_row_is_read_with_the_order() -> None:
    """Its field may stand nowhere else in the workbook."""
    row = From("Packing_Note__c", only_if="Account.Industry = Apparel")
    field_map = acme(order_fields={"instructions": row})

    assert "Account.Industry" in field_map.order_query().order_paths


@pytest.mark.parametrize(
    ("only_if", "says"),
    [
        ("Ship_Method__c", "is not a condition"),
        ("Ship_Method__c ~ x", "is not a condition"),
        ("Nothing__c = 1", "has no field 'Nothing__c'"),
        ("Ready_for_Fulfillment__c > 3", "a checkbox"),
        ("EffectiveDate > soon", "is a date"),
    ],
)
def test_a_condition_that_cannot_hold_is_told_with_its_cell(only_if: str, says: str) -> None:
    """Before the first order is read."""
    fields = {**DEMO["acme"].order_fields, "gift_message": From("PoNumber", only_if=only_if)}
    faults = findings_of("acme", order_fields=fields)

    assert [fault.sheet for fault in faults] == ["Order fields"]
    assert faults[0].cell.startswith("F")
    assert says in faults[0].message


def test_a_field_of_the_first_child_record_that_is_as_it_should_be() -> None:
    """The primary contact role of an opportunity, alone or joined with other fields."""
    changed = {
        **DEMO["initech"].order_fields,
        "ship_to.email": From(CONTACT),
        "ship_to.name": From(
            "OpportunityContactRole[IsPrimary = true].Contact.Name + Deliver_To__c", "first"
        ),
        "extra.Buyer": From("OpportunityContactRole.OpportunityId[Role = Decision Maker].Role"),
    }
    field_map = field_map_of("initech", order_fields=changed)
    primary, decision = field_map.order_query().children
    roles = [{"Contact": {"Email": "ada@x.example", "Name": "Ada"}}, {"Contact": {"Email": "b@x"}}]

    assert (primary.object_name, primary.parent_field) == (
        "OpportunityContactRole",
        "OpportunityId",
    )
    assert primary.parent_relationship == "Opportunity"
    assert set(primary.paths) == {"Contact.Email", "Contact.Name"}
    assert primary.rule == ((Condition("IsPrimary", "=", True),),)
    assert decision.rule == ((Condition("Role", "=", "Decision Maker"),),)

    order = replace(raw(INITECH_ORDER, INITECH_LINE), children={primary.name: tuple(roles)})
    found = order_of(field_map.apply(order, default_currency="USD"))
    assert (found.ship_to.email, found.ship_to.name) == ("ada@x.example", "Ada")
    assert found.extras == ()

    bare = order_of(field_map.apply(raw(INITECH_ORDER, INITECH_LINE), default_currency="USD"))
    assert (bare.ship_to.email, bare.ship_to.name) == ("", "Jürgen Groß")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("OpportunityContactRol[].Contact.Email", "no object OpportunityContactRol"),
        ("OpportunityContactRole[].Contact.Emial", "has no field 'Emial'"),
        ("OpportunityContactRole[Primary = true].Role", "has no field 'Primary'"),
        ("OpportunityContactRole[IsPrimary = perhaps].Role", "write true or false"),
        ("OpportunityContactRole.ContactId[].Role", "no lookup to Opportunity"),
        ("OpportunityContactRole[IsPrimary].Role", "is not a condition"),
        ("Contact[].Email", "Contact is no lookup to Opportunity"),
    ],
)
def test_a_child_record_that_is_not_there_is_told(source: str, says: str) -> None:
    """Object, lookup, field and condition, each with the cell."""
    fields = {**DEMO["initech"].order_fields, "ship_to.email": From(source)}
    faults = findings_of("initech", order_fields=fields)

    assert [fault.place for fault in faults] == [faults[0].place]
    assert faults[0].place.startswith("Order fields!B")
    assert says in faults[0].message


def test_a_map_of_several_columns_chooses_the_method() -> None:
    """Method, country and a band of weight; the first row that fits counts, and one may hold."""
    field_map = acme(
        order_fields={
            "ship_method": From("Ship_Method__c + ShippingCountry + TotalAmount", "map(m)")
        },
        value_maps={
            **DEMO["acme"].value_maps,
            "m": {
                "(anything else)": "Post",
                ("Overnight", "US", "up to 50"): "Next Day Light",
                ("Overnight", "US"): "Next Day",
                ("Overnight", "Germany"): "Express Worldwide",
                ("(blank)", "US"): "Ground",
                ("Freight",): "(hold the order)",
            },
        },
    )

    def method(**values: Any) -> str:
        return order_of(mapped(field_map, **values)).ship_method

    assert method(TotalAmount=Decimal("50.0")) == "Next Day Light"
    assert method(TotalAmount=51) == "Next Day"
    assert method(ShippingCountry="DE", ShippingState=None) == "Express Worldwide"
    assert method(Ship_Method__c=None) == "Ground"
    assert method(Ship_Method__c="Bike") == "Post"
    held = mapped(field_map, Ship_Method__c="Freight").faults
    assert "the value map 'm' holds orders with 'Freight' + 'US'" in held[0].message


@pytest.mark.parametrize(
    ("source", "transform", "says"),
    [
        ("Ship_Method__c", "map(m)", "looks at 2 values, and 1 comes here"),
        ("Ship_Method__c + PoNumber + Type", "map(m)", "looks at 2 values, and 3 come here"),
        ("Ship_Method__c + PoNumber", "join; map(m)", "looks at 2 values"),
    ],
)
def test_a_map_of_several_columns_needs_as_many_fields(
    source: str, transform: str, says: str
) -> None:
    """Otherwise every order would be held, one by one."""
    faults = findings_of(
        "acme",
        order_fields={**DEMO["acme"].order_fields, "ship_method": From(source, transform)},
        value_maps={**DEMO["acme"].value_maps, "m": {("a", "b"): "c"}},
    )
    assert len(faults) == 1
    assert says in faults[0].message


def test_a_map_that_holds_cannot_stand_where_nothing_can_be_held() -> None:
    """News about a parcel that has left is written, whatever a map says."""
    faults = findings_of(
        "acme",
        org=False,
        shipment_fields={**DEMO["acme"].shipment_fields, "carrier": To("Carrier__c", "map(c)")},
        value_maps={**DEMO["acme"].value_maps, "c": {"UPS": "(hold the order)"}},
    )
    assert ["nothing can be held" in fault.message for fault in faults] == [True]


def test_rules_hold_orders_with_their_reason() -> None:
    """All rows of a group must hold; without a reason the rule itself is told."""
    field_map = acme(
        rules=rules(
            ("hold", "1", "TotalAmount", ">", "50", "", "Ask Wanda about large orders"),
            ("hold", "1", "ShippingCountry", "=", "US", ""),
            ("hold", "2", "PoNumber", "LIKE", "TEST%", ""),
        )
    )

    (large,) = mapped(field_map).faults
    assert (large.code, large.message) == ("rule", "Ask Wanda about large orders.")
    assert large.place == "Rules!C5"
    assert order_of(mapped(field_map, TotalAmount=50))
    (test,) = mapped(field_map, TotalAmount=5, PoNumber="test 1").faults
    assert "PoNumber LIKE TEST%" in test.message


def test_what_only_a_person_decides_is_held_with_the_order_it_would_be() -> None:
    """A rule and a value map name themselves; a fault beside them leaves nothing to send."""
    field_map = acme(
        rules=rules(("hold", "1", "TotalAmount", ">", "50", "", "Ask Wanda")),
        order_fields={"gift_message": From("PoNumber", "map(gifts)")},
        value_maps={
            **DEMO["acme"].value_maps,
            "gifts": {"Bomb": "(hold the order)", "(anything else)": "(unchanged)"},
        },
    )
    held = mapped(field_map, PoNumber="Bomb")
    assert len(held.faults) == len({reason.rule for reason in held.faults} - {""}) == 2
    assert held.order is not None
    assert held.order.gift_message == ""
    assert held.despite({reason.rule for reason in held.faults}).faults == ()
    faulty = mapped(field_map, PoNumber="Bomb", ShippingCity="")
    assert faulty.order is None
    assert [bool(reason.rule) for reason in faulty.faults] == [True, False, True]


@pytest.mark.parametrize("ours", ["ship_to.name", "ship_to.street", "ship_to.city"])
def test_no_parcel_goes_without_its_address_whatever_a_person_decides(ours: str) -> None:
    """A value map that holds for one of these leaves nothing to send."""
    source = DEMO["acme"].order_fields[ours].source
    field_map = acme(
        order_fields={ours: From(source, "map(places)")},
        value_maps={**DEMO["acme"].value_maps, "places": {"(anything else)": "(hold the order)"}},
    )
    held = mapped(field_map)
    assert held.order is None
    assert ["cannot be released without" in reason.remedy for reason in held.faults] == [True]


def test_rules_leave_lines_out_or_hold_for_them() -> None:
    """Services are not shipped; a knife needs a person. The numbers of lines stay."""
    sku = "Product2.StockKeepingUnit"
    field_map = acme(
        rules=rules(
            ("take lines", "1", sku, "NOT LIKE", "MUG%", ""),
            ("hold lines", "1", sku, "IN", "KNIFE-1; KNIFE-2", "", "A knife: check the age"),
        )
    )

    lines = order_of(mapped(field_map)).lines
    assert [(line.line_number, line.sku) for line in lines] == [(2, "TENT-2")]
    knife = {**ACME_LINES[1], "Product2": {"StockKeepingUnit": "KNIFE-2"}}
    (held,) = mapped(field_map, ACME_LINES[0], knife).faults
    assert held.message == "Line 2: A knife: check the age."
    (nothing,) = mapped(field_map, ACME_LINES[0]).faults
    assert nothing.code == "no_lines"
    assert "left out by the rules" in nothing.message


def test_days_are_counted_from_today_in_the_merchants_time_zone() -> None:
    """And because no stamp moves when a day begins, ready orders are swept for."""
    field_map = acme(
        NIGHT,
        rules=rules(
            ("ready", "1", "EffectiveDate", "<=", "TODAY + 2", ""),
            ("ready", "1", "CreatedDate", ">=", "today - 7", ""),
            ("ready", "1", "PoNumber", "!=", "TODAY", ""),
        ),
    )
    query = field_map.order_query()

    assert query.ready[0][2:] == (
        Condition("EffectiveDate", "<=", date(2026, 11, 24)),
        Condition("CreatedDate", ">=", datetime(2026, 11, 15, 7, tzinfo=UTC)),
        Condition("PoNumber", "!=", "TODAY"),
    )
    assert query.rests_on_formula


def test_without_a_day_nothing_is_counted_from_one() -> None:
    """A wrong guess would release orders; it is an error of ours."""
    with pytest.raises(ValueError, match="the day must be given"):
        acme(rules=rules(("ready", "1", "EffectiveDate", "<=", "TODAY", "")))


COLUMNS = {
    "sku": From("Sku_#__c", required=True),
    "quantity": From("Qty_#__c", required=True),
    "unit_of_measure": From("constant: EA"),
}


def test_lines_in_repeated_columns_need_their_settings() -> None:
    """Either a line object or columns; # means nothing without them."""
    settings = {**DEMO["acme"].settings, "repeated_lines": "3"}
    both = findings_of("acme", org=False, settings=settings, line_fields=COLUMNS)
    assert [fault.place for fault in both] == ["Cart!B3", "Cart!B4"]

    neither = findings_of("acme", org=False, line_fields=COLUMNS)
    assert {"# stands for the number of a line"} == {fault.message for fault in neither}

    many = findings_of("acme", org=False, settings={**settings, "repeated_lines": "900"})
    assert "not a number of repeated columns" in many[0].message


@pytest.mark.parametrize(
    ("said", "is_fault"),
    [
        ("Type = Web or Type = Phone", True),
        ("Type = Web and PoNumber != x or TotalAmount > 5", True),
        ("PoNumber is rock or pop or Type in a; b", True),
        ("PoNumber = rock or pop", False),
        ('PoNumber = "a or b = c"', False),
        ("Type IN Web; Phone", False),
    ],
)
def test_or_between_conditions_is_a_fault_and_not_a_value(said: str, is_fault: bool) -> None:
    """The row would never count, without a word."""
    rows = {**DEMO["acme"].order_fields, "gift_message": From("PoNumber", only_if=said)}
    told = findings_of("acme", org=False, order_fields=rows)
    assert ["'or' cannot stand" in one.message for one in told] == ([True] if is_fault else [])


def test_several_values_behind_an_equal_sign_are_warned_of() -> None:
    """It is one text with semicolons in it; IN was meant."""
    more = rules(
        ("hold", "1", "PoNumber", "=", "A; B", ""),
        ("hold", "2", "PoNumber", "!=", '"A; B"', ""),
        ("hold", "3", "PoNumber", "IN", "A; B", ""),
    )
    workbook = workbook_of(replace(DEMO["acme"], rules=more))
    told = [one.text() for one in check(workbook, None) if "semicolon" in one.message]
    assert told == [
        "Rules!E5: with = this is one value, semicolon and all; found 'A; B'; expected the "
        "operator IN for several values"
    ]
