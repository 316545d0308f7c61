"""Where a query stands: its object, who asks, and the joins that its paths need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.formula import compile_formula
from fulfillment_bridge.simulator.model import User
from fulfillment_bridge.simulator.schema import (
    Schema,
    SObject,
    unknown_column,
    unknown_relationship,
    unknown_type,
)
from fulfillment_bridge.simulator.soql_errors import located
from fulfillment_bridge.simulator.soql_syntax import Path, Query
from fulfillment_bridge.simulator.sql_functions import in_zone
from fulfillment_bridge.simulator.store import Store

_MOST_LEVELS = 5


@dataclass(frozen=True)
class Viewer:
    """Who asks a query, when, and what of it stays hidden from them."""

    user: User
    now: str
    include_deleted: bool = False
    newest: bool = False  # as the transaction itself sees the rows it writes
    hidden_records: frozenset[str] = frozenset()

    @property
    def local_now(self) -> str:
        """The time that the user's clock shows, written as if it were UTC."""
        local: str = in_zone(self.now, self.user.time_zone)
        return local

    def reads(self, sobject: SObject) -> bool:
        """Whether the object exists for the user."""
        return self.user.may("read", sobject.name)

    def sees(self, sobject: SObject, each: Field) -> bool:
        """Whether the field exists for the user."""
        return not self.user.hides(sobject.name, each.name)


@dataclass(frozen=True)
class Column:
    """A resolved path: the SQL that yields it, its field, and the names that lead to it."""

    sql: str
    field: Field
    owner: SObject
    relationships: tuple[str, ...]

    @property
    def of_parent(self) -> bool:
        """Whether the column is another record's, which may be missing."""
        return bool(self.relationships)


@dataclass
class Frame:
    """What all parts of one request share: text, schema, store, viewer, and numbering."""

    text: str
    schema: Schema
    store: Store
    viewer: Viewer
    aliases: int = 0

    def next_alias(self) -> str:
        """A table alias that nothing else of this request uses."""
        self.aliases += 1
        return f"t{self.aliases}"

    def object_at(self, path: Path) -> SObject:
        """The object of a FROM clause; INVALID_TYPE when there is none for this user."""
        sobject = self.schema.get(path.text)
        if sobject is None or not self.viewer.reads(sobject):
            raise located("INVALID_TYPE", self.text, path.position, unknown_type(path.text))
        return sobject

    def source(self, sobject: SObject) -> str:
        """What to read the object from, without records that sharing hides."""
        if self.viewer.newest:
            return f'"{sobject.name}"'
        source = self.store.source(sobject, self.viewer.now)
        conditions = self._visible(sobject)
        if not conditions:
            return source
        return f"(SELECT * FROM {source} WHERE {' AND '.join(conditions)})"  # noqa: S608 - ids

    def _visible(self, sobject: SObject) -> list[str]:
        """The conditions that sharing puts on the rows of the object."""
        if self.viewer.user.has("ViewAllData"):
            return []
        conditions = []
        if hidden := self.viewer.hidden_records:
            listed = ", ".join(f"'{each}'" for each in sorted(hidden) if each.isalnum())
            conditions.append(f"Id NOT IN ({listed})")
        if sobject.sharing == "private":
            conditions.append(f"\"OwnerId\" = '{self.viewer.user.user_id}'")
        for link in sobject.masters:
            master = self.schema.get(link.reference_to[0])
            if master and self._visible(master):
                seen = f"SELECT Id FROM {self.source(master)}"  # noqa: S608 - a declared name
                conditions.append(f'("{link.name}" IS NULL OR "{link.name}" IN ({seen}))')
        return conditions


