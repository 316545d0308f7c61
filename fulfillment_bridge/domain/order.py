"""An order as the warehouse needs it, whatever the merchant's org calls its fields."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Address:
    """Where goods or bills go. ``country`` is ISO 3166-1 alpha-2; no field holds a line break."""

    name: str = ""
    company: str = ""
    line_1: str = ""
    line_2: str = ""
    line_3: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class OrderLine:
    """One line. ``sku`` is the merchant's, ``warehouse_sku`` what the warehouse calls it.

    ``quantity`` counts the merchant's units, ``warehouse_quantity`` the warehouse's
    (a case of 12 may be one unit in Salesforce and twelve on the shelf).
    """

    cart_line_id: str
    line_number: int
    sku: str
    quantity: Decimal
    warehouse_sku: str = ""
    warehouse_quantity: Decimal = Decimal(0)
    unit_of_measure: str = ""
    unit_price: Decimal | None = None
    description: str = ""
    extras: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Order:
    """What was bought, as the cart says."""

    cart_order_id: str
    order_number: str
    ship_to: Address
    lines: tuple[OrderLine, ...]
    bill_to: Address = Address()
    purchase_order_number: str = ""
    ordered_on: date | None = None
    requested_ship_on: date | None = None
    cancel_after_on: date | None = None
    ship_method: str = ""
    carrier_account: str = ""
    gift_message: str = ""
    instructions: str = ""
    currency: str = ""
    subtotal: Decimal | None = None
    shipping_total: Decimal | None = None
    tax_total: Decimal | None = None
    discount_total: Decimal | None = None
    order_total: Decimal | None = None
    extras: tuple[tuple[str, str], ...] = ()

    def content(self) -> dict[str, Any]:
        """The order as JSON-ready values: decimals and dates as text, in a stable order."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}

    def content_hash(self) -> str:
        """SHA-256 over the mapped content. The same content always gives the same hash."""
        text = json.dumps(self.content(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Order:
        """The order that ``content()`` came from."""
        values = dict(content)
        values["ship_to"] = Address(**values["ship_to"])
        values["bill_to"] = Address(**values["bill_to"])
        values["lines"] = tuple(_line(line) for line in values["lines"])
        values["extras"] = _pairs(values["extras"])
        for name in ("ordered_on", "requested_ship_on", "cancel_after_on"):
            values[name] = date.fromisoformat(values[name]) if values[name] else None
        for name in MONEY_FIELDS:
            values[name] = _decimal(values[name])
        return cls(**values)


MONEY_FIELDS = ("subtotal", "shipping_total", "tax_total", "discount_total", "order_total")


def _line(content: Mapping[str, Any]) -> OrderLine:
    values = dict(content)
    values["quantity"] = Decimal(values["quantity"])
    values["warehouse_quantity"] = Decimal(values["warehouse_quantity"])
    values["unit_price"] = _decimal(values["unit_price"])
    values["extras"] = _pairs(values["extras"])
    return OrderLine(**values)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(text)) for name, text in value)


def _plain(value: Any) -> Any:
    if isinstance(value, Order | OrderLine | Address):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


@dataclass(frozen=True)
class HoldReason:
    """Why an order is held, and what to do about it.

    ``code``   a stable word: ``mapping``, ``no_lines``, ``no_longer_ready``, ``test_order``,
               ``already_marked``, ``by_hand`` …
    ``place``  the workbook sheet and cell, or the field, where there is one
    ``rule``   what of the workbook holds it, where a person may let the order go despite that;
               the same as long as it is the same rule about the same record
    """

    code: str
    message: str
    remedy: str = ""
    place: str = ""
    rule: str = ""

    def text(self) -> str:
        where = f"{self.place}: " if self.place else ""
        what = f" {self.remedy}" if self.remedy else ""
        return f"{where}{self.message}{what}"
