"""A simulated Salesforce org: its users, settings and records, behind one lock."""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from fulfillment_bridge.simulator import (
    describe,
    described,
    people,
    raw_rows,
    records,
    replication,
    soql,
)
from fulfillment_bridge.simulator.access import query_access
from fulfillment_bridge.simulator.changes import Change, Numbers
from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.declared_checks import check_declared
from fulfillment_bridge.simulator.errors import SalesforceError, not_found
from fulfillment_bridge.simulator.ids import IdSource, normalized
from fulfillment_bridge.simulator.model import (
    DEFAULT_OPTIONS,
    CommitLag,
    DeletedRecords,
    Operation,
    OrgSettings,
    QueryResult,
    RowLock,
    SaveOptions,
    SaveResult,
    UpdatedIds,
    User,
)
from fulfillment_bridge.simulator.schema import Schema, SObject
from fulfillment_bridge.simulator.soql_scope import Frame, Viewer
from fulfillment_bridge.simulator.soql_syntax import Comparison, Item, Literal, Path, Query, parse
from fulfillment_bridge.simulator.store import Store, stamp_of
from fulfillment_bridge.simulator.values import stored_value

__all__ = [
    "CommitLag",
    "DeletedRecords",
    "Operation",
    "Org",
    "OrgSettings",
    "QueryResult",
    "RowLock",
    "SaveOptions",
    "SaveResult",
    "UpdatedIds",
    "User",
]

_BIN_KEPT = timedelta(days=15)
_BETWEEN_PURGES = timedelta(hours=1)


