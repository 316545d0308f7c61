"""Salesforce's own rules about orders, opportunities and prices.

Sources: Object Reference: Order, OrderItem, OrderStatus, Opportunity, OpportunityLineItem,
PricebookEntry; the text about price books and the lock on activated orders are as users report
them.
"""

from __future__ import annotations

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.org import Operation
from tests.simulator.engine.desk import Desk, Shop

LOCKED = (
    "Unable to modify activated or superseded Order:  cannot delete Order, or add or remove "
    "Order Products"
)


def test_an_order_begins_as_a_draft_with_its_number(admin: Desk, shop: Shop) -> None:
    """Eight digits; an order that begins activated is refused."""
    row = admin.rows("SELECT OrderNumber, StatusCode, TotalAmount FROM Order")[0]
    assert row == {"OrderNumber": "00000100", "StatusCode": "Draft", "TotalAmount": 0.0}
    error = admin.refused_create(
        "Order", AccountId=shop.account, Status="Activated", EffectiveDate="2026-11-22"
    )
    assert error.code == "FAILED_ACTIVATION"
    error = admin.refused_update("Order", shop.order, Status="Shipped")
    assert (error.code, error.fields) == ("FAILED_ACTIVATION", ("Status",))


def test_people_and_the_org_itself_are_not_made_through_the_api(admin: Desk) -> None:
    """Those who may log in are part of the org's description."""
    for name in ("User", "Organization", "UserRecordAccess"):
        error = admin.refused_create(name, Name="x")
        assert error.code == "INVALID_TYPE_FOR_OPERATION"
        assert error.message == f"entity type {name} does not support create"


def test_an_order_needs_account_date_and_status(admin: Desk) -> None:
    """All that is missing is named."""
    error = admin.refused_create("Order", Name="empty")
    assert error.code == "REQUIRED_FIELD_MISSING"
    assert set(error.fields) == {"AccountId", "EffectiveDate", "Status"}


def test_an_item_takes_its_product_from_the_price_book_of_its_order(
    admin: Desk, shop: Shop
) -> None:
    """Product and list price follow; an entry of another price book is refused."""
    shop.add_item(admin, quantity=3, price=7)
    row = admin.rows("SELECT Product2Id, ListPrice, TotalPrice, Product2.Name FROM OrderItem")[0]
    assert row == {
        "Product2Id": shop.product,
        "ListPrice": 9.5,
        "TotalPrice": 21.0,
        "Product2": {"Name": "Mug"},
    }
    other = admin.create("Pricebook2", Name="Other", IsActive=True)
    entry = admin.create(
        "PricebookEntry", Pricebook2Id=other, Product2Id=shop.product, UnitPrice=1, IsActive=True
    )
    error = admin.refused_create(
        "OrderItem", OrderId=shop.order, PricebookEntryId=entry, Quantity=1, UnitPrice=1
    )
    assert error.code == "FIELD_INTEGRITY_EXCEPTION"
    assert error.message == (
        "Order Products must have a Price Book Entry that belongs to the Price Book related to "
        "the parent Order."
    )


def test_the_total_follows_the_items_and_moves_only_the_system_stamp(
    admin: Desk, shop: Shop, clock: SimulatedClock
) -> None:
    """A change that leaves the sum alone does not touch the order."""
    stamps = "SELECT TotalAmount, SystemModstamp, LastModifiedDate FROM Order"
    clock.advance(10)
    item = shop.add_item(admin, quantity=2, price=5)
    row = admin.rows(stamps)[0]
    assert row["TotalAmount"] == 10.0
    assert row["SystemModstamp"] == "2026-11-18T10:30:25.000+0000"
    assert row["LastModifiedDate"] == "2026-11-18T10:30:15.000+0000"
    clock.advance(10)
    admin.update("OrderItem", item, Description="new words")
    assert admin.rows(stamps)[0] == row
    admin.delete("OrderItem", item)
    assert admin.column("SELECT TotalAmount FROM Order") == [0.0]


def test_an_order_is_activated_with_products_only(admin: Desk, shop: Shop) -> None:
    """Who and when is noted."""
    error = admin.refused_update("Order", shop.order, Status="Activated")
    assert (error.code, error.message) == (
        "FAILED_ACTIVATION",
        "An order must have at least one product.",
    )
    shop.add_item(admin)
    admin.update("Order", shop.order, Status="Activated")
    row = admin.rows("SELECT StatusCode, ActivatedDate, ActivatedById FROM Order")[0]
    assert row == {
        "StatusCode": "Activated",
        "ActivatedDate": "2026-11-18T10:30:15.000+0000",
        "ActivatedById": admin.user.user_id,
    }


def test_an_activated_order_keeps_its_items_and_itself(admin: Desk, shop: Shop) -> None:
    """Nothing is added, removed or deleted."""
    item = shop.add_item(admin)
    admin.update("Order", shop.order, Status="Activated")
    refused = [
        Operation("delete", "Order", shop.order),
        Operation("delete", "OrderItem", item),
        Operation(
            "create",
            "OrderItem",
            values={
                "OrderId": shop.order,
                "PricebookEntryId": shop.entry,
                "Quantity": 1,
                "UnitPrice": 1,
            },
        ),
    ]
    for operation in refused:
        error = admin.refusal(operation)
        assert (error.code, error.message) == ("ENTITY_IS_LOCKED", LOCKED)


