"""A whole small world for the jobs: orgs over real HTTP, a store in a file, a folder warehouse.

One clock rules all of it. Merchants are shaped like Globex: their orders are Sales_Order__c.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from fulfillment_bridge.carts.salesforce import SalesforceCart, SalesforceCartOptions
from fulfillment_bridge.jobs.base import CartProfile, Job, JobContext
from fulfillment_bridge.mapping.filling import Filling
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.registry import JOBS, load
from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.descriptions import load_description
from fulfillment_bridge.simulator.model import Operation
from fulfillment_bridge.simulator.server import SimulatorServer
from fulfillment_bridge.simulator.warehouse.order_files import Order, read_orders
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.orders import StoredOrder
from fulfillment_bridge.warehouses.base import WarehouseProfile
from fulfillment_bridge.warehouses.csv_drop import CsvDropOptions, CsvDropWarehouse
from tests.jobs.workbooks import loaded
from tests.salesforce.orgs import TestOrg
from tests.warehouses.samples import SHIPMENT_HEADING, STOCK_HEADING, UPS_ONE, put

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CODES = {"acme": "ACME", "globex": "GLOBEX"}
ADDRESS = {
    "ShippingStreet": "1 Market St",
    "ShippingCity": "Reno",
    "ShippingState": "NV",
    "ShippingPostalCode": "89501",
    "ShippingCountry": "US",
}
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class WorldClock:
    """The simulated orgs' clock, as our own."""

    simulated: SimulatedClock

    def now(self) -> datetime:
        return self.simulated.now()

    def wait(self, seconds: float, stop: threading.Event | None = None) -> bool:
        self.simulated.advance(seconds)
        return stop is not None and stop.is_set()


class Killed(BaseException):
    """The process died here; nothing of ours catches it."""


