"""Test a cart's connection: log in, look at the org, and try what the workbook needs.

Changes nothing in the org, and stops at the first thing without which nothing else can work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Literal

from fulfillment_bridge.actions.describe_org import describe_org
from fulfillment_bridge.actions.status_report import soap_notices
from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.clock import Clock
from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.errors import BridgeError, Suspended
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.findings import faults_of
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.workbook import Workbook
from fulfillment_bridge.storage.database import Store

Mark = Literal["ok", "warning", "failed"]
MOST_PAGES = 2
"""Counting waiting orders costs a call per 2,000; "more than" is answer enough after that."""


@dataclass(frozen=True)
class Check:
    """One line of the checklist; ``remedy`` where it is not ok, ``raw`` what the org said."""

    mark: Mark
    what: str
    remedy: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Subject:
    """What is tested: a cart over its connection, with a workbook if there is one."""

    cart_name: str
    connection: str
    login: str
    cart: Cart
    workbook: Workbook | None


def check_connection(store: Store, clock: Clock, subject: Subject) -> Iterator[Check]:
    """The checklist, line by line as it is worked through; at most 15 API calls."""
    yield from _suspension(store, subject.connection)
    try:
        identity = subject.cart.identity()
    except BridgeError as problem:
        yield _login_failed(problem, subject.connection)
        return
    kind = "a sandbox" if identity.is_sandbox else "production"
    where = f"{identity.organization_name} ({identity.organization_id}, {kind})"
    yield Check("ok", f"logged in as {identity.username} to {where} at {identity.base_url}")
    if subject.login == "soap":
        (notice,) = soap_notices([subject.connection], clock.now())
        yield Check("warning", notice, SOAP_REMEDY)
    yield from _workbook_checks(subject, clock.now())
    yield from _usage(store, subject.connection)


def _suspension(store: Store, name: str) -> Iterator[Check]:
    """A refused login is not repeated: that is how users get locked out."""
    with store.read() as uow:
        suspended_at = uow.connections.get(name).suspended_at
    if suspended_at is not None:
        yield Check(
            "warning",
            f"connection {name} has been suspended since {suspended_at:%F %T}Z; it logs in again "
            "only with other credentials, or once it is resumed",
            f"fulfillment-bridge connections resume {name}",
        )


def _login_failed(problem: BridgeError, connection: str) -> Check:
    check = failed("log in", problem)
    if not isinstance(problem, Suspended):
        return check
    then = (
        "The connection is suspended until then. Changed credentials are tried by themselves; "
        f"if the change was made in Salesforce: fulfillment-bridge connections resume {connection}"
    )
    return replace(check, remedy=f"{check.remedy} {then}".strip())


SOAP_REMEDY = (
    "Setup › External Client App Manager › New: enable OAuth and the client credentials flow, "
    "choose the integration user as Run As; then set login: client_credentials, consumer_key and "
    "consumer_secret, and the org's My Domain as host."
)


def _workbook_checks(subject: Subject, now: datetime) -> Iterator[Check]:
    if subject.workbook is None:
        remedy = f"fulfillment-bridge mapping load FILE --cart {subject.cart_name}"
        yield Check("warning", "no workbook is loaded, so no field was checked", remedy)
        return
    try:
        schema = describe_org(subject.workbook, subject.cart)
    except BridgeError as problem:
        yield failed("describe the workbook's objects", problem)
        return
    findings = check(subject.workbook, schema)
    for finding in findings:
        yield Check("failed" if finding.severity == "fault" else "warning", finding.text())
    if faults_of(findings):
        return
    yield Check("ok", f"workbook: every object and field is there ({len(schema.objects)} objects)")
    yield from _data_checks(subject.cart, FieldMap(subject.workbook, schema, now=now), schema)


def _data_checks(cart: Cart, field_map: FieldMap, schema: OrgSchema) -> Iterator[Check]:
    query = field_map.order_query()
    try:
        pages = list(islice(cart.fetch_ready_ids(query), MOST_PAGES + 1))
        count = sum(len(page) for page in pages)
        more = "more than " if len(pages) > MOST_PAGES else ""
        yield Check("ok", f"orders: {more}{count} {query.order_object} records are ready")
    except BridgeError as problem:
        yield failed("run the order query", problem)
    inventory = field_map.inventory_query()
    if inventory is None:
        yield Check("ok", "inventory: not mapped, so stock is not published")
        return
    try:
        records = next(iter(cart.fetch_inventory(inventory)), ())
    except BridgeError as problem:
        yield failed("read the inventory records", problem)
        return
    if records:
        yield Check("ok", f"inventory: {len(records)} or more {inventory.inventory_object} records")
    else:
        yield Check(
            "warning",
            f"inventory: our user sees no {inventory.inventory_object} record",
            "Create one per SKU in Salesforce, even with 0: the bridge never creates any.",
        )


def _usage(store: Store, connection: str) -> Iterator[Check]:
    with store.read() as uow:
        stored = uow.connections.get(connection)
    if stored.api_limit is None or stored.api_used is None:
        return
    left = stored.api_limit - stored.api_used
    what = f"API calls: {left} of {stored.api_limit} left in the org's 24 hours"
    if left * 10 < stored.api_limit:
        yield Check("warning", what, "Other programs use this org too; look at Setup › API Usage.")
    else:
        yield Check("ok", what)


def failed(doing: str, problem: BridgeError) -> Check:
    """The line for something that did not work."""
    raw = "" if problem.raw in problem.message else problem.raw
    what = "; ".join((problem.message, *problem.problems))
    return Check("failed", f"{doing}: {what}", problem.remedy, raw)