@dataclass
class Scope:
    """One FROM clause: resolves paths to columns and collects the joins for them."""

    frame: Frame
    sobject: SObject
    alias: str
    own_names: frozenset[str]
    further: dict[str, tuple[str, ...]] = field(default_factory=dict)
    joins: dict[tuple[str, ...], str] = field(default_factory=dict)
    _needed: set[tuple[str, ...]] = field(default_factory=set)
    _parents: dict[tuple[str, ...], tuple[str, SObject]] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: Frame, sobject: SObject, query: Query) -> Scope:
        """The scope of this query over this object."""
        names = {sobject.name.lower(), (query.alias or sobject.name).lower()}
        scope = cls(frame, sobject, frame.next_alias(), frozenset(names))
        for path, alias in query.further:
            names_of_path = scope.without_own_name(path.names)
            scope._follow(names_of_path, path)
            scope.further[alias.lower()] = tuple(names_of_path)
        return scope

    def column(self, path: Path, start: tuple[str, ...] = ()) -> Column:
        """The column that the path leads to; INVALID_FIELD when it leads nowhere.

        ``start`` is the way to the parent that the path begins at.
        """
        names = path.names if start else self.without_own_name(path.names)
        *relationships, name = names
        alias, sobject, canonical = self._follow(relationships, path, start)
        found = sobject.field(name)
        if found is None or not self.frame.viewer.sees(sobject, found):
            raise self.error(path, unknown_column(name, sobject.name))
        sql = self._sql(alias, canonical, found)
        return Column(sql, found, sobject, canonical)

    def targets(self, relationship: Path) -> tuple[str, ...]:
        """The objects that a relationship may lead to; an error unless there are several."""
        _, _, link = self._polymorphic(relationship)
        return link.reference_to

    def typed(self, relationship: Path, wanted: Path) -> tuple[str, ...]:
        """The way to the parent where it is of this object, as ``column`` takes it."""
        alias, canonical, link = self._polymorphic(relationship)
        parent = self.frame.schema.get(wanted.text)
        known = parent and parent.name in link.reference_to and self.frame.viewer.reads(parent)
        if parent is None or not known:
            raise self.error(wanted, unknown_type(wanted.text), "INVALID_TYPE")
        canonical = (*canonical, link.relationship_name or "", f"#{parent.name}")
        self._joined(alias, link, parent, canonical)
        return canonical

    def _polymorphic(self, path: Path) -> tuple[str, tuple[str, ...], Field]:
        """A relationship that leads to several objects, and where it starts."""
        *before, name = self.without_own_name(path.names)
        alias, sobject, canonical = self._follow(before, path)
        link = sobject.relationships.get(name.lower())
        if link is None or not self.frame.viewer.sees(sobject, link):
            raise self.error(path, unknown_relationship(name))
        if len(link.reference_to) < 2:
            message = f"Relationship '{name}' is not polymorphic: TYPEOF cannot be used"
            raise self.error(path, message, "MALFORMED_QUERY")
        return alias, canonical, link

    def parent_id(self, relationships: tuple[str, ...]) -> str:
        """The SQL of the id of the parent record that these relationships lead to."""
        return f'{self._parents[_key(relationships)][0]}."Id"'

    def parent(self, relationships: tuple[str, ...]) -> SObject:
        """The object of the parent that these relationships lead to."""
        return self._parents[_key(relationships)][1]

    def table(self) -> str:
        """The FROM clause with all joins that were needed so far."""
        joins = (
            join if key in self._needed else f"LEFT {join}" for key, join in self.joins.items()
        )
        return " ".join([f"{self.frame.source(self.sobject)} AS {self.alias}", *joins])

    def need(self, relationships: tuple[str, ...]) -> None:
        """Only rows with this parent can match, so that SQLite may begin with the parent."""
        for depth in range(1, len(relationships) + 1):
            self._needed.add(_key(relationships[:depth]))

    def alive(self) -> list[str]:
        """The condition that leaves deleted rows out, unless they are asked for."""
        if self.frame.viewer.include_deleted or not self.sobject.engine_field("IsDeleted"):
            return []
        return [f'{self.alias}."IsDeleted" = 0']

    def error(self, path: Path, message: str, code: str = "INVALID_FIELD") -> Exception:
        """The error at the place of this path."""
        return located(code, self.frame.text, path.position, message)

    def without_own_name(self, names: list[str]) -> list[str]:
        """The names of a path from this object on, aliases of FROM put into words."""
        first = names[0].lower()
        if first in self.further:
            return [*self.further[first], *names[1:]]
        if len(names) > 1 and first in self.own_names and first not in self.sobject.relationships:
            return names[1:]
        return names

    def _follow(
        self, relationships: Iterable[str], path: Path | None, start: tuple[str, ...] = ()
    ) -> tuple[str, SObject, tuple[str, ...]]:
        """The alias and object at the end of these relationships, joined as needed."""
        alias, sobject = self._parents[_key(start)] if start else (self.alias, self.sobject)
        canonical = start
        for name in relationships:
            link = sobject.relationships.get(name.lower())
            parent = self._target(sobject, link)
            if link is None or parent is None or len(canonical) == _MOST_LEVELS:
                if path is None:
                    raise ValueError(f"{sobject.name} has no relationship {name}")
                raise self.error(path, unknown_relationship(name))
            canonical = (*canonical, link.relationship_name or "")
            alias, sobject = self._joined(alias, link, parent, canonical)
        return alias, sobject, canonical

    def _target(self, sobject: SObject, link: Field | None) -> SObject | None:
        """The parent object of a reference, if the user may know of it."""
        if link is None or not link.reference_to or not self.frame.viewer.sees(sobject, link):
            return None
        parent = self.frame.schema.get(link.reference_to[0])
        return parent if parent and self.frame.viewer.reads(parent) else None

    def _joined(
        self, child: str, link: Field, parent: SObject, canonical: tuple[str, ...]
    ) -> tuple[str, SObject]:
        key = _key(canonical)
        if key not in self._parents:
            alias = self.frame.next_alias()
            alive = ""
            if parent.engine_field("IsDeleted") and not self.frame.viewer.include_deleted:
                alive = f' AND {alias}."IsDeleted" = 0'
            self.joins[key] = (
                f"JOIN {self.frame.source(parent)} AS {alias} "
                f'ON {alias}."Id" = {child}."{link.name}"{alive}'
            )
            self._parents[key] = (alias, parent)
        return self._parents[key]

    def _sql(self, alias: str, relationships: tuple[str, ...], found: Field) -> str:
        if found.formula is None:  # of an address only the alias matters
            return f'{alias}."{found.name}"'
        viewer = self.frame.viewer
        return compile_formula(
            found.formula,
            lambda names: self.within(relationships, names),
            {"TODAY": lambda _: f"'{viewer.local_now[:10]}'", "NOW": lambda _: f"'{viewer.now}'"},
        )

    def within(self, relationships: tuple[str, ...], names: list[str]) -> tuple[str, Field]:
        """A path inside a formula, which starts at the formula's own record.

        A formula reads fields and parents that its reader may not see.
        """
        *further, name = names
        alias, sobject, canonical = self._follow([*relationships, *further], None)
        found = sobject.field(name)
        if found is None:
            raise ValueError(f"{sobject.name} has no field {name}")
        return self._sql(alias, canonical, found), found


def _key(relationships: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.lower() for each in relationships)
