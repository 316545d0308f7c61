"""What the answers to queries look like.

Sources: REST guide: Query; SOQL guide, v65: COUNT(), GROUP BY, FIELDS(), Relationship Queries;
recorded answers to queries of orders.
"""
# ruff: noqa: S608 - these queries are put together from the test's own words

from __future__ import annotations

from fulfillment_bridge.simulator.org import QueryResult
from tests.simulator.engine.desk import Desk, Shop


def test_a_record_begins_with_attributes_and_keeps_the_order_of_select(
    admin: Desk, shop: Shop
) -> None:
    """Names are spelled as declared, whatever the query wrote."""
    query = "select status, ORDERNUMBER, account.name, id from order"
    record = admin.org.query(admin.user, query).records[0]
    assert list(record) == ["attributes", "Status", "OrderNumber", "Account", "Id"]
    assert record["attributes"] == {"type": "Order", "id": shop.order}
    assert record["Account"]["attributes"] == {"type": "Account", "id": shop.account}


def test_values_are_ready_for_json(admin: Desk) -> None:
    """Numbers of a double are floats, whole numbers ints, stamps have zero milliseconds."""
    admin.thing("a", Count__c=5, Whole__c=5, Flag__c=True, At__c="2026-11-18T12:00:00+02:00")
    row = admin.rows("SELECT Count__c, Whole__c, Flag__c, At__c, CreatedDate FROM Thing__c")[0]
    assert repr(row["Count__c"]) == "5.0"
    assert repr(row["Whole__c"]) == "5"
    assert row["Flag__c"] is True
    assert row["At__c"] == "2026-11-18T10:00:00.000+0000"
    assert row["CreatedDate"] == "2026-11-18T10:30:15.000+0000"


def test_parents_nest_and_a_missing_one_is_null(admin: Desk, shop: Shop) -> None:
    """Several levels up, and null where the chain ends."""
    row = admin.rows("SELECT Account.Owner.Profile.Name, ShipToContact.Name FROM Order")[0]
    assert row == {
        "Account": {"Owner": {"Profile": {"Name": "System Administrator"}}},
        "ShipToContact": None,
    }


def test_an_address_is_one_object_or_null(admin: Desk, shop: Shop) -> None:
    """The compound field shows its parts by name."""
    row = admin.rows("SELECT ShippingAddress, BillingAddress FROM Account")[0]
    assert row["ShippingAddress"]["city"] == "Reno"
    assert row["ShippingAddress"]["street"] is None
    assert row["BillingAddress"] is None


def test_children_come_as_a_result_of_their_own_or_null(admin: Desk, shop: Shop) -> None:
    """Each parent gets its own children, none at all is null, LIMIT holds per parent."""
    for quantity in (3, 1, 2):
        shop.add_item(admin, quantity)
    admin.create("Order", AccountId=shop.account, Status="Draft", EffectiveDate="2026-11-22")
    items = "SELECT Quantity, PricebookEntry.Product2.Name FROM OrderItems ORDER BY Quantity"
    query = f"SELECT Id, ({items} LIMIT 2) FROM Order ORDER BY OrderNumber"
    first, second = admin.org.query(admin.user, query).records
    children = first["OrderItems"]
    assert isinstance(children, QueryResult)
    assert [each["Quantity"] for each in children.records] == [1.0, 2.0]
    assert children.records[0]["PricebookEntry"]["Product2"]["Name"] == "Mug"
    assert children.total_size == 2
    assert second["OrderItems"] is None


def test_children_may_have_children(admin: Desk, shop: Shop) -> None:
    """Two levels down."""
    shop.add_item(admin)
    query = "SELECT Name, (SELECT Id, (SELECT Quantity FROM OrderItems) FROM Orders) FROM Account"
    account = admin.org.query(admin.user, query).records[0]
    order = account["Orders"].records[0]
    assert order["OrderItems"].records[0]["Quantity"] == 2.0


def test_count_answers_its_total_alone(admin: Desk) -> None:
    """SELECT COUNT() has no records."""
    admin.thing("a")
    result = admin.org.query(admin.user, "SELECT COUNT() FROM Thing__c WHERE Code__c = 'A'")
    assert (result.is_count, result.total_size, result.records) == (True, 1, [])


def test_aggregates_are_named_by_alias_or_number(admin: Desk) -> None:
    """Unnamed expressions count up from expr0; groups keep their field's name."""
    for code, group in (("a", "x"), ("b", "X"), ("c", "y")):
        admin.thing(code, Group__c=group, Count__c=2)
    result = admin.org.query(
        admin.user,
        "SELECT Group__c, COUNT(Id) n, SUM(Count__c), COUNT_DISTINCT(Count__c) FROM Thing__c "
        "GROUP BY Group__c HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC",
    )
    assert result.is_aggregate
    assert result.records == [
        {
            "attributes": {"type": "AggregateResult", "id": None},
            "Group__c": "x",
            "n": 2,
            "expr0": 4.0,
            "expr1": 1,
        }
    ]


def test_groups_may_be_parents_and_parts_of_dates(admin: Desk, shop: Shop) -> None:
    """A parent's column is named by its last part."""
    query = (
        "SELECT Account.Name, CALENDAR_MONTH(EffectiveDate) m, MAX(CreatedDate) FROM Order "
        "GROUP BY Account.Name, CALENDAR_MONTH(EffectiveDate)"
    )
    row = admin.rows(query)[0]
    assert row == {"Name": "Acme", "m": 11, "expr0": "2026-11-18T10:30:15.000+0000"}


def test_fields_all_gives_every_visible_field(admin: Desk, clerk: Desk, shop: Shop) -> None:
    """Standard and custom ones are told apart, hidden ones left out."""
    everything = clerk.rows("SELECT FIELDS(ALL) FROM Order LIMIT 200")[0]
    assert "Ready__c" in everything
    assert "OrderNumber" in everything
    assert "Secret__c" not in everything
    assert "Ready__c" not in clerk.rows("SELECT FIELDS(STANDARD) FROM Order")[0]
    custom = clerk.rows("SELECT Id, FIELDS(CUSTOM) FROM Order LIMIT 1")[0]
    assert set(custom) > {"Id", "Ready__c"}
    assert "Status" not in custom


def test_one_record_can_be_fetched_by_id_and_by_external_id(admin: Desk) -> None:
    """Id comes along even when it was not asked for."""
    record_id = admin.thing("a", Group__c="g")
    record = admin.org.retrieve(admin.user, "thing__c", record_id[:15], ["Code__c"], "64.0")
    assert list(record) == ["attributes", "Code__c", "Id"]
    same = admin.org.retrieve_by_external_id(admin.user, "Thing__c", "Code__c", "A", None)
    assert same["Id"] == record_id
    assert same["Group__c"] == "g"
