"""Fulfillment orders to the warehouse: each once, whatever dies in between."""

from __future__ import annotations

import itertools
import threading
from datetime import datetime

import pytest

from fulfillment_bridge.crash_points import arm
from fulfillment_bridge.domain.fulfillment import FulfillmentOrder
from fulfillment_bridge.errors import Misconfigured, OutcomeUnknown, Rejected, Retry
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.warehouses.base import Receipt, Submission, Warehouse
from tests.jobs.world import Mortal, World


@pytest.fixture
def released(world: World) -> World:
    """Two orders wait to be delivered."""
    world.acme.sell("1001")
    world.acme.sell("1002", ("TENT-2", 1))
    world.pass_time(minutes=5)
    world.run("order_download")
    return world


class Moody:
    """A warehouse that answers some references in its own way and takes the others."""

    def __init__(self, warehouse: Warehouse, **moods: Exception) -> None:
        self._warehouse, self._moods = warehouse, moods
        self.capabilities = warehouse.capabilities
        self.asked: list[str] = []

    def prepare(self, order: FulfillmentOrder, *, created_at: datetime) -> Submission:
        return self._warehouse.prepare(order, created_at=created_at)

    def submit(self, submission: Submission, *, first_attempt: bool) -> Receipt:
        self.asked.append(submission.reference)
        if mood := self._moods.get(f"on_{submission.reference}"):
            raise mood
        return self._warehouse.submit(submission, first_attempt=first_attempt)


def test_released_orders_reach_the_warehouse(released: World) -> None:
    """Each in a file of its own; the order shows that it is there."""
    ctx = released.run("order_delivery")
    assert ctx.counts == {"sent": 2}
    assert sorted(released.references()) == ["1001", "1002"]
    order = released.order("1001")
    assert order.shown_state == "at_warehouse"
    assert released.events("1001") == ["received", "released", "sent"]


def test_delivering_again_sends_nothing(released: World) -> None:
    """A settled message is done."""
    released.run("order_delivery")
    ctx = released.run("order_delivery")
    assert ctx.counts == {}
    assert len(released.references()) == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["prepare", "submit"])
@pytest.mark.parametrize("taken", [False, True])
def test_a_death_at_any_step_sends_each_order_once(
    released: World, call: str, when: str, taken: bool
) -> None:
    """Once the lease is over another worker goes on; the file may have been taken meanwhile."""
    released.die_in("order_delivery", Mortal(released.warehouse, call, when))
    if taken:
        released.take_orders()
    released.pass_time(minutes=6)
    released.run("order_delivery", worker="two")
    assert sorted(released.references()) == ["1001", "1002"]
    assert released.order("1001").shown_state == "at_warehouse"
    assert released.order("1002").shown_state == "at_warehouse"


def test_a_lease_keeps_others_from_a_message(released: World) -> None:
    """A second worker finds nothing as long as the first may still be at it."""
    released.die_in("order_delivery", Mortal(released.warehouse, "submit", "before"))
    assert released.run("order_delivery", worker="two").counts == {}


def test_the_second_attempt_sends_the_very_same_bytes(released: World) -> None:
    """Name and body were fixed before the first attempt, and an edit since changes nothing."""
    released.die_in("order_delivery", Mortal(released.warehouse, "submit", "before"))
    with released.store.read() as uow:
        fixed = {m.submission_name: m.submission_body for m in uow.outbox.find(state="sending")}
    released.pass_time(minutes=6)
    released.run("order_delivery")
    orders = released.folder / "ACME" / "orders"
    assert {path.name: path.read_bytes() for path in orders.iterdir()} == fixed
    assert len(fixed) == 2


def test_a_busy_warehouse_is_tried_later_and_stops_nobody(released: World) -> None:
    """The other order goes; this one backs off."""
    moody = Moody(released.warehouse, on_1001=Retry("closed for lunch"))
    ctx = released.run("order_delivery", warehouse=moody)
    assert (ctx.counts["sent"], ctx.counts["retried"]) == (1, 1)
    assert released.run("order_delivery", warehouse=moody).counts == {}
    released.pass_time(minutes=2)
    assert released.run("order_delivery").counts["sent"] == 1


def test_back_off_grows_and_is_not_the_same_for_all(released: World) -> None:
    """Messages that fail together come back apart."""
    mood = Retry("down")
    moody = Moody(released.warehouse, on_1001=mood, on_1002=mood)
    waits = []
    for _ in range(3):
        released.run("order_delivery", warehouse=moody)
        with released.store.read() as uow:
            due = sorted(m.next_attempt_at for m in uow.outbox.find(kind="fulfillment_order"))
        waits.append([(at - released.clock.now()).total_seconds() for at in due])
        released.pass_time(seconds=waits[-1][-1])
    assert all(earlier[0] < later[0] for earlier, later in itertools.pairwise(waits))
    assert all(first != second for first, second in waits)


