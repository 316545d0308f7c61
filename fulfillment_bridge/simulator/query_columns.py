"""The columns of a query before it runs: what they are called and which fields they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.org import Org, User
from fulfillment_bridge.simulator.schema import Schema, SObject
from fulfillment_bridge.simulator.soql_functions import AGGREGATES, PASSING
from fulfillment_bridge.simulator.soql_syntax import Call, Item, Path, Query, TypeOf

APEX_TYPES = {
    "id": "Id",
    "boolean": "Boolean",
    "number": "Double",
    "int": "Integer",
    "date": "Date",
    "datetime": "Datetime",
    "time": "Time",
    "address": "Address",
}


@dataclass
class Column:
    """A column: a field, a function, a parent with columns of its own, or a child query."""

    name: str
    shows: Field | None = None
    link: Field | None = None
    is_aggregate: bool = False
    joined: list[Column] = field(default_factory=list)

    def paths(self) -> Iterator[tuple[tuple[str, ...], Field | None]]:
        """Where values of this column stand in a record, and the field that they are of."""
        if not self.joined:
            yield (self.name,), self.shows
        for each in self.joined:
            for path, found in each.paths():
                yield (self.name, *path), found

    def metadata(self) -> dict[str, Any]:
        """The column as `columnMetadata` shows it."""
        shown = self.shows
        kind = shown.kind if shown else ""
        return {
            "aggregate": self.is_aggregate,
            "apexType": self._apex_type(),
            "booleanType": kind == "boolean",
            "columnName": self.name,
            "custom": bool(shown and shown.custom),
            "displayName": self.name,
            "foreignKeyName": self.link.name if self.link else None,
            "insertable": bool(shown and shown.createable),
            "joinColumns": [each.metadata() for each in self.joined],
            "numberType": kind in ("number", "int"),
            "textType": kind == "string",
            "updatable": bool(shown and shown.updateable),
        }

    def _apex_type(self) -> str | None:
        if self.shows is None:
            return "Integer" if self.is_aggregate and not self.joined else None
        return "Id" if self.shows.kind == "id" else APEX_TYPES.get(self.shows.kind, "String")


def columns_of(org: Org, user: User, query: Query) -> list[Column]:
    """The columns of a query that is known to be sound for the user, in their order."""
    sobject = org.schema.get(query.object_name.text)
    return _columns(_Asker(org.schema, user), sobject, query) if sobject else []


def metadata_of(org: Org, user: User, query: Query) -> dict[str, Any]:
    """The answer to a query with `columns=true`."""
    sobject = org.schema.get(query.object_name.text)
    columns = columns_of(org, user, query)
    return {
        "columnMetadata": [column.metadata() for column in columns],
        "entityName": sobject.name if sobject else query.object_name.text,
        "groupBy": bool(query.group),
        "idSelected": any(column.name == "Id" for column in columns),
        "keyPrefix": sobject.key_prefix if sobject else None,
    }


@dataclass(frozen=True)
class _Asker:
    """The user who asks, and the schema that the user's names are looked up in."""

    schema: Schema
    user: User


def _columns(asker: _Asker, sobject: SObject, query: Query) -> list[Column]:
    found: list[Column] = []
    own_names = {sobject.name.lower(), (query.alias or "").lower()}
    aliases = _aliases(own_names, query)
    for item in query.items:
        if isinstance(item, Query):
            found.append(_children(asker, sobject, item))
        elif isinstance(item, TypeOf):
            found.append(Column(item.relationship.names[-1]))
        elif isinstance(item.operand, Call):
            found.extend(_function(asker, sobject, item, found))
        else:
            names = item.operand.names
            names = _spelled_out(names, own_names, aliases)
            _place(asker, found, sobject, names)
    return found


def _aliases(own_names: set[str], query: Query) -> dict[str, list[str]]:
    """What the further names of a FROM stand for."""
    found: dict[str, list[str]] = {}
    for path, alias in query.further:
        found[alias.lower()] = _spelled_out(path.names, own_names, found)
    return found


def _spelled_out(names: list[str], own_names: set[str], aliases: dict[str, list[str]]) -> list[str]:
    """The names of a path from the object on."""
    first = names[0].lower()
    if first in aliases:
        return [*aliases[first], *names[1:]]
    return names[1:] if len(names) > 1 and first in own_names else names


def _place(asker: _Asker, columns: list[Column], sobject: SObject, names: list[str]) -> None:
    """Add a field, below the columns of its parents."""
    link = sobject.relationships.get(names[0].lower())
    if len(names) == 1 or link is None:
        shown = sobject.field(names[0])
        columns.append(Column(shown.name if shown else names[0], shown))
        return
    name = link.relationship_name or names[0]
    parent = next((each for each in columns if each.name == name and each.link), None)
    if parent is None:
        parent = Column(name, link=link)
        columns.append(parent)
    target = asker.schema.get(link.reference_to[0])
    if target:
        _place(asker, parent.joined, target, names[1:])


def _children(asker: _Asker, sobject: SObject, query: Query) -> Column:
    wanted = query.object_name.names[-1].lower()
    child = next((each for each in sobject.children if (each.name or "").lower() == wanted), None)
    target = asker.schema.get(child.object_name) if child else None
    joined = _columns(asker, target, query) if target else []
    name = child.name if child and child.name else query.object_name.text
    return Column(name, is_aggregate=True, joined=joined)


def _function(
    asker: _Asker, sobject: SObject, item: Item, before: list[Column]
) -> Iterator[Column]:
    if not isinstance(call := item.operand, Call):
        return
    argument = call.arguments[0] if call.arguments else None
    shown = sobject.field(argument.text) if isinstance(argument, Path) else None
    if call.name == "FIELDS":
        yield from _all_fields(asker, sobject, argument)
    elif call.name in PASSING:
        yield Column(item.alias or (shown.name if shown else "expr"), shown)
    else:
        unnamed = sum(column.name.startswith("expr") for column in before)
        is_aggregate = call.name in AGGREGATES
        name = item.alias or (f"expr{unnamed}" if is_aggregate else "expr")
        counts = call.name.startswith("COUNT")
        yield Column(name, None if counts else shown, is_aggregate=is_aggregate)


def _all_fields(asker: _Asker, sobject: SObject, argument: Path | Call | None) -> Iterator[Column]:
    kind = argument.text.upper() if isinstance(argument, Path) else "ALL"
    for each in sobject.fields.values():
        if asker.user.hides(sobject.name, each.name):
            continue
        if kind == "ALL" or each.custom == (kind == "CUSTOM"):
            yield Column(each.name, each)
