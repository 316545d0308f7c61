"""Tells what has stood still for too long, each with its orders and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from fulfillment_bridge.domain.ageing import AgeLimits, span
from fulfillment_bridge.domain.counting import named
from fulfillment_bridge.jobs.base import CartProfile, JobContext, RunsPer
from fulfillment_bridge.storage.ages import Aged
from fulfillment_bridge.storage.unit_of_work import UnitOfWork

RUNS_PER: RunsPer = "cart"
EVERY_SECONDS = 900

KINDS = ("new", "released", "at_warehouse", "unconfirmed", "held")


def run(ctx: JobContext) -> None:
    """Every alarm of one cart; asks no org."""
    with ctx.store.read() as uow:
        sentences = list(sentences_about(uow, ctx))
    for sentence in sentences:
        ctx.ask_for_attention(sentence)


def sentences_about(
    uow: UnitOfWork, ctx: JobContext, *, kinds: Collection[str] = KINDS
) -> Iterator[str]:
    """One sentence for each kind of alarm that rings."""
    _, profile = ctx.need_cart()
    yield from alarms(uow, profile, now=ctx.now(), kinds=kinds)


def alarms(
    uow: UnitOfWork, profile: CartProfile, *, now: datetime, kinds: Collection[str] = KINDS
) -> Iterator[str]:
    """The same, for whoever is in no run."""
    name, limits = profile.name, profile.age_limits
    # Orders of an org that the cart read before it moved are nobody's delay.
    organization_id = uow.connections.get(profile.connection).organization_id
    is_live = uow.carts.get(name).live_at is not None
    for kind in kinds:
        if kind == "new" and not is_live:
            continue  # nothing is to go before somebody says go
        before = now - timedelta(seconds=_limit(kind, limits))
        aged: list[Aged] = getattr(uow.ages, kind)(name, before, organization_id)
        if aged:
            yield _sentence(kind, profile, aged, span(_limit(kind, limits)))


def _limit(kind: str, limits: AgeLimits) -> int:
    return limits.new if kind == "released" else int(getattr(limits, kind))


def _sentence(kind: str, profile: CartProfile, aged: Sequence[Aged], limit: str) -> str:
    numbers = named([one.order_number for one in aged])
    many = f"{len(aged)} order" + ("s have" if len(aged) != 1 else " has")
    what, remedy = _WORDS[kind]
    remedy = remedy.format(cart=profile.name, number=aged[0].order_number)
    return (
        f"merchant {profile.merchant}: {many} {what} for more than {limit}, since "
        f"{aged[0].since:%F %H:%M}Z at the earliest ({numbers}). {remedy}"
    )


_WORDS = {
    "new": (
        "been new",
        "See why: fulfillment-bridge orders why {number} --cart {cart}; it may be older than the "
        "day the cart went live from.",
    ),
    "released": (
        "been waiting for the warehouse",
        "See fulfillment-bridge dead-letters list --cart {cart}, and whether order_delivery runs.",
    ),
    "at_warehouse": (
        "been at the warehouse without news",
        "Ask the warehouse; what it shipped without telling: fulfillment-bridge orders ship "
        "{number} --cart {cart} --tracking NUMBER --reason TEXT",
    ),
    "unconfirmed": (
        "been shipped without Salesforce showing it",
        "See fulfillment-bridge dead-letters list --cart {cart}, and whether shipment_upload runs.",
    ),
    "held": (
        "been held",
        "See fulfillment-bridge orders list --cart {cart} --state held",
    ),
}
