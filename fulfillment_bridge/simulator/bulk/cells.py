"""Cells of an uploaded CSV: the columns they stand in, and what their text means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fulfillment_bridge.simulator.bulk.tables import BadTable
from fulfillment_bridge.simulator.errors import RecordError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.org import Org, User
from fulfillment_bridge.simulator.schema import SObject

CLEARED = "#N/A"
TRUE = frozenset({"true", "yes", "y", "1", "on"})
FALSE = frozenset({"false", "no", "n", "0", "off"})


@dataclass(frozen=True)
class CellColumn:
    """A column: a field, or a parent that is named by one of its own fields."""

    title: str
    field: Field
    parent_field: Field | None = None

    def put(self, values: dict[str, Any], text: str) -> None:
        """Add what the text says to the values of a record; raises RecordError."""
        value = None if text == CLEARED else self._meant(text)
        if self.parent_field is None or value is None:
            values[self.field.name] = value
        else:
            values[self.field.relationship_name or ""] = {self.parent_field.name: value}

    def _meant(self, text: str) -> Any:
        field = self.parent_field or self.field
        try:
            return _meaning(field, text)
        except ValueError:
            message = f"{field.label}: value not of required type: {text}"
            code = "INVALID_TYPE_ON_FIELD_IN_RECORD"
            raise RecordError(code, message, (field.name,)) from None


def columns_for(org: Org, user: User, sobject: SObject, header: list[str]) -> list[CellColumn]:
    """The columns of a header; raises BadTable for one that is unknown or there twice."""
    columns = [_column(org, user, sobject, title) for title in header]
    seen: set[str] = set()
    for column in columns:
        if column.field.name in seen:
            raise BadTable(f"InvalidBatch : Field name provided more than once : {column.title}")
        seen.add(column.field.name)
    return columns


def _column(org: Org, user: User, sobject: SObject, title: str) -> CellColumn:
    # A polymorphic relationship may be preceded by the object it leads to: Group:Owner.Name
    name = title.rpartition(":")[2].strip()
    relationship, dot, parent_name = name.partition(".")
    if not dot:
        return CellColumn(title, _known(user, sobject, name, title))
    link = sobject.relationships.get(relationship.lower())
    wanted = title.rpartition(":")[0].strip()
    parent = org.schema.get(wanted or link.reference_to[0]) if link else None
    if link is None or parent is None or user.hides(sobject.name, link.name):
        raise _unknown(title)
    found = _known(user, parent, parent_name, title)
    if not found.id_lookup:
        raise _unknown(title)
    return CellColumn(title, link, found)


def _known(user: User, sobject: SObject, name: str, title: str) -> Field:
    field = sobject.field(name)
    if field is None or user.hides(sobject.name, field.name):
        raise _unknown(title)
    return field


def _unknown(title: str) -> BadTable:
    return BadTable(f"InvalidBatch : Field name not found : {title}")


def _meaning(field: Field, text: str) -> Any:
    """The value as the REST API would give it; ValueError when it is of another type."""
    if field.kind == "boolean":
        return _boolean(text)
    if field.kind in ("number", "int"):
        float(text)
    elif field.kind == "date":
        return date.fromisoformat(text.removesuffix("Z")[:10]).isoformat()
    elif field.kind == "datetime":
        datetime.fromisoformat(text)
        return text.replace(" ", "T")
    return text


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError(text)
