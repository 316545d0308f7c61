"""Records as SOAP clients send them: XML texts into values of each field's type.

What does not fit the schema (an unknown field, a text that is no number) refuses the whole
call; what only does not fit the record is left to the saving, which refuses that record alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.model import User
from fulfillment_bridge.simulator.schema import Schema, SObject, unknown_column, unknown_type
from fulfillment_bridge.simulator.soap_envelope import NIL, ClientFault, local_name
from fulfillment_bridge.simulator.values import stored_value

NO_TYPE = "Must send a concrete entity type."
_TYPES = {
    "boolean": "boolean",
    "number": "double",
    "int": "int",
    "date": "date",
    "datetime": "dateTime",
    "time": "time",
}
# Where XML Schema is stricter than the engine is about JSON.
_FORMS = {"boolean": re.compile("true|false|1|0"), "int": re.compile(r"[+-]?\d+")}
_ZONE_OF_DATE = re.compile(r"(?<=\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)")


@dataclass
class SentRecord:
    """One sObject of a request."""

    sobject: SObject
    record_id: str | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def pop(self, name: str) -> Any:
        """Take a value out; None when the record does not have it."""
        return self.values.pop(name, None)


@dataclass(frozen=True)
class RecordReader:
    """Reads sObjects as a user may send them."""

    schema: Schema
    user: User
    truncates: bool = False

    def read(self, node: etree._Element) -> SentRecord:
        """The record; raises INVALID_TYPE, INVALID_FIELD, or ClientFault for a text of no use."""
        sobject = self._object(node)
        sent = SentRecord(sobject)
        for child in _after_type(node):
            name = local_name(child)
            if child.get(NIL) in ("true", "1"):
                continue
            if name == "fieldsToNull":
                self._assign(sent, self._field(sobject, (child.text or "").strip()).name, None)
            elif name == "Id":
                sent.record_id = (child.text or "").strip() or None
            elif len(child):
                self._assign(sent, self._link(sobject, name), self._parent(child))
            else:
                known = self._field(sobject, name)
                self._assign(sent, known.name, self._value(known, child.text or ""))
        return sent

    def _assign(self, sent: SentRecord, name: str, value: Any) -> None:
        if name in sent.values:
            text = f"field {name} is specified more than once in the sObject"
            raise SalesforceError("DUPLICATE_VALUE", text)
        sent.values[name] = value

    def _object(self, node: etree._Element) -> SObject:
        kind = next(iter(node), None)
        name = (kind.text or "").strip() if kind is not None and local_name(kind) == "type" else ""
        if not name:
            raise SalesforceError("INVALID_TYPE", NO_TYPE)
        sobject = self.schema.get(name)
        if sobject is None or not self.user.may("read", sobject.name):
            raise SalesforceError("INVALID_TYPE", unknown_type(name))
        return sobject

    def _field(self, sobject: SObject, name: str) -> Field:
        known = sobject.field(name)
        if known is None or self.user.hides(sobject.name, known.name):
            raise SalesforceError("INVALID_FIELD", unknown_column(name, sobject.name))
        return known

    def _link(self, sobject: SObject, name: str) -> str:
        link = sobject.relationships.get(name.lower())
        if link is None or self.user.hides(sobject.name, link.name):
            raise SalesforceError("INVALID_FIELD", unknown_column(name, sobject.name))
        return name

    def _parent(self, node: etree._Element) -> dict[str, Any]:
        """A parent that is named by an external id instead of its own."""
        sent = self.read(node)
        identity = {"Id": sent.record_id} if sent.record_id else {}
        return {"attributes": {"type": sent.sobject.name}, **identity, **sent.values}

    def _value(self, known: Field, text: str) -> Any:
        kind = _TYPES.get(known.kind)
        if kind is None:
            return text[: known.length] if self.truncates and known.length else text
        text = text.strip()
        if known.kind == "date":
            text = _ZONE_OF_DATE.sub("", text)
        form = _FORMS.get(known.kind)
        if not text or (form and not form.fullmatch(text)) or not self._reads(known, text):
            raise ClientFault(f"'{text}' is not a valid value for the type xsd:{kind}")
        return text

    def _reads(self, known: Field, text: str) -> bool:
        """Whether the engine can read the text as this type, in range or not."""
        try:
            stored_value(known, text, self.schema)
        except SalesforceError as error:
            return error.code != "JSON_PARSER_ERROR"
        return True


def _after_type(node: etree._Element) -> Iterator[etree._Element]:
    children = iter(node)
    next(children, None)
    return children
