"""Messages are claimed by one worker at a time and end as that worker says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.outbox import Message
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from tests.storage.samples import NOW, add_order, enqueue, later, release

TO_RENO = ("warehouse:reno", "fulfillment_order")

CLAIM_ALL = """
import json, sys
from datetime import UTC, datetime
from fulfillment_bridge.storage.database import Store
store, mine = Store(sys.argv[1]), []
print("ready", flush=True)
sys.stdin.readline()
while True:
    with store.begin() as uow:
        claimed = uow.outbox.claim(
            "warehouse:reno", "fulfillment_order", worker=sys.argv[2],
            now=datetime.fromisoformat(sys.argv[3]), lease_seconds=60, limit=3)
        for message in claimed:
            uow.outbox.settle(message.message_id, sys.argv[2], at=datetime.now(UTC))
    if not claimed:
        break
    mine += [message.message_id for message in claimed]
print(json.dumps(mine))
store.close()
"""


def queue(uow: UnitOfWork, *numbers: str) -> list[int]:
    """Released orders with their messages; the fulfillment orders' ids."""
    parts = [release(uow, add_order(uow, number)) for number in numbers]
    for part in parts:
        assert enqueue(uow, part)
    return [part.fulfillment_order_id for part in parts]


def claim(
    uow: UnitOfWork, worker: str = "ann", *, seconds: float = 0, limit: int = 100
) -> list[Message]:
    """What is due so many seconds after NOW, for a minute."""
    return uow.outbox.claim(
        *TO_RENO, worker=worker, now=later(seconds), lease_seconds=60, limit=limit
    )


def test_one_key_is_queued_once(store: Store) -> None:
    """Whatever became of the first message."""
    with store.begin() as uow:
        queue(uow, "1001")
        (message,) = claim(uow)
        assert uow.outbox.settle(message.message_id, "ann", at=NOW)
        part = uow.fulfillment_orders.by_order(message.order_id)[0]
        assert not enqueue(uow, part)
        assert enqueue(uow, part, attempt=2)


def test_a_claimed_message_is_nobody_elses(store: Store) -> None:
    """Until its lease ends; then it comes as an interrupted one."""
    with store.begin() as uow:
        queue(uow, "1001")
        (first,) = claim(uow)
        assert (first.first_attempt, first.was_interrupted) == (True, False)
        assert claim(uow, "bob", seconds=59) == []
        (second,) = claim(uow, "bob", seconds=60)
        assert (second.first_attempt, second.was_interrupted) == (False, True)


def test_who_lost_the_lease_cannot_end_the_claim(store: Store) -> None:
    """Every way to end it is fenced by the lease's owner."""
    with store.begin() as uow:
        queue(uow, "1001")
        message_id = claim(uow)[0].message_id
        claim(uow, "bob", seconds=60)
        box = uow.outbox
        assert not box.settle(message_id, "ann", at=NOW)
        assert not box.bury(message_id, "ann", error="no", at=NOW)
        assert not box.mark_unknown(message_id, "ann", error="no", at=NOW)
        assert not box.back_off(message_id, "ann", error="no", next_attempt_at=NOW, at=NOW)
        assert not box.put_back(message_id, "ann")
        assert not box.extend(message_id, "ann", until=later(999))
        assert not box.fix_submission(message_id, "ann", name="late", body=b"")
        assert box.get(message_id).state == "sending"
        assert box.settle(message_id, "bob", at=NOW)
        assert not box.settle(message_id, "bob", at=NOW)


def test_a_message_that_backs_off_comes_again_at_its_time(store: Store) -> None:
    """Others are not kept waiting by it."""
    with store.begin() as uow:
        queue(uow, "1", "2")
        one, two = claim(uow)
        uow.outbox.back_off(
            one.message_id, "ann", error="disk full", next_attempt_at=later(300), at=NOW
        )
        uow.outbox.put_back(two.message_id, "ann")
        assert [m.message_id for m in claim(uow, seconds=1)] == [two.message_id]
        again = claim(uow, seconds=300)[-1]
        assert (again.message_id, again.attempts, again.last_error) == (
            one.message_id,
            2,
            "disk full",
        )


def test_a_message_put_back_counts_as_never_tried(store: Store) -> None:
    """It can still be superseded, and its next claim is the first attempt."""
    with store.begin() as uow:
        queue(uow, "1")
        uow.outbox.put_back(claim(uow)[0].message_id, "ann")
        assert claim(uow)[0].first_attempt


