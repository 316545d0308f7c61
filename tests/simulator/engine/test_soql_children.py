"""Child queries, and clauses that change nothing here (SOQL guide, v65: Relationship Queries).

Sources: SOQL guide, v65: Relationship Queries and their limits; FOR VIEW; FOR REFERENCE; FOR
UPDATE.
"""

from __future__ import annotations

import pytest

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.ids import to_18
from tests.simulator.engine.desk import Desk, Shop


def refusal(desk: Desk, query: str) -> SalesforceError:
    """Why the query is refused, as it must be."""
    with pytest.raises(SalesforceError) as caught:
        desk.org.query(desk.user, query)
    return caught.value


def test_child_queries_nest_up_to_five_levels(admin: Desk, shop: Shop) -> None:
    """Each level has its own rows; one more is refused."""
    thing = admin.thing("A", Account__c=shop.account)
    admin.create("Part__c", Thing__c=thing)
    result = admin.org.query(
        admin.user,
        "SELECT (SELECT Code__c, (SELECT Name FROM Parts__r) FROM Things__r) FROM Account",
    )
    things = result.records[0]["Things__r"]
    assert things.records[0]["Parts__r"].records[0]["Name"] == "P-0007"
    inner = "SELECT Id FROM ChildAccounts"
    for _ in range(3):
        inner = f"SELECT Id, ({inner}) FROM ChildAccounts"  # noqa: S608
    assert admin.rows(f"SELECT Id, ({inner}) FROM Account")  # noqa: S608
    error = refusal(admin, f"SELECT (SELECT Id, ({inner}) FROM ChildAccounts) FROM Account")  # noqa: S608
    assert "more than 5 levels away" in error.message


@pytest.mark.parametrize(
    "children",
    [
        "SELECT Code__c FROM Things__r GROUP BY Code__c",
        "SELECT COUNT() FROM Things__r",
        "SELECT Nothing__c FROM Things__r",
        "SELECT Id FROM Thing__c",
    ],
)
def test_a_child_query_is_plain(admin: Desk, shop: Shop, children: str) -> None:
    """No groups and no counts; the relationship's name, not the object's."""
    refusal(admin, f"SELECT Id, ({children}) FROM Account")  # noqa: S608


def test_a_child_relationship_is_queried_once(admin: Desk) -> None:
    """Both answers would have the same name."""
    error = refusal(admin, "SELECT (SELECT Id FROM Orders), (SELECT Name FROM Orders) FROM Account")
    assert error.message.endswith("duplicate relationship selected: Orders")


def test_for_update_is_not_for_the_api(admin: Desk) -> None:
    """FOR VIEW and FOR REFERENCE are, and change nothing here."""
    account = to_18(admin.create("Account", Name="A"))
    for clause in ("FOR VIEW", "FOR REFERENCE", "USING SCOPE everything"):
        before, after = ("", clause) if clause.startswith("FOR") else (clause, "")
        assert admin.column(f"SELECT Id FROM Account {before} LIMIT 1 {after}") == [account]  # noqa: S608
    error = refusal(admin, "SELECT Id FROM Account FOR UPDATE")
    assert error.message.endswith("unexpected token: 'UPDATE'")
