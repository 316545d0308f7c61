"""Stock: believed or not on its way in, only what differs on its way out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.domain.org_schema import UpdateResult, WriteFault
from tests.jobs.test_shipment_upload import Writes
from tests.jobs.world import Merchant, Mortal, World, change_filling


def product(merchant: Merchant, sku: str, level: int | None = None) -> str:
    """An inventory record of the merchant: here a product."""
    values = {"Name": sku, "ProductCode": sku, "Warehouse_Stock__c": level}
    return merchant.org.insert("Product2", values)[0]


def level(merchant: Merchant, record_id: str) -> Any:
    return merchant.shown("Product2", record_id, "Warehouse_Stock__c")["Warehouse_Stock__c"]


def stored(world: World, merchant: str = "acme") -> dict[str, int]:
    with world.store.read() as uow:
        stock = uow.stock.levels(merchant, ["reno"])
        return {sku: int(each.on_hand) for sku, each in stock["reno"].levels.items()}


def test_a_count_replaces_all_levels(world: World) -> None:
    """A SKU that is not in it any more is not known any more."""
    world.count(MUG_1=5, TENT_2=7)
    assert world.run("stock_collection").counts["snapshots"] == 1
    world.pass_time(minutes=1)
    world.count(MUG_1=4)
    world.run("stock_collection")
    assert stored(world) == {"MUG-1": 4}


def test_an_older_count_is_ignored(world: World) -> None:
    """Its file came late."""
    world.count(MUG_1=5)
    world.run("stock_collection")
    world.count(at=world.clock.now() - timedelta(hours=1), MUG_1=9)
    ctx = world.run("stock_collection")
    assert (ctx.counts["older"], ctx.attention) == (1, [])
    assert stored(world) == {"MUG-1": 5}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_count_that_cannot_be_believed_is_kept_and_not_taken(world: World, when: str) -> None:
    """Half a file from a restarting system; set aside even if we die in between."""
    world.count(A=1, B=2, C=3, D=4)
    world.run("stock_collection")
    world.pass_time(minutes=1)
    world.count(A=9)
    world.die_in("stock_collection", Mortal(world.warehouse, "acknowledge", when))
    world.run("stock_collection")
    assert stored(world) == {"A": 1, "B": 2, "C": 3, "D": 4}
    reason = next((world.folder / "ACME/set_aside").glob("*.reason.txt")).read_text()
    assert "1 SKU now, 4 in the last believable snapshot" in reason


def test_everything_at_zero_at_once_asks_for_attention(world: World) -> None:
    """More likely a broken export than an empty building."""
    world.count(A=1, B=2)
    world.run("stock_collection")
    world.pass_time(minutes=1)
    world.count(A=0, B=0)
    ctx = world.run("stock_collection")
    assert "fell to zero at once" in ctx.attention[0]
    assert stored(world) == {"A": 1, "B": 2}


def test_a_loss_that_stands_for_a_day_is_believed(world: World) -> None:
    """Three counts of the same SKUs over a day are no half file; earlier ones might be."""
    world.count(A=1, B=2, C=3, D=4)
    world.run("stock_collection")
    for hours, level in ((1, 9), (12, 8)):
        world.pass_time(hours=hours)
        world.count(A=level)
        assert world.run("stock_collection").counts["not_believed"] == 1
        assert stored(world) == {"A": 1, "B": 2, "C": 3, "D": 4}
    world.pass_time(hours=12)
    world.count(A=7)
    ctx = world.run("stock_collection")
    assert (ctx.counts["believed_at_last"], ctx.attention) == (1, [])
    assert stored(world) == {"A": 7}


@pytest.mark.parametrize("between", [{"B": 5}, {"A": 1, "B": 2, "C": 3, "D": 4}])
def test_another_count_in_between_starts_the_row_anew(
    world: World, between: dict[str, Any]
) -> None:
    """Half files that are cut elsewhere, or a whole one, prove nothing about each other."""
    world.count(A=1, B=2, C=3, D=4)
    world.run("stock_collection")
    for levels in ({"A": 9}, {"A": 9}, between, {"A": 9}):
        world.pass_time(hours=12)
        world.count(**levels)
        ctx = world.run("stock_collection")
    assert ctx.counts["not_believed"] == 1
    assert set(stored(world)) == {"A", "B", "C", "D"}


def test_many_half_files_within_hours_are_never_believed(world: World) -> None:
    """A system that restarts all morning says the same very often."""
    world.count(A=1, B=2, C=3, D=4)
    world.run("stock_collection")
    for _ in range(8):
        world.pass_time(minutes=15)
        world.count(A=9)
        assert world.run("stock_collection").counts["not_believed"] == 1
    assert set(stored(world)) == {"A", "B", "C", "D"}


def test_the_same_count_twice_is_taken_once(world: World) -> None:
    """The process died before it was put away."""
    world.count(A=1)
    world.die_in("stock_collection", Mortal(world.warehouse, "acknowledge", "before"))
    ctx = world.run("stock_collection")
    assert ctx.counts == {"documents_again": 1}
    with world.store.read() as uow:
        assert len(uow.stock.snapshots("acme", "reno")) == 1


def test_levels_are_published_where_they_differ(world: World) -> None:
    """Two records, one of which is right already."""
    mug, tent = product(world.acme, "MUG-1", 9), product(world.acme, "TENT-2", 7)
    world.count(MUG_1=5, TENT_2=7)
    world.run("stock_collection")
    writes = Writes(world.acme.cart)
    ctx = world.run("inventory_sync", cart=writes)
    assert (ctx.counts["updated"], ctx.counts["unchanged"]) == (1, 1)
    assert (level(world.acme, mug), level(world.acme, tent)) == (5, 7)
    assert [update.record_id for batch in writes.batches for update in batch] == [mug]


def test_publishing_again_writes_nothing(world: World) -> None:
    """One reading call, no writing call."""
    product(world.acme, "MUG-1", 9)
    world.count(MUG_1=5)
    world.run("stock_collection")
    world.run("inventory_sync")
    writes = Writes(world.acme.cart)
    before = world.acme.calls
    assert world.run("inventory_sync", cart=writes).counts["updated"] == 0
    assert writes.batches == []
    assert world.acme.calls - before == 1


def test_orders_the_warehouse_did_not_know_when_it_counted_are_taken_off(world: World) -> None:
    """Released, or sent after the count; an order it knew is in its own figure."""
    mug = product(world.acme, "MUG-1", 99)
    world.acme.sell("1001", ("MUG-1", 2))
    world.pass_time(minutes=5)
    world.round()
    world.pass_time(minutes=5)
    world.count(MUG_1=10)
    world.run("stock_collection")
    world.acme.sell("1002", ("MUG-1", 3))
    world.pass_time(minutes=5)
    world.run("order_download")
    world.run("inventory_sync")
    assert level(world.acme, mug) == 7
    world.run("order_delivery")
    world.run("inventory_sync")
    assert level(world.acme, mug) == 7
    world.pass_time(minutes=5)
    world.count(MUG_1=7)
    world.round()
    assert level(world.acme, mug) == 7


def test_what_was_sent_while_our_clock_was_ahead_is_not_taken_off_for_days(world: World) -> None:
    """The clock is set right; the next count knows of the order."""
    mug = product(world.acme, "MUG-1", 99)
    world.acme.sell("1001", ("MUG-1", 2))
    world.pass_time(minutes=5)
    world.run("order_download")
    world.pass_time(days=3)
    world.run("order_delivery")
    world.pass_time(days=-3, minutes=5)
    world.run("stock_collection")
    world.pass_time(minutes=5)
    world.count(MUG_1=7)
    world.run("stock_collection")
    world.run("inventory_sync")
    assert level(world.acme, mug) == 7


def test_safety_stock_is_kept_back_and_nothing_goes_below_zero(world: World) -> None:
    """The floor is where it is published."""
    globex = world.add_merchant("globex", safety_stock=3)
    mug, tent = product(globex, "MUG-1"), product(globex, "TENT-2")
    world.count("GLOBEX", MUG_1=5, TENT_2=1)
    world.run("stock_collection")
    world.run("inventory_sync", "globex")
    assert (level(globex, mug), level(globex, tent)) == (2, 0)


def test_units_of_an_alias_are_whole_cases(world: World) -> None:
    """Twelve at the warehouse are one in Salesforce."""
    world.load_workbook("acme", change_filling(sku_aliases=(("CASE", "MUG-1", "12", ""),)))
    case = product(world.acme, "CASE")
    world.count(MUG_1=35)
    world.run("stock_collection")
    world.run("inventory_sync")
    assert level(world.acme, case) == 2


def test_skus_without_a_record_are_listed_and_none_is_created(world: World) -> None:
    """A person creates one; then it is off the list."""
    product(world.acme, "MUG-1", 1)
    world.count(MUG_1=5, TENT_2=7)
    world.run("stock_collection")
    ctx = world.run("inventory_sync")
    assert ctx.counts["without_record"] == 1
    assert "TENT-2" in ctx.attention[0]
    assert "even with 0" in ctx.attention[0]
    tent = product(world.acme, "TENT-2", 0)
    assert world.run("inventory_sync").counts["without_record"] == 0
    assert level(world.acme, tent) == 7
    with world.store.read() as uow:
        assert uow.stock.without_record("acme") == []


def test_skus_without_a_record_are_told_once_a_day_and_when_they_change(world: World) -> None:
    """The list stands in the store all the time; a person is not asked every hour."""
    world.count(MUG_1=5, TENT_2=7)
    world.run("stock_collection")
    told = []
    for _ in range(3):
        told.append(len(world.run("inventory_sync").attention))
        world.pass_time(hours=1)
    product(world.acme, "MUG-1", 5)
    told.append(len(world.run("inventory_sync").attention))
    world.pass_time(days=1)
    told.append(len(world.run("inventory_sync").attention))
    assert told == [1, 0, 0, 1, 1]
    with world.store.read() as uow:
        assert [row.sku for row in uow.stock.without_record("acme")] == ["TENT-2"]


def test_records_of_goods_nobody_counted_are_left_alone(world: World) -> None:
    """Missing in a count is not zero."""
    record = product(world.acme, "CUP-9", 4)
    world.count(MUG_1=5)
    world.run("stock_collection")
    assert world.run("inventory_sync").counts["without_stock"] == 1
    assert level(world.acme, record) == 4


def test_without_any_count_the_org_is_not_even_asked(world: World) -> None:
    """Nothing to compare with."""
    before = world.acme.calls
    assert world.run("inventory_sync").counts == {}
    assert world.acme.calls == before


def test_two_merchants_with_one_sku_each_get_their_own_level(world: World) -> None:
    """The same code is another thing at another merchant."""
    globex = world.add_merchant("globex")
    mine, theirs = product(world.acme, "MUG-1"), product(globex, "MUG-1")
    world.count("ACME", MUG_1=5)
    world.count("GLOBEX", MUG_1=9)
    world.run("stock_collection")
    for name in ("acme", "globex"):
        world.run("inventory_sync", name)
    assert (level(world.acme, mine), level(globex, theirs)) == (5, 9)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_around_the_write_converges(world: World, when: str) -> None:
    """What is not written is found to differ again."""
    mug = product(world.acme, "MUG-1", 9)
    world.count(MUG_1=5)
    world.run("stock_collection")
    world.die_in("inventory_sync", Mortal(world.acme.cart, "write_updates", when))
    world.run("inventory_sync")
    assert level(world.acme, mug) == 5


def test_a_locked_record_is_written_by_the_next_run(world: World) -> None:
    """Counted as retried; the others go."""

    class Locked(Writes):
        def write_updates(self, updates: Any) -> Any:
            first, *others = updates
            refused = self._cart.write_updates(others)
            return [locked_result(first.record_id), *refused]

    mug, tent = product(world.acme, "MUG-1", 9), product(world.acme, "TENT-2", 9)
    world.count(MUG_1=5, TENT_2=6)
    world.run("stock_collection")
    cart: Cart = world.acme.cart
    ctx = world.run("inventory_sync", cart=Locked(cart))
    assert (ctx.counts["updated"], ctx.counts["retried"]) == (1, 1)
    world.run("inventory_sync")
    assert (level(world.acme, mug), level(world.acme, tent)) == (5, 6)


def locked_result(record_id: str) -> Any:
    fault = WriteFault("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
    return UpdateResult(record_id, written=False, faults=(fault,), retry=True)
