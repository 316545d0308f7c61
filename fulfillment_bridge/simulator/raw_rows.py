"""Rows put into an org past its rules: starting data and special cases for tests, fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fulfillment_bridge.simulator.assign import new_row
from fulfillment_bridge.simulator.changes import Change
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.rulebook import rules_of
from fulfillment_bridge.simulator.schema import Schema, SObject, no_such_object, unknown_column
from fulfillment_bridge.simulator.store import Row
from fulfillment_bridge.simulator.values import raw_value

_BATCH = 1000
_OWN = frozenset({"User", "Profile"})  # beside those that a dump brings
_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")


def insert_rows(change: Change, object_name: str, rows: list[dict[str, Any]]) -> list[str]:
    """Insert the rows with this change's stamps; their ids. All of them, or none."""
    sobject = _object(change, object_name)
    defaults = new_row(sobject, {})
    complete = _completer(change, sobject)
    ids: list[str] = []
    with change.store.transaction():
        for start in range(0, len(rows), _BATCH):
            filled = [complete(given) for given in rows[start : start + _BATCH]]
            columns = list(dict.fromkeys(name for row in filled for name in row))
            values = ([row.get(name, defaults[name]) for name in columns] for row in filled)
            change.store.insert_many(sobject, columns, values)
            for row in filled if change.settings.commit_lag else ():
                change.hide(sobject, None, row)
            ids += [row["Id"] for row in filled]
    return ids


def _completer(change: Change, sobject: SObject) -> Callable[[dict[str, Any]], Row]:
    """Makes rows of what a caller gives; columns that nobody sets are left out."""
    common = _common_values(change, sobject)
    numbered = [field for field in sobject.stored_fields() if field.auto_number]
    derive = _deriver(change, sobject)

    def complete(given: dict[str, Any]) -> Row:
        row = {**common, **_values(sobject, given)}
        row["Id"] = row.get("Id") or change.ids.next(sobject.key_prefix or "")
        for field in numbered:
            row[field.name] = row.get(field.name) or change.numbers.next(sobject, field)
        derive(row)
        return row

    return complete


def with_dumped(
    first: dict[str, list[dict[str, Any]]],
    dumped: Mapping[str, list[dict[str, Any]]],
    schema: Schema,
) -> dict[str, list[dict[str, Any]]]:
    """The first rows of an org with the records of a dump, as far as they have columns."""
    rows = {name: each for name, each in first.items() if name in _OWN or name not in dumped}
    for name, records in dumped.items():
        sobject = schema.get(name)
        if sobject is None or sobject.virtual or name == "Organization":
            continue
        columns = {each.name for each in sobject.stored_fields()}
        loaded = [
            {name: value for name, value in record.items() if name in columns} for record in records
        ]
        rows[sobject.name] = [*rows.get(sobject.name, []), *loaded]
    return rows


def update_row(
    change: Change, object_name: str, record_id: str, given: dict[str, Any], *, stamped: bool
) -> None:
    """Change a row past its rules, with or without moving its stamps."""
    sobject = _object(change, object_name)
    before = change.store.row(sobject, record_id)
    if before is None:
        raise no_such_object()
    values = _values(sobject, given)
    after = {**before, **values}
    rules_of(sobject).derive(sobject, after)
    values |= {name: value for name, value in after.items() if value != before[name]}
    if stamped:
        values = {"LastModifiedDate": change.now, "SystemModstamp": change.now, **values}
    change.store.update(sobject, record_id, values)
    change.hide(sobject, before, {**before, **values})


def _object(change: Change, name: str) -> SObject:
    sobject = change.schema.get(name)
    if sobject is None or sobject.virtual:
        raise no_such_object()
    return sobject


def _common_values(change: Change, sobject: SObject) -> Row:
    """Stamps, users and defaults that every new row has."""
    row: Row = {}
    for field in sobject.stored_fields():
        if field.name in _STAMPS:
            row[field.name] = change.now
        elif field.name in ("CreatedById", "LastModifiedById", "OwnerId"):
            row[field.name] = change.user.user_id
        elif field.name == "RecordTypeId":
            row[field.name] = sobject.default_record_type
        elif field.name == "CurrencyIsoCode":
            row[field.name] = change.schema.currencies.corporate
        elif field.default is not None and field.type != "boolean":
            row[field.name] = field.default
    return row


def _values(sobject: SObject, given: dict[str, Any]) -> Row:
    values: Row = {}
    for name, value in given.items():
        field = sobject.engine_field(name)
        if field is None or not field.stored:
            raise ValueError(unknown_column(name, sobject.name))
        values[field.name] = _stored(field, value)
    return values


def _stored(field: Field, value: Any) -> Any:
    if value is None and field.type == "boolean":
        return 0
    return raw_value(field, value)


def _deriver(change: Change, sobject: SObject) -> Callable[[Row], None]:
    """Fills what follows from the row, and of a product line its product."""
    rules = rules_of(sobject)
    products: dict[str, Any] = {}

    def derive(row: Row) -> None:
        rules.derive(sobject, row)
        entry_id = row.get("PricebookEntryId")
        if entry_id and row.get("Product2Id") is None:
            if entry_id not in products:
                products[entry_id] = change.row("PricebookEntry", entry_id).get("Product2Id")
            row["Product2Id"] = products[entry_id]

    return derive
