"""The check: every fault and warning, with its cell, offline and against an org."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.mapping.findings import Finding
from fulfillment_bridge.mapping.preflight import check, objects_to_describe
from fulfillment_bridge.mapping.samples import DEMO, SAMPLES
from fulfillment_bridge.mapping.workbook import read_workbook
from tests.mapping.orgs import changed_file, place_of, schema_for, workbook_of


def found(name: str, changes: dict[str, Any], *, online: bool = True) -> list[Finding]:
    """What the check says of a merchant's workbook after these changes, warnings of old apart."""
    workbook = read_workbook(changed_file(name, changes))
    findings = check(workbook, schema_for(workbook, name) if online else None)
    return [finding for finding in findings if finding not in usual_findings(name, online)]


@lru_cache
def usual_findings(name: str, online: bool) -> frozenset[Finding]:
    """What the check says of the merchant's workbook as it comes."""
    usual = workbook_of(DEMO[name])
    return frozenset(check(usual, schema_for(usual, name) if online else None))


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_our_own_workbooks_have_no_fault_by_themselves(name: str) -> None:
    """Offline there is not even a warning."""
    assert check(workbook_of(SAMPLES[name]), None) == []


@pytest.mark.parametrize("name", sorted(DEMO))
def test_the_demo_workbooks_fit_their_orgs(name: str) -> None:
    """Against the org there are warnings only, about what relationships cost."""
    workbook = workbook_of(DEMO[name])

    findings = check(workbook, schema_for(workbook, name))

    assert {finding.severity for finding in findings} == {"warning"}
    assert all("through a relationship" in finding.message for finding in findings)


SHIPPED = "Shipment fields"
ORDER = "Order fields"


@pytest.mark.parametrize(
    ("label", "sheet", "value", "message", "expected"),
    [
        (
            "Tracking numbers",
            SHIPPED,
            "Traking_Numbers__c",
            "Order has no field",
            "did you mean 'Tracking_Numbers__c'",
        ),
        ("Tracking numbers", SHIPPED, "Account.Name", "only a field of the record itself", ""),
        ("Carrier", SHIPPED, "Tracking_Numbers__c", "is written here already", ""),
        ("Tracking numbers", SHIPPED, "Ship_Date__c", "Ship_Date__c is a date", "a text field"),
        ("Carrier", SHIPPED, "OrderNumber", "our user may not edit OrderNumber", "permission"),
        ("Ship date", SHIPPED, "Bridge_Downloaded__c", "is a checkbox", "a date field"),
        ("Sent to warehouse time", SHIPPED, "TotalAmount", "our user may not edit", ""),
        (
            "Ship-to city",
            ORDER,
            "ShipingCity",
            "Order has no field 'ShipingCity'",
            "'ShippingCity'",
        ),
        (
            "Ship-to city",
            ORDER,
            "Acount.ShippingCity",
            "no lookup (relationship) 'Acount'",
            "did you mean 'Account'",
        ),
        ("Ship-to city", ORDER, "ShippingAddress", "compound address", "ShippingCity"),
        ("Order date", ORDER, "TotalAmount", "is an amount of money", "a date"),
        ("Order total", ORDER, "PoNumber", "PoNumber is text", ""),
        ("Ship method", ORDER, "Ship_Method", "no field", "'Ship_Method__c'"),
    ],
)
def test_what_the_org_says_to_a_field_cell(
    label: str, sheet: str, value: str, message: str, expected: str
) -> None:
    """One fault, in the cell that was changed, saying what was found and what is expected."""
    place = place_of("acme", sheet, label)

    findings = [finding for finding in found("acme", {place: value}) if finding.place == place]

    assert findings, found("acme", {place: value})
    assert any(message in finding.message and expected in finding.expected for finding in findings)
    assert all(finding.found == value for finding in findings)


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"Rules!C2": "Packing_Note__c", "Rules!E2": "x"}, "", ""),
        ({"Rules!E2": "perhaps"}, "Rules!E2", "write true or false"),
        ({"Rules!E3": "Activatd"}, "Rules!E3", "the picklist StatusCode has no 'Activatd'"),
        ({"Rules!C3": "Description", "Rules!E3": "x"}, "Rules!C3", "cannot filter by it"),
        ({"Rules!D2": ">"}, "Rules!D2", "only = and !="),
        ({"Rules!C3": "Account.Nme"}, "Rules!C3", "Account has no field 'Nme'"),
        ({"Cart!B2": "Ordr"}, "Cart!B2", "no such object"),
        ({"Cart!B4": "PricebookEntryId"}, "Cart!B4", "leads to PricebookEntry, not to Order"),
        ({"Cart!B6": "OrderNumber"}, "Cart!B6", "OrderNumber is text"),
        ({"Cart!B8": "TotalAmount", "Cart!B9": "1"}, "Cart!B8", "may not edit TotalAmount"),
        ({"Cart!B8": "Bridge_Downloaded__c", "Cart!B9": "ticked"}, "Cart!B9", "true or false"),
        ({"Inventory fields!B4": "SKU__c"}, "Inventory fields!B4", "may not edit SKU__c"),
        ({"Inventory fields!B4": "As_Of__c"}, "Inventory fields!B4", "As_Of__c is a date and time"),
    ],
)
def test_what_the_org_says_to_rules_and_settings(
    changes: dict[str, Any], place: str, message: str
) -> None:
    """Typed values, filterable fields, lookups, permissions; a fitting rule says nothing."""
    findings = found("acme", changes)

    if not place:
        assert [finding for finding in findings if finding.severity == "fault"] == []
        return
    assert any(f.place == place and message in (f.message + f.expected) for f in findings), findings


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"Cart!B12": "America/New_Yrok"}, "Cart!B12", "unknown time zone"),
        ({"Cart!B7": "soon"}, "Cart!B7", "write it as 2026-11-22"),
        ({"Cart!B6": None}, "Cart!B6", "no order date field"),
        ({"Cart!B8": "Bridge_Downloaded__c"}, "Cart!B9", "both its field and its value"),
        ({"Cart!B2": "Sales Order"}, "Cart!B2", "not the name of an object"),
        ({"Cart!B10": None}, "Inventory fields!B2", "no inventory object"),
        ({"Rules!A2": "cancel", "Rules!A3": "cancel"}, "Rules", "which orders are ready"),
        ({place_of("acme", ORDER, "Ship-to country"): None}, f"{ORDER}!B19", "comes from nowhere"),
        ({place_of("acme", ORDER, "Ship-to street"): None}, f"{ORDER}!B12", "comes from nowhere"),
        ({place_of("acme", ORDER, "Ship-to line 1"): "Name"}, f"{ORDER}!B13", "filled by"),
        (
            {place_of("acme", ORDER, "Ship method", "D"): "map(methods)"},
            f"{ORDER}!D6",
            "no value map 'methods'",
        ),
        ({place_of("acme", ORDER, "Order date", "E"): "soon"}, f"{ORDER}!E3", "not a date"),
        ({place_of("acme", ORDER, "Currency"): "constant: USX"}, f"{ORDER}!B34", "ISO 4217"),
        ({"Line fields!A2": "Description", "Line fields!A6": None}, "Line fields", "not mapped"),
        (
            {"Inventory fields!B4": None, "Inventory fields!B5": None},
            "Inventory fields",
            "nothing would be written",
        ),
        ({"Inventory fields!B2": None}, "Inventory fields", "no field holds the SKU"),
    ],
)
def test_what_a_workbook_says_about_itself(
    changes: dict[str, Any], place: str, message: str
) -> None:
    """Contradictions and gaps are found without any org."""
    findings = found("acme", changes, online=False)

    assert any(f.place == place and message in f.message for f in findings), findings


