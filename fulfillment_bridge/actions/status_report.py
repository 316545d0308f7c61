"""What is going on, in one document: carts, connections, warehouses, jobs, what needs attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.domain.counting import counted
from fulfillment_bridge.jobs.age_check import alarms
from fulfillment_bridge.jobs.base import CartProfile
from fulfillment_bridge.storage.connections import StoredConnection
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.runs import Run
from fulfillment_bridge.storage.schedule import ScheduleRow
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

SOAP_LOGIN_ENDS_AT = datetime.fromisoformat("2027-06-01T00:00:00+00:00")
"""Salesforce retires SOAP login() for every API version with Summer '27."""

SOAP_REMEDY = (
    "Setup › External Client App Manager › New: enable OAuth and the client credentials flow, "
    "choose the integration user as Run As; then set login: client_credentials, consumer_key and "
    "consumer_secret, and the org's My Domain as host."
)
"""How to move a connection away from SOAP login."""

LEAST_OVERDUE = timedelta(minutes=10)
"""A job that runs every minute may be a few minutes late."""

AGE_CHECK = "age_check"
WAITS_ALLOWED = 3
"""Orgs are down for a moment now and then."""


@dataclass(frozen=True)
class Configured:
    """The names that the configuration knows."""

    carts: Mapping[str, str]
    """Cart to connection."""
    soap_connections: Sequence[str]
    connections: Sequence[str]
    warehouses: Sequence[str]
    profiles: Sequence[CartProfile] = ()
    """What the alarms of each cart need."""


def soap_days_left(now: datetime) -> int:
    """Whole days until SOAP login is gone; 0 once it is."""
    return max(0, (SOAP_LOGIN_ENDS_AT - now).days)


def status_report(store: Store, clock: Clock, configured: Configured) -> dict[str, Any]:
    """Everything ``status`` shows, JSON-ready (times stay aware datetimes)."""
    now = clock.now()
    with store.read() as uow:
        report = {
            "at": now,
            "carts": [_cart(uow, cart) for cart in configured.carts],
            "connections": [_connection(uow, name, now) for name in configured.connections],
            "warehouses": [_warehouse(uow, name) for name in configured.warehouses],
            "jobs": _jobs(uow),
            "messages": uow.outbox.counts(),
        }
        report["attention"] = _attention(uow, report, configured)
    soap = soap_notices(configured.soap_connections, now, steps=SOAP_REMEDY)
    report["notices"] = [*_pauses(report), *soap]
    return report


def soap_notices(connections: Sequence[str], now: datetime, *, steps: str = "") -> list[str]:
    """One sentence for all connections that still use SOAP login; none where none does."""
    if not connections:
        return []
    which = "connection" if len(connections) == 1 else "connections"
    how = f": {steps}" if steps else ""
    return [
        f"{which} {', '.join(connections)}: SOAP login is retired on 2027-06-01, in "
        f"{counted(soap_days_left(now), 'day')}; move to OAuth client credentials "
        f"(External Client App) before{how}"
    ]


def _pauses(report: Mapping[str, Any]) -> list[str]:
    """What stands still because a person said so."""
    found = []
    for kind in ("cart", "connection", "warehouse"):
        for row in report[f"{kind}s"]:
            if row["paused_at"] is None:
                continue
            why = f" ({row['pause_reason']})" if row.get("pause_reason") else ""
            found.append(
                f"{kind} {row[kind]} has been paused since {row['paused_at']:%F %T}Z{why}: "
                f"fulfillment-bridge {kind}s resume {row[kind]}"
            )
    return found


def _cart(uow: UnitOfWork, name: str) -> dict[str, Any]:
    switches = uow.carts.get(name)
    mapping = uow.mappings.active(name)
    return {
        "cart": name,
        "live_at": switches.live_at,
        "paused_at": switches.paused_at,
        "pause_reason": switches.pause_reason,
        "mapping_version_id": mapping.mapping_version_id if mapping else None,
        "orders": uow.stories.counts().get(name, {}),
        "read_until": uow.cursors.get(name).read_until,
        "proof": _proof(uow, name),
        "stock_without_record": [row.sku for row in uow.stock.without_record(name)],
    }


def _proof(uow: UnitOfWork, cart: str) -> dict[str, Any]:
    """Up to when the cart is proved complete, as far as whom, or why not."""
    proof = uow.proofs.get(cart)
    if proof is None:
        how = f"fulfillment-bridge run reconciliation --cart {cart}"
        return {"complete_until": None, "text": f"not proved complete yet: {how}"}
    return {
        "complete_until": proof.complete_until,
        "checked_at": proof.checked_at,
        "username": proof.username,
        "reasons": list(proof.reasons),
        "text": proof.text(),
    }


def _connection(uow: UnitOfWork, name: str, now: datetime) -> dict[str, Any]:
    stored = uow.connections.get(name)
    return {
        "connection": name,
        "organization_id": stored.organization_id,
        "organization_name": stored.organization_name,
        "is_sandbox": stored.is_sandbox,
        "username": stored.username,
        "state": _connection_state(stored),
        "paused_at": stored.paused_at,
        "api_used": stored.api_used,
        "api_limit": stored.api_limit,
        "calls_24h": uow.connections.calls_by_job(name, since=now - timedelta(hours=24)),
    }


def _connection_state(stored: StoredConnection) -> str:
    if stored.suspended_at:
        return "suspended"
    if stored.paused_at:
        return "paused"
    return "ok" if stored.organization_id else "never used"


