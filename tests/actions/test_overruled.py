"""A person lets an order go despite a rule of the workbook: that rule, for that order."""

from __future__ import annotations

import pytest

from fulfillment_bridge.actions.explain_order import AskedCart, Explanation, explain_order
from fulfillment_bridge.actions.order_report import order_report
from fulfillment_bridge.actions.release_order import release_order
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.jobs.active_map import load_active_map
from fulfillment_bridge.mapping.filling import From
from fulfillment_bridge.mapping.samples import DEMO
from tests.actions.hands import ada, decisions, told
from tests.jobs.world import World, change_filling

LARGE = ("hold", "1", "Total__c", ">", "500", "", "Ask Wanda about large orders")
SOON = ("hold", "2", "Needed_By__c", ">", "TODAY + 5", "", "Too early")
KNIFE = ("hold lines", "1", "Item_Code__c", "=", "KNIFE-1", "", "A knife: check the age")


def load(world: World, *rules: tuple[str, ...], gift_required: bool = False) -> None:
    """A workbook with these rules; its gift messages go through a map that asks a person."""
    gift = From("Gift_Note__c", "map(gifts)", required=gift_required)
    fields = {**DEMO["globex"].order_fields, "gift_message": gift}
    gifts = {"Bomb": "(hold the order)", "(blank)": "(blank)", "(anything else)": "(unchanged)"}
    filling = change_filling(
        rules=(*DEMO["globex"].rules, *rules),
        order_fields=fields,
        value_maps={**DEMO["globex"].value_maps, "gifts": gifts},
    )
    world.load_workbook("acme", filling)


def download(world: World) -> None:
    """What changed is read, once nobody edits it any more."""
    world.pass_time(minutes=5)
    world.run("order_download")


def let_go(world: World, reason: str = "Wanda said yes") -> str:
    """Ada lets 1001 go despite what the workbook says."""
    order_id = world.order("1001").order_id
    return release_order(ada(world, reason), world.acme.profile, order_id, despite_rule=True)


def held_by(world: World) -> list[str]:
    """Why 1001 is held."""
    return [reason.message for reason in world.order("1001").hold_reasons]


def why(world: World) -> Explanation:
    """What ``orders why`` says of 1001."""
    mapping = load_active_map(world.store, "acme", now=world.clock.now())
    asked = AskedCart("acme", "org", world.acme.cart, mapping, overlap_seconds=600)
    (one,) = explain_order(world.store, asked, "1001")
    return one


def test_an_order_goes_despite_its_rule_and_who_decided_is_kept(world: World) -> None:
    """Without the flag it stays, and the refusal names the flag; with it, it is shipped."""
    load(world, LARGE)
    world.acme.sell("1001", Total__c=900)
    download(world)
    order_id = world.order("1001").order_id
    assert order_report(world.store, order_id)["may_go_despite_rule"]
    with pytest.raises(UserError, match="held until a person decides") as refused:
        release_order(ada(world), world.acme.profile, order_id)
    assert "orders release 1001 --despite-rule --cart acme" in refused.value.remedy

    assert "is released" in let_go(world)
    world.run("order_delivery")
    assert world.references() == ["1001"]
    assert decisions(world, order_id) == [("ada", "orders release", "Wanda said yes")]
    assert told(world, order_id) == [("released", "ada")]
    report = order_report(world.store, order_id)
    [overruled] = report["overruled"]
    assert overruled["what"] == "Ask Wanda about large orders."
    assert (overruled["actor"], overruled["reason"]) == ("ada", "Wanda said yes")
    assert not report["may_go_despite_rule"]


def test_the_same_rule_holds_it_no_more_and_another_one_does(world: World) -> None:
    """What changes before it has left is judged anew, by all rules but the one overruled."""
    load(world, LARGE, KNIFE)
    record = world.acme.sell("1001", Total__c=900)
    download(world)
    let_go(world)
    world.acme.edit(record, Total__c=950, Gift_Note__c="Enjoy")
    download(world)
    assert world.order("1001").shown_state == "released"

    world.acme.add_line(record, "KNIFE-1", 1)
    download(world)
    assert held_by(world) == ["Line 2: A knife: check the age."]
    let_go(world, "she is 40")
    world.acme.add_line(record, "KNIFE-1", 2)
    download(world)
    assert held_by(world) == ["Line 3: A knife: check the age."]