class Mortal:
    """An adapter whose process dies at one of its calls.

    ``when`` is ``before`` or ``after`` the call; of a call that yields, after its nth item.
    """

    def __init__(self, adapter: object, call: str, when: str = "after", *, items: int = 1) -> None:
        self._adapter, self._call, self._when, self._items = adapter, call, when, items

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter, name)
        if name != self._call:
            return found
        return self._yield_and_die if name.startswith("fetch_c") else self._call_and_die

    def _call_and_die(self, *arguments: Any, **named: Any) -> Any:
        if self._when == "after":
            getattr(self._adapter, self._call)(*arguments, **named)
        raise Killed(self._call)

    def _yield_and_die(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        answers = getattr(self._adapter, self._call)(*arguments, **named)
        yield from itertools.islice(answers, self._items)
        raise Killed(self._call)


@dataclass
class Merchant:
    """One merchant: the org, the cart on it and how it is configured."""

    name: str
    org: TestOrg
    cart: SalesforceCart
    profile: CartProfile
    account_id: str

    def sell(
        self,
        number: str,
        *lines: tuple[str, int],
        stamp: datetime | None = None,
        account_id: str | None = None,
        **values: Any,
    ) -> str:
        """An approved order, of two mugs where nothing is said; its record id."""
        values = {
            "Order_No__c": number,
            "Account__c": account_id or self.account_id,
            "Attention__c": "Ada Buyer",
            "Status__c": "Approved",
            "Delivery__c": "Regular",
            "Ordered_On__c": "2026-11-20",
            **values,
        }
        [order_id] = self.org.insert("Sales_Order__c", values, stamp=stamp)
        for sku, quantity in lines or (("MUG-1", 2),):
            self.add_line(order_id, sku, quantity, stamp=stamp)
        return order_id

    def add_line(
        self, order_id: str, sku: str | None, quantity: int, *, stamp: datetime | None = None
    ) -> str:
        """One more line of an order; its record id."""
        values = {"Sales_Order__c": order_id, "Item_Code__c": sku, "Qty__c": quantity}
        return self.org.insert("Sales_Order_Line__c", values, stamp=stamp)[0]

    def edit(self, order_id: str, **values: Any) -> None:
        """The merchant's people change an order now."""
        now = self.org.server.clock.now()
        self.org.change("Sales_Order__c", order_id, now, **values)

    def delete(self, order_id: str) -> None:
        """The merchant's people delete an order now."""
        engine = self.org.handle.org
        admin = engine.users[self.org.handle.admin_username.lower()]
        engine.save(admin, [Operation("delete", "Sales_Order__c", order_id, {})], all_or_none=True)

    def shown(self, object_name: str, record_id: str, *fields: str) -> dict[str, Any]:
        """What a person sees on a record."""
        engine = self.org.handle.org
        admin = engine.users[self.org.handle.admin_username.lower()]
        found = engine.retrieve(admin, object_name, record_id, list(fields), "64.0")
        return {name: found[name] for name in fields}

    @property
    def calls(self) -> int:
        """What the org has charged our user."""
        log = self.org.server.log
        return int(log.usage(org=self.org.handle.name, user=self.org.handle.username)["charged"])


@dataclass
class World:
    """Everything a job may touch, and what people on the other sides do."""

    simulator: SimulatorServer
    store: Store
    folder: Path
    warehouse_profile: WarehouseProfile
    merchants: dict[str, Merchant] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def clock(self) -> WorldClock:
        return WorldClock(self.simulator.clock)

    @property
    def warehouse(self) -> CsvDropWarehouse:
        options = CsvDropOptions.model_validate({"folder": self.folder, **self.options})
        return CsvDropWarehouse(options, self.warehouse_profile, clock=self.clock)

    @property
    def acme(self) -> Merchant:
        return self.merchants["acme"]

    def pass_time(self, **much: float) -> None:
        """Later."""
        self.simulator.clock.advance(timedelta(**much).total_seconds())

    def run(
        self,
        job: str,
        target: str | None = None,
        *,
        cart: object | None = None,
        warehouse: object | None = None,
        worker: str = "one",
        stopping: threading.Event | None = None,
    ) -> JobContext:
        """Run one job once for acme or the warehouse; what it counted and asks attention for."""
        ctx = self.context(job, target, worker=worker)
        ctx.stopping = stopping or ctx.stopping
        given_cart: Any = cart or ctx.cart
        given_warehouse: Any = warehouse or ctx.warehouse
        ctx.cart, ctx.warehouse = given_cart, given_warehouse
        return self.run_in(ctx)

    def run_in(self, ctx: JobContext) -> JobContext:
        """Run the job that the context was made for."""
        load(JOBS[ctx.job]).run(ctx)
        return ctx

    def context(self, job: str, target: str | None = None, *, worker: str = "one") -> JobContext:
        """What a run of the job gets, and a person who uses a part of it."""
        module: Job = load(JOBS[job])
        merchant = self.merchants[target or "acme"] if module.RUNS_PER == "cart" else None
        ctx = JobContext(
            job=job,
            target=merchant.name if merchant else "reno",
            clock=self.clock,
            store=self.store,
            log=structlog.get_logger(),
            worker=worker,
        )
        if merchant is not None:
            ctx.cart, ctx.cart_profile = merchant.cart.for_job(job), merchant.profile
        else:
            ctx.warehouse, ctx.warehouse_profile = self.warehouse, self.warehouse_profile
        return ctx

    def die_in(self, job: str, adapter: Mortal, target: str | None = None) -> None:
        """Run a job in a process that dies in it."""
        per_cart = load(JOBS[job]).RUNS_PER == "cart"
        cart, warehouse = (adapter, None) if per_cart else (None, adapter)
        try:
            self.run(job, target, cart=cart, warehouse=warehouse, worker="mortal")
        except Killed:
            return
        raise AssertionError(f"{job} survived")

    def round(self, *targets: str) -> None:
        """Every job of a whole round, in the order a day has them."""
        for target in targets or tuple(self.merchants):
            self.run("order_download", target)
        for job in ("order_delivery", "shipment_collection", "stock_collection"):
            self.run(job)
        for target in targets or tuple(self.merchants):
            self.run("shipment_upload", target)
            self.run("inventory_sync", target)

    def go_live(self, name: str = "acme", *, live_from: datetime | None = None) -> None:
        """A person says go."""
        with self.store.begin() as uow:
            uow.carts.go_live(name, at=self.clock.now(), live_from=live_from)

    def order(self, number: str, cart: str = "acme") -> StoredOrder:
        """The one order with that number."""
        with self.store.read() as uow:
            [found] = [o for o in uow.orders.by_number(number, cart) if o.order_number == number]
            return found

    def events(self, number: str, cart: str = "acme") -> list[str]:
        """What happened to the order, in words."""
        with self.store.read() as uow:
            return [event.event for event in uow.events.of(self.order(number, cart).order_id)]

    def at_warehouse(self, code: str = "ACME") -> list[Order]:
        """Every order the warehouse was ever given, wherever its file lies now."""
        files = sorted((self.folder / code).rglob("ord_*.csv"))
        return [order for file in files for order in read_orders(file.read_bytes())]

    def references(self, code: str = "ACME") -> list[str]:
        return [order.reference for order in self.at_warehouse(code)]

    def take_orders(self) -> None:
        """The warehouse takes its order files."""
        for path in self.folder.glob("*/orders/ord_*.csv"):
            path.rename(path.parents[1] / "archive" / path.name)

    def ship(
        self,
        reference: str,
        *rows: tuple[int, str, int, str],
        shipment: str = "S1",
        code: str = "ACME",
        complete: bool = False,
        moment: int = 1,
    ) -> None:
        """The warehouse reports a shipment: line, SKU, quantity and tracking number per row."""
        lines = [
            f"{reference},{line},{sku},{quantity},2026-11-23,UPS,Ground,{tracking},{number},,"
            f"{'Y' if complete else ''}"
            for number, (line, sku, quantity, tracking) in enumerate(
                rows or ((1, "MUG-1", 2, UPS_ONE),), start=1
            )
        ]
        name = f"shp_{shipment}_202611231730{moment:02}.csv"
        put(self.folder / code / "shipments" / name, *lines, heading=SHIPMENT_HEADING)

    def count(self, code: str = "ACME", *, at: datetime | None = None, **levels: int) -> None:
        """The warehouse reports its stock; ``MUG_1=5`` are five MUG-1."""
        at = at or self.clock.now()
        rows = [
            f"RNO,{sku.replace('_', '-')},{count},0,{count},,,{at:%Y-%m-%dT%H:%M:%SZ}"
            for sku, count in levels.items()
        ]
        number = next(_NUMBERS)
        name = f"inv_{number}_{at:%Y%m%d%H%M%S}.csv"
        put(self.folder / code / "stock" / name, *rows, heading=STOCK_HEADING)

    def add_merchant(
        self,
        name: str,
        *,
        page_size: int = 2000,
        is_sandbox: bool = False,
        filling: Filling = DEMO["globex"],
        order_fields: Mapping[str, Any] | None = None,
        description: dict[str, Any] | None = None,
        **profile: Any,
    ) -> Merchant:
        """A merchant with an org of its own, live, its workbook loaded."""
        description = description or load_description("globex")
        description["objects"]["Sales_Order__c"]["fields"].update(order_fields or {})
        description |= {"name": f"{name}{next(_NUMBERS)}", "is_sandbox": is_sandbox}
        handle = self.simulator.add_org(description)
        self._stack.callback(self.simulator.remove_org, handle.name)
        org = TestOrg(self.simulator, handle)
        cart = SalesforceCart(
            self._stack.enter_context(org.connection()), SalesforceCartOptions(page_size=page_size)
        )
        [account] = org.insert("Account", {"Name": "Buyer Ltd", **ADDRESS})
        whole = CartProfile(name, name, "org", (self.warehouse_profile,), **profile)
        self.merchants[name] = merchant = Merchant(name, org, cart, whole, account)
        self.load_workbook(name, filling)
        self.go_live(name)
        return merchant

    def load_workbook(self, name: str, filling: Filling) -> None:
        """Support staff load a workbook for a cart."""
        content, schema = loaded(filling, self.merchants[name].cart)
        with self.store.begin() as uow:
            uow.mappings.add_and_activate(
                cart=name,
                file_name="map.xlsx",
                content=content,
                schema_json=schema,
                loaded_at=self.clock.now(),
                loaded_by="test",
            )

    def reconfigure(self, **changes: Any) -> None:
        """Change the warehouse's configuration."""
        self.warehouse_profile = replace(self.warehouse_profile, **changes)
        for merchant in self.merchants.values():
            merchant.profile = replace(merchant.profile, warehouses=(self.warehouse_profile,))

    def close(self) -> None:
        self._stack.close()
        rules = [rule.id for rule in self.simulator.faults.all()]
        self.simulator.faults.remove(rules)


@contextmanager
def open_world(simulator: SimulatorServer, store: Store, folder: Path) -> Iterator[World]:
    """A world with acme in it, closed at the end."""
    if not simulator.clock.is_frozen:
        simulator.clock.freeze()
    simulator.clock.set(START)
    folder.mkdir(parents=True, exist_ok=True)
    world = World(simulator, store, folder, WarehouseProfile("reno", merchants=dict(CODES)))
    try:
        world.add_merchant("acme")
        yield world
    finally:
        world.close()


def change_filling(**changes: Any) -> Filling:
    """The workbook of these merchants with some of its sheets changed."""
    return replace(DEMO["globex"], **changes)
