"""How a simulated org bears 100,000 orders: loading, memory, queries, saves.

    python benchmarks/simulator_scale.py [--orders N]

Figures are printed, not judged: what the simulator promises is loading in under 60 seconds,
under 1 GB of memory, and an indexed filter with ORDER BY and 2,000 rows in under 100 ms.
"""
# ruff: noqa: S608 - the queries are made of what this file itself put into the org

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.descriptions import load_description
from fulfillment_bridge.simulator.org import Operation, Org, User

LINES_PER_ORDER = 3
BATCH = 10_000
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LINES = "SELECT Id, OrderId, Quantity, UnitPrice, Product2.StockKeepingUnit FROM OrderItem"


def main() -> int:
    """Load the org, ask and change it, and print how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000, metavar="N")
    orders = parser.parse_args().orders
    org = Org.from_description(load_description("acme"), clock=SimulatedClock())
    admin = org.users["admin@acme.example"]
    with timed(f"load {orders:,} orders with {orders * LINES_PER_ORDER:,} lines"):
        load(org, admin, orders)
    print(f"{'peak memory':<60} {peak_megabytes():>8,.0f} MB")
    for name, query in queries(org, admin, orders):
        print_median(name, partial(org.query, admin, query))
    changed = org.query(admin, "SELECT Id FROM Order LIMIT 200").records
    print_median("save: 200 orders updated", partial(update, org, admin, changed))
    print(f"{'peak memory at the end':<60} {peak_megabytes():>8,.0f} MB")
    return 0


def load(org: Org, admin: User, orders: int) -> None:
    """Orders one second apart, each with its lines, put in past the org's rules."""
    book = org.query(admin, "SELECT Id FROM Pricebook2 WHERE IsStandard = true").records[0]["Id"]
    accounts = org.insert_raw("Account", [{"Name": f"Account {n}"} for n in range(1000)])
    products = org.insert_raw(
        "Product2",
        [{"Name": f"P{n}", "StockKeepingUnit": f"SKU-{n}", "IsActive": True} for n in range(500)],
    )
    entries = org.insert_raw(
        "PricebookEntry",
        [
            {"Pricebook2Id": book, "Product2Id": each, "UnitPrice": 10, "IsActive": True}
            for each in products
        ],
    )
    for start in range(0, orders, BATCH):
        numbers = range(start, min(start + BATCH, orders))
        rows = [order(number, accounts, book) for number in numbers]
        ids = org.insert_raw("Order", rows)
        org.insert_raw(
            "OrderItem",
            [
                line
                for number, order_id in zip(numbers, ids, strict=True)
                for line in lines(number, order_id, entries)
            ],
        )


def order(number: int, accounts: list[str], book: str) -> dict[str, Any]:
    """The order of this number."""
    stamp = FIRST + timedelta(seconds=number)
    return {
        "AccountId": accounts[number % len(accounts)],
        "Pricebook2Id": book,
        "EffectiveDate": "2026-01-01",
        "Status": "Activated" if number % 10 else "Draft",
        "Ready_for_Fulfillment__c": number % 3 == 0,
        "ShippingStreet": f"{number} Main St",
        "ShippingCity": "Reno",
        "TotalAmount": 10 * LINES_PER_ORDER,
        "CreatedDate": stamp,
        "LastModifiedDate": stamp,
        "SystemModstamp": stamp,
    }


def lines(number: int, order_id: str, entries: list[str]) -> Iterator[dict[str, Any]]:
    """The lines of an order."""
    for place in range(LINES_PER_ORDER):
        entry = entries[(number + place) % len(entries)]
        yield {"OrderId": order_id, "PricebookEntryId": entry, "Quantity": 1, "UnitPrice": 10}


def queries(org: Org, admin: User, orders: int) -> Iterator[tuple[str, str]]:
    """What clients ask, and what it is called here."""
    since = (FIRST + timedelta(seconds=orders * 9 // 10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    columns = "Id, OrderNumber, Status, ShippingStreet, ShippingCity, SystemModstamp, Account.Name"
    changed = f"SELECT {columns} FROM Order WHERE SystemModstamp >= {since}"
    by_stamp = "ORDER BY SystemModstamp, Id LIMIT 2000"
    ids = [each["Id"] for each in org.query(admin, "SELECT Id FROM Order LIMIT 500").records]
    listed = ", ".join(f"'{each}'" for each in ids)
    middle = f"{orders // 2 + 100:08d}"
    yield "query: indexed filter, ORDER BY, 2,000 rows", f"{changed} {by_stamp}"
    ready = "AND Ready_for_Fulfillment__c = true AND StatusCode = 'Activated'"
    yield "query: the same and two more conditions", f"{changed} {ready} {by_stamp}"
    yield "query: lines of 500 orders by id", f"{LINES} WHERE OrderId IN ({listed}) ORDER BY Id"
    yield (
        "query: 500 orders with their lines as children",
        (f"SELECT Id, (SELECT Id FROM OrderItems) FROM Order WHERE Id IN ({listed})"),
    )
    yield "query: one order by number", f"SELECT Id FROM Order WHERE OrderNumber = '{middle}'"
    yield (
        "query: COUNT() by a filter without an index",
        ("SELECT COUNT() FROM Order WHERE ShippingStreet LIKE '9%'"),
    )
    yield "query: sum by status", "SELECT Status, SUM(TotalAmount) FROM Order GROUP BY Status"
    yield (
        "query: all lines counted by product",
        ("SELECT Product2Id, COUNT(Id) FROM OrderItem GROUP BY Product2Id"),
    )


def update(org: Org, admin: User, records: list[dict[str, Any]]) -> None:
    """Write tracking onto the records, as a warehouse's client would."""
    stamp = f"1Z{time.monotonic_ns()}"
    values = {"Tracking_Numbers__c": stamp, "Carrier__c": "UPS"}
    operations = [Operation("update", "Order", each["Id"], dict(values)) for each in records]
    results = org.save(admin, operations, all_or_none=False)
    if not all(each.success for each in results):
        raise SystemExit(f"not saved: {next(each.errors for each in results if each.errors)}")


def print_median(name: str, work: Callable[[], object], times: int = 5) -> None:
    """The median of several runs, in milliseconds, by the clock and of CPU."""
    taken, used = [], []
    for _ in range(times):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        taken.append(time.perf_counter() - start)
        used.append(time.process_time() - cpu)
    print(f"{name:<60} {median(taken) * 1000:>8,.1f} ms {median(used) * 1000:>8,.1f} ms CPU")


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print how many seconds the block took, and how much CPU: others may use the machine."""
    start, cpu = time.perf_counter(), time.process_time()
    yield
    took, used = time.perf_counter() - start, time.process_time() - cpu
    print(f"{name:<60} {took:>8,.1f} s  {used:>8,.1f} s CPU")


def peak_megabytes() -> float:
    """The most memory this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
