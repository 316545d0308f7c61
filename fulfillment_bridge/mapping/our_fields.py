"""Our fields: everything an order, a line, a shipment or a stock level can say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fulfillment_bridge.mapping.findings import nearest

Kind = Literal[
    "text",
    "street",
    "state",
    "country",
    "date",
    "moment",
    "money",
    "quantity",
    "number",
    "currency",
]
"""What a value must be in the end; decides how it is read and cleaned."""

EXTRA = "extra"


@dataclass(frozen=True)
class OurField:
    """One of our fields. ``label`` is what people read, ``key`` what the code says."""

    key: str
    label: str
    kind: Kind = "text"
    group: str = ""
    required: bool = False
    note: str = ""

    @property
    def is_extra(self) -> bool:
        return self.group == EXTRA

    @property
    def extra_name(self) -> str:
        return self.key.partition(".")[2]


class Catalog:
    """The fields one sheet may name, found by key or by label, whatever the case."""

    def __init__(self, fields: Sequence[OurField], *, extras: bool = False) -> None:
        self.fields = tuple(fields)
        self.extras = extras
        self._by_name = {
            _normal(name): field for field in self.fields for name in (field.key, field.label)
        }

    def __iter__(self) -> Iterator[OurField]:
        return iter(self.fields)

    def find(self, text: str) -> OurField | None:
        """The field of that key or label; ``Extra: NAME`` makes a field of its own."""
        found = self._by_name.get(_normal(text))
        if found or not self.extras:
            return found
        extra = _EXTRA_NAME.fullmatch(text.strip())
        if extra is None:
            return None
        name = extra.group(1).strip()
        return OurField(f"extra.{name}", f"Extra: {name}", group=EXTRA)

    def nearest(self, text: str) -> tuple[str, ...]:
        """Labels that look like ``text``."""
        keys = {field.key: field.label for field in self.fields}
        words = [*(field.label for field in self.fields), *keys]
        return tuple(dict.fromkeys(keys.get(word, word) for word in nearest(text, words)))


_EXTRA_NAME = re.compile(r"extra\s*[.:]\s*([^\s.][^.]*)", re.IGNORECASE)


def _normal(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


_ADDRESS_PARTS: tuple[tuple[str, str, Kind, str], ...] = (
    ("name", "name", "text", "The person, or the company where there is no person."),
    ("company", "company", "text", ""),
    (
        "street",
        "street",
        "street",
        "A street of several lines: fills lines 1 to 3. Use this or the lines, not both.",
    ),
    ("line_1", "line 1", "text", "Needed unless the street is mapped as a whole."),
    ("line_2", "line 2", "text", ""),
    ("line_3", "line 3", "text", ""),
    ("city", "city", "text", ""),
    (
        "state",
        "state",
        "state",
        "In the US, Canada and some more, names become codes: Nevada is NV. With the transform "
        "state_code an unknown one holds the order.",
    ),
    ("postal_code", "postal code", "text", ""),
    (
        "country",
        "country",
        "country",
        "Becomes the two-letter ISO code: 'United States', 'USA' and 'US' all give US.",
    ),
    ("phone", "phone", "text", ""),
    ("email", "email", "text", ""),
)


def _address(prefix: str, word: str, needed: tuple[str, ...] = ()) -> tuple[OurField, ...]:
    return tuple(
        OurField(f"{prefix}.{key}", f"{word} {label}", kind, word, key in needed, note)
        for key, label, kind, note in _ADDRESS_PARTS
    )


ORDER_FIELDS = Catalog(
    (
        OurField("purchase_order_number", "Purchase order number", group="Order"),
        OurField("ordered_on", "Order date", "date", "Order"),
        OurField("requested_ship_on", "Requested ship date", "date", "Order"),
        OurField("cancel_after_on", "Cancel after date", "date", "Order"),
        OurField(
            "ship_method",
            "Ship method",
            group="Order",
            note="The warehouse's word. Translate with a value map: map(ship methods).",
        ),
        OurField(
            "carrier_account",
            "Carrier account",
            group="Order",
            note="The number a third party is billed on.",
        ),
        OurField("gift_message", "Gift message", group="Order"),
        OurField("instructions", "Instructions", group="Order", note="For the people who pack."),
        *_address("ship_to", "Ship-to", needed=("city", "country")),
        *_address("bill_to", "Bill-to"),
        OurField(
            "currency",
            "Currency",
            "currency",
            "Totals",
            note="Three letters (USD). Left out: the org's own where it has just one.",
        ),
        OurField("subtotal", "Subtotal", "money", "Totals"),
        OurField("shipping_total", "Shipping total", "money", "Totals"),
        OurField("tax_total", "Tax total", "money", "Totals"),
        OurField("discount_total", "Discount total", "money", "Totals"),
        OurField("order_total", "Order total", "money", "Totals"),
    ),
    extras=True,
)

LINE_FIELDS = Catalog(
    (
        OurField(
            "sku",
            "SKU",
            group="Line",
            required=True,
            note="The merchant's stock code. The sheet 'SKU aliases' translates it.",
        ),
        OurField("quantity", "Quantity", "quantity", "Line", required=True, note="Above zero."),
        OurField("unit_of_measure", "Unit of measure", group="Line"),
        OurField("unit_price", "Unit price", "money", "Line"),
        OurField("description", "Description", group="Line"),
    ),
    extras=True,
)

SHIPMENT_FIELDS = Catalog(
    (
        OurField(
            "tracking_numbers",
            "Tracking numbers",
            group="Shipment",
            note="All of them, joined with the separator of the sheet Cart.",
        ),
        OurField("carrier", "Carrier", group="Shipment", note="Such as UPS."),
        OurField("service", "Service", group="Shipment", note="Such as Ground."),
        OurField("ship_date", "Ship date", "date", "Shipment"),
        OurField(
            "fulfillment_status",
            "Fulfillment status",
            group="Status",
            note="Received, On hold, Sent to warehouse, At warehouse, Shipped …; a value map "
            "says it in the merchant's words.",
        ),
        OurField(
            "status_message",
            "Status message",
            group="Status",
            note="Why an order is held, at most 255 characters; emptied when all is well.",
        ),
        OurField(
            "warehouse_reference",
            "Warehouse reference",
            group="Status",
            note="The number the warehouse knows the order by.",
        ),
        OurField("sent_to_warehouse_at", "Sent to warehouse time", "moment", "Status"),
        OurField(
            "tracking_link",
            "Tracking link",
            group="Shipment",
            note="Where the newest parcel can be followed: the warehouse's own link, else the "
            "carrier's page.",
        ),
        OurField(
            "line.shipped",
            "Line: shipped quantity",
            "number",
            "Line",
            note="A field of the line, in the merchant's units.",
        ),
        OurField("line.short", "Line: short quantity", "number", "Line"),
        OurField("line.canceled", "Line: canceled quantity", "number", "Line"),
        OurField("line.tracking_numbers", "Line: tracking numbers", group="Line"),
        OurField(
            "package.tracking_number",
            "Package: tracking number",
            group="Package",
            note="A field of the package object that the sheet Cart names: one record per parcel.",
        ),
        OurField("package.number", "Package: number", group="Package"),
        OurField("package.tracking_link", "Package: tracking link", group="Package"),
        OurField("package.carrier", "Package: carrier", group="Package"),
        OurField("package.service", "Package: service", group="Package"),
        OurField("package.ship_date", "Package: ship date", "date", "Package"),
        OurField(
            "package.contents",
            "Package: contents",
            group="Package",
            note="As 2 x MUG-1, 1 x TENT-2.",
        ),
    )
)

INVENTORY_FIELDS = Catalog(
    (
        OurField("sku", "SKU", group="Key", note="The field that holds the SKU; never written."),
        OurField(
            "warehouse",
            "Warehouse",
            group="Key",
            note="Only where there is one record per SKU and warehouse; never written.",
        ),
        OurField("available", "Available", "number", "Level", note="What may be sold."),
        OurField("on_hand", "On hand", "number", "Level"),
        OurField("allocated", "Allocated", "number", "Level"),
        OurField("on_hold", "On hold", "number", "Level"),
        OurField("as_of", "As of", "moment", "Level", note="When the warehouse counted."),
    )
)
