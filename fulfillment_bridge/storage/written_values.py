"""Every value that we may have written onto the records of an order, and onto those of parcels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select

from fulfillment_bridge.domain.org_schema import ChildUpsert, RecordUpdate, Value
from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import written_values

MOST_KEPT = 20
"""Of one field, the newest; a field that changes more often than that is a status."""

Fields: TypeAlias = dict[str, list[Value]]
ByKey: TypeAlias = dict[str, dict[str, Fields]]
"""By the name of the object, and then by record id, or by the external id of a parcel."""

_AMONG = select(written_values).where(
    written_values.c.order_id.in_(bindparam("ids", expanding=True))
)
_CHANGE = written_values.update().where(written_values.c.order_id == bindparam("wanted"))


@dataclass
class Written:
    """What we may have written about one order; empty values are not among it."""

    records: ByKey = field(default_factory=dict)
    parcels: ByKey = field(default_factory=dict)

    def add(self, updates: Iterable[RecordUpdate], parcels: Iterable[ChildUpsert]) -> bool:
        """Note what is about to be written; whether any of it is new."""
        found = [_add(self.records, one.object_name, one.record_id, one.values) for one in updates]
        found += [
            _add(self.parcels, one.object_name, one.external_id, one.values) for one in parcels
        ]
        return any(found)


class WrittenValues(Repository):
    """``uow.written_values``. Noted before the write, so that no death can hide what was ours."""

    def of(self, order_ids: Collection[int]) -> dict[int, Written]:
        """What was noted about each of these orders."""
        found = {order_id: Written() for order_id in order_ids}
        for row in self._rows_among(_AMONG, order_ids):
            found[row["order_id"]] = Written(
                _each_value(row["records"], _value), _each_value(row["parcels"], _value)
            )
        return found

    def save(self, written: Mapping[int, Written]) -> None:
        """Keep what is known about these orders by now."""
        rows = [
            {
                "order_id": order_id,
                "records": _each_value(each.records, _json),
                "parcels": _each_value(each.parcels, _json),
            }
            for order_id, each in written.items()
        ]
        new = {row["order_id"] for row in self._insert_new(written_values, rows, "order_id")}
        self._change_each(
            _CHANGE,
            [
                {"wanted": row["order_id"], "records": row["records"], "parcels": row["parcels"]}
                for row in rows
                if row["order_id"] not in new
            ],
        )


def _add(known: ByKey, object_name: str, key: str, values: Mapping[str, Value]) -> bool:
    fields = known.setdefault(object_name, {}).setdefault(key, {})
    is_new = False
    for name, value in values.items():
        own: list[Value] = fields.setdefault(name, []) if value not in (None, "") else [value]
        if value not in own:
            own.append(value)
            del own[:-MOST_KEPT]
            is_new = True
    return is_new


def _each_value(known: Mapping[str, Any], change: Any) -> dict[str, Any]:
    return {
        object_name: {
            key: {name: [change(value) for value in own] for name, own in fields.items()}
            for key, fields in by_key.items()
        }
        for object_name, by_key in known.items()
    }


def _json(value: Value) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    return {"number": str(value)} if isinstance(value, Decimal) else value


def _value(stored: Any) -> Value:
    if not isinstance(stored, dict):
        known: Value = stored
        return known
    if "at" in stored:
        return datetime.fromisoformat(stored["at"])
    return date.fromisoformat(stored["on"]) if "on" in stored else Decimal(stored["number"])
