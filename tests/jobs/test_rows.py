"""What a workbook's rows and rules say, from the org to the warehouse's file."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from fulfillment_bridge.actions.check_workbook import check_workbook
from fulfillment_bridge.actions.preview_orders import preview_orders
from fulfillment_bridge.actions.release_order import release_order
from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.mapping.filling import Filling, From
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.mapping.template import write_workbook
from tests.actions.hands import ada
from tests.jobs.world import World, change_filling

GLOBEX = DEMO["globex"]
NUMBERS = range(1, 4)
COLUMNS: dict[str, Any] = {
    **{f"Item_{number}__c": {"type": "text", "length": 40} for number in NUMBERS},
    **{f"Pieces_{number}__c": {"type": "number", "precision": 9, "scale": 0} for number in NUMBERS},
}


def merchant(world: World, filling: Filling, **order_fields: Any) -> Any:
    """A second merchant with this workbook."""
    return world.add_merchant("globex", filling=filling, order_fields=order_fields)


def download(world: World) -> None:
    """Bring the second merchant's orders to the warehouse, once nobody edits them any more."""
    world.pass_time(minutes=5)
    world.run("order_download", "globex")
    world.run("order_delivery")


def test_lines_in_repeated_columns_reach_the_warehouse(world: World) -> None:
    """Columns that say nothing are no line; one without a quantity holds the order."""
    settings = {
        **GLOBEX.settings, "line_object": "", "line_order_field": "", "repeated_lines": "3"
    }  # fmt: skip
    lines = {"sku": From("Item_#__c"), "quantity": From("Pieces_#__c")}
    globex = merchant(world, change_filling(settings=settings, line_fields=lines), **COLUMNS)
    globex.sell("1", Item_1__c="MUG-1", Pieces_1__c=3, Item_3__c="TENT-2", Pieces_3__c=1)
    globex.sell("2", Item_1__c="MUG-1")
    globex.sell("3")
    download(world)

    (sent,) = world.at_warehouse("GLOBEX")
    assert [(line.line, line.sku, line.quantity) for line in sent.lines] == [
        ("1", "MUG-1", Decimal(3)),
        ("3", "TENT-2", Decimal(1)),
    ]
    (empty,) = world.order("2", "globex").hold_reasons
    assert empty.message == "Line 1: Quantity is empty."
    (nothing,) = world.order("3", "globex").hold_reasons
    assert (nothing.code, nothing.place) == ("no_lines", "Cart!B13")


def test_a_child_records_field_reaches_the_warehouse(world: World) -> None:
    """The first line of a kind gives its text to the whole order; changing it changes the order."""
    fields = {
        **GLOBEX.order_fields,
        "gift_message": From("Sales_Order_Line__c[Item_Code__c LIKE CARD%].Item_Text__c"),
    }
    card = ("take lines", "1", "Item_Code__c", "NOT LIKE", "CARD%", "")
    globex = merchant(world, change_filling(order_fields=fields, rules=(*GLOBEX.rules, card)))
    order_id = globex.sell("1", ("MUG-1", 2))
    globex.org.insert(
        "Sales_Order_Line__c",
        {"Sales_Order__c": order_id, "Item_Code__c": "CARD-1", "Item_Text__c": "With love"},
    )
    globex.sell("2")
    calls = globex.calls
    download(world)

    assert globex.calls - calls == 1
    by_number = {each.header["order_number"]: each for each in world.at_warehouse("GLOBEX")}
    assert by_number["2"].header["gift_message"] == ""
    assert [line.sku for line in by_number["1"].lines] == ["MUG-1"]
    assert by_number["1"].header["gift_message"] == "With love"


def test_a_rule_holds_an_order_and_the_merchant_reads_why(world: World) -> None:
    """Until the record is as it should be; then it goes by itself, and the message is emptied."""
    rules = (
        *GLOBEX.rules,
        ("hold", "1", "Total__c", ">", "500", "", "Ask Wanda about large orders"),
        ("hold lines", "1", "Item_Code__c", "=", "KNIFE-1", "", "A knife: check the age"),
    )
    globex = merchant(world, change_filling(rules=rules))
    order_id = globex.sell("1", ("MUG-1", 1), Total__c=900)
    line = globex.add_line(order_id, "KNIFE-1", 1)
    download(world)
    world.run("shipment_upload", "globex")

    assert world.references("GLOBEX") == []
    assert [reason.message for reason in world.order("1", "globex").hold_reasons] == [
        "Line 2: A knife: check the age.",
        "Ask Wanda about large orders.",
    ]
    shown = globex.shown("Sales_Order__c", order_id, "WMS_Status__c", "WMS_Remark__c")
    assert shown["WMS_Status__c"] == "On hold"
    assert "Ask Wanda about large orders." in shown["WMS_Remark__c"]

    globex.org.change("Sales_Order_Line__c", line, world.clock.now(), Item_Code__c="SPOON-1")
    globex.edit(order_id, Total__c=400)
    world.pass_time(minutes=10)
    download(world)
    world.run("shipment_upload", "globex")

    assert world.references("GLOBEX") == ["1"]
    shown = globex.shown("Sales_Order__c", order_id, "WMS_Status__c", "WMS_Remark__c")
    assert (shown["WMS_Status__c"], shown["WMS_Remark__c"]) == ("At warehouse", None)


