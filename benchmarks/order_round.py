"""What an order costs us from the org to the warehouse and back: CPU and statements.

    python -m benchmarks.order_round [ORDERS]

The store is a real file and the warehouse a real folder; the org is held in memory, so that
neither HTTP nor the simulator is counted. Only the jobs are measured, not the warehouse's work.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, event

from fulfillment_bridge.carts.base import EndOfChanges, OrderPage, OrgIdentity
from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.domain.cursor import Cursor, Window
from fulfillment_bridge.domain.org_schema import OrderQuery, RawOrder, RecordUpdate, UpdateResult
from fulfillment_bridge.jobs.base import CartProfile, Job, JobContext
from fulfillment_bridge.mapping.preflight import excerpt, schema_to_json
from fulfillment_bridge.mapping.workbook import read_workbook
from fulfillment_bridge.registry import JOBS, load
from fulfillment_bridge.simulator.warehouse.building import SimulatedWarehouse
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.warehouses.base import WarehouseProfile
from fulfillment_bridge.warehouses.csv_drop import CsvDropOptions, CsvDropWarehouse
from tests.mapping.orgs import ACME_LINES, ACME_ORDER, file_of, schema_for

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGE = 2000
ROUND = ("order_download", "order_delivery", "shipment_collection", "shipment_upload")


class OrgInMemory:
    """A cart whose org is a list of orders; it answers at once and takes every update."""

    def __init__(self, count: int, clock: ManualClock) -> None:
        self._clock = clock
        self._orders = [_order(number, NOON - timedelta(minutes=5)) for number in range(count)]

    def identity(self) -> OrgIdentity:
        return OrgIdentity("00D000000000001AAA", "Acme", False, "u", "005", "USD", "http://org")

    def fetch_changes(
        self, query: OrderQuery, window: Window, *, open_order_ids: Collection[str] = ()
    ) -> Iterator[OrderPage]:
        now = self._clock.now()
        changed = [one for one in self._orders if not window.since or one.modstamp >= window.since]
        for start in range(0, len(changed), PAGE):
            page = tuple(changed[start : start + PAGE])
            yield OrderPage(page, now, Cursor(page[-1].modstamp, page[-1].cart_order_id))
        yield OrderPage((), now, None, EndOfChanges(now))

    def write_updates(self, updates: Sequence[RecordUpdate]) -> list[UpdateResult]:
        return [UpdateResult(update.record_id, written=True) for update in updates]


@dataclass
class Spent:
    """What one job took."""

    seconds: float = 0.0
    statements: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Measure one round of so many orders and print it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        spent = measure(Path(folder), count)
    print(f"{count} orders of 2 lines, one store file, one folder warehouse")
    print(f"{'job':<22}{'ms CPU per order':>18}{'statements per order':>22}")
    for job, one in spent.items():
        print(f"{job:<22}{1000 * one.seconds / count:>18.2f}"
              f"{one.statements.total() / count:>22.2f}")  # fmt: skip
    seconds = sum(one.seconds for one in spent.values())
    statements = sum(one.statements.total() for one in spent.values())
    print(f"{'the whole round':<22}{1000 * seconds / count:>18.2f}{statements / count:>22.2f}")


def measure(folder: Path, count: int) -> dict[str, Spent]:
    """Run the round, then the download of our own echo."""
    clock = ManualClock(NOON)
    store = Store.open(f"sqlite:///{folder}/bridge.db")
    building = SimulatedWarehouse(folder / "reno", ["ACME"], ledger=folder / "ledger.db")
    profile = WarehouseProfile("reno", merchants={"acme": "ACME"})
    options = CsvDropOptions.model_validate({"folder": folder / "reno"})
    warehouse = CsvDropWarehouse(options, profile, clock=clock)
    cart = OrgInMemory(count, clock)
    _load_workbook(store, clock)
    spent = {name: Spent() for name in (*ROUND, "order_download again")}
    for label, one in spent.items():
        job = label.split()[0]
        ctx: Any = JobContext(job, "acme", clock, store, structlog.get_logger())
        ctx.cart, ctx.warehouse = cart, warehouse
        ctx.cart_profile = CartProfile("acme", "acme", "org", (profile,))
        ctx.warehouse_profile = profile
        _run(load(JOBS[job]), ctx, store.engine, one)
        clock.wait(60)
        if job == "order_delivery":
            building.tick()
    assert ctx.counts["unchanged"] == count  # noqa: S101 a round that failed measures nothing
    building.close()
    store.close()
    return spent


def _run(job: Job, ctx: JobContext, engine: Engine, spent: Spent) -> None:
    def count(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        spent.statements[statement] += 1

    event.listen(engine, "before_cursor_execute", count)
    started = time.process_time()
    job.run(ctx)
    spent.seconds = time.process_time() - started
    event.remove(engine, "before_cursor_execute", count)


def _load_workbook(store: Store, clock: ManualClock) -> None:
    content = file_of("acme")
    workbook = read_workbook(content)
    schema = schema_to_json(excerpt(workbook, schema_for(workbook, "acme")))
    with store.begin() as uow:
        uow.mappings.add_and_activate(
            cart="acme", file_name="map.xlsx", content=content, schema_json=schema,
            loaded_at=clock.now(), loaded_by="benchmark",
        )  # fmt: skip
        uow.carts.go_live("acme", at=clock.now())


def _order(number: int, stamp: datetime) -> RawOrder:
    order_id = f"801{number:012d}AAA"
    record = {**ACME_ORDER, "Id": order_id, "OrderNumber": f"{number + 100:08d}"}
    lines = tuple(
        {**line, "Id": f"802{2 * number + position:012d}AAA", "OrderId": order_id}
        for position, line in enumerate(ACME_LINES)
    )
    return RawOrder(record, lines, stamp)


if __name__ == "__main__":
    main()