def test_only_a_message_that_was_never_tried_is_superseded(store: Store) -> None:
    """The row count decides, even while a worker claims."""
    with store.begin() as uow:
        untried, tried = queue(uow, "1", "2")
        (message,) = claim(uow, limit=1)
        assert message.fulfillment_order_id == untried
        untried, tried = tried, untried
        assert uow.outbox.supersede(untried, at=NOW)
        assert not uow.outbox.supersede(untried, at=NOW)
        assert not uow.outbox.supersede(tried, at=NOW)
        uow.outbox.back_off(message.message_id, "ann", error="x", next_attempt_at=NOW, at=NOW)
        assert not uow.outbox.supersede(tried, at=NOW)


def test_a_submission_is_fixed_once(store: Store) -> None:
    """Later attempts send the very same bytes under the very same name."""
    with store.begin() as uow:
        queue(uow, "1")
        message_id = claim(uow)[0].message_id
        assert uow.outbox.fix_submission(message_id, "ann", name="ord_1.csv", body=b"one")
        assert not uow.outbox.fix_submission(message_id, "ann", name="ord_2.csv", body=b"two")
        fixed = uow.outbox.get(message_id)
        assert (fixed.submission_name, fixed.submission_body) == ("ord_1.csv", b"one")


def test_a_dead_or_unknown_message_waits_for_a_person(store: Store) -> None:
    """Nobody claims it; a replay makes it due again."""
    with store.begin() as uow:
        queue(uow, "1", "2")
        one, two = claim(uow)
        uow.outbox.bury(one.message_id, "ann", error="refused", at=later(1))
        uow.outbox.mark_unknown(two.message_id, "ann", error="answer lost", at=later(1))
        assert claim(uow, seconds=9999) == []
        assert [m.last_error for m in uow.outbox.find(state="dead")] == ["refused"]
        assert uow.outbox.counts() == {"warehouse:reno": {"dead": 1, "unknown": 1}}
        assert uow.outbox.resolve_unknown(two.message_id, at=later(2))
        assert not uow.outbox.replay(two.message_id, at=later(2))
        assert uow.outbox.replay(one.message_id, at=later(2))
        assert [m.message_id for m in claim(uow, seconds=2)] == [one.message_id]


def test_messages_of_other_destinations_and_kinds_are_left_alone(store: Store) -> None:
    """Each job claims its own."""
    with store.begin() as uow:
        queue(uow, "1")
        order_id = uow.outbox.find()[0].order_id
        for number in range(2):
            uow.outbox.enqueue(
                kind="write_back",
                destination="cart:acme",
                idempotency_key=f"write_back:{number}",
                order_id=order_id,
                at=later(number),
                payload={"shipment_id": number},
                not_before=later(100),
            )
        assert len(claim(uow, seconds=1000)) == 1
        assert uow.outbox.oldest_pending("cart:acme") == NOW
        assert uow.outbox.oldest_pending("cart:none") is None
        wanted = ("cart:acme", "write_back")
        assert uow.outbox.claim(*wanted, worker="w", now=later(99), lease_seconds=9) == []
        claimed = uow.outbox.claim(*wanted, worker="w", now=later(100), lease_seconds=9)
        assert [m.payload for m in claimed] == [{"shipment_id": 0}, {"shipment_id": 1}]


def test_messages_of_a_worker_that_is_gone_can_be_freed(store: Store) -> None:
    """Its lease need not run out when somebody knows better."""
    with store.begin() as uow:
        queue(uow, "1")
        claim(uow)
        assert uow.outbox.lease_owners() == {"ann"}
        assert uow.outbox.free_leases("ann", at=later(1)) == 1
        assert claim(uow, "bob", seconds=1)[0].was_interrupted


def test_two_processes_never_claim_the_same_message(tmp_path: Path) -> None:
    """Each message is settled by exactly one of them."""
    url = f"sqlite:///{tmp_path}/bridge.db"
    store = Store.open(url)
    with store.begin() as uow:
        queue(uow, *(f"{number:03}" for number in range(60)))
        wanted = {message.message_id for message in uow.outbox.find()}
    store.close()
    claimed = race(CLAIM_ALL, url, NOW.isoformat())
    assert sorted(claimed["a"] + claimed["b"]) == sorted(wanted)


def race(program: str, url: str, *arguments: str) -> dict[str, list[int]]:
    """Run the program in two processes that begin together; what each printed."""
    started = {
        worker: subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, url, worker, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for worker in ("a", "b")
    }
    for process in started.values():
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started.values():
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return {
        worker: json.loads(process.communicate(timeout=60)[0])
        for worker, process in started.items()
    }