def test_a_refused_order_is_a_dead_letter_that_says_why(released: World) -> None:
    """A person must act; the merchant sees it on the order."""
    moody = Moody(released.warehouse, on_1001=Rejected("unknown SKU MUG-1", remedy="Create it."))
    ctx = released.run("order_delivery", warehouse=moody)
    assert (ctx.counts["sent"], ctx.counts["rejected"]) == (1, 1)
    assert "unknown SKU MUG-1 Create it." in ctx.attention[0]
    assert released.order("1001").shown_state == "rejected"
    with released.store.read() as uow:
        [dead] = uow.outbox.find(state="dead")
    assert "Create it." in (dead.last_error or "")


def test_a_refused_order_goes_once_it_is_mended(released: World) -> None:
    """An edit in Salesforce releases it anew, under a new message."""
    moody = Moody(released.warehouse, on_1001=Rejected("unknown SKU MUG-1"))
    released.run("order_delivery", warehouse=moody)
    with released.store.read() as uow:
        order_id = uow.orders.by_number("1001")[0].cart_order_id
    released.acme.edit(order_id, Gift_Note__c="Now it is right")
    released.pass_time(minutes=5)
    released.run("order_download")
    released.run("order_delivery")
    assert sorted(released.references()) == ["1001", "1002"]
    assert released.order("1001").attention is None


def test_an_unknown_outcome_is_never_sent_again_by_itself(released: World) -> None:
    """It waits for a person."""
    moody = Moody(released.warehouse, on_1001=OutcomeUnknown("no answer", remedy="Ask them."))
    ctx = released.run("order_delivery", warehouse=moody)
    assert ctx.counts["outcome_unknown"] == 1
    released.pass_time(days=1)
    assert released.run("order_delivery").counts == {}
    assert released.order("1001").shown_state == "outcome_unknown"


def test_a_misconfigured_warehouse_stops_at_once_and_keeps_its_messages(released: World) -> None:
    """The others are not even tried; once it is mended all go."""
    moody = Moody(released.warehouse, on_1001=Misconfigured("no right to write"))
    with pytest.raises(Misconfigured):
        released.run("order_delivery", warehouse=moody)
    assert moody.asked == ["1001"]
    assert released.run("order_delivery").counts["sent"] == 1
    released.pass_time(minutes=5)
    assert released.run("order_delivery").counts["sent"] == 1


def test_stopping_gives_back_what_was_not_tried(released: World) -> None:
    """The next process finds it at once, as if nobody had claimed it."""

    class Stopping(Moody):
        def submit(self, submission: Submission, *, first_attempt: bool) -> Receipt:
            ctx_stopping.set()
            return super().submit(submission, first_attempt=first_attempt)

    ctx_stopping = threading.Event()
    ctx = released.run("order_delivery", warehouse=Stopping(released.warehouse),
                       stopping=ctx_stopping)  # fmt: skip
    assert ctx.counts == {"sent": 1}
    ctx = released.run("order_delivery", worker="two")
    assert ctx.counts == {"sent": 1}


def test_a_disk_that_fails_before_anything_is_written_leaves_no_doubt(
    released: World,
) -> None:
    """Even where the partner deletes files: the folder could not be made, so nothing was sent."""
    released.options["partner_archives"] = False
    blocked = released.folder / "ACME"
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file where the folder should be")
    with pytest.raises(Misconfigured):
        released.run("order_delivery")
    blocked.unlink()
    released.pass_time(minutes=10)
    assert released.run("order_delivery").counts["sent"] == 2


def test_where_the_partner_deletes_files_a_lost_answer_is_unknown(released: World) -> None:
    """A person decides; nothing is shipped twice."""
    released.options["partner_archives"] = False
    released.die_in("order_delivery", Mortal(released.warehouse, "submit", "after"))
    for path in (released.folder / "ACME" / "orders").iterdir():
        path.unlink()
    released.pass_time(minutes=6)
    ctx = released.run("order_delivery")
    assert ctx.counts["outcome_unknown"] == 1
    assert "Ask the warehouse" in ctx.attention[0]


def test_a_death_leaves_one_order_in_doubt_where_the_partner_deletes_files(
    released: World,
) -> None:
    """Such a warehouse gets them one by one; the other order was never touched, and goes."""
    released.options["partner_archives"] = False
    released.die_in("order_delivery", Mortal(released.warehouse, "submit", "before"))
    with released.store.read() as uow:
        states = sorted(message.state for message in uow.outbox.find(kind="fulfillment_order"))
    assert states == ["pending", "sending"]
    released.pass_time(minutes=6)
    ctx = released.run("order_delivery", worker="two")
    assert (ctx.counts["sent"], ctx.counts["outcome_unknown"]) == (1, 1)


