"""What the last look at an org found missing of a cart's workbook, and which jobs that stops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from fulfillment_bridge.clock import is_time_again
from fulfillment_bridge.errors import Misconfigured
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.mapping.drift import REMEDY, Drift
from fulfillment_bridge.storage.mappings import MappingVersion
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

SCHEMA_CHECK = "schema_check"
CODE = "SCHEMA_DRIFT"
LOOK_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class KnownDrift:
    """``checked_at`` is None where nobody has looked yet since the workbook was loaded."""

    checked_at: datetime | None = None
    findings: tuple[Drift, ...] = ()

    @classmethod
    def of(cls, uow: UnitOfWork, cart: str, version: MappingVersion | None) -> KnownDrift:
        """What is known about this version of the cart's workbook; another's does not count."""
        stored = uow.object_schemas.drift(cart)
        if stored is None or version is None:
            return cls()
        if stored.mapping_version_id != version.mapping_version_id:
            return cls()
        return cls(stored.checked_at, tuple(Drift(**finding) for finding in stored.findings))

    @property
    def left_out(self) -> frozenset[tuple[str, str]]:
        """The columns that orders are read without."""
        return frozenset(each.key for each in self.findings if each.severity == "left_out")

    def stopping(self, job: str) -> tuple[Drift, ...]:
        """What this job cannot do without."""
        return tuple(
            each for each in self.findings if each.severity == "stops" and job in _jobs_of(each)
        )

    def refuse(self, ctx: JobContext) -> None:
        """Raise Misconfigured, naming the cells, where this job cannot do without what is gone."""
        if not self.stopping(ctx.job):
            return
        last, now = self.checked_at, ctx.now()
        if last is None or is_time_again(last, now=now, every=LOOK_AGAIN_AFTER):
            look_again(ctx)
        raise stopped(ctx.target, self.stopping(ctx.job))


def stopped(cart: str, findings: Iterable[Drift]) -> Misconfigured:
    """The error of a job that the org's changes have stopped."""
    lines = [sentence(each) for each in findings]
    first = lines[0] if len(lines) == 1 else "the org has changed under the workbook"
    return Misconfigured(
        f"cart {cart}: {first}",
        remedy=f"{REMEDY} Then: fulfillment-bridge run {SCHEMA_CHECK} --cart {cart}",
        code=CODE,
        problems=lines if len(lines) > 1 else (),
    )


def sentence(finding: Drift) -> str:
    """``Order fields!C7: Sale__c no longer has the field Note__c …``"""
    return f"{finding.place}: {finding.message}"


def look_again(ctx: JobContext) -> None:
    """Have the org's schema looked at as soon as a worker is free, where the service runs."""
    with ctx.store.begin() as uow:
        uow.schedule.make_due(SCHEMA_CHECK, ctx.target, at=ctx.now())


def stored_form(finding: Drift) -> dict[str, Any]:
    """As it is kept."""
    return asdict(finding)


def _jobs_of(finding: Drift) -> tuple[str, ...]:
    if finding.base == "inventory":
        return ("inventory_sync",)
    if finding.use == "write":
        return ("shipment_upload",)
    if finding.use == "marker":
        return ("order_download", "shipment_upload")
    return ("order_download",)
