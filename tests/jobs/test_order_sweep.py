"""Rules that rest on a formula: no stamp moves, so ids are compared."""

from __future__ import annotations

import pytest

from tests.jobs.world import ADDRESS, World, change_filling


@pytest.fixture
def by_formula(world: World) -> World:
    """globex is ready when a formula over the customer's account says so."""
    formula = {"type": "formula", "returns": "checkbox", "label": "May ship",
               "formula": "Account__r.ShippingCity = 'Reno'"}  # fmt: skip
    rules = (("ready", "1", "May_Ship__c", "=", "true", ""),)
    world.add_merchant(
        "globex", filling=change_filling(rules=rules), order_fields={"May_Ship__c": formula}
    )
    return world


def test_what_a_formula_makes_ready_is_found_by_id(by_formula: World) -> None:
    """No stamp of the order moves when its account does; the sweep compares ids."""
    globex = by_formula.merchants["globex"]
    [far] = globex.org.insert("Account", {"Name": "Far Ltd", **ADDRESS, "ShippingCity": "Elko"})
    globex.sell("1001", account_id=far)
    by_formula.pass_time(minutes=5)
    assert by_formula.run("order_download", "globex").counts["new"] == 0
    by_formula.pass_time(hours=3)
    globex.org.change("Account", far, None, ShippingCity="Reno")
    ctx = by_formula.run("order_download", "globex")
    assert ctx.counts["released"] == 1


def test_what_a_formula_makes_unready_is_held_and_found_again(by_formula: World) -> None:
    """Both ways, each with the next sweep and not before."""
    globex = by_formula.merchants["globex"]
    globex.sell("1001")
    by_formula.pass_time(minutes=5)
    by_formula.run("order_download", "globex")
    by_formula.pass_time(hours=3)
    globex.org.change("Account", globex.account_id, None, ShippingCity="Elko")
    by_formula.run("order_download", "globex")
    reasons = by_formula.order("1001", "globex").hold_reasons
    assert [reason.code for reason in reasons] == ["no_longer_ready"]
    globex.org.change("Account", globex.account_id, None, ShippingCity="Reno")
    assert by_formula.run("order_download", "globex").counts["released"] == 0
    by_formula.pass_time(minutes=16)
    assert by_formula.run("order_download", "globex").counts["released"] == 1
