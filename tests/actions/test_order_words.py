"""What to change on a record, in the words of the people who look at it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fulfillment_bridge.actions.order_words import Labels, meet, undo
from fulfillment_bridge.domain.org_schema import Condition, OrgField, OrgObject, OrgSchema


def an_object(name: str, label: str, *fields: OrgField) -> OrgObject:
    return OrgObject(name=name, label=label, fields={field.name.lower(): field for field in fields})


SCHEMA = OrgSchema(
    objects={
        "order": an_object(
            "Order",
            "Order",
            OrgField("Ready__c", "Ready for Fulfillment", "boolean"),
            OrgField("Status", "Status", "picklist"),
            OrgField("StatusCode", "Status Category", "picklist"),
            OrgField("Total__c", "Order Total", "currency"),
            OrgField("EffectiveDate", "Order Start Date", "date"),
            OrgField("Paid__c", "Paid", "boolean", calculated=True),
            OrgField(
                "AccountId", "Account ID", "reference",
                reference_to=("Account",), relationship_name="Account",
            ),
        ),
        "account": an_object(
            "Account", "Customer", OrgField("ShippingCity", "Shipping City", "string")
        ),
        "orderitem": an_object("OrderItem", "Order Product", OrgField("Sku__c", "SKU", "string")),
    }
)  # fmt: skip
LABELS = Labels(SCHEMA, "Order")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("Ready__c", "=", True), 'tick "Ready for Fulfillment"'),
        (Condition("Ready__c", "=", False), 'untick "Ready for Fulfillment"'),
        (Condition("Ready__c", "!=", True), 'untick "Ready for Fulfillment"'),
        (Condition("Status", "=", "Approved"), 'set "Status" to Approved'),
        (Condition("Status", "!=", "Draft"), 'set "Status" to anything but Draft'),
        (Condition("Status", "IN", ("Paid", "Sent")), 'set "Status" to one of (Paid, Sent)'),
        (Condition("Status", "NOT IN", ("Open",)), 'set "Status" to none of (Open)'),
        (Condition("Status", "LIKE", "Pa%"), 'set "Status" to a text like Pa%'),
        (Condition("Status", "=", None), 'empty "Status"'),
        (Condition("Status", "!=", None), 'fill in "Status"'),
        (Condition("StatusCode", "=", "Activated"),
         'change "Status", until "Status Category" is Activated'),
        (Condition("Total__c", ">=", Decimal(10)), 'set "Order Total" to 10 or more'),
        (Condition("Total__c", "<", Decimal(10)), 'set "Order Total" to less than 10'),
        (Condition("EffectiveDate", ">=", date(2020, 1, 1)),
         'set "Order Start Date" to 2020-01-01 or later'),
        (Condition("Paid__c", "=", True),
         '"Paid" is a formula, so change what it is computed from, until it is true'),
        (Condition("Account.ShippingCity", "=", "Reno"),
         'set "Shipping City" of its Customer to Reno'),
        (Condition("Unseen__c", "=", "x"), "set Unseen__c to x"),
    ],
)  # fmt: skip
def test_a_condition_is_met_by_doing_this(condition: Condition, expected: str) -> None:
    """Labels where they are known; the API name is better than nothing."""
    assert meet(condition, LABELS) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("Ready__c", "=", True), 'untick "Ready for Fulfillment"'),
        (Condition("Status", "=", None), 'fill in "Status"'),
        (Condition("Status", "!=", None), 'empty "Status"'),
        (Condition("Status", "=", "Canceled"),
         'change "Status", so that it is not Canceled any more'),
    ],
)  # fmt: skip
def test_a_condition_in_the_way_is_undone_by_doing_this(
    condition: Condition, expected: str
) -> None:
    """A cancel rule, or the mark of another program."""
    assert undo(condition, LABELS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fill in Account.ShippingCity in Salesforce, or …",
         'Fill in "Shipping City" (Account.ShippingCity) in Salesforce, or …'),
        ("Correct Sku__c in Salesforce.", 'Correct "SKU" (Sku__c) in Salesforce.'),
        ("Fill in Unseen__c in Salesforce.", "Fill in Unseen__c in Salesforce."),
        ("Add the row on the sheet Value maps.", "Add the row on the sheet Value maps."),
    ],
)  # fmt: skip
def test_a_remedy_names_the_label_too(text: str, expected: str) -> None:
    """Of the order's fields and of the line's."""
    assert LABELS.in_text(text, line_object="OrderItem") == expected


def test_objects_are_called_as_in_the_org() -> None:
    """Merchants rename even standard objects."""
    assert (LABELS.order(), LABELS.object("Account")) == ("Order", "Customer")
    assert LABELS.object("Nobody__c") == "Nobody__c"
