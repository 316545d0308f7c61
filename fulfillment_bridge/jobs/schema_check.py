"""Whether the org still has every field that the cart's workbook needs.

Once a day each object on the workbook's paths is described again; what did not change costs the
org next to nothing. An optional field that is gone is left out of the orders' query from then
on. Where a needed one is gone, the job that needs it stops and says which cell to look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fulfillment_bridge.carts.base import Cart, DescribedAgain
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.org_schema import OrgObject, OrgSchema
from fulfillment_bridge.errors import Misconfigured
from fulfillment_bridge.jobs.base import JobContext, RunsPer
from fulfillment_bridge.jobs.known_drift import sentence, stored_form
from fulfillment_bridge.mapping.drift import REMEDY, Drift, drift
from fulfillment_bridge.mapping.preflight import schema_from_json
from fulfillment_bridge.mapping.schema_store import object_from_json, object_to_json
from fulfillment_bridge.mapping.workbook import read_workbook
from fulfillment_bridge.storage.mappings import MappingVersion
from fulfillment_bridge.storage.object_schemas import StoredObject

RUNS_PER: RunsPer = "cart"
EVERY_SECONDS = 86_400

READ_IN_FULL_AFTER = timedelta(days=7)
"""Orgs need not count a change of permissions as a change of an object."""


def run(ctx: JobContext) -> None:
    """Describe what may have changed, compare, and keep what is missing for the other jobs."""
    cart, profile = ctx.need_cart()
    version = _active_version(ctx)
    before = schema_from_json(version.schema_json)
    now = _schema_now(ctx, cart, before)
    found = drift(read_workbook(version.content), before, now)
    with ctx.store.begin() as uow:
        uow.object_schemas.store_drift(
            profile.name,
            version.mapping_version_id,
            [stored_form(each) for each in found],
            at=ctx.now(),
        )
    _tell(ctx, version, found)


def _active_version(ctx: JobContext) -> MappingVersion:
    with ctx.store.read() as uow:
        version = uow.mappings.active(ctx.target)
    if version is None:
        raise Misconfigured(
            f"cart {ctx.target} has no mapping workbook yet",
            remedy=f"Load a workbook: fulfillment-bridge mapping load FILE --cart {ctx.target}",
            code="no_workbook",
        )
    return version


def _schema_now(ctx: JobContext, cart: Cart, before: OrgSchema) -> OrgSchema:
    """The workbook's objects as they are now: what changed by the org, the rest as we knew it."""
    _, profile = ctx.need_cart()
    names = [known.name for known in before.objects.values()]
    with ctx.store.read() as uow:
        stored = uow.object_schemas.known(profile.connection, names)
    known_at = {name: _known_at(stored.get(name.lower()), now=ctx.now()) for name in names}
    answer = cart.describe_again(known_at)
    crash_point("schema_check.after_reading")
    _keep(ctx, names, answer)
    crash_point("schema_check.after_keeping")
    unchanged = [stored[name] for name in answer.unchanged]
    ctx.counts["objects"] = len(names)
    ctx.counts["unchanged"] = len(unchanged)
    return OrgSchema(
        objects={**answer.schema.objects, **_objects(unchanged)},
        organization_id=before.organization_id,
        default_currency=before.default_currency,
    )


def _known_at(stored: StoredObject | None, *, now: datetime) -> datetime | None:
    """Since when we know it; None where it shall be read in full."""
    if stored is None or stored.content is None:
        return None
    return stored.as_of if now - stored.read_at < READ_IN_FULL_AFTER else None


def _keep(ctx: JobContext, names: Iterable[str], answer: DescribedAgain) -> None:
    _, profile = ctx.need_cart()
    at = answer.as_of
    if at is None:
        return
    with ctx.store.begin() as uow:
        for name in names:
            if name.lower() in answer.unchanged:
                uow.object_schemas.confirm(profile.connection, name, at=at)
                continue
            known = answer.schema.object(name)
            content = object_to_json(known) if known else None
            uow.object_schemas.store(profile.connection, name, content, at=at)


def _objects(stored: Iterable[StoredObject]) -> dict[str, OrgObject]:
    return {
        each.object_name: object_from_json(each.content)
        for each in stored
        if each.content is not None
    }


def _tell(ctx: JobContext, version: MappingVersion, found: Iterable[Drift]) -> None:
    consequences = {
        "told": "work goes on",
        "left_out": "orders are read without it",
        "stops": "what needs it stands still",
    }
    told = dict.fromkeys((sentence(each), consequences[each.severity]) for each in found)
    for text, consequence in told:
        ctx.counts["changed"] += 1
        ctx.ask_for_attention(f"{version.file_name}, {text}; {consequence}. {REMEDY}")
