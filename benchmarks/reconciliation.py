"""What proving a large cart complete costs: API calls and seconds, day by day.

    python -m benchmarks.reconciliation [--orders N] [--lost N]

The org is simulated and answers over HTTP; its calls are those that it counted itself. Its
orders and ours are put in as rows, spread over 35 days; a few are unknown to us. All of ours show
what was written back. Each day a thirty-fifth of the orders is new or changed twice, two days'
worth of records has a new stamp, and somebody undoes some write-backs. There are two pages of
stock, the most that are compared. The bridge has run since before: it looked yesterday.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from fulfillment_bridge.jobs.reconciliation import run
from fulfillment_bridge.simulator.server import SimulatorServer
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.orders import NewOrder
from fulfillment_bridge.storage.proofs import Proof
from fulfillment_bridge.storage.tables import order_events
from tests.jobs.world import START, World, open_world

OPEN_ORDERS = 2_000
STOCK_RECORDS = 4_000
UNDONE_A_DAY = 5
BATCH = 10_000


def main() -> None:
    """Fill both sides, then run the job on eight days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000, metavar="N")
    parser.add_argument("--lost", type=int, default=3, metavar="N")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder, SimulatorServer(tls=False) as simulator:
        store = Store.open(f"sqlite:///{folder}/bridge.db")
        with open_world(simulator, store, Path(folder) / "warehouse") as world:
            fill(world, asked.orders, asked.lost)
            print(f"{asked.orders:,} orders in 35 days, {asked.lost} of them unknown to us")
            print(f"{'day':>4}{'calls':>8}{'seconds':>10}{'ids':>10}{'found':>8}{'undone':>8}")
            for day in range(1, 9):
                one_day(world, day, 2 * asked.orders // 35)
        store.close()


def fill(world: World, orders: int, lost: int) -> None:
    """Ready orders of the org with their stamps; all but the lost ones are known here."""
    first = START - timedelta(days=34)
    step = timedelta(days=34) / orders
    identity = world.acme.cart.identity()
    for start in range(0, orders, BATCH):
        numbers = range(start, min(start + BATCH, orders))
        stamps = [first + number * step for number in numbers]
        ids = world.acme.org.handle.org.insert_raw(
            "Sales_Order__c",
            [
                {"Order_No__c": f"{number:08d}", "Account__c": world.acme.account_id,
                 "Attention__c": "Ada Buyer", "Status__c": "Approved", "Delivery__c": "Regular",
                 "Ordered_On__c": "2026-11-20", "WMS_Status__c": "Shipped",
                 "WMS_Order__c": f"{number:08d}", "CreatedDate": stamp, "LastModifiedDate": stamp,
                 "SystemModstamp": stamp}
                for number, stamp in zip(numbers, stamps, strict=True)
            ],
        )  # fmt: skip
        with world.store.begin() as uow:
            uow.orders.add_new(
                [
                    NewOrder("acme", "acme", identity.organization_id, key, f"{number:08d}",
                             None, stamp, None)
                    for number, key, stamp in zip(numbers, ids, stamps, strict=True)
                    if number % max(1, orders // max(1, lost)) != 7 or not lost
                ],
                at=world.clock.now(),
            )  # fmt: skip
    put_stock(world)
    write_back_all(world)
    world.pass_time(minutes=15)


def put_stock(world: World) -> None:
    """Stock records, and a count of the warehouse that they show."""
    world.acme.org.handle.org.insert_raw(
        "Product2",
        [{"Name": f"Mug {each}", "ProductCode": f"MUG-{each}", "IsActive": True}
         for each in range(STOCK_RECORDS)],
    )  # fmt: skip
    levels = {f"MUG_{each}": 1 for each in range(STOCK_RECORDS)}
    world.count("ACME", at=None, **levels)
    world.run("stock_collection")
    world.run("inventory_sync")


def write_back_all(world: World) -> None:
    """All but the newest were shipped and written back, and read back yesterday."""
    with world.store.begin() as uow:
        uow.connection.exec_driver_sql(
            "UPDATE orders SET state = 'released', shown_state = 'shipped' WHERE order_id <= "
            "(SELECT MAX(order_id) FROM orders) - ?",
            (OPEN_ORDERS,),
        )
        for statement in WRITTEN_BACK:
            uow.connection.exec_driver_sql(statement)
        yesterday = (world.clock.now() - timedelta(days=1)).isoformat()
        swept = {"written:Sales_Order__c": yesterday}
        uow.proofs.save(Proof("acme", world.clock.now(), None, "bench", (), swept))
        uow.cursors.rewind("acme", world.clock.now(), at=world.clock.now())


def live(world: World, changed: int) -> None:
    """A day of the org: our own writes and others', all seen by the download but what is undone."""
    org, now = world.acme.org.handle.org, world.clock.now()
    step = timedelta(hours=20) / changed
    with world.store.read() as uow:
        rows = uow.connection.exec_driver_sql(
            "SELECT order_id, cart_order_id FROM orders WHERE shown_state = 'shipped' "
            "ORDER BY RANDOM() LIMIT ?", (changed,)
        ).all()  # fmt: skip
    stamps = {}
    for number, (order_id, record_id) in enumerate(rows):
        stamps[order_id] = now - timedelta(hours=21) + number * step
        values = {"WMS_Status__c": "Lost"} if number < UNDONE_A_DAY else {}
        org.update_raw("Sales_Order__c", record_id, values, stamp=stamps[order_id])
    with world.store.begin() as uow:
        uow.orders.touch_stamps(stamps)


WRITTEN_BACK = (
    "INSERT INTO fulfillment_orders (order_id, warehouse, merchant, merchant_code, reference, "
    "state, warehouse_order_id, released_at) SELECT order_id, 'reno', 'acme', 'ACME', "
    "order_number, 'shipped', '', received_at FROM orders WHERE shown_state = 'shipped'",
    "INSERT INTO outbox (kind, destination, idempotency_key, order_id, payload, state, attempts, "
    "created_at, next_attempt_at, settled_at) SELECT 'write_back', 'cart:acme', 'w' || order_id, "
    "order_id, '{}', 'done', 1, modstamp, modstamp, modstamp FROM orders "
    "WHERE shown_state = 'shipped'",
)
"""All that was shipped is written back, too."""


def one_day(world: World, day: int, changed: int) -> None:
    """Run it, and print what it took."""
    if day > 1:
        live(world, changed)
    before, began = world.acme.calls, time.perf_counter()
    ctx = world.context("reconciliation")
    run(ctx)
    took = time.perf_counter() - began
    print(
        f"{day:>4}{world.acme.calls - before:>8}{took:>10.1f}"
        f"{ctx.counts['ids_compared']:>10,}{ctx.counts['missing']:>8}"
        f"{ctx.counts['write_backs_undone']:>8}"
    )
    world.run("shipment_upload")
    with world.store.begin() as uow:
        # As the download would see our own writes.
        healed = select(order_events.c.order_id).where(
            order_events.c.event == "written_back", order_events.c.at == world.clock.now()
        )
        ids = uow.connection.execute(healed).scalars().all()
        uow.orders.touch_stamps(dict.fromkeys(ids, world.clock.now()))
    world.pass_time(days=1)
    with world.store.begin() as uow:
        uow.cursors.rewind("acme", world.clock.now(), at=world.clock.now())


if __name__ == "__main__":
    main()
