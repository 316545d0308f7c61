"""Records and pages of records as the partner SOAP API writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.schema import Schema
from fulfillment_bridge.simulator.soap_envelope import element, written

AGGREGATE = "AggregateResult"
ADDRESS = (
    "latitude",
    "longitude",
    "city",
    "country",
    "countryCode",
    "geocodeAccuracy",
    "postalCode",
    "state",
    "stateCode",
    "street",
)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# Beyond these a double is written with an exponent.
_SMALLEST_PLAIN, _LARGEST_PLAIN = Decimal("1e-3"), Decimal("1e7")


@dataclass(frozen=True)
class RecordWriter:
    """Turns pages and records, made for JSON, into XML."""

    schema: Schema

    def page(self, tag: str, page: dict[str, Any]) -> str:
        """A query result; its locator is the last part of the next page's address."""
        address = page.get("nextRecordsUrl")
        records = "".join(self.record("records", each) for each in page["records"])
        return (
            f'<{tag} xsi:type="QueryResult">{element("done", page["done"])}'
            f"{element('queryLocator', address and address.rpartition('/')[2])}"
            f"{records}{element('size', page['totalSize'])}</{tag}>"
        )

    def record(self, tag: str, record: dict[str, Any]) -> str:
        """One record: its type, its Id, then the fields asked for, among them Id once more."""
        type_name = record["attributes"]["type"]
        fields = "".join(
            self._field(type_name, name, value)
            for name, value in record.items()
            if name != "attributes"
        )
        return (
            f'<{tag} xsi:type="sf:sObject">{element("sf:type", type_name)}'
            f"{element('sf:Id', record.get('Id'))}{fields}</{tag}>"
        )

    def _field(self, type_name: str, name: str, value: Any) -> str:
        tag = f"sf:{name}"
        if value is None:
            return element(tag, None)
        if type_name == AGGREGATE:
            kind, text = _typed(value)
            return f'<{tag} xsi:type="xsd:{kind}">{written(text)}</{tag}>'
        if not isinstance(value, dict):
            return element(tag, plain_text(self._declared(type_name, name), value))
        if "attributes" in value:
            return self.record(tag, value)
        if "records" in value:
            return self.page(tag, value)
        parts = "".join(element(part, _part(value.get(part))) for part in ADDRESS)
        return f'<{tag} xsi:type="address">{parts}</{tag}>'

    def _declared(self, type_name: str, name: str) -> Field | None:
        sobject = self.schema.get(type_name)
        return sobject.field(name) if sobject else None


def plain_text(field: Field | None, value: Any) -> str:
    """A value of a record as text; the type is told by describe only."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return double_text(value)
    if field is not None and field.kind == "datetime":
        return str(value).replace("+0000", "Z")
    return str(value)


def double_text(value: float) -> str:
    """A double with at least one decimal place, and an exponent when large or tiny: 1.5E8."""
    number = Decimal(repr(value))
    if not number or _SMALLEST_PLAIN <= abs(number) < _LARGEST_PLAIN:
        text = format(number, "f")
        return text if "." in text else f"{text}.0"
    digits = "".join(str(digit) for digit in number.as_tuple().digits).rstrip("0") or "0"
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{number.adjusted()}"


def _typed(value: Any) -> tuple[str, str]:
    """Type and text of an aggregate's value, which no describe could tell."""
    if isinstance(value, bool):
        return "boolean", str(value).lower()
    if isinstance(value, int):
        return "int", str(value)
    if isinstance(value, float):
        return "double", double_text(value)
    if _DATETIME.fullmatch(str(value)):
        return "dateTime", str(value).replace("+0000", "Z")
    return "date" if _DATE.fullmatch(str(value)) else "string", str(value)


def _part(value: Any) -> str | None:
    return None if value is None else plain_text(None, value)