def test_orders_become_ready_because_a_day_begins(world: World) -> None:
    """Nothing changes in the org; the sweep finds them on their day."""
    rules = (*GLOBEX.rules, ("ready", "1", "Needed_By__c", "<=", "TODAY + 2", ""))
    globex = merchant(world, change_filling(rules=rules))
    globex.sell("1", Needed_By__c="2026-11-24")
    globex.sell("2", Needed_By__c="2026-11-25")
    download(world)
    assert world.references("GLOBEX") == ["1"]

    world.pass_time(hours=24)
    download(world)
    assert sorted(world.references("GLOBEX")) == ["1", "2"]


def test_a_workbook_that_counts_days_is_checked_and_previewed(world: World) -> None:
    """Both ask the org with the day of their clock in the place of TODAY."""
    rules = (*GLOBEX.rules, ("ready", "1", "Needed_By__c", "<=", "TODAY + 2", ""))
    filling = change_filling(rules=rules)
    globex = merchant(world, filling)
    globex.sell("1", Needed_By__c="2026-11-24")
    globex.sell("2", Needed_By__c="2026-11-25")
    content = write_workbook(filling)

    checked = check_workbook(content, cart=globex.cart, clock=world.clock)
    previews = preview_orders(content, globex.cart, clock=world.clock)

    assert [each.message for each in checked.findings if each.severity == "fault"] == []
    assert any("slower sweep" in each.message for each in checked.findings)
    assert len(previews) == 1


def test_the_ship_method_depends_on_several_values(world: World) -> None:
    """Method and country choose together; one combination waits for a person."""
    fields = {
        **GLOBEX.order_fields,
        "ship_method": From("Delivery__c + Account__r.ShippingCountry", "map(delivery)"),
    }
    maps = {
        **GLOBEX.value_maps,
        "delivery": {
            ("Regular", "US"): "Ground",
            ("Two Day Air", "US"): "2nd Day",
            "(anything else)": "(hold the order)",
        },
    }
    globex = merchant(world, change_filling(order_fields=fields, value_maps=maps))
    globex.sell("1")
    globex.sell("2", Delivery__c="Two Day Air")
    globex.sell("3", Delivery__c="Next Day Air")
    download(world)

    methods = {each.header["order_number"]: each.header["ship_method"]
               for each in world.at_warehouse("GLOBEX")}  # fmt: skip
    assert methods == {"1": "Ground", "2": "2nd Day"}
    (held,) = world.order("3", "globex").hold_reasons
    assert "holds orders with 'Next Day Air' + 'US'" in held.message


def test_an_order_that_lacks_what_the_warehouse_demands_waits_for_it(world: World) -> None:
    """It goes on by itself once the merchant has filled in the field."""
    acme = world.merchants["acme"]
    needs = WarehouseNeeds("reno", demands=("gift_message",))
    acme.profile = replace(acme.profile, needs=needs)
    order = acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    (reason,) = world.order("1001").hold_reasons
    assert reason.message == "Gift message is empty, and the warehouse reno demands it."
    acme.edit(order, Gift_Note__c="Enjoy")
    world.pass_time(minutes=5)
    assert world.run("order_download").counts["released"] == 1


def test_a_demand_that_is_taken_out_again_lets_the_order_go(world: World) -> None:
    """With one of the next looks at held orders; nobody has to touch it."""
    acme = world.merchants["acme"]
    strict = acme.profile
    acme.profile = replace(strict, needs=WarehouseNeeds("reno", demands=("gift_message",)))
    acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    assert world.order("1001").shown_state == "held"
    acme.profile = strict
    world.pass_time(minutes=20)
    assert world.run("order_download").counts["released"] == 1


def test_an_order_whose_ship_method_the_warehouse_does_not_list_waits(world: World) -> None:
    """With the code and the cell; it goes once the list has it, or because a person says so."""
    acme = world.acme
    strict = replace(acme.profile, needs=WarehouseNeeds("reno", ship_methods=("Next Day", "GRD")))
    lenient = replace(acme.profile, needs=WarehouseNeeds("reno", ship_methods=("Ground",)))
    acme.profile = strict
    acme.sell("1001")
    acme.sell("1002")
    world.pass_time(minutes=5)
    world.run("order_download")
    (reason,) = world.order("1001").hold_reasons
    assert reason.message == "The warehouse reno has no ship method 'Ground'."
    assert reason.place.startswith("Order fields!B")
    order_id = world.order("1002").order_id
    release_order(ada(world), acme.profile, order_id, despite_rule=True)
    world.run("order_delivery")
    assert [sent.header["ship_method"] for sent in world.at_warehouse()] == ["Ground"]

    acme.profile = lenient
    world.pass_time(minutes=20)
    assert world.run("order_download").counts["released"] == 1
