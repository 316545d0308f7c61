"""The rule that orders keep to which bear what we write."""

from __future__ import annotations

from fulfillment_bridge.domain.org_schema import Condition
from fulfillment_bridge.mapping.own_marks import OwnValues, still_ready

APPROVED = Condition("Stage__c", "=", "Approved")
UNMARKED = Condition("Exported__c", "=", False)
MARKED = Condition("Exported__c", "=", True)
NO_TRACKING = Condition("Tracking__c", "=", None)
CITY = Condition("City__c", "=", "Reno")


def test_a_rule_that_asks_for_nothing_of_ours_stays_as_it_is() -> None:
    """Nothing else has to be read then."""
    assert still_ready(((CITY, APPROVED),), {"exported__c": frozenset({True})}) == ()
    assert still_ready(((CITY,),), {}) == ()


def test_our_own_values_do_as_well() -> None:
    """But for those that meet the condition anyway."""
    ours: OwnValues = {
        "exported__c": frozenset({True}),
        "stage__c": frozenset({"Shipped", "approved"}),
    }
    shipped = Condition("Stage__c", "=", "Shipped")
    assert still_ready(((CITY, UNMARKED, APPROVED),), ours) == (
        (CITY, UNMARKED, APPROVED),
        (CITY, UNMARKED, shipped),
        (CITY, MARKED, APPROVED),
        (CITY, MARKED, shipped),
    )


def test_what_we_write_in_any_form_is_not_asked_for() -> None:
    """A group in which nothing else stands holds for everything, and the others with it."""
    ours: OwnValues = {"tracking__c": None}
    assert still_ready(((CITY, NO_TRACKING),), ours) == ((CITY,),)
    assert still_ready(((CITY,), (NO_TRACKING,)), ours) == ((),)
