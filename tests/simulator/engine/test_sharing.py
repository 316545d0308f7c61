"""Org-wide defaults: what people may see and change of records that are not theirs.

Sources: Help: Organization-Wide Sharing Defaults; Object Reference: UserRecordAccess.
"""

from __future__ import annotations

from typing import Any

import pytest

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import Operation, Org
from tests.simulator.engine.desk import Desk
from tests.simulator.engine.orgs import clerk_of, org_with


def claims(sharing: str) -> dict[str, Any]:
    """An object with this default, and details of it."""
    return {
        "Claim__c": {"sharing": sharing, "fields": {"Note__c": {"type": "text"}}},
        "Receipt__c": {
            "fields": {"Claim__c": {"type": "master_detail", "to": "Claim__c", "children": "Rs__r"}}
        },
    }


def access(desk: Desk, user: Desk, record_id: str) -> list[dict[str, Any]]:
    """What the user may do with the record, as the desk is told."""
    return desk.rows(
        "SELECT HasReadAccess, HasEditAccess, MaxAccessLevel FROM UserRecordAccess "  # noqa: S608
        f"WHERE UserId = '{user.user.user_id}' AND RecordId = '{record_id}'"
    )


def test_private_records_do_not_exist_for_others() -> None:
    """Nor do their details: in queries, saves, references and by id."""
    with org_with(objects=claims("private")) as admin:
        clerk = clerk_of(admin)
        own, other = clerk.create("Claim__c", Name="own"), admin.create("Claim__c", Name="other")
        clerk.create("Receipt__c", Claim__c=own, Name="r-own")
        admin.create("Receipt__c", Claim__c=other, Name="r-other")
        assert clerk.column("SELECT Name FROM Claim__c") == ["own"]
        assert clerk.column("SELECT Name FROM Receipt__c") == ["r-own"]
        assert admin.column("SELECT Name FROM Claim__c ORDER BY Name") == ["other", "own"]
        with pytest.raises(SalesforceError) as caught:
            clerk.org.retrieve(clerk.user, "Claim__c", other, None)
        assert caught.value.code == "NOT_FOUND"
        code = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        assert clerk.refused_update("Claim__c", other, Name="x").code == code
        assert clerk.refused_create("Receipt__c", Claim__c=other).code == code


def test_view_all_data_sees_private_records_but_may_not_change_them() -> None:
    """Modify All Data would."""
    with org_with(objects=claims("private")) as admin:
        clerk = clerk_of(admin)
        claim = admin.create("Claim__c", Name="other")
        clerk.user.permissions.add("ViewAllData")
        assert clerk.column("SELECT Name FROM Claim__c") == ["other"]
        error = clerk.refused_update("Claim__c", claim, Name="x")
        assert error.code == "INSUFFICIENT_ACCESS_OR_READONLY"
        clerk.user.permissions.add("ModifyAllData")
        clerk.update("Claim__c", claim, Name="x")


def test_read_sharing_lets_others_read_only() -> None:
    """UserRecordAccess says so, for the record and for its details."""
    with org_with(objects=claims("read")) as admin:
        clerk = clerk_of(admin)
        claim = admin.create("Claim__c", Name="other")
        receipt = admin.create("Receipt__c", Claim__c=claim)
        for name, record_id in (("Claim__c", claim), ("Receipt__c", receipt)):
            error = clerk.refusal(Operation("update", name, record_id, {"Name": "x"}))
            assert error.code == "INSUFFICIENT_ACCESS_OR_READONLY"
            assert access(admin, clerk, record_id) == [
                {"HasReadAccess": True, "HasEditAccess": False, "MaxAccessLevel": "Read"}
            ]


def test_a_hidden_order_hides_its_products(admin: Desk, clerk: Desk) -> None:
    """What has no owner of its own goes with its master."""
    thing = admin.thing("A")
    part = admin.create("Part__c", Thing__c=thing)
    admin.org.settings.hidden_records["clerk@testing.example"] = {thing}
    assert clerk.column("SELECT Id FROM Part__c") == []
    assert access(admin, clerk, part) == [
        {"HasReadAccess": False, "HasEditAccess": False, "MaxAccessLevel": "None"}
    ]


def test_an_unknown_default_is_refused_with_the_org() -> None:
    """A description is checked when the org is made."""
    with pytest.raises(ValueError, match="sharing"):
        Org.from_description({"name": "x", "objects": claims("secret")}, clock=SimulatedClock())
