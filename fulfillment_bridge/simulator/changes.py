"""What a change to a record needs around it: who, when, the store, and writing with lag."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fulfillment_bridge.simulator.errors import RecordError, SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.ids import IdSource
from fulfillment_bridge.simulator.model import (
    DEFAULT_OPTIONS,
    CommitLag,
    OrgSettings,
    RowLock,
    SaveOptions,
    User,
)
from fulfillment_bridge.simulator.schema import Schema, SObject
from fulfillment_bridge.simulator.store import Row, Store, stamp_of


class Refused(Exception):
    """An operation that Salesforce refuses for one or several reasons."""

    def __init__(self, *errors: SalesforceError) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


@dataclass
class Numbers:
    """Auto-numbers by object and field. As in Salesforce, a number given out is gone."""

    _last: dict[tuple[str, str], int] = field(default_factory=dict)

    def next(self, sobject: SObject, each: Field) -> str:
        """The next number in the field's format, ``{0000}`` being its digits."""
        key = (sobject.name, each.name)
        number = self._last.get(key, each.auto_start - 1) + 1
        self._last[key] = number
        before, _, rest = (each.auto_number or "{0}").partition("{")
        digits, _, after = rest.partition("}")
        return f"{before}{number:0{len(digits)}d}{after}"


@dataclass
class Change:
    """One transaction's surroundings, shared by all that it writes."""

    schema: Schema
    store: Store
    ids: IdSource
    numbers: Numbers
    settings: OrgSettings
    user: User
    moment: datetime
    options: SaveOptions = DEFAULT_OPTIONS
    automated_rows: Counter[str] = field(default_factory=Counter)

    @property
    def now(self) -> str:
        """The stamp of everything this transaction writes."""
        return stamp_of(self.moment)

    def object(self, name: str) -> SObject:
        """The declared object of this name."""
        sobject = self.schema.get(name)
        if sobject is None:
            raise KeyError(name)
        return sobject

    def row(self, object_name: str, record_id: Any) -> Row:
        """The newest state of a record; empty when there is none."""
        if not record_id:
            return {}
        return self.store.row(self.object(object_name), record_id) or {}

    def live(self, object_name: str, column: str, value: Any) -> list[Row]:
        """The records, not deleted, with this value."""
        return self.store.rows(self.object(object_name), column, value)

    def insert(self, sobject: SObject, row: Row) -> None:
        """Add a record with all its system fields."""
        stamps = {
            "CreatedDate": self.now,
            "CreatedById": self.user.user_id,
            "LastModifiedDate": self.now,
            "LastModifiedById": self.user.user_id,
            "SystemModstamp": self.now,
        }
        row.update(stamps)
        given = {name: value for name, value in row.items() if value is not None}
        self.store.insert(sobject, given)
        self.hide(sobject, None, row)

    def update(self, sobject: SObject, before: Row, values: Row) -> Row:
        """Change a record as a person does; the new state."""
        stamps = {"LastModifiedDate": self.now, "LastModifiedById": self.user.user_id}
        return self.touch(sobject, before, {**values, **stamps})

    def touch(self, sobject: SObject, before: Row, values: Row) -> Row:
        """Change a record as the platform does: only SystemModstamp moves; the new state."""
        values = {**values, "SystemModstamp": self.now}
        self.store.update(sobject, before["Id"], values)
        after = {**before, **values}
        self.hide(sobject, before, after)
        return after

    def hide(self, sobject: SObject, before: Row | None, after: Row) -> None:
        """Let queries see the former state for as long as the commit lag rules say."""
        seconds = [rule.seconds for rule in self.settings.commit_lag if fits(rule, sobject, after)]
        if seconds:
            until = stamp_of(self.moment + timedelta(seconds=max(seconds)))
            self.store.hide_until(sobject, before, after["Id"], until)


def fits(rule: CommitLag | RowLock, sobject: SObject, row: Row) -> bool:
    """Whether a rule of the settings is about this record."""
    if rule.object_name and rule.object_name.lower() != sobject.name.lower():
        return False
    if rule.record_ids is not None and row["Id"] not in rule.record_ids:
        return False
    return all(row.get(name) == value for name, value in rule.where.items())


def integrity(message: str, *fields: str) -> Refused:
    """FIELD_INTEGRITY_EXCEPTION."""
    return Refused(RecordError("FIELD_INTEGRITY_EXCEPTION", message, fields))


def locked(message: str) -> Refused:
    """ENTITY_IS_LOCKED."""
    return Refused(RecordError("ENTITY_IS_LOCKED", message))


def no_access(message: str = "insufficient access rights on object id") -> Refused:
    """INSUFFICIENT_ACCESS_OR_READONLY."""
    return Refused(RecordError("INSUFFICIENT_ACCESS_OR_READONLY", message))
