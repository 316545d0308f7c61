"""What of the news about orders the org shows already: compared before it is written again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.domain.org_schema import ChildUpsert, Record, RecordUpdate
from fulfillment_bridge.jobs.order_news import OrderNews
from fulfillment_bridge.jobs.shown_values import shows
from fulfillment_bridge.jobs.withdrawn import Emptied, Withdrawn, merged

Place: TypeAlias = tuple[str, str]
"""An object, and the field of it that records are looked up by; empty for their ids."""


@dataclass
class _Wanted:
    keys: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Shown:
    """Records as they are in the org now."""

    records: Mapping[Place, Mapping[str, Record]]

    @classmethod
    def read(cls, cart: Cart, every: Sequence[OrderNews]) -> Shown:
        """What a lost answer leaves open, and where something is to be taken off again."""
        wanted: dict[Place, _Wanted] = {}
        for news in every:
            for place, key, paths in _looked_at(news):
                found = wanted.setdefault(place, _Wanted())
                found.keys.add(key)
                found.paths.update(paths)
        return cls({place: _fetched(cart, place, each) for place, each in wanted.items()})

    def rest_of(self, news: OrderNews) -> OrderNews:
        """What is to be written of it still, and what is to be taken off again."""
        rest = self.still_to_write(news) if news.may_stand_already else news
        for each in news.withdrawn:
            rest = self._without(rest, each)
        return rest

    def still_to_write(self, news: OrderNews) -> OrderNews:
        """The news without what stands there already."""
        return replace(
            news,
            update=None if news.update and self._shows(news.update) else news.update,
            lines=tuple(line for line in news.lines if not self._shows(line)),
            packages=tuple(each for each in news.packages if not self._shows_parcel(each)),
        )

    def _without(self, news: OrderNews, withdrawn: Withdrawn) -> OrderNews:
        """Blank what we wrote, where it still stands, and nothing that somebody else wrote."""
        place = withdrawn.object_name, withdrawn.key_field
        record = self.records[place].get(withdrawn.key)
        names = withdrawn.still_shown(record) if record else []
        if record is None or not names:
            return news
        blank = RecordUpdate(withdrawn.object_name, record["Id"], dict.fromkeys(names))
        if news.update and news.update.record_id == blank.record_id:
            news = replace(news, update=merged([news.update], blank)[0])
        else:
            news = replace(news, lines=merged(news.lines, blank))
        if withdrawn.whole:
            emptied = Emptied(withdrawn.key, withdrawn.stays)
            news = replace(news, emptied=(*news.emptied, emptied))
        return news

    def _shows(self, update: RecordUpdate) -> bool:
        record = self.records[update.object_name, ""].get(update.record_id)
        return record is not None and shows(record, update)

    def _shows_parcel(self, parcel: ChildUpsert) -> bool:
        place = parcel.object_name, parcel.external_id_field
        record = self.records[place].get(parcel.external_id)
        return record is not None and shows(record, parcel)


def _looked_at(news: OrderNews) -> Iterable[tuple[Place, str, Iterable[str]]]:
    if news.may_stand_already:
        for update in news.updates:
            yield (update.object_name, ""), update.record_id, update.values
        for parcel in news.packages:
            place = parcel.object_name, parcel.external_id_field
            yield place, parcel.external_id, parcel.values
    for each in news.withdrawn:
        yield (each.object_name, each.key_field), each.key, each.own


def _fetched(cart: Cart, place: Place, wanted: _Wanted) -> Mapping[str, Record]:
    (object_name, key_field), paths = place, sorted(wanted.paths)
    if key_field:
        return cart.fetch_children(object_name, key_field, wanted.keys, paths)
    return cart.fetch_records(object_name, wanted.keys, paths)