def test_a_map_that_nobody_uses_is_worth_a_warning() -> None:
    """It is usually a spelling mistake in a transform."""
    place = place_of("acme", ORDER, "Ship method", "D")

    (finding,) = found("acme", {place: None}, online=False)

    assert finding.severity == "warning"
    assert "'ship methods' is not used" in finding.message


def test_every_fault_is_told_at_once() -> None:
    """Offline and online faults of five sheets in one answer, in the order of the sheets."""
    findings = found(
        "globex",
        {
            "Cart!B12": "Mars",
            "Rules!D2": "resembles",
            "Order fields!A2": "Purchase order nmber",
            "Line fields!C2": "perhaps",
            "Shipment fields!B2": "Trackin_No__c",
            "Value maps!E2": 7,
        },
    )

    faults = [finding for finding in findings if finding.severity == "fault"]
    sheets = list(dict.fromkeys(finding.sheet for finding in faults))
    assert sheets == [
        "Cart",
        "Rules",
        "Order fields",
        "Line fields",
        "Shipment fields",
        "Value maps",
    ]


def test_objects_are_asked_for_step_by_step() -> None:
    """First those the sheet Cart names, then what the paths lead to."""
    workbook = workbook_of(DEMO["globex"])

    first = objects_to_describe(workbook, OrgSchema())
    schema = schema_for(workbook, "globex")

    assert first == {"Sales_Order__c", "Sales_Order_Line__c", "Product2"}
    assert set(schema.objects) == {name.lower() for name in first} | {"account"}
    assert objects_to_describe(workbook, schema) == frozenset()


def test_an_object_that_does_not_exist_stays_in_the_answer() -> None:
    """So that a caller who has asked already knows when to stop."""
    workbook = read_workbook(changed_file("acme", {"Cart!B10": "Inventry__c"}))

    assert objects_to_describe(workbook, schema_for(workbook, "acme")) == {"Inventry__c"}
