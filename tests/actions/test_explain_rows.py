"""``orders why`` about rules that hold orders, and rules that leave lines out."""

from __future__ import annotations

from fulfillment_bridge.actions.explain_order import AskedCart, Explanation, explain_order
from fulfillment_bridge.jobs.active_map import load_active_map
from fulfillment_bridge.mapping.samples import DEMO
from tests.jobs.world import World, change_filling

RULES = (
    *DEMO["globex"].rules,
    ("hold", "1", "Total__c", ">", "5000", "", "Ask Wanda about large orders."),
    ("hold", "1", "Gift_Note__c", "!=", "(blank)", "", ""),
    ("take lines", "1", "Item_Code__c", "NOT LIKE", "SVC-%", "", ""),
    ("take lines", "1", "Qty__c", "<", "100", "", ""),
    ("hold lines", "1", "Item_Code__c", "IN", "KNIFE-1; KNIFE-2", "", "A knife: check the age"),
)


def why(world: World, number: str) -> Explanation:
    """The explanation of the one order of that number."""
    acme = world.acme
    mapping = load_active_map(world.store, "acme", now=world.clock.now())
    asked = AskedCart("acme", "org", acme.cart, mapping, overlap_seconds=600)
    (one,) = explain_order(world.store, asked, number)
    return one


def rows(one: Explanation) -> dict[str, tuple[bool, str, str]]:
    """What it says of the rules for holding and for lines."""
    return {
        answer.what: (answer.holds, answer.found, answer.cell)
        for answer in one.answers
        if "rule" in answer.what or "left out" in answer.what
    }


def test_each_rule_is_told_with_the_values_found_and_its_cell(world: World) -> None:
    """The one that held, the line that was dropped and by which row; and what passed."""
    world.load_workbook("acme", change_filling(rules=RULES))
    world.acme.sell("1001", ("MUG-1", 200), ("SVC-9", 1), ("KNIFE-2", 1), Total__c=6000,
                    Gift_Note__c="Hi")  # fmt: skip
    world.pass_time(minutes=5)
    world.run("order_download")
    one = why(world, "1001")
    said = rows(one)
    text = "Total__c > 5000 and Gift_Note__c != (blank)"
    assert said[f"held by the rule {text}: Ask Wanda about large orders"] == (
        False, "6000, Hi", "Rules!C5"
    )  # fmt: skip
    assert said["line 1 (MUG-1) is left out: only lines with Qty__c < 100 are taken"] == (
        True, "200", "Rules!C8"
    )  # fmt: skip
    left_out = "line 2 (SVC-9) is left out: only lines with Item_Code__c NOT LIKE SVC-% are taken"
    assert said[left_out] == (
        True, "SVC-9", "Rules!C7"
    )  # fmt: skip
    knife = "line 3 (KNIFE-2) is held by the rule Item_Code__c IN (KNIFE-1, KNIFE-2)"
    assert said[f"{knife}: A knife: check the age"] == (False, "KNIFE-2", "Rules!C9")
    assert [answer.what for answer in one.answers].count("not held: A knife: check the age.") == 0
    assert one.advice.startswith('Change "Total", so that it is not more than 5000 any more on the')
    assert "or change the rule in Rules!C5 of the workbook" in one.advice
    assert one.advice.endswith("Then look again: 1 more stands in the way.")


def test_what_passes_is_told_too(world: World) -> None:
    """And a rule that held before, once the record is mended, is no obstacle in Salesforce."""
    world.load_workbook("acme", change_filling(rules=RULES))
    order = world.acme.sell("1001", ("MUG-1", 2))
    knife = world.acme.add_line(order, "KNIFE-1", 1)
    world.pass_time(minutes=5)
    world.run("order_download")
    world.acme.org.change("Sales_Order_Line__c", knife, Item_Code__c="SPOON-1")
    one = why(world, "1001")
    assert rows(one) == {
        "not held by the rule Total__c > 5000 and Gift_Note__c != (blank)": (
            True, "(blank)", "Rules!C5"
        ),
        "no line is left out by Item_Code__c NOT LIKE SVC-% and Qty__c < 100": (
            True, "", "Rules!C7"
        ),
        "no line is held by the rule Item_Code__c IN (KNIFE-1, KNIFE-2)": (True, "", "Rules!C9"),
    }  # fmt: skip
    assert "it is corrected in Salesforce" in one.advice


def test_an_order_whose_lines_are_all_left_out_has_nothing_to_ship(world: World) -> None:
    """Each line says which row dropped it, and the order stands in the list of held ones."""
    world.load_workbook("acme", change_filling(rules=RULES))
    world.acme.sell("1001", ("SVC-1", 1))
    one = why(world, "1001")
    whats = [answer.what for answer in one.answers if "left out" in answer.what]
    assert whats[0].startswith("line 1 (SVC-1) is left out")
    assert "All of its lines are left out by the rules for lines." in whats