class Org:
    """One org. Every call is thread-safe; each ``save`` is one transaction."""

    def __init__(
        self, description: dict[str, Any], *, clock: SimulatedClock, seed: int = 0
    ) -> None:
        self.name = str(description["name"])
        self.label = str(description.get("label", self.name))
        self.clock = clock
        self.settings = _settings(description)
        self.schema = Schema(description)
        self._lock = threading.RLock()
        self._store = Store(self.schema)
        self._ids = IdSource(f"{self.name}/{seed}")
        self.schema.name_record_types(self._ids)
        self._numbers = Numbers()
        self._next_purge = clock.now()
        self.organization_id = self._ids.next("00D")
        if given := normalized(description.get("organization_id") or ""):
            self.organization_id = given
        profiles = people.Profiles.of(self._ids)
        self.users = people.users_of(description, self._ids, profiles, seed)
        rows = people.first_rows(
            description, self.organization_id, self.schema, self.users, profiles
        )
        rows = raw_rows.with_dumped(rows, description.get("records") or {}, self.schema)
        for object_name, each in rows.items():
            self.insert_raw(object_name, each)
        for sobject in self.schema:
            check_declared(self._change(self._owner()), sobject)

    @classmethod
    def from_description(
        cls, description: dict[str, Any], *, clock: SimulatedClock, seed: int = 0
    ) -> Org:
        """An empty org (but for users and the like) as the description declares it."""
        return cls(description, clock=clock, seed=seed)

    @classmethod
    def from_describe(cls, directory: pathlib.Path, *, clock: SimulatedClock, seed: int = 0) -> Org:
        """An org with the objects that the describe answers in a folder tell of."""
        return cls(described.read_dump(directory), clock=clock, seed=seed)

    @property
    def default_currency(self) -> str:
        """The currency of the org, or its corporate one where it has several."""
        return self.schema.currencies.corporate

    def close(self) -> None:
        """Give the database back; the org answers nothing from then on."""
        with self._lock:
            self._store.close()

    # Reading

    def query(self, user: User, soql_text: str, *, include_deleted: bool = False) -> QueryResult:
        """All rows of the query as this user sees them; raises SalesforceError."""
        return self._run(user, soql_text, parse(soql_text), include_deleted=include_deleted)

    def describe(self, user: User, object_name: str, version: str) -> dict[str, Any]:
        """The body of a REST describe (``version`` like "64.0"); raises SalesforceError 404."""
        return describe.describe(self.schema, self._object(user, object_name), user, version)

    def describe_global(self, user: User, version: str) -> dict[str, Any]:
        """The body of GET sobjects."""
        return describe.describe_global(self.schema, user, version)

    def retrieve(
        self,
        user: User,
        object_name: str,
        record_id: str,
        fields: list[str] | None,
        version: str = "64.0",
    ) -> dict[str, Any]:
        """One record with these fields (all readable ones when None); 404 when not there."""
        sobject = self._object(user, object_name)
        wanted = normalized(record_id)
        if wanted is None:
            raise not_found(
                f"Provided external ID field does not exist or is not accessible: {record_id}"
            )
        found = self._by_id(user, sobject, wanted, fields)
        if found is None:
            raise self._gone(sobject, wanted)
        return found

    def retrieve_by_external_id(
        self, user: User, object_name: str, field_name: str, value: str, fields: list[str] | None
    ) -> dict[str, Any]:
        """One record by external id; MultipleMatches (300) or NOT_FOUND (404) otherwise."""
        sobject = self._object(user, object_name)
        field = sobject.field(field_name)
        if field is None or not field.id_lookup or user.hides(sobject.name, field.name):
            raise not_found(
                f"Provided external ID field does not exist or is not accessible: {field_name}"
            )
        with self._lock:
            stored = stored_value(field, value, self.schema)
            ids = [row["Id"] for row in self._store.rows(sobject, field.name, stored)]
            seen = [each for each in ids if self._by_id(user, sobject, each, ["Id"])]
        if len(seen) > 1:
            raise records.several_found(sobject, field.name, seen)
        found = self._by_id(user, sobject, seen[0], fields) if seen else None
        if found is None:
            raise not_found()
        return found

    def updated(self, user: User, object_name: str, start: datetime, end: datetime) -> UpdatedIds:
        """The ids of records made or changed in the span; INVALID_REPLICATION_DATE, 404.

        Seconds do not count; the span is at least a minute and begins within 30 days.
        """
        sobject = self._object(user, object_name)
        replication.check_replicateable(sobject)
        with self._lock:
            span = replication.Span(start, end, now=self.clock.now())
            return replication.updated(self._frame(user), sobject, span)

    def deleted(
        self, user: User, object_name: str, start: datetime, end: datetime
    ) -> DeletedRecords:
        """The records deleted in the span, with the same limits as ``updated``."""
        sobject = self._object(user, object_name)
        replication.check_replicateable(sobject, deletable=True)
        with self._lock:
            span = replication.Span(start, end, now=self.clock.now())
            return replication.deleted(self._frame(user), sobject, span)

    # Writing

    def save(
        self,
        user: User,
        operations: list[Operation],
        *,
        all_or_none: bool,
        options: SaveOptions = DEFAULT_OPTIONS,
    ) -> list[SaveResult]:
        """Do the operations in one transaction; the results come in their order."""
        with self._lock:
            self._purge_bin()
            change = self._change(user, options=options)
            return records.save(change, operations, all_or_none=all_or_none)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the org's lock; an exception that leaves the block undoes all saves inside."""
        with self._lock, self._store.transaction():
            yield

    def insert_raw(
        self, object_name: str, rows: list[dict[str, Any]], *, stamp: datetime | None = None
    ) -> list[str]:
        """Insert rows fast, past rules and permissions, all stamped ``stamp``; their ids.

        A row may itself give Id, CreatedDate, LastModifiedDate or SystemModstamp. Sums like
        an order's TotalAmount are the caller's business; commit lag holds here too.
        """
        with self._lock:
            return raw_rows.insert_rows(self._change(self._owner(), stamp), object_name, rows)

    def update_raw(
        self,
        object_name: str,
        record_id: str,
        values: dict[str, Any],
        *,
        stamp: datetime | None = None,
    ) -> None:
        """Change a row past rules and permissions; ``stamp`` None leaves its stamps alone."""
        with self._lock:
            change = self._change(self._owner(), stamp)
            stamped = stamp is not None
            raw_rows.update_row(change, object_name, record_id, values, stamped=stamped)

    def become(self, organization_id: str) -> None:
        """Take on another organization id, as after a sandbox refresh; ValueError if it is none."""
        wanted = normalized(organization_id)
        if wanted is None or not wanted.startswith("00D"):
            raise ValueError(f"{organization_id!r} is no organization id")
        with self._lock:
            self.update_raw("Organization", self.organization_id, {"Id": wanted})
            self.organization_id = wanted

    # Inside

    def _run(
        self, user: User, text: str, query: Query, *, include_deleted: bool = False
    ) -> QueryResult:
        with self._lock:
            frame = self._frame(user, text, include_deleted=include_deleted)
            if frame.object_at(query.object_name).virtual:
                return query_access(frame, query, list(self.users.values()), self._change(user))
            return soql.run(frame, query)

    def _frame(self, user: User, text: str = "", *, include_deleted: bool = False) -> Frame:
        """The org as this user sees it now."""
        now = stamp_of(self.clock.now())
        self._store.reveal(now)
        self._purge_bin()
        self._show_settings()
        viewer = Viewer(user, now, include_deleted, hidden_records=self._hidden_from(user))
        return Frame(text, self.schema, self._store, viewer)

    def _purge_bin(self) -> None:
        """Forget the records that have been in the recycle bin for too long."""
        now = self.clock.now()
        if now < self._next_purge:
            return
        self._next_purge = now + _BETWEEN_PURGES
        for sobject in self.schema:
            if sobject.engine_field("IsDeleted"):
                self._store.purge_before(sobject, stamp_of(now - _BIN_KEPT))

    def _hidden_from(self, user: User) -> frozenset[str]:
        if user.has("ViewAllData"):
            return frozenset()
        return frozenset(self.settings.hidden_records.get(user.username.lower(), ()))

    def _show_settings(self) -> None:
        """Let the Organization record say what the settings say, which anybody may change."""
        organization = self._object_named("Organization")
        row = self._store.row(organization, self.organization_id) or {}
        shown = {
            "IsSandbox": int(self.settings.is_sandbox),
            "InstanceName": self.settings.instance,
        }
        if any(row[name] != value for name, value in shown.items()):
            self._store.update(organization, self.organization_id, shown)

    def _by_id(
        self, user: User, sobject: SObject, record_id: str, names: list[str] | None
    ) -> dict[str, Any] | None:
        """The record as the user sees it, Id last unless it was asked for."""
        if names is None:
            visible = (each.name for each in sobject.fields.values())
            names = [name for name in visible if not user.hides(sobject.name, name)]
        elif not any(name.lower() == "id" for name in names):
            names = [*names, "Id"]
        for name in names:
            field = sobject.field(name)
            if "." not in name and (field is None or user.hides(sobject.name, name)):
                message = f"No such column '{name}' on sobject of type {sobject.name}"
                raise SalesforceError("INVALID_FIELD", message)
        query = Query(
            items=tuple(Item(Path(name, 0), None) for name in dict.fromkeys(names)),
            object_name=Path(sobject.name, 0),
            where=Comparison(Path("Id", 0), "=", Literal("STRING", f"'{record_id}'", 0), 0),
        )
        found = self._run(user, ",".join(names), query).records
        return found[0] if found else None

    def _gone(self, sobject: SObject, record_id: str) -> SalesforceError:
        with self._lock:
            row = self._store.row(sobject, record_id)
        if row and row.get("IsDeleted"):
            return SalesforceError("ENTITY_IS_DELETED", "entity is deleted", http_status=404)
        return not_found()

    def _object(self, user: User, name: str) -> SObject:
        sobject = self.schema.get(name)
        if sobject is None or not user.may("read", sobject.name):
            raise not_found()
        return sobject

    def _object_named(self, name: str) -> SObject:
        sobject = self.schema.get(name)
        if sobject is None:
            raise KeyError(name)
        return sobject

    def _owner(self) -> User:
        """Who made the records that come past the rules: the administrator."""
        return max(self.users.values(), key=lambda user: user.is_admin)

    def _change(
        self, user: User, moment: datetime | None = None, options: SaveOptions = DEFAULT_OPTIONS
    ) -> Change:
        return Change(
            schema=self.schema,
            store=self._store,
            ids=self._ids,
            numbers=self._numbers,
            settings=self.settings,
            user=user,
            moment=moment or self.clock.now(),
            options=options,
        )


def _settings(description: dict[str, Any]) -> OrgSettings:
    """The settings a description asks for; ValueError for one that does not exist."""
    given = dict(description.get("settings") or {})
    unknown = set(given) - {each.name for each in fields(OrgSettings)}
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    given["commit_lag"] = [CommitLag.of(rule) for rule in given.get("commit_lag", [])]
    given["row_locks"] = [RowLock.of(rule) for rule in given.get("row_locks", [])]
    given["locked_records"] = set(given.get("locked_records", ()))
    limits = description.get("limits") or {}
    settings = OrgSettings(
        is_sandbox=bool(description.get("is_sandbox", False)),
        instance=str(description.get("instance", "SIM1")),
        daily_api_limit=int(limits.get("daily_api_requests", 100_000)),
    )
    for name in ("hidden_records", "read_only_records"):
        listed = given.get(name, {})
        given[name] = {user.lower(): set(ids) for user, ids in listed.items()}
    return replace(settings, **given)
