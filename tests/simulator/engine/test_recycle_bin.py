"""Deleting, bringing back, and deleting for good.

Sources: SOAP guide: delete(), undelete(), emptyRecycleBin(); Help: Recycle Bin (15 days).
"""

from __future__ import annotations

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.org import Operation
from tests.simulator.engine.desk import Desk, Shop


def test_undelete_brings_a_record_back_with_what_went_along(admin: Desk) -> None:
    """Parts come back with their thing, but not those that were deleted before it."""
    thing = admin.thing("A")
    kept, gone = (admin.create("Part__c", Thing__c=thing) for _ in range(2))
    admin.delete("Part__c", gone)
    admin.org.clock.advance(5)
    admin.delete("Thing__c", thing)
    assert admin.save(Operation("undelete", "Thing__c", thing))[0].success
    assert admin.column("SELECT Id FROM Thing__c") == [thing]
    assert admin.column("SELECT Id FROM Part__c") == [kept]


def test_undelete_stamps_the_record_anew(admin: Desk, clock: SimulatedClock) -> None:
    """Whoever keeps a copy sees that it is back."""
    thing = admin.thing("A")
    admin.delete("Thing__c", thing)
    clock.advance(60)
    admin.save(Operation("undelete", "Thing__c", thing))
    stamp = admin.column("SELECT SystemModstamp FROM Thing__c")[0]
    assert stamp == "2026-11-18T10:31:15.000+0000"


def test_undelete_needs_a_record_in_the_bin(admin: Desk) -> None:
    """Neither a live record, nor one that is gone, nor one that went along with its master."""
    thing, other = admin.thing("A"), admin.thing("B")
    part = admin.create("Part__c", Thing__c=thing)
    for record_id, name in ((other, "Thing__c"), ("a00000000000001AAA", "Thing__c")):
        error = admin.refusal(Operation("undelete", name, record_id))
        assert (error.code, error.message) == (
            "UNDELETE_FAILED",
            "Entity is not in the recycle bin",
        )
    admin.delete("Thing__c", thing)
    assert admin.refusal(Operation("undelete", "Part__c", part)).code == "UNDELETE_FAILED"


def test_undelete_of_an_order_product_restores_the_total(admin: Desk, shop: Shop) -> None:
    """Roll-ups follow."""
    item = shop.add_item(admin, quantity=2, price=5)
    admin.delete("OrderItem", item)
    assert admin.column("SELECT TotalAmount FROM Order") == [0.0]
    admin.save(Operation("undelete", "OrderItem", item))
    assert admin.column("SELECT TotalAmount FROM Order") == [10.0]


def test_the_bin_forgets_after_fifteen_days(admin: Desk, clock: SimulatedClock) -> None:
    """Until then only queryAll sees the record, afterwards nobody."""
    thing = admin.thing("A")
    admin.delete("Thing__c", thing)
    clock.advance(14 * 86400)
    everything = "SELECT Id, IsDeleted FROM Thing__c"
    assert admin.rows(everything) == []
    assert admin.rows(everything, include_deleted=True) == [{"Id": thing, "IsDeleted": True}]
    clock.advance(86400 + 7200)
    assert admin.rows(everything, include_deleted=True) == []
    assert admin.refusal(Operation("undelete", "Thing__c", thing)).code == "UNDELETE_FAILED"


def test_emptying_the_bin_removes_a_deleted_record_only(admin: Desk) -> None:
    """What is not in the bin cannot be emptied out of it."""
    thing = admin.thing("A")
    error = admin.refusal(Operation("empty_bin", "Thing__c", thing))
    assert error.message == "no recycle bin entry found"
    admin.delete("Thing__c", thing)
    assert admin.save(Operation("empty_bin", "Thing__c", thing))[0].success
    assert admin.rows("SELECT Id FROM Thing__c", include_deleted=True) == []


def test_deleting_for_good_needs_its_own_permission(admin: Desk, clerk: Desk) -> None:
    """Bulk API Hard Delete, which nobody has unless given; parts go along."""
    thing = admin.thing("A")
    admin.create("Part__c", Thing__c=thing)
    operation = Operation("hard_delete", "Thing__c", thing)
    assert clerk.refusal(operation).code == "INSUFFICIENT_ACCESS_OR_READONLY"
    clerk.user.permissions.add("BulkApiHardDelete")
    assert clerk.save(operation)[0].success
    assert admin.rows("SELECT Id FROM Part__c", include_deleted=True) == []
    assert clerk.refusal(operation).code == "INVALID_CROSS_REFERENCE_KEY"
