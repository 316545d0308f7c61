"""Records under approval, and records that somebody else holds.

Sources: SOAP guide: StatusCode (ENTITY_IS_LOCKED, UNABLE_TO_LOCK_ROW); the texts are recorded
ones.
"""

from __future__ import annotations

from fulfillment_bridge.simulator.model import RowLock
from fulfillment_bridge.simulator.org import Operation
from tests.simulator.engine.desk import Desk
from tests.simulator.engine.orgs import clerk_of, org_with

APPROVAL = {
    "Claim__c": {
        "approval_lock": "Status__c = 'In Approval'",
        "fields": {"Status__c": {"type": "text"}, "Note__c": {"type": "text"}},
    },
    "Receipt__c": {"fields": {"Claim__c": {"type": "master_detail", "to": "Claim__c"}}},
}


def test_a_record_under_approval_is_locked_for_all_but_administrators() -> None:
    """Neither changed nor deleted, nor do its details come and go."""
    with org_with(objects=APPROVAL) as admin:
        clerk = clerk_of(admin)
        claim = clerk.create("Claim__c", Status__c="Draft")
        receipt = clerk.create("Receipt__c", Claim__c=claim)
        clerk.update("Claim__c", claim, Status__c="In Approval")
        for operation in (
            Operation("update", "Claim__c", claim, {"Note__c": "x"}),
            Operation("delete", "Claim__c", claim),
            Operation("update", "Receipt__c", receipt, {"Name": "x"}),
            Operation("create", "Receipt__c", values={"Claim__c": claim}),
        ):
            error = clerk.refusal(operation)
            assert (error.code, error.message) == (
                "ENTITY_IS_LOCKED",
                "the entity is locked for editing",
            )
        admin.update("Claim__c", claim, Note__c="x")


def test_single_records_may_be_locked_too(admin: Desk, clerk: Desk) -> None:
    """By the org's settings, until taken off the list."""
    thing = admin.thing("A")
    admin.org.settings.locked_records.add(thing)
    assert clerk.refused_update("Thing__c", thing, Count__c=1).code == "ENTITY_IS_LOCKED"
    admin.org.settings.locked_records.clear()
    clerk.update("Thing__c", thing, Count__c=1)


def test_nobody_else_has_edit_access_to_a_locked_record(admin: Desk, clerk: Desk) -> None:
    """UserRecordAccess shows what a describe does not."""
    thing = admin.thing("A")
    admin.org.settings.locked_records.add(thing)
    for desk, access in ((clerk, False), (admin, True)):
        rows = admin.rows(
            "SELECT RecordId, HasReadAccess, HasEditAccess FROM UserRecordAccess "  # noqa: S608
            f"WHERE UserId = '{desk.user.user_id}' AND RecordId = '{thing}'"
        )
        assert rows == [{"RecordId": thing, "HasReadAccess": True, "HasEditAccess": access}]


def test_a_record_that_somebody_holds_cannot_be_locked(admin: Desk) -> None:
    """Only the rows of the rule, and only as many times as it says."""
    one, other = admin.thing("A"), admin.thing("B")
    admin.org.settings.row_locks.append(RowLock.of({"record_ids": [one], "times": 2}))
    update = [Operation("update", "Thing__c", each, {"Count__c": 1}) for each in (one, other)]
    first, second = admin.save(*update)
    assert second.success
    assert (first.errors[0].code, first.errors[0].message) == (
        "UNABLE_TO_LOCK_ROW",
        f"unable to obtain exclusive access to this record or 1 records: {one}",
    )
    assert not admin.save(*update)[0].success
    assert admin.save(*update)[0].success


def test_a_detail_needs_the_lock_on_its_master(admin: Desk) -> None:
    """A new part fails while its thing is held."""
    thing = admin.thing("A")
    admin.org.settings.row_locks.append(RowLock.of({"object": "Thing__c"}))
    error = admin.refused_create("Part__c", Thing__c=thing)
    assert error.code == "UNABLE_TO_LOCK_ROW"


def test_a_lock_may_strike_every_so_often_or_by_chance(admin: Desk) -> None:
    """Every third try; or about half of them, the same ones for the same seed."""
    third = RowLock.of({"every": 3})
    assert [third.strikes() for _ in range(6)] == [False, False, True] * 2
    chances = [RowLock.of({"probability": 0.5, "seed": seed}) for seed in (1, 1, 2)]
    runs = [[each.strikes() for _ in range(64)] for each in chances]
    assert runs[0] == runs[1] != runs[2]
    assert 16 < sum(runs[0]) < 48
