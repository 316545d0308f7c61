"""A fulfillment order as the CSV file a folder warehouse reads: columns by position."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

from fulfillment_bridge.domain.fulfillment import FulfillmentOrder
from fulfillment_bridge.domain.order import Address, Order, OrderLine
from fulfillment_bridge.errors import Rejected
from fulfillment_bridge.warehouses.base import Submission

REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,22}")
REFERENCE_LENGTH = 22
_NOT_PRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LOOKS_LIKE_A_FORMULA = re.compile(r"[=+\-@]")
_PHONE_OR_NUMBER = re.compile(r"[+-]?[\d\s().,/x-]*")


def prepare(order: FulfillmentOrder, *, created_at: datetime) -> Submission:
    """The order's file name and bytes; the same arguments give the same name and bytes.

    Raises Rejected, with every problem, where the file format cannot express the order.
    """
    problems = [*_faults(order)]
    if problems:
        raise Rejected(
            f"order {order.order.order_number} cannot be written as an order file for "
            f"{order.warehouse}: {'; '.join(problems)}",
            remedy="Complete the order in Salesforce (or its mapping), then release it again.",
            code="incomplete_order",
            problems=problems,
        )
    stamp = created_at.astimezone(UTC).strftime("%y%m%d%H%M%S")
    return Submission(
        merchant_code=order.merchant_code,
        reference=order.reference,
        name=f"ord_{order.reference}_{stamp}.csv",
        body=_csv_bytes([_order_row(order), *_line_rows(order)]),
    )


def _faults(order: FulfillmentOrder) -> Iterator[str]:
    ship_to = order.order.ship_to
    if not REFERENCE.fullmatch(order.reference):
        yield (
            f"the reference {order.reference!r} is not 1 to {REFERENCE_LENGTH} characters "
            "of A-Z a-z 0-9 . _ -"
        )
    if not (_clean(ship_to.name) or _clean(ship_to.company)):
        yield "the ship-to name is missing"
    for value, name in (
        (ship_to.line_1, "street"), (ship_to.city, "city"), (ship_to.country, "country"),
    ):  # fmt: skip
        if not _clean(value):
            yield f"the ship-to {name} is missing"
    if not order.order.lines:
        yield "it has no lines"
    for line in order.order.lines:
        yield from _line_faults(line)


def _line_faults(line: OrderLine) -> Iterator[str]:
    if not _clean(_warehouse_sku(line)):
        yield f"line {line.line_number} has no SKU"
    if _warehouse_quantity(line) <= 0:
        yield f"line {line.line_number} has no quantity to ship"


def _order_row(part: FulfillmentOrder) -> list[str]:
    order, ship_to, bill_to = part.order, part.order.ship_to, part.order.bill_to
    return [
        "PH", part.reference, _text(order.purchase_order_number),
        _text(ship_to.name or ship_to.company), *_place(ship_to),
        _text(ship_to.company), _text(ship_to.phone),
        _text(bill_to.name or bill_to.company), *_place(bill_to),
        _text(order.ship_method), "T" if order.carrier_account else "P",
        _text(order.carrier_account), _midnight(order.ordered_on), "SFDC",
        _text(order.gift_message), _text(order.instructions),
        _text(ship_to.email), _text(ship_to.line_3),
        _text(bill_to.company), _text(bill_to.phone), _text(bill_to.email), _text(bill_to.line_3),
        _text(order.order_number), _day(order.requested_ship_on), _day(order.cancel_after_on),
        _text(order.currency), _total(order),
    ]  # fmt: skip


def _place(address: Address) -> list[str]:
    """The six columns that ship-to and bill-to share."""
    return [
        _text(address.line_1), _text(address.line_2), _text(address.city), _text(address.state),
        _text(address.postal_code), _text(address.country),
    ]  # fmt: skip


def _line_rows(part: FulfillmentOrder) -> Iterator[list[str]]:
    for line in part.order.lines:
        yield [
            "PD", part.reference, str(line.line_number), _clean(_warehouse_sku(line)),
            _quantity(_warehouse_quantity(line)), _money(line.unit_price or Decimal(0)),
            _text(line.description), _text(line.unit_of_measure) or "EA",
        ]  # fmt: skip


def _warehouse_sku(line: OrderLine) -> str:
    return line.warehouse_sku or line.sku


def _warehouse_quantity(line: OrderLine) -> Decimal:
    return line.warehouse_quantity or line.quantity


def _clean(text: str) -> str:
    """One line, no control characters: a record of the file is one line, always."""
    return " ".join(_NOT_PRINTABLE.sub(" ", text).split())


def _text(text: str) -> str:
    """Free text, harmless when somebody opens the file in a spreadsheet.

    Buyers write names and gift messages; a leading apostrophe keeps theirs from being formulas.
    Phone numbers may begin with a plus. SKUs do not come through here: they are keys and go
    out as they are.
    """
    cleaned = _clean(text)
    if _LOOKS_LIKE_A_FORMULA.match(cleaned) and not _PHONE_OR_NUMBER.fullmatch(cleaned):
        return f"'{cleaned}"
    return cleaned


def as_it_was(text: str) -> str:
    """What ``_text`` was given, but for white space."""
    bare = text.removeprefix("'")
    return bare if _text(bare) == text else text


def _midnight(day: date | None) -> str:
    return f"{day.isoformat()}T00:00:00Z" if day else ""


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _quantity(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")


def _money(amount: Decimal) -> str:
    """At least two decimals, and never fewer than the amount has."""
    exponent = amount.normalize().as_tuple().exponent
    decimals = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{amount:.{decimals}f}"


def _total(order: Order) -> str:
    return "" if order.order_total is None else _money(order.order_total)


def _csv_bytes(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    # JSON can carry half a surrogate pair, which no encoding can: a question mark stands for it.
    return text.getvalue().encode("utf-8", errors="replace")