def test_editing_an_activated_order_needs_its_own_permission(
    admin: Desk, clerk: Desk, shop: Shop
) -> None:
    """Edit Activated Orders, for the order and its items alike."""
    item = shop.add_item(admin)
    clerk.update("Order", shop.order, Shipped_On__c="2026-11-18")
    admin.update("Order", shop.order, Status="Activated")
    for name, record_id in (("Order", shop.order), ("OrderItem", item)):
        error = clerk.refused_update(name, record_id, Description="shipped")
        assert error.code == "INSUFFICIENT_ACCESS_OR_READONLY"
    clerk.user.permissions.add("EditActivatedOrders")
    clerk.update("Order", shop.order, Shipped_On__c="2026-11-19")
    error = clerk.refused_update(
        "Order", shop.order, AccountId=admin.create("Account", Name="Other")
    )
    assert error.code == "FIELD_INTEGRITY_EXCEPTION"


def test_an_account_with_orders_stays(admin: Desk, shop: Shop) -> None:
    """The message names what holds it."""
    error = admin.refusal(Operation("delete", "Account", shop.account))
    assert error.code == "DELETE_FAILED"
    assert "00000100" in error.message


def test_a_price_needs_a_standard_price_first(admin: Desk, shop: Shop) -> None:
    """And one price book has one price of a product."""
    product = admin.create("Product2", Name="Cup")
    other = admin.create("Pricebook2", Name="Other", IsActive=True)
    values = {"Pricebook2Id": other, "Product2Id": product, "UnitPrice": 1}
    error = admin.refused_create("PricebookEntry", **values)
    assert error.code == "STANDARD_PRICE_NOT_DEFINED"
    admin.create("PricebookEntry", **{**values, "Pricebook2Id": shop.pricebook})
    admin.create("PricebookEntry", **values)
    assert admin.refused_create("PricebookEntry", **values).code == "DUPLICATE_VALUE"


def test_an_opportunitys_amount_is_the_sum_of_its_products(admin: Desk, shop: Shop) -> None:
    """The price book comes with the first product; one's own amount counts only without any."""
    deal = admin.create(
        "Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-12-01", Amount=5
    )
    line = {"OpportunityId": deal, "PricebookEntryId": shop.entry, "Quantity": 4}
    admin.create("OpportunityLineItem", **line, UnitPrice=2.5)
    admin.create("OpportunityLineItem", **line, TotalPrice=2)
    admin.update("Opportunity", deal, Amount=99)
    row = admin.rows(
        "SELECT Amount, TotalOpportunityQuantity, HasOpportunityLineItem, Pricebook2Id, IsWon, "
        "Probability, (SELECT UnitPrice, TotalPrice, Name FROM OpportunityLineItems) "
        "FROM Opportunity"
    )[0]
    lines = [each["UnitPrice"] for each in row.pop("OpportunityLineItems").records]
    assert sorted(lines) == [0.5, 2.5]
    assert row == {
        "Amount": 12.0,
        "TotalOpportunityQuantity": 8.0,
        "HasOpportunityLineItem": True,
        "Pricebook2Id": shop.pricebook,
        "IsWon": False,
        "Probability": 10.0,
    }
    admin.update("Opportunity", deal, StageName="Closed Won")
    row = admin.rows("SELECT IsWon, IsClosed, Probability FROM Opportunity")[0]
    assert row == {"IsWon": True, "IsClosed": True, "Probability": 100.0}


def test_an_opportunity_line_is_of_its_price_book_and_has_a_price(admin: Desk, shop: Shop) -> None:
    """Another price book's entry is refused, and so is a line without price or total."""
    other = admin.create("Pricebook2", Name="Other", IsActive=True)
    deal = admin.create(
        "Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-12-01", Pricebook2Id=other
    )
    line = {"OpportunityId": deal, "PricebookEntryId": shop.entry, "Quantity": 1}
    error = admin.refused_create("OpportunityLineItem", **line, UnitPrice=1)
    assert error.message == (
        "field integrity exception: PricebookEntryId (pricebook entry is in a different pricebook "
        "than the one assigned to the opportunity)"
    )
    entry = admin.create(
        "PricebookEntry", Pricebook2Id=other, Product2Id=shop.product, UnitPrice=1, IsActive=True
    )
    error = admin.refused_create("OpportunityLineItem", **{**line, "PricebookEntryId": entry})
    assert error.code == "REQUIRED_FIELD_MISSING"


def test_a_contact_is_called_by_first_and_last_name(admin: Desk) -> None:
    """Name is made, never written."""
    contact = admin.create("Contact", LastName="Hopper", FirstName="Grace")
    admin.update("Contact", contact, FirstName="G.")
    assert admin.column("SELECT Name FROM Contact") == ["G. Hopper"]
    error = admin.refused_create("Contact", LastName="x", Name="y")
    assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
