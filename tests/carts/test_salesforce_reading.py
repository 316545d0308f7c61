"""Identity, describes, single records and inventory."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from fulfillment_bridge.carts.salesforce import SalesforceCartOptions
from fulfillment_bridge.domain.org_schema import Condition, InventoryQuery
from fulfillment_bridge.errors import Misconfigured
from fulfillment_bridge.salesforce.faults import QueryRefused
from tests.carts.sales import Sales

STOCK = InventoryQuery("Depot__c", key_path="City__c", paths=("Name",))


def test_the_identity_says_who_we_are_and_where(sales: Sales) -> None:
    """What decides whose orders these are, and whether they are test orders."""
    identity = sales.cart.identity()
    handle = sales.org.handle
    assert identity.organization_id == handle.organization_id
    assert (identity.organization_name, identity.is_sandbox) == ("Test Goods", False)
    assert (identity.username, identity.default_currency) == (handle.username, "USD")
    assert identity.base_url == handle.base_url


def test_several_objects_are_described_in_one_call(sales: Sales) -> None:
    """The schema shows what our user sees; objects that do not exist are left out."""
    sales.connection.login()
    before = sales.calls
    schema = sales.cart.describe(["Sale__c", "Sale_Line__c", "Ghost__c", "Account"])
    assert sales.calls - before == 1
    assert set(schema.objects) == {"sale__c", "sale_line__c", "account"}
    assert schema.organization_id == sales.org.handle.organization_id
    order = schema.object("SALE__C")
    assert order is not None
    tracking, way, depot = (order.field(name) for name in ("tracking__c", "Way__c", "Depot__c"))
    assert tracking is not None
    assert (tracking.type, tracking.length, tracking.updateable) == ("string", 20, True)
    assert way is not None
    assert (way.restricted_picklist, way.picklist_values) == (True, ("Air", "Sea"))
    assert depot is not None
    assert (depot.reference_to, depot.relationship_name) == (("Depot__c",), "Depot__r")
    assert order.by_relationship("depot__r") == depot
    modstamp = order.field("SystemModstamp")
    assert modstamp is not None
    assert (modstamp.type, modstamp.updateable) == ("datetime", False)


def test_a_hidden_field_is_not_described(sales: Sales) -> None:
    """Field-level security hides a field from us as if it did not exist."""
    user = sales.org.handle.org.users[sales.org.handle.username.lower()]
    user.hidden_fields["Sale__c"] = {"Tracking__c"}
    schema = sales.cart.describe(["Sale__c"])
    order = schema.object("Sale__c")
    assert order is not None
    assert order.field("Tracking__c") is None


def test_records_are_read_back_by_id(sales: Sales) -> None:
    """To compare before writing again; missing ones are left out."""
    first, second = sales.sell(2, State__c="Open", Total__c=5)
    found = sales.cart.fetch_records("Sale__c", [first, second, "a00000000000000AAA"], ["State__c"])
    assert found == {each: {"Id": each, "State__c": "Open"} for each in (first, second)}
    assert sales.cart.fetch_records("Sale__c", [], ["State__c"]) == {}


def test_inventory_is_read_in_pages_sorted_by_id(sales: Sales) -> None:
    """Every record once, in order, with its key and what we may write."""
    rows = [{"City__c": f"SKU-{number}"} for number in range(2100)]
    ids = sales.org.insert("Depot__c", *rows)
    pages = list(sales.cart.fetch_inventory(STOCK))
    assert [len(page) for page in pages] == [2000, 100]
    assert [record["Id"] for page in pages for record in page] == sorted(ids)
    assert {"Id", "City__c", "Name"} == set(pages[0][0])


def test_an_inventory_rule_leaves_records_out(sales: Sales) -> None:
    """Only records of this cart's own warehouse, for one."""
    sales.org.insert("Depot__c", {"City__c": "A"}, {"City__c": "B"})
    query = InventoryQuery("Depot__c", "City__c", (), rule=((Condition("City__c", "=", "A"),),))
    (page,) = sales.cart.fetch_inventory(query)
    assert [record["City__c"] for record in page] == ["A"]


def test_numbers_are_exact(sales: Sales) -> None:
    """Whole numbers and fractions alike are Decimal."""
    (order_id,) = sales.sell(Total__c=19.99, Weight__c=3)
    record = sales.cart.fetch_records("Sale__c", [order_id], ["Total__c", "Weight__c"])[order_id]
    assert record["Total__c"] == Decimal("19.99")
    assert record["Weight__c"] == Decimal(3)
    assert {type(record["Total__c"]), type(record["Weight__c"])} == {Decimal}


def test_the_users_access_to_single_records_is_known(sales: Sales) -> None:
    """Describes do not show sharing; this does."""
    open_one, closed = sales.sell(2)
    org = sales.org.handle.org
    user = org.users[sales.org.handle.username.lower()]
    user.permissions -= {"ViewAllData", "ModifyAllData"}
    org.settings.read_only_records[user.username.lower()] = {closed}
    access = sales.connection.user_record_access([open_one, closed])
    assert (access[open_one].may_read, access[open_one].may_edit) == (True, True)
    assert (access[closed].may_read, access[closed].may_edit) == (True, False)
    assert sales.connection.user_record_access([]) == {}


def test_limits_and_versions_are_there_for_checks(sales: Sales) -> None:
    """What a connection test asks."""
    assert "DailyApiRequests" in sales.connection.limits()
    assert {"version", "url", "label"} <= set(sales.connection.versions()[-1])


def test_an_object_that_is_not_there_is_named(sales: Sales) -> None:
    """INVALID_TYPE names the object and says where to look."""
    with pytest.raises(QueryRefused) as caught:
        sales.cart.fetch_records("Ghost__c", ["a00000000000000AAA"], ["Name"])
    assert (caught.value.code, caught.value.entity) == ("INVALID_TYPE", "Ghost__c")


def test_names_that_are_no_names_never_reach_the_org(sales: Sales) -> None:
    """A path from a workbook cannot smuggle SOQL in."""
    with pytest.raises(Misconfigured):
        sales.cart.fetch_records("Sale__c", ["a00"], ["Name FROM User"])
    with pytest.raises(Misconfigured):
        sales.cart.describe(["Sale__c/../User"])
    assert not sales.org.data_requests()


@pytest.mark.parametrize("size", [199, 2001])
def test_page_sizes_the_org_would_not_take_are_refused(size: int) -> None:
    """The org takes hints between 200 and 2000."""
    with pytest.raises(ValidationError):
        SalesforceCartOptions(page_size=size)