def test_what_was_put_back_untried_leaves_no_doubt_either(released: World) -> None:
    """Nobody tried to send it: its submission is forgotten, and fixed anew with the next claim."""

    class Stopping(Moody):
        def submit(self, submission: Submission, *, first_attempt: bool) -> Receipt:
            stopping.set()
            return super().submit(submission, first_attempt=first_attempt)

    stopping = threading.Event()
    released.run("order_delivery", warehouse=Stopping(released.warehouse), stopping=stopping)
    with released.store.read() as uow:
        [left] = uow.outbox.find(kind="fulfillment_order", state="pending")
    assert (left.attempts, left.submission_name, left.submission_body) == (0, None, None)


def test_what_was_interrupted_and_then_put_back_untried_stays_in_doubt(released: World) -> None:
    """A stop before the second attempt does not make the third a first one: nothing ships twice."""
    released.options["partner_archives"] = False
    released.die_in("order_delivery", Mortal(released.warehouse, "submit", "after"))
    for path in (released.folder / "ACME" / "orders").iterdir():
        path.unlink()
    stopping = threading.Event()
    released.pass_time(minutes=6)
    arm(lambda name: stopping.set() if name == "order_delivery.after_fixing" else None)
    try:
        assert "outcome_unknown" not in released.run("order_delivery", stopping=stopping).counts
    finally:
        arm(None)
    released.pass_time(minutes=6)
    assert released.run("order_delivery").counts["outcome_unknown"] == 1
    assert len(list((released.folder / "ACME" / "orders").iterdir())) == 1  # the other order's


def test_what_cannot_be_expressed_is_refused_and_stops_nobody(released: World) -> None:
    """The message beside it in the same claim goes."""

    class Picky(Moody):
        def prepare(self, order: FulfillmentOrder, *, created_at: datetime) -> Submission:
            if order.reference == "1001":
                raise Rejected("the address is too long")
            return released.warehouse.prepare(order, created_at=created_at)

    picky = Picky(released.warehouse)
    ctx = released.run("order_delivery", warehouse=picky)
    assert (ctx.counts["sent"], ctx.counts["rejected"]) == (1, 1)
    assert picky.asked == ["1002"]


def test_a_surprise_while_an_order_is_prepared_stops_nobody(released: World) -> None:
    """A fault of ours: it is told by its class, and the order goes once the fault is mended."""

    class Faulty(Moody):
        def prepare(self, order: FulfillmentOrder, *, created_at: datetime) -> Submission:
            if order.reference == "1001":
                raise KeyError("Ada Buyer")
            return released.warehouse.prepare(order, created_at=created_at)

    ctx = released.run("order_delivery", warehouse=Faulty(released.warehouse))
    assert (ctx.counts["sent"], ctx.counts["retried"]) == (1, 1)
    [told] = ctx.attention
    assert "preparing 1001 for reno broke off with KeyError" in told
    with released.store.read() as uow:
        [waiting] = uow.outbox.find(state="pending", kind="fulfillment_order")
    assert waiting.is_still_here
    assert "KeyError" in waiting.last_words
    assert "Ada" not in (waiting.last_error or "")
    released.pass_time(minutes=2)
    assert released.run("order_delivery").counts["sent"] == 1
    assert sorted(released.references()) == ["1001", "1002"]


def test_a_surprise_while_an_order_is_sent_leaves_a_doubt_and_stops_nobody(
    released: World,
) -> None:
    """It had arrived all the same: the next attempt finds it there."""

    class Faulty(Moody):
        def submit(self, submission: Submission, *, first_attempt: bool) -> Receipt:
            receipt = super().submit(submission, first_attempt=first_attempt)
            if submission.reference == "1001":
                raise ZeroDivisionError
            return receipt

    ctx = released.run("order_delivery", warehouse=Faulty(released.warehouse))
    assert (ctx.counts["sent"], ctx.counts["retried"]) == (1, 1)
    released.pass_time(minutes=2)
    assert released.run("order_delivery").counts["already_there"] == 1
    assert sorted(released.references()) == ["1001", "1002"]


def test_one_whose_lease_was_lost_is_settled_by_whoever_has_it(released: World) -> None:
    """The late worker's word about it changes nothing; it is at the warehouse once."""

    class Slow(Moody):
        def submit(self, submission: Submission, *, first_attempt: bool) -> Receipt:
            receipt = super().submit(submission, first_attempt=first_attempt)
            if len(self.asked) == 1:
                released.pass_time(minutes=6)
                others.append(released.run("order_delivery", worker="two"))
            return receipt

    others: list[JobContext] = []
    late = released.run("order_delivery", warehouse=Slow(released.warehouse))
    assert others[0].counts == {"already_there": 1, "sent": 1}
    assert late.counts["sent"] == 0
    assert sorted(released.references()) == ["1001", "1002"]
    assert released.events("1001") == ["received", "released", "sent"]
