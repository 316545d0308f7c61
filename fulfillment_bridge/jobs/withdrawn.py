"""What we once wrote and say no more: a tracking number taken back, a parcel that never was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fulfillment_bridge.domain.org_schema import ChildUpsert, Record, RecordUpdate, Value, value_at
from fulfillment_bridge.jobs.shown_values import is_same
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.storage.written_values import Written


@dataclass(frozen=True)
class Withdrawn:
    """Fields of one record that hold nothing any more by what we know, and our former values.

    ``key`` is the record's id, or the external id of a parcel where there is a ``key_field``.
    ``whole`` says that no such parcel exists; ``stays`` are fields of it that cannot be empty.
    """

    object_name: str
    key: str
    own: Mapping[str, Sequence[Value]]
    key_field: str = ""
    whole: bool = False
    stays: tuple[str, ...] = ()

    def still_shown(self, record: Record) -> list[str]:
        """Fields that hold what we wrote; whatever else stands there was written by somebody."""
        return [
            name
            for name, values in self.own.items()
            if any(is_same(value_at(record, name), value) for value in values)
        ]


@dataclass(frozen=True)
class Emptied:
    """The record of a parcel that the warehouse took back, and what cannot be taken off it."""

    key: str
    stays: tuple[str, ...]

    def text(self) -> str:
        """What people are told."""
        rest = f", but for {', '.join(self.stays)}, which must hold something" if self.stays else ""
        return (
            f"the warehouse took back parcel {self.key}; its record in Salesforce was emptied"
            f"{rest}. Delete the record there if it is in the way."
        )


def withdrawn_values(
    field_map: FieldMap,
    written: Written,
    updates: Collection[RecordUpdate],
    parcels: Collection[ChildUpsert],
) -> tuple[Withdrawn, ...]:
    """What is to be taken off again, where it still stands, beside what is written now."""
    now = {(each.object_name, each.record_id): each.values for each in updates}
    found = [
        Withdrawn(object_name, key, own)
        for object_name, key, own in _not_said_now(field_map, written.records, now)
    ]
    if field_map.parcel_key is not None:
        object_name, key_field = field_map.parcel_key
        told = {(each.object_name, each.external_id): each.values for each in parcels}
        ours = {object_name: written.parcels.get(object_name, {})}
        found += [
            Withdrawn(
                object_name, key, own, key_field, (object_name, key) not in told,
                tuple(sorted(ours[object_name][key].keys() - own.keys())),
            )
            for object_name, key, own in _not_said_now(field_map, ours, told)
        ]  # fmt: skip
    return tuple(found)


def _not_said_now(
    field_map: FieldMap,
    known: Mapping[str, Mapping[str, Mapping[str, Sequence[Value]]]],
    now: Mapping[tuple[str, str], Mapping[str, Value]],
) -> Iterator[tuple[str, str, dict[str, Sequence[Value]]]]:
    for object_name, by_key in known.items():
        for key, fields in by_key.items():
            said = now.get((object_name, key), {})
            own = {
                name: values
                for name, values in fields.items()
                if said.get(name) in (None, "") and field_map.may_clear(object_name, name)
            }
            if own:
                yield object_name, key, own


def merged(updates: Sequence[RecordUpdate], more: RecordUpdate) -> tuple[RecordUpdate, ...]:
    """One update per record: this one goes into that of its record, where there is one."""
    place = next(
        (
            place
            for place, each in enumerate(updates)
            if (each.object_name, each.record_id) == (more.object_name, more.record_id)
        ),
        None,
    )
    if place is None:
        return (*updates, more)
    whole = replace(more, values={**more.values, **updates[place].values})
    return (*updates[:place], whole, *updates[place + 1 :])
