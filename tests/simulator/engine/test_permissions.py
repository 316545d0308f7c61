"""What users with fewer rights see and may do.

Sources: Help: Field-Level Security, Object Permissions; Object Reference: UserRecordAccess;
recorded error bodies.
"""
# ruff: noqa: S608 - these queries are put together from the test's own words

from __future__ import annotations

import pytest

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import Operation
from tests.simulator.engine.desk import Desk, Shop


def refusal(desk: Desk, soql: str) -> SalesforceError:
    """The error of a query that must fail."""
    with pytest.raises(SalesforceError) as caught:
        desk.org.query(desk.user, soql)
    return caught.value


def test_a_hidden_field_does_not_exist(admin: Desk, clerk: Desk, shop: Shop) -> None:
    """Neither in queries nor in writes nor in describe; the administrator sees it."""
    admin.update("Order", shop.order, Secret__c="s")
    assert admin.column("SELECT Secret__c FROM Order") == ["s"]
    for soql in (
        "SELECT Secret__c FROM Order",
        "SELECT Id FROM Order WHERE Secret__c = 's'",
        "SELECT Id FROM Order ORDER BY Secret__c",
        "SELECT Order.Secret__c FROM OrderItem",
        "SELECT MAX(Secret__c) FROM Order",
    ):
        error = refusal(clerk, soql)
        assert error.code == "INVALID_FIELD"
        assert "No such column 'Secret__c' on entity 'Order'" in error.message
    error = clerk.refused_update("Order", shop.order, Secret__c="t")
    assert error.message == "No such column 'Secret__c' on sobject of type Order"
    names = [each["name"] for each in clerk.org.describe(clerk.user, "Order", "64.0")["fields"]]
    assert "Secret__c" not in names
    with pytest.raises(SalesforceError, match="No such column 'Secret__c'"):
        clerk.org.retrieve(clerk.user, "Order", shop.order, ["Secret__c"], "64.0")
    assert "Secret__c" not in clerk.org.retrieve(clerk.user, "Order", shop.order, None, "64.0")


def test_a_read_only_field_can_be_read_but_not_written(
    admin: Desk, clerk: Desk, shop: Shop
) -> None:
    """INVALID_FIELD_FOR_INSERT_UPDATE names it."""
    admin.update("Order", shop.order, Locked__c="l")
    assert clerk.column("SELECT Locked__c FROM Order") == ["l"]
    error = clerk.refused_update("Order", shop.order, Locked__c="m", Ready__c=True)
    assert (error.code, error.fields) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ("Locked__c",))
    described = clerk.org.describe(clerk.user, "Order", "64.0")["fields"]
    locked = next(each for each in described if each["name"] == "Locked__c")
    assert locked["updateable"] is False


def test_object_permissions_say_what_may_be_done(admin: Desk, clerk: Desk) -> None:
    """Contacts may be read only, opportunities are unknown."""
    contact = admin.create("Contact", LastName="Hopper")
    assert clerk.column("SELECT LastName FROM Contact") == ["Hopper"]
    for operation in (
        Operation("create", "Contact", values={"LastName": "x"}),
        Operation("update", "Contact", contact, {"LastName": "x"}),
        Operation("delete", "Contact", contact),
    ):
        assert clerk.refusal(operation).code == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert refusal(clerk, "SELECT Id FROM Opportunity").code == "INVALID_TYPE"
    assert "Didn't understand relationship 'Opportunity'" in (
        refusal(clerk, "SELECT Opportunity.Name FROM OpportunityLineItem").message
    )
    listed = [each["name"] for each in clerk.org.describe_global(clerk.user, "64.0")["sobjects"]]
    assert "Contact" in listed
    assert "Opportunity" not in listed


def test_sharing_hides_records_from_a_user(admin: Desk, clerk: Desk) -> None:
    """Hidden ones are not found, their parents' fields are blank, references are refused."""
    account = admin.create("Account", Name="Hidden")
    admin.thing("a", Account__c=account)
    clerk.org.settings.hidden_records[clerk.user.username] = {account}
    assert clerk.rows("SELECT Id FROM Account") == []
    assert clerk.rows("SELECT Account__r.Name FROM Thing__c") == [{"Account__r": None}]
    assert admin.column("SELECT Name FROM Account") == ["Hidden"]
    error = clerk.refused_create("Thing__c", Must__c="x", Account__c=account)
    assert error.code == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    assert account[:15] in error.message
    clerk.user.permissions.add("ViewAllData")
    assert clerk.column("SELECT Name FROM Account") == ["Hidden"]


def test_a_record_may_be_read_only_by_sharing(admin: Desk, clerk: Desk) -> None:
    """It is seen but not changed."""
    thing = admin.thing("a")
    clerk.org.settings.read_only_records[clerk.user.username] = {thing}
    error = clerk.refused_update("Thing__c", thing, Must__c="y")
    assert (error.code, error.message) == (
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "insufficient access rights on object id",
    )


def test_user_record_access_tells_what_a_user_may_do(admin: Desk, clerk: Desk) -> None:
    """Own, others', read-only ones; hidden ones are left out of the asker's answer."""
    own, others, fixed, hidden = clerk.thing("o"), admin.thing("t"), admin.thing("f"), ""
    hidden = admin.thing("h")
    clerk.org.settings.read_only_records[clerk.user.username] = {fixed}
    clerk.org.settings.hidden_records[clerk.user.username] = {hidden}
    listed = ", ".join(f"'{each}'" for each in (own, others, fixed, hidden))
    query = (
        "SELECT RecordId, HasReadAccess, HasEditAccess, MaxAccessLevel FROM UserRecordAccess "
        f"WHERE UserId = '{clerk.user.user_id}' AND RecordId IN ({listed})"
    )
    found = {row["RecordId"]: row["MaxAccessLevel"] for row in clerk.rows(query)}
    assert found == {own: "All", others: "Edit", fixed: "Read"}
    seen_by_admin = {row["RecordId"]: row["HasReadAccess"] for row in admin.rows(query)}
    assert seen_by_admin[hidden] is False


def test_user_record_access_must_be_asked_for_one_user_and_at_most_200_records(
    admin: Desk,
) -> None:
    """Without the filters it does not answer."""
    base = "SELECT RecordId FROM UserRecordAccess WHERE"
    user = f"UserId = '{admin.user.user_id}'"
    assert refusal(admin, f"{base} {user}").code == "MALFORMED_QUERY"
    ids = ", ".join(f"'a00000000000{number:03}'" for number in range(201))
    assert refusal(admin, f"{base} {user} AND RecordId IN ({ids})").code == "EXCEEDED_ID_LIMIT"
