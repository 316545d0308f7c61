"""Reading order files the way a warehouse does: by position, and strictly."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

ORDER_COLUMNS = (
    "record_type", "reference", "purchase_order_number",
    "ship_to_name", "ship_to_line_1", "ship_to_line_2", "ship_to_city", "ship_to_state",
    "ship_to_postal_code", "ship_to_country", "ship_to_company", "ship_to_phone",
    "bill_to_name", "bill_to_line_1", "bill_to_line_2", "bill_to_city", "bill_to_state",
    "bill_to_postal_code", "bill_to_country",
    "ship_method", "freight_payment", "carrier_account", "ordered_at", "source", "gift_message",
    "instructions", "ship_to_email", "ship_to_line_3", "bill_to_company", "bill_to_phone",
    "bill_to_email", "bill_to_line_3", "order_number", "requested_ship_on", "cancel_after_on",
    "currency", "order_total",
)  # fmt: skip
SHORTEST_ORDER_ROW = ORDER_COLUMNS.index("gift_message") + 1
REQUIRED = ("ship_to_name", "ship_to_line_1", "ship_to_city", "ship_to_country")
SHIP_METHODS = {
    "": "Ground",
    "Ground": "Ground",
    "2nd Day": "2nd Day Air",
    "Next Day": "Next Day Air",
}
REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,22}")
COUNTRY = re.compile(r"[A-Z]{2}")
LINE_BREAKS = re.compile("[\t\n\v\f\r\u0085\u2028\u2029]")
LARGEST_FILE = 5_000_000


@dataclass(frozen=True)
class OrderedLine:
    """One PD row."""

    line: str
    sku: str
    quantity: Decimal


@dataclass(frozen=True)
class Order:
    """One PH row with its PD rows."""

    header: dict[str, str]
    lines: tuple[OrderedLine, ...]

    @property
    def reference(self) -> str:
        """What the warehouse knows the order by."""
        return self.header["reference"]

    @property
    def service(self) -> str:
        """The carrier's service that the ship method asks for."""
        return SHIP_METHODS[self.header["ship_method"]]


class Unreadable(Exception):
    """An order file that this warehouse cannot work with; the text says where and why."""


def read_orders(raw: bytes) -> list[Order]:
    """The orders in a file; Unreadable where any row is not as agreed."""
    orders: list[tuple[dict[str, str], list[OrderedLine]]] = []
    for number, row in enumerate(_rows(raw), start=1):
        place = f"row {number}"
        if row[0] == "PH":
            orders.append((_header(row, place), []))
        elif row[0] == "PD" and orders:
            header, lines = orders[-1]
            lines.append(_line(row, header["reference"], place))
        else:
            raise Unreadable(f"{place}: neither PH nor a PD after a PH: {row[0]!r}")
    if not orders:
        raise Unreadable("the file is empty")
    return [_whole(header, lines) for header, lines in orders]


def _rows(raw: bytes) -> Iterator[list[str]]:
    if len(raw) > LARGEST_FILE:
        raise Unreadable(f"{len(raw)} bytes are too many")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8: {error}") from error
    # Split by hand, so that a line break inside a value breaks the record: it must not be there.
    for line in text.replace("\r\n", "\n").removesuffix("\n").split("\n"):
        yield _fields(line)


def _fields(line: str) -> list[str]:
    try:
        row = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise Unreadable(f"not one record on one line: {line[:60]!r}") from error
    if not row:
        raise Unreadable("an empty line")
    if LINE_BREAKS.search(line):
        raise Unreadable(f"a line break inside a value: {line[:60]!r}")
    return row


def _header(row: list[str], place: str) -> dict[str, str]:
    if len(row) < SHORTEST_ORDER_ROW:
        raise Unreadable(f"{place}: PH has {len(row)} columns, not {SHORTEST_ORDER_ROW} or more")
    padded = row + [""] * (len(ORDER_COLUMNS) - len(row))
    header = dict(zip(ORDER_COLUMNS, padded, strict=False))
    _require(place, {name: header[name] for name in REQUIRED})
    if not REFERENCE.fullmatch(header["reference"]):
        raise Unreadable(f"{place}: {header['reference']!r} cannot be a reference")
    if not COUNTRY.fullmatch(header["ship_to_country"]):
        raise Unreadable(f"{place}: {header['ship_to_country']!r} is not a country code")
    if header["ship_method"] not in SHIP_METHODS:
        raise Unreadable(f"{place}: unknown ship method {header['ship_method']!r}")
    return header


def _line(row: list[str], reference: str, place: str) -> OrderedLine:
    if len(row) < 6:
        raise Unreadable(f"{place}: PD has {len(row)} columns, not 6 or more")
    if row[1] != reference:
        raise Unreadable(f"{place}: {row[1]!r} is not the order above, {reference!r}")
    _require(place, {"line": row[2], "sku": row[3]})
    return OrderedLine(line=row[2], sku=row[3], quantity=_quantity(row[4], place))


def _quantity(text: str, place: str) -> Decimal:
    try:
        quantity = Decimal(text)
    except InvalidOperation as error:
        raise Unreadable(f"{place}: {text!r} is not a quantity") from error
    if not quantity.is_finite() or quantity <= 0:
        raise Unreadable(f"{place}: {text!r} is not a quantity to ship")
    return quantity


def _require(place: str, values: dict[str, str]) -> None:
    missing = [name for name, value in values.items() if not value.strip()]
    if missing:
        raise Unreadable(f"{place}: {', '.join(missing)} is missing")


def _whole(header: dict[str, str], lines: Iterable[OrderedLine]) -> Order:
    order = Order(header=header, lines=tuple(lines))
    numbers = [line.line for line in order.lines]
    if not numbers:
        raise Unreadable(f"order {order.reference} has no lines")
    if len(set(numbers)) < len(numbers):
        raise Unreadable(f"order {order.reference} has two lines of one number")
    return order
