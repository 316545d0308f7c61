"""What of the news about orders the org shows already: compared before it is written again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.domain.org_schema import ChildUpsert, RecordUpdate
from fulfillment_bridge.jobs.order_news import OrderNews
from fulfillment_bridge.jobs.shown_values import shows

Write = TypeVar("Write", RecordUpdate, ChildUpsert)


class Shown:
    """The records that some news is about, as they are in the org now."""

    def __init__(self, cart: Cart, every: Sequence[OrderNews]) -> None:
        updates = [each for news in every for each in (*_order_of(news), *news.lines)]
        parcels = [each for news in every for each in news.packages]
        self._records = {
            name: cart.fetch_records(name, [each.record_id for each in own], _paths(own))
            for name, own in _by_object(updates).items()
        }
        self._parcels = {
            name: cart.fetch_children(
                name,
                own[0].external_id_field,
                [each.external_id for each in own],
                _paths(own),
            )
            for name, own in _by_object(parcels).items()
        }

    def still_to_write(self, news: OrderNews) -> OrderNews:
        """The news without what stands there already."""
        return replace(
            news,
            update=None if news.update and self._shows(news.update) else news.update,
            lines=tuple(line for line in news.lines if not self._shows(line)),
            packages=tuple(each for each in news.packages if not self._shows_parcel(each)),
        )

    def _shows(self, update: RecordUpdate) -> bool:
        record = self._records[update.object_name].get(update.record_id)
        return record is not None and shows(record, update)

    def _shows_parcel(self, parcel: ChildUpsert) -> bool:
        record = self._parcels[parcel.object_name].get(parcel.external_id)
        return record is not None and shows(record, parcel)


def _order_of(news: OrderNews) -> tuple[RecordUpdate, ...]:
    return (news.update,) if news.update else ()


def _by_object(every: Iterable[Write]) -> dict[str, list[Write]]:
    found: dict[str, list[Write]] = {}
    for each in every:
        found.setdefault(each.object_name, []).append(each)
    return found


def _paths(every: Collection[RecordUpdate] | Collection[ChildUpsert]) -> list[str]:
    return sorted({path for each in every for path in each.values})
