"""The org's data as the jobs would see it: orders that wait, what may be edited, inventory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from fulfillment_bridge.actions.connection_check import (
    Check,
    Doing,
    Step,
    Subject,
    failed,
    ok,
    warning,
)
from fulfillment_bridge.carts.base import AccessSeen, Found, InventorySeen, OrdersSeen, ReadyIds
from fulfillment_bridge.domain.counting import MOST_NAMED, counted, named
from fulfillment_bridge.domain.org_schema import InventoryQuery, OrderQuery, Record
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.jobs.refused_names import cell_named_by
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.storage.stock import WarehouseStock

SAMPLE = 200
"""Records whose access can be asked for at once."""
CLOCKS_MAY_DIFFER = timedelta(seconds=60)

_SHARE = (
    "If orders are missing: Setup > Permission Sets > the integration user's > Object Settings > "
    "the object > View All Records (or 'View All Data' under System Permissions)."
)
_EDITABLE = (
    "Share these records with the integration user for editing (Setup > Sharing Settings, or "
    "Modify All Records in its permission set > Object Settings). Records under an approval open "
    "up by themselves."
)
_ACTIVATED = (
    "Setup > Permission Sets > the integration user's > System Permissions: tick 'Edit Activated "
    "Orders'. Without it Salesforce refuses every write onto an activated order."
)


def data(subject: Subject, field_map: FieldMap, writes_orders: bool) -> Iterator[Step]:
    """Everything about records, in two calls."""
    query, inventory = field_map.order_query(), field_map.inventory_query()
    examiner = subject.cart.examiner()
    yield Doing("running the queries for orders")
    try:
        seen = examiner.look_at_orders(query, sample=SAMPLE)
    except BridgeError as problem:
        yield _refused("orders", "run the order query", problem, field_map)
        return
    yield from _orders(subject, field_map, query, seen)
    yield from _sight(seen.sees_everything)
    yield from clock_difference(subject, seen.server_time)
    yield Doing("asking what our user may edit, and for inventory")
    ids = _sample(subject, seen) if writes_orders else []
    try:
        access = examiner.look_at_access(query, ids, inventory)
    except BridgeError as problem:
        yield failed("access", "ask what our user may edit", problem)
        return
    if writes_orders:
        yield from _edit_access(query, ids, access)
    yield from _stock(subject, field_map, inventory, access.inventory)


def _orders(
    subject: Subject, field_map: FieldMap, query: OrderQuery, seen: OrdersSeen
) -> Iterator[Check]:
    parts: tuple[tuple[str, Found[tuple[Record, ...]]], ...] = (
        (f"the query for {query.order_object}", seen.sample),
        (f"the query for {query.line_object}", seen.lines),
        ("the query for canceled orders", seen.canceled),
        *((f"the query for {name}", found) for name, found in seen.children.items()),
    )
    refused = [(what, found) for what, found in parts if isinstance(found, BridgeError)]
    for what, problem in refused:
        yield _refused("orders", what, problem, field_map)
    if not refused:
        objects = [query.order_object, query.line_object, *seen.children]
        yield ok("orders", f"the real queries run: {', '.join(filter(None, objects))}")
    if isinstance(seen.ready, BridgeError):
        yield _refused("orders", "count the orders that are ready", seen.ready, field_map)
    else:
        yield ok("orders", _waiting_text(subject, query, seen.ready))


def _refused(check: str, what: str, problem: BridgeError, field_map: FieldMap) -> Check:
    cell = cell_named_by(field_map, problem)
    if cell:
        problem.message = f"{problem.message}. It was asked for by workbook cell {cell}"
    return failed(check, what, problem)


def _waiting_text(subject: Subject, query: OrderQuery, ready: ReadyIds) -> str:
    total = counted(ready.total, f"{query.order_object} record")
    if not ready.total:
        return "no order is ready in Salesforce at the moment"
    known = len(_known(subject, ready.ids))
    new = len(ready.ids) - known
    told = f"{total} ready in Salesforce: {new:,} to download, {known:,} downloaded before"
    if ready.total > len(ready.ids):
        told += f" (of the first {len(ready.ids):,})"
    return told


def _known(subject: Subject, ids: Sequence[str]) -> set[str]:
    with subject.store.read() as uow:
        return set(uow.orders.by_cart_order_ids(subject.cart_name, ids))


def _sample(subject: Subject, seen: OrdersSeen) -> list[str]:
    """Orders to ask about: those that wait first, then others that are ready."""
    ids = () if isinstance(seen.ready, BridgeError) else seen.ready.ids
    known = _known(subject, ids)
    return sorted(ids, key=lambda each: each in known)[:SAMPLE]


def _sight(sees_everything: Found[bool]) -> Iterator[Check]:
    if sees_everything is True:
        yield ok("sight", "our user sees every record ('View All Data')")
    elif sees_everything is False:
        yield warning(
            "sight",
            "our user has no 'View All Data': it sees, and we download, only what is shared with "
            "it. An order that nobody shares with it looks as if it were not there",
            _SHARE,
        )
    elif isinstance(sees_everything, BridgeError):
        yield warning("sight", "whether our user sees every record could not be found out", _SHARE)


def _edit_access(query: OrderQuery, ids: Sequence[str], access: AccessSeen) -> Iterator[Check]:
    if not ids:
        yield ok("access", "no order is ready, so edit access was not tried on one")
        return
    if isinstance(access.editable, BridgeError):
        yield failed("access", "ask which orders our user may edit", access.editable)
    else:
        yield _editable(query, ids, {key for key, may in access.editable.items() if may})
    yield from _activated(access)


def _editable(query: OrderQuery, ids: Sequence[str], editable: set[str]) -> Check:
    refused = [each for each in ids if each not in editable]
    if not refused:
        what = counted(len(ids), f"{query.order_object} record")
        return ok("access", f"our user may edit all of a sample of {what}")
    return Check(
        "access",
        "failed",
        f"our user may not edit {len(refused):,} of a sample of {len(ids):,} "
        f"{query.order_object} records: {named(refused)}; nothing can be written back to them",
        _EDITABLE,
    )


def _activated(access: AccessSeen) -> Iterator[Check]:
    """Only standard orders are activated."""
    if access.edits_activated is True:
        yield ok("access", "our user may edit activated orders ('Edit Activated Orders')")
    elif access.edits_activated is False:
        what = "our user has no 'Edit Activated Orders'"
        if access.activated is True:
            yield Check("access", "failed", f"{what}, and orders are activated", _ACTIVATED)
        else:
            yield warning("access", f"{what}; orders in the sample are not activated", _ACTIVATED)
    elif isinstance(access.edits_activated, BridgeError):
        yield warning(
            "access",
            "whether our user may edit activated orders could not be found out",
            _ACTIVATED,
        )


def clock_difference(subject: Subject, server_time: datetime | None) -> Iterator[Check]:
    """The org's clock and ours. The cursor of a download goes by the org's; signing by ours."""
    if server_time is None:
        return
    difference = subject.clock.now() - server_time
    seconds = abs(int(difference.total_seconds()))
    if abs(difference) <= CLOCKS_MAY_DIFFER:
        yield ok("clock", f"this machine's clock and the org's differ by {seconds} s")
        return
    ahead = "ahead of" if difference > timedelta() else "behind"
    yield warning(
        "clock",
        f"this machine's clock is {seconds} s {ahead} the org's. No order is lost by that, but "
        "login: jwt fails from three minutes on",
        "Set it by a time server: timedatectl set-ntp true",
    )


def _stock(
    subject: Subject,
    field_map: FieldMap,
    query: InventoryQuery | None,
    seen: Found[InventorySeen] | None,
) -> Iterator[Check]:
    if query is None or seen is None:
        yield ok("inventory", "inventory is not mapped, so stock is not published")
    elif isinstance(seen, BridgeError):
        yield _refused("inventory", f"the query for {query.inventory_object}", seen, field_map)
    elif not seen.records:
        yield warning(
            "inventory",
            f"our user sees no {query.inventory_object} record",
            "Create one per SKU in Salesforce, even with 0: the bridge never creates any. If there "
            "are some, share them with our user, and look at the inventory rows of sheet Rules.",
        )
    else:
        total = counted(seen.total, f"{query.inventory_object} record")
        yield ok("inventory", f"{total} can be updated with stock levels")
        yield from _keys(subject, field_map, seen.records[:SAMPLE])


def _keys(subject: Subject, field_map: FieldMap, records: Sequence[Record]) -> Iterator[Check]:
    """A sample of keys against each other and against what the warehouses counted."""
    keys = [field_map.stock_key(record) for record in records]
    given = [key for key in keys if key is not None]
    if len(given) < len(keys):
        number = len(keys) - len(given)
        yield warning(
            "inventory",
            f"{number:,} of a sample of {len(keys):,} inventory records have no SKU (or no "
            "warehouse), so they are never updated",
            "Fill these fields in Salesforce, or correct their cells in the sheet Inventory "
            "fields.",
        )
    times = Counter((key.salesforce_sku, key.warehouse_code) for key in given)
    twice = sorted(sku for (sku, _), count in times.items() if count > 1)
    if twice:
        yield warning(
            "inventory",
            f"several records have the same SKU: {named(twice)}; all of them get its level",
            "Keep one record per SKU (and warehouse), or add an inventory row to the sheet Rules "
            "that leaves the others out.",
        )
    with subject.store.read() as uow:
        stock = uow.stock.levels(subject.merchant, subject.warehouses)
    yield _compared(sorted({key.warehouse_sku for key in given}), list(stock.values()), subject)


def _compared(skus: Sequence[str], stock: Sequence[WarehouseStock], subject: Subject) -> Check:
    if not stock:
        which = ", ".join(subject.warehouses)
        return ok("inventory", f"{which} sent no stock yet, so SKUs were not compared with any")
    counted_skus = {sku for each in stock for sku in each.levels}
    strange = [sku for sku in skus if sku not in counted_skus]
    if not strange:
        return ok("inventory", f"the warehouses count all {len(skus):,} SKUs of a sample")
    what = (
        f"the warehouses count {len(skus) - len(strange):,} of {len(skus):,} SKUs of a sample, "
        f"not: {named(strange)}"
    )
    remedy = (
        "Goods that the warehouse does not have keep the level they show. If it has them under "
        "another code, add rows to the sheet SKU aliases."
    )
    if len(strange) < len(skus):
        return warning("inventory", what, remedy)
    examples = named(sorted(counted_skus)[:MOST_NAMED])
    return Check(
        "inventory",
        "failed",
        f"none of {len(skus):,} SKUs of a sample is one that the warehouses count: "
        f"{named(strange)} in Salesforce, {examples} at the warehouse",
        "Does the row SKU of the sheet Inventory fields name the field that holds the warehouse's "
        "code? If the codes differ, use the sheet SKU aliases.",
    )
