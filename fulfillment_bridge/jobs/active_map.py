"""The workbook a cart works with now."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import Misconfigured
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.known_drift import KnownDrift
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.preflight import schema_from_json
from fulfillment_bridge.mapping.row_rules import has_relative_days
from fulfillment_bridge.mapping.workbook import Workbook, read_workbook
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.mappings import MappingVersion

MOST_WORKBOOKS = 64


@dataclass(frozen=True)
class ActiveMap:
    """A field map, which loaded workbook it is, and what the org has lost of it since."""

    mapping_version_id: int
    loaded_at: datetime
    field_map: FieldMap
    drift: KnownDrift


def map_for_run(ctx: JobContext) -> ActiveMap:
    """The workbook for this run.

    Misconfigured where none was loaded yet, or where the org no longer has what this job needs
    of it; the schema is then looked at again before long, so that a cure is noticed.
    """
    _, profile = ctx.need_cart()
    active = load_active_map(ctx.store, profile.name, now=ctx.now(), needs=profile.needs)
    active.drift.refuse(ctx)
    return active


def load_active_map(
    store: Store, cart: str, *, now: datetime, needs: WarehouseNeeds = NO_NEEDS
) -> ActiveMap:
    """The cart's active workbook, joined with the schema it was checked against.

    Its rules count days from ``now``; orders that lack what the warehouse ``needs`` are held.
    Misconfigured where none was loaded yet.
    """
    with store.read() as uow:
        version = uow.mappings.active(cart)
        drift = KnownDrift.of(uow, cart, version)
    if version is None:
        raise Misconfigured(
            f"cart {cart} has no mapping workbook yet",
            remedy=f"Load a workbook: fulfillment-bridge mapping load FILE --cart {cart}",
            code="no_workbook",
        )
    field_map = _field_map(version, drift.left_out, now, needs)
    return ActiveMap(version.mapping_version_id, version.loaded_at, field_map, drift)


def _field_map(
    version: MappingVersion,
    without: frozenset[tuple[str, str]],
    now: datetime,
    needs: WarehouseNeeds,
) -> FieldMap:
    """Joined once for all runs, but where the workbook means something else each day."""
    workbook = _read(version.content)
    if has_relative_days(workbook, lambda _base, _path: True):
        schema = schema_from_json(version.schema_json)
        return FieldMap(workbook, schema, without=without, now=now, needs=needs)
    return _joined(version.content, json.dumps(version.schema_json), without, needs)


@lru_cache(maxsize=MOST_WORKBOOKS)
def _joined(
    content: bytes, schema: str, without: frozenset[tuple[str, str]], needs: WarehouseNeeds
) -> FieldMap:
    """A field map never changes; checking the workbook against the schema costs most of a run."""
    found = schema_from_json(json.loads(schema))
    return FieldMap(_read(content), found, without=without, needs=needs)


@lru_cache(maxsize=MOST_WORKBOOKS)
def _read(content: bytes) -> Workbook:
    """Opening a spreadsheet costs more than the rest of an idle run; its bytes say all."""
    return read_workbook(content)