def _warehouse(uow: UnitOfWork, name: str) -> dict[str, Any]:
    switches = uow.warehouses.get(name)
    return {
        "warehouse": name,
        "paused_at": switches.paused_at,
        "pause_reason": switches.pause_reason,
        "oldest_message_at": uow.outbox.oldest_pending(f"warehouse:{name}"),
    }


def _jobs(uow: UnitOfWork) -> list[dict[str, Any]]:
    rows = []
    for scheduled in uow.schedule.find():
        last = uow.runs.latest(scheduled.job, scheduled.target)
        rows.append(
            {
                "job": scheduled.job,
                "target": scheduled.target,
                "every_seconds": scheduled.every_seconds or None,
                "due_at": scheduled.due_at if scheduled.every_seconds else None,
                "running": scheduled.lease_owner is not None,
                "failures": scheduled.failures,
                "last_outcome": last.outcome if last else None,
                "last_finished_at": last.finished_at if last else None,
                "last_counts": dict(last.counts) if last else {},
            }
        )
    return rows


def _attention(uow: UnitOfWork, report: Mapping[str, Any], configured: Configured) -> list[str]:
    """One sentence for each thing a person must look at, the gravest first."""
    found = [*_suspended(uow, configured), *_stuck_messages(uow)]
    for scheduled in uow.schedule.find():
        last = uow.runs.latest(scheduled.job, scheduled.target)
        found += _of_job(scheduled, last, overdue=_overdue(uow, scheduled, report["at"]))
    for profile in configured.profiles:
        found += alarms(uow, profile, now=report["at"])
    for cart in report["carts"]:
        found += _cart_attention(cart)
    return list(dict.fromkeys(found))


def _suspended(uow: UnitOfWork, configured: Configured) -> list[str]:
    found = []
    for name in configured.connections:
        stored = uow.connections.get(name)
        if stored.suspended_at:
            found.append(
                f"connection {name} is suspended: {_without(name, stored.suspended_message)} "
                f"What to do: {stored.suspended_remedy} "
                f"Then: fulfillment-bridge connections resume {name}"
            )
    return found


def _without(connection: str, message: str | None) -> str:
    """The message without the connection's name at its beginning, which stands there already."""
    return (message or "").removeprefix(f"{connection}: ")


def _stuck_messages(uow: UnitOfWork) -> list[str]:
    found = []
    for state, meaning in (("dead", "was refused"), ("unknown", "has an unknown outcome")):
        for message in uow.outbox.find(state=state, limit=20):
            order = uow.orders.get(message.order_id)
            found.append(
                f"order {order.order_number} of {order.cart}: the message to "
                f"{message.destination} {meaning}: {message.last_error}"
            )
    return found


def _of_job(scheduled: ScheduleRow, last: Run | None, *, overdue: datetime | None) -> list[str]:
    """What its last run complained of, and that none has succeeded for long, in one sentence."""
    complaints = _run_attention(last, scheduled.failures) if last else []
    if last and last.error and complaints:
        since = f" (no successful run since {overdue:%F %H:%M}Z)" if overdue else ""
        return [f"{complaint}{since}" for complaint in complaints]
    if scheduled.job == AGE_CHECK:
        complaints = []  # what it found is looked at anew
    if overdue is None:
        return complaints
    return [
        *complaints,
        f"{scheduled.job} {scheduled.target} has had no successful run since {overdue:%F %H:%M}Z, "
        f"and should run every {scheduled.every_seconds} s. See whether `serve` runs; at once: "
        f"fulfillment-bridge run {scheduled.job}",
    ]


def _overdue(uow: UnitOfWork, scheduled: ScheduleRow, now: datetime) -> datetime | None:
    """Since when a job has not succeeded, for two of its intervals at least; None for one that
    was never tried."""
    if not scheduled.every_seconds:
        return None
    tried = uow.runs.latest(scheduled.job, scheduled.target)
    good = [uow.runs.latest(scheduled.job, scheduled.target, outcome=outcome)
            for outcome in ("ok", "attention")]  # fmt: skip
    ended = [run.finished_at for run in good if run is not None and run.finished_at is not None]
    since = max(ended, default=tried.started_at if tried else None)
    limit = timedelta(seconds=2 * scheduled.every_seconds)
    if since is None or now - since <= max(limit, LEAST_OVERDUE):
        return None
    return since


def _run_attention(last: Run, failures: int) -> list[str]:
    """What a run complained of. Waiting is no complaint before it has gone on for some time."""
    place = f"{last.job} {last.target}"
    if last.outcome == "waiting" and last.error and failures >= WAITS_ALLOWED:
        message = last.error.get("message")
        return [f"{place} has had to wait {failures} times in a row: {message}"]
    if last.outcome == "failed" and last.error:
        remedy = last.error.get("remedy") or ""
        what = f"{place} failed: {last.error.get('message')}"
        return [f"{what} What to do: {remedy}" if remedy else what]
    return [f"{place}: {text}" for text in last.attention]


def _cart_attention(cart: Mapping[str, Any]) -> list[str]:
    name = cart["cart"]
    found = []
    if cart["mapping_version_id"] is None:
        found.append(
            f"cart {name} has no workbook: fulfillment-bridge mapping load FILE --cart {name}"
        )
    elif cart["live_at"] is None:
        found.append(f"cart {name} is not live: fulfillment-bridge carts go-live {name}")
    held = cart["orders"].get("held", 0)
    if held:
        what = "1 order is" if held == 1 else f"{held} orders are"
        found.append(
            f"cart {name}: {what} held: fulfillment-bridge orders list --cart {name} --state held"
        )
    return found
