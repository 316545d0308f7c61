"""What the records of an answer look like: values, addresses, parents and children in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.model import QueryResult
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.soql_syntax import Query

Record = dict[str, Any]


@dataclass
class Shape:
    """What a record looks like: its type, where its id stands, and its parts in order."""

    type: str
    id_index: int
    parts: dict[str, Leaf | Shape | OneOf | Children | Address] = field(default_factory=dict)

    def of(self, row: tuple[Any, ...]) -> Record | None:
        """The record of this row, or None where the row has no such parent."""
        record_id = row[self.id_index]
        if record_id is None:
            return None
        record: Record = {"attributes": {"type": self.type, "id": record_id}}
        for name, part in self.parts.items():
            record[name] = part.of(row)
        return record


@dataclass(frozen=True)
class Leaf:
    """One value of a record."""

    index: int
    convert: Callable[[Any], Any] | None

    def of(self, row: tuple[Any, ...]) -> Any:
        """The value, ready for JSON."""
        value = row[self.index]
        return value if self.convert is None else self.convert(value)


@dataclass(frozen=True)
class Address:
    """A compound address: None unless one of its parts has a value."""

    parts: tuple[tuple[str, int], ...]

    def of(self, row: tuple[Any, ...]) -> Any:
        """The parts by name, in the order Salesforce sends them."""
        address = {name: row[index] for name, index in sorted(self.parts)}
        return address if any(value is not None for value in address.values()) else None


@dataclass(frozen=True)
class OneOf:
    """A parent that may be of several objects, each with its own shape."""

    shapes: tuple[Shape, ...]

    def of(self, row: tuple[Any, ...]) -> Record | None:
        """The parent in the shape of its object, or None where no shape is for it."""
        found = (shape.of(row) for shape in self.shapes)
        return next((record for record in found if record is not None), None)


@dataclass
class Children:
    """The answers to a child subquery by parent id; a parent without any has None."""

    query: Query
    sobject: SObject
    foreign_key: str
    parent_index: int
    results: dict[str, QueryResult] = field(default_factory=dict)

    def of(self, row: tuple[Any, ...]) -> QueryResult | None:
        """The children of the record in this row."""
        return self.results.get(row[self.parent_index])


def converter(each: Field) -> Callable[[Any], Any] | None:
    """What turns a stored value of this field into JSON's, or None when nothing has to."""
    if each.kind == "boolean":
        return bool
    if each.calculated and each.kind == "number":
        return lambda value: None if value is None else round(float(value), each.scale or 2)
    if each.kind == "string" and each.calculated:
        return lambda value: value or None
    return None
