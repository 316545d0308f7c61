"""What differs between two workbooks, told by rows."""

from __future__ import annotations

from dataclasses import replace

from fulfillment_bridge.mapping.comparison import Change, differences, said_rows
from fulfillment_bridge.mapping.filling import From
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.mapping.template import write_workbook
from tests.mapping.orgs import changed_file, file_of, place_of

ACME = DEMO["acme"]


def test_the_same_workbook_differs_in_nothing() -> None:
    """Also where rules stand in another order, and the notes are new."""
    turned = write_workbook(replace(ACME, rules=tuple(reversed(ACME.rules))))
    noted = changed_file("acme", {"Rules!G2": "asked Jane"})
    assert differences(file_of("acme"), turned) == []
    assert differences(file_of("acme"), noted) == []


def test_a_changed_cell_is_told_with_its_heading() -> None:
    """Only the columns that differ."""
    place = place_of("acme", "Order fields", "Ship-to city")
    changed = changed_file("acme", {place: "BillingCity"})
    assert differences(file_of("acme"), changed) == [
        Change(
            "changed",
            "Order fields",
            "Ship-to city",
            "Salesforce field: ShippingCity",
            "Salesforce field: BillingCity",
        )
    ]


def test_rows_that_come_and_go_are_told_whole() -> None:
    """An extra is added, a value map loses a line."""
    fields = {**ACME.order_fields, "extra.gift wrap": From("Gift_Wrap__c", required=True)}
    maps = {name: dict(list(pairs.items())[1:]) for name, pairs in ACME.value_maps.items()}
    changes = differences(
        file_of("acme"), write_workbook(replace(ACME, order_fields=fields, value_maps=maps))
    )
    added = [one for one in changes if one.kind == "added"]
    removed = [one for one in changes if one.kind == "removed"]
    assert [(one.about, one.new) for one in added] == [
        ("Extra: gift wrap", "Salesforce field: Gift_Wrap__c, Required: yes")
    ]
    assert len(removed) == len(ACME.value_maps)
    assert all(one.sheet == "Value maps" and one.old for one in removed)


def test_the_same_row_twice_counts_twice() -> None:
    """Of two equal rules one is taken away."""
    twice = write_workbook(replace(ACME, rules=(*ACME.rules, ACME.rules[0])))
    (change,) = differences(twice, file_of("acme"))
    assert (change.kind, change.sheet) == ("removed", "Rules")


def test_what_a_workbook_says_is_told_without_blank_rows() -> None:
    """Fields that are not mapped say nothing."""
    rows = {(row.sheet, row.about): row for row in said_rows(file_of("acme"))}
    city = rows["Order fields", "Ship-to city"]
    assert city.says == {"Salesforce field": "ShippingCity", "Required": "yes"}
    assert city.cell == place_of("acme", "Order fields", "Ship-to city", column="A").split("!")[1]
    assert ("Order fields", "Gift message") not in rows
    assert rows["Cart", "Order object"].text == "Value: Order"


def test_a_row_of_several_values_is_named_by_all_of_them() -> None:
    """A changed target is told as such; an empty cell in the middle fits everything."""

    def with_methods(**becomes: str) -> bytes:
        rows: dict[str | tuple[str, ...], str] = {
            ("Express", "US", "up to 30"): becomes["light"],
            ("Express", "US"): "Freight",
            ("Express", "", "over 30"): becomes["heavy"],
        }
        return write_workbook(replace(ACME, value_maps={"methods": rows}))

    changes = differences(
        with_methods(light="2nd Day", heavy="Freight"), with_methods(light="Air", heavy="Truck")
    )
    assert [(one.kind, one.about, one.old, one.new) for one in changes] == [
        ("changed", "methods · Express · US · up to 30", "To: 2nd Day", "To: Air"),
        ("changed", "methods · Express · (anything) · over 30", "To: Freight", "To: Truck"),
    ]