def test_a_rule_that_was_changed_in_the_workbook_is_another_rule(world: World) -> None:
    """Moved to another row it is the same; with another number it asks again."""
    load(world, LARGE)
    world.acme.sell("1001", Total__c=900)
    download(world)
    let_go(world)
    load(world, KNIFE, LARGE)
    download(world)
    assert world.order("1001").shown_state == "released"
    load(world, ("hold", "1", "Total__c", ">", "600", "", "Ask Wanda about large orders"))
    world.acme.edit(world.order("1001").cart_order_id, Gift_Note__c="Enjoy")
    download(world)
    assert held_by(world) == ["Ask Wanda about large orders."]


def test_a_rule_that_counts_days_is_the_same_rule_tomorrow(world: World) -> None:
    """What was overruled is the rule as it is written, not the day it came to."""
    load(world, SOON)
    record = world.acme.sell("1001", Needed_By__c="2026-12-24")
    download(world)
    let_go(world)
    world.pass_time(hours=24)
    world.acme.edit(record, Gift_Note__c="Enjoy")
    download(world)
    assert world.order("1001").shown_state == "released"


def test_what_a_value_map_holds_goes_without_that_value(world: World) -> None:
    """Another value that the map holds is another matter."""
    load(world)
    record = world.acme.sell("1001", Gift_Note__c="Bomb")
    download(world)
    let_go(world)
    world.acme.add_line(record, "TENT-2", 1)
    download(world)
    world.run("order_delivery")
    [sent] = world.at_warehouse()
    assert (sent.header["gift_message"], len(sent.lines)) == ("", 2)


def test_what_has_to_have_a_value_cannot_be_let_go_without(world: World) -> None:
    """The refusal says which field it is."""
    load(world, LARGE, gift_required=True)
    world.acme.sell("1001", Gift_Note__c="Bomb", Total__c=900)
    download(world)
    with pytest.raises(UserError, match="must be mended first") as refused:
        let_go(world)
    [problem] = refused.value.problems
    assert "It cannot be released without Gift message." in problem
    assert not order_report(world.store, world.order("1001").order_id)["may_go_despite_rule"]


def test_a_fault_beside_a_rule_is_mended_first(world: World) -> None:
    """Nothing is overruled before there is something to send."""
    load(world, LARGE)
    record = world.acme.sell("1001", Total__c=900, Delivery__c="Pigeon")
    download(world)
    with pytest.raises(UserError, match="must be mended first"):
        let_go(world)
    world.acme.edit(record, Delivery__c="Regular")
    download(world)
    assert held_by(world) == ["Ask Wanda about large orders."]


def test_a_rule_that_comes_to_hold_after_it_has_left_is_told(world: World) -> None:
    """Also where nothing changed that the warehouse gets; and it is not asked to change it."""
    load(world, LARGE)
    record = world.acme.sell("1001", Total__c=400)
    download(world)
    world.run("order_delivery")
    world.acme.edit(record, Total__c=900)
    download(world)
    order = world.order("1001")
    assert "Ask Wanda about large orders" in (order.attention or "")
    with world.store.read() as uow:
        kinds = {message.kind for message in uow.outbox.by_order(order.order_id)}
    assert kinds == {"fulfillment_order", "write_back"}


def test_why_says_who_let_it_go(world: World) -> None:
    """The rule still speaks, and stands in nobody's way."""
    load(world, LARGE)
    world.acme.sell("1001", Total__c=900, Gift_Note__c="Bomb")
    download(world)
    command = "orders release 1001 --despite-rule --cart acme"
    asked = [answer for answer in why(world).answers if command in answer.advice]
    assert [answer.cell.partition("!")[0] for answer in asked] == ["Rules", "Order fields"]
    let_go(world)
    one = why(world)
    said = [answer for answer in one.answers if "ada let it go despite that" in answer.what]
    assert [answer.holds for answer in said] == [True, True]
    assert "Wanda said yes" in said[0].what
    assert "order_delivery hands it over" in one.advice
