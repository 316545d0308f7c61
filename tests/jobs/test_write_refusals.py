"""Every code that a write can be refused with: what the person sees who has to act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fulfillment_bridge.salesforce.catalogue import explain
from fulfillment_bridge.simulator import declarations
from fulfillment_bridge.simulator.fields import field_from
from fulfillment_bridge.simulator.schema import SObject
from tests.jobs.test_schema_check import ORDER, our_user
from tests.jobs.world import World
from tests.warehouses.samples import UPS_ONE

Spoil = Callable[[World], None]
TRACKING = "Tracking_No__c"


def record_id(world: World) -> str:
    return world.order("1001").cart_order_id


def orders(world: World) -> SObject:
    known = world.acme.org.handle.org.schema.get(ORDER)
    assert known is not None
    return known


def change_field(world: World, name: str, **changes: Any) -> None:
    fields = orders(world).fields
    fields[name.lower()] = replace(fields[name.lower()], **changes)


def change_object(world: World, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(orders(world), name, value)


def too_long(world: World) -> None:
    change_field(world, TRACKING, length=5)


def hidden(world: World) -> None:
    our_user(world).hidden_fields.setdefault(ORDER, set()).add(TRACKING)


def read_only(world: World) -> None:
    our_user(world).read_only_fields.setdefault(ORDER, set()).add(TRACKING)


def picklist(world: World) -> None:
    spec = {"type": "picklist", "restricted": True, "values": ["UPS Ground"]}
    orders(world).fields["shipped_via__c"] = field_from("Shipped_Via__c", spec)


def unique(world: World) -> None:
    change_field(world, TRACKING, unique=True)
    world.acme.sell("1002", Tracking_No__c=UPS_ONE)


def validation(world: World) -> None:
    rule = {
        "when": f"NOT(ISBLANK({TRACKING}))",
        "message": "No tracking on Sundays.",
        "field": TRACKING,
    }
    change_object(
        world, validation_rules=tuple(declarations.validation_rules({"No_Sundays": rule}))
    )


def deleted(world: World) -> None:
    world.acme.delete(record_id(world))


def not_shared(world: World) -> None:
    settings = world.acme.org.handle.org.settings
    settings.read_only_records[our_user(world).username.lower()] = {record_id(world)}


def under_approval(world: World) -> None:
    world.acme.org.handle.org.settings.locked_records.add(record_id(world))


def row_says(code: str, text: str, *fields: str) -> Spoil:
    """The org answers the row of the write with this error."""

    def spoil(world: World) -> None:
        error = {"statusCode": code, "message": text, "fields": list(fields)}
        row = {"id": record_id(world), "success": False, "errors": [error]}
        part = {"body": [row], "httpHeaders": {}, "httpStatusCode": 200, "referenceId": "part0"}
        world.acme.org.fail(
            path="/composite",
            contains='"PATCH"',
            action="status",
            status=200,
            body={"compositeResponse": [part]},
        )

    return spoil


REFUSED: list[tuple[str, Spoil, str]] = [
    ("STRING_TOO_LONG", too_long, TRACKING),
    ("INVALID_FIELD_FOR_INSERT_UPDATE", read_only, TRACKING),
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", picklist, "Shipped_Via__c"),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", validation, TRACKING),
    ("DUPLICATE_VALUE", unique, TRACKING),
    ("INVALID_FIELD", hidden, TRACKING),
    ("ENTITY_IS_DELETED", deleted, ""),
    ("INSUFFICIENT_ACCESS_OR_READONLY", not_shared, ""),
    ("REQUIRED_FIELD_MISSING", row_says("REQUIRED_FIELD_MISSING",
     "Required fields are missing: [Shipped_Via__c]", "Shipped_Via__c"), "Shipped_Via__c"),
    ("DUPLICATES_DETECTED", row_says("DUPLICATES_DETECTED", "Use one of these records?"), ""),
    ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
     row_says("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
              "insufficient access rights on cross-reference id: 001D000000IRFma"), ""),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", row_says("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
     "OrderTrigger: execution of AfterUpdate caused by: System.NullPointerException"), ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "spoil", "field"), REFUSED, ids=[code for code, _, _ in REFUSED])
def test_a_refused_write_names_order_record_field_cell_and_remedy(
    shipped: World, code: str, spoil: Spoil, field: str
) -> None:
    """It is a dead letter, and whoever reads it knows what to do."""
    spoil(shipped)
    ctx = shipped.run("shipment_upload")
    assert ctx.counts["refused"] == 1
    [told] = ctx.attention
    assert told.startswith("order 1001: ")
    assert record_id(shipped) in told
    assert f"{code}: " in told
    if field:
        assert "workbook cell Shipment fields!B" in told
    remedy = explain(code).remedy
    assert f"What to do: {remedy}" in told
    with shipped.store.read() as uow:
        [dead] = uow.outbox.find(state="dead", limit=10)
    assert remedy in str(dead.last_error)


WAITED_FOR: list[tuple[str, Spoil]] = [
    ("ENTITY_IS_LOCKED", under_approval),
    ("UNABLE_TO_LOCK_ROW", row_says("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access")),
    ("STORAGE_LIMIT_EXCEEDED", row_says("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")),
]


@pytest.mark.parametrize(("code", "spoil"), WAITED_FOR, ids=[code for code, _ in WAITED_FOR])
def test_what_passes_is_tried_again_and_says_why_it_waits(
    shipped: World, code: str, spoil: Spoil
) -> None:
    """Nothing is lost; the message keeps the reason and what somebody could do."""
    spoil(shipped)
    ctx = shipped.run("shipment_upload")
    assert (ctx.counts["retried"], ctx.attention) == (1, [])
    with shipped.store.read() as uow:
        waiting = [one for one in uow.outbox.find(state="pending", limit=10) if one.last_error]
    said = {str(one.last_error) for one in waiting}
    assert len(said) == 1
    told = said.pop()
    assert f"{code}: " in told
    assert f"What to do: {explain(code).remedy}" in told
