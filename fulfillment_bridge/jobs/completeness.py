"""Are all ready orders of the org here? Counts per day, then ids where the counts differ."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from fulfillment_bridge.carts.base import OrgIdentity, ReadyCounts
from fulfillment_bridge.domain.counting import named
from fulfillment_bridge.domain.org_schema import Stretch
from fulfillment_bridge.jobs.active_map import ActiveMap
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.looking_again import fetch_and_take_in
from fulfillment_bridge.jobs.order_intake import OrderIntake
from fulfillment_bridge.storage.proofs import KnownOrder

DAYS_COUNTED = 35
IDS_IN_A_PAGE = 1_800
"""A little less than a page: the org may have orders that we do not know."""
MOST_STRETCHES = 15
"""Three calls of five pages."""
PARTS_OF_A_SWEEP = 7


@dataclass
class Found:
    """Complete up to ``until``, unless there are reasons; how far the sweep by ids has come."""

    until: datetime | None = None
    reasons: list[str] = field(default_factory=list)
    swept: Mapping[str, str] = field(default_factory=dict)


class Completeness:
    """One comparison of a cart with its org."""

    def __init__(self, ctx: JobContext, active: ActiveMap, identity: OrgIdentity) -> None:
        self._ctx = ctx
        self._cart, self._profile = ctx.need_cart()
        self._query = active.field_map.order_query()
        self._intake = OrderIntake(ctx, active, identity)
        self._organization_id = identity.organization_id

    def compare(self) -> Found:
        """Count, look where it differs, sweep a part of all ids, take in what is missing."""
        with self._ctx.store.read() as uow:
            read_until = uow.cursors.get(self._profile.name).read_until
            last = uow.proofs.get(self._profile.name)
        if read_until is None:
            never = "its orders were never read: fulfillment-bridge run order_download"
            return Found(reasons=[f"{never} --cart {self._profile.name}"])
        # What is younger may still be on its way into a poll.
        until = read_until - timedelta(seconds=self._profile.overlap_seconds)
        found = Found(until=until, swept=dict(last.swept) if last else {})
        since = self._ctx.since or until - timedelta(days=DAYS_COUNTED)
        stretches = self._by_days(since, until, found)
        if self._ctx.since is None:
            stretches += self._by_ids(found)
        self._look(stretches, found)
        return found

    def _by_days(self, since: datetime, until: datetime, found: Found) -> list[Stretch]:
        """The stretches of days whose counts differ; with ``--since`` all of them."""
        if since >= until:
            return []
        counts = self._cart.count_ready(self._query, since, until)
        ours = self._ours_by_day(since, until, counts)
        days = counts.by_day.keys() | ours.keys()
        differing = {day for day in days if counts.by_day.get(day, 0) != ours.get(day, 0)}
        self._ctx.count("days_that_differ", len(differing))
        wanted = days if self._ctx.since else differing
        stretches = _joined(sorted(wanted), counts.by_day, since, until)
        if self._ctx.since is None and len(stretches) > MOST_STRETCHES:
            left = f"{stretches[MOST_STRETCHES].since:%F}"
            found.reasons.append(
                f"too many days differ to look at all of them at once, from {left} on: "
                f"fulfillment-bridge run reconciliation --cart {self._profile.name} --since {left}"
            )
            del stretches[MOST_STRETCHES:]
        return stretches

    def _ours_by_day(
        self, since: datetime, until: datetime, counts: ReadyCounts
    ) -> Mapping[date, int]:
        """Our orders that the org should count too, by the day of the stamp we saw."""
        with self._ctx.store.read() as uow:
            known = uow.proofs.orders_between(
                self._profile.name, self._organization_id, since, until
            )
        return Counter(
            order.modstamp.astimezone(UTC).date()
            for order in known
            if _should_count(order) and order.cart_order_id not in counts.changed_since
        )

    def _by_ids(self, found: Found) -> list[Stretch]:
        """The next seventh of all ids, from where the last sweep ended."""
        with self._ctx.store.read() as uow:
            ids = uow.proofs.record_ids(self._profile.name, self._organization_id)
        position = found.swept.get("position", "")
        first = bisect_left(ids, position) if position else 0
        end = first + -(-len(ids) // PARTS_OF_A_SWEEP)
        is_last = end >= len(ids)
        bounds = [position or None, *ids[first + IDS_IN_A_PAGE : end : IDS_IN_A_PAGE]]
        bounds.append(None if is_last else ids[end])
        done = {"round_ended_at": self._ctx.now().isoformat()} if is_last else {}
        found.swept = {**found.swept, **done, "position": "" if is_last else ids[end]}
        return [Stretch(id_from=start, id_until=stop) for start, stop in pairwise(bounds)]

    def _look(self, stretches: Sequence[Stretch], found: Found) -> None:
        """Compare ids and stamps, and read what we miss or know in an older state."""
        if not stretches:
            return
        seen: dict[str, datetime] = {}
        for stamps in self._cart.fetch_ready_stamps(self._query, stretches):
            seen.update((stamp.record_id, stamp.modstamp) for stamp in stamps)
        unknown = self._unknown(seen)
        stale = self._stale(seen, found.until) if found.until else set()
        self._ctx.count("ids_compared", len(seen))
        fetch_and_take_in(self._ctx, self._cart, self._query, unknown | stale, self._intake)
        taken_in = unknown - self._unknown(unknown)
        self._ctx.count("missing", len(taken_in))
        self._ctx.count("read_again", len(stale))
        if taken_in:
            count = len(taken_in)
            what = "1 order was" if count == 1 else f"{count} orders were"
            self._ctx.ask_for_attention(
                f"{what} missing here, now taken in: {named(sorted(taken_in))}"
            )

    def _unknown(self, ids: Collection[str]) -> set[str]:
        with self._ctx.store.read() as uow:
            return set(ids) - uow.ledger.known(self._organization_id, ids).keys()

    def _stale(self, seen: Mapping[str, datetime], until: datetime) -> set[str]:
        """Orders of ours that changed before the time of the proof without our having seen it."""
        with self._ctx.store.read() as uow:
            ours = uow.proofs.stamps(self._profile.name, self._organization_id, seen)
        return {key for key, modstamp in ours.items() if modstamp < seen[key] and seen[key] < until}


def _should_count(order: KnownOrder) -> bool:
    return order.state != "canceled" and not order.is_unready


def _joined(
    days: Sequence[date], counts: Mapping[date, int], since: datetime, until: datetime
) -> list[Stretch]:
    """Days as stretches of about a page each; neighbors go together while they fit."""
    found: list[Stretch] = []
    filled = 0
    for day in days:
        start = datetime.combine(day, datetime.min.time(), UTC)
        end = min(start + timedelta(days=1), until)
        start, many = max(start, since), counts.get(day, 0)
        if found and found[-1].until == start and filled + many <= IDS_IN_A_PAGE:
            found[-1] = Stretch(found[-1].since, end)
            filled += many
        else:
            found.append(Stretch(start, end))
            filled = many
    return found
