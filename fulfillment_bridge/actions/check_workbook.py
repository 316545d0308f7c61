"""Check a workbook: against itself, against a describe dump, or against a cart's org."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fulfillment_bridge.actions.describe_org import describe_org
from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.clock import Clock, SystemClock
from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import Rejected
from fulfillment_bridge.mapping.contents import Workbook
from fulfillment_bridge.mapping.eaten_skus import sku_findings, sku_question
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.findings import Finding, faults_of
from fulfillment_bridge.mapping.layout import CART, RULES
from fulfillment_bridge.mapping.package import read_bytes
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.workbook import read_workbook


@dataclass(frozen=True)
class Checked:
    """The file, what it says, what is known of its org, and everything found."""

    content: bytes
    workbook: Workbook
    schema: OrgSchema | None
    findings: tuple[Finding, ...]


def check_workbook(
    source: Path | bytes,
    *,
    cart: Cart | None = None,
    schema: OrgSchema | None = None,
    clock: Clock | None = None,
    needs: WarehouseNeeds = NO_NEEDS,
) -> Checked:
    """Every fault and warning of a file. Rules may count days from what the clock says.

    ``needs`` is what the cart's warehouse asks.

    ``schema`` is what a dump says of the org. With a cart the org is asked: its describes, the
    order and inventory queries themselves, and the SKUs that the workbook names.
    """
    content = read_bytes(source)
    workbook = read_workbook(content)
    if cart is not None:
        schema = describe_org(workbook, cart)
    findings = check(workbook, schema, needs)
    if cart is not None and schema is not None:
        sound = not faults_of(findings)
        now = (clock or SystemClock()).now()
        findings += _asked(cart, workbook, schema, sound=sound, now=now)
    return Checked(content, workbook, schema, tuple(findings))


def _asked(
    cart: Cart,
    workbook: Workbook,
    schema: OrgSchema,
    *,
    sound: bool,
    now: datetime,
) -> Iterator[Finding]:
    """What only asking for records can tell; the queries need a workbook without a fault."""
    question = sku_question(workbook, schema)
    if question is not None:
        try:
            known = cart.find_values(
                question.object_name, question.field, question.values, question.beginnings
            )
        except Rejected as refused:
            yield Finding("warning", "SKU aliases", "", f"SKUs were not compared: {refused}")
        else:
            yield from sku_findings(question, known)
    if sound:
        field_map = FieldMap(workbook, schema, now=now)
        yield from _order_query(cart, field_map)
        yield from _inventory_query(cart, field_map)


def _order_query(cart: Cart, field_map: FieldMap) -> Iterator[Finding]:
    try:
        found = cart.find_newest_orders(field_map.order_query(), 1)
    except Rejected as refused:
        yield _refused(field_map, refused, CART, "the order query")
        return
    if not found:
        message = "just now no order of the org matches the rules that say ready"
        yield Finding("warning", RULES, "", message)


def _inventory_query(cart: Cart, field_map: FieldMap) -> Iterator[Finding]:
    query = field_map.inventory_query()
    if query is None:
        return
    try:
        records = next(iter(cart.fetch_inventory(query)), ())
    except Rejected as refused:
        yield _refused(field_map, refused, CART, "the inventory query")
        return
    if not records:
        place = field_map.cell_for_object(query.inventory_object) or CART
        sheet, _, cell = place.partition("!")
        message = f"our user sees no {query.inventory_object} record, so no stock can be shown"
        yield Finding("warning", sheet, cell, message)


def _refused(field_map: FieldMap, refused: Rejected, sheet: str, what: str) -> Finding:
    """The org's refusal, at the cell that asked for it where that can be told."""
    entity, column = getattr(refused, "entity", ""), getattr(refused, "column", "")
    place = None
    if column:
        place = field_map.cell_for(f"{entity}.{column}") or field_map.cell_for(column)
    place = place or field_map.cell_for_object(entity) or sheet
    sheet, _, cell = place.partition("!")
    story = refused.message
    if refused.raw and refused.raw not in story:
        story += f" ({refused.raw})"
    return Finding("fault", sheet, cell, f"the org refuses {what}: {story}", column)
