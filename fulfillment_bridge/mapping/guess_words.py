"""What merchants call things: words by which our fields are recognized in an org never seen before.

For each of our fields the phrases that its counterpart's name or label tends to consist of, the
likeliest first. Phrases are compared word by word, in lower case, without ``__c``.
"""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, tuple[str, ...]]

_SHIP = (
    "shipping", "ship to", "delivery", "deliver to", "recipient", "destination", "dest",
    "consignee",
)  # fmt: skip
_BILL = ("billing", "bill to", "invoice")


def _address(beginnings: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Phrases for every part of an address: ``shipping street``, ``ship to street`` …"""
    parts = {
        "street": ("street", "address street", "address"),
        "line_1": ("address line 1", "street line 1", "street 1", "address 1"),
        "line_2": ("address line 2", "street line 2", "street 2", "address 2"),
        "line_3": ("address line 3", "street line 3", "street 3", "address 3"),
        "city": ("city", "address city", "town"),
        "state": ("state code", "state", "state province", "address state", "province"),
        "postal_code": ("postal code", "zip code", "zip", "postcode", "address postal code"),
        "country": ("country code", "country", "address country", "nation"),
        "phone": ("phone", "telephone", "contact phone"),
        "email": ("email", "contact email"),
        "company": ("company", "company name"),
        "name": ("name", "contact name", "contact"),
    }
    return {
        key: tuple(f"{beginning} {word}" for word in words for beginning in beginnings)
        for key, words in parts.items()
    }


def _prefixed(prefix: str, words: Words, more: Words) -> dict[str, tuple[str, ...]]:
    return {f"{prefix}.{key}": (*phrases, *more.get(key, ())) for key, phrases in words.items()}


ORDER_WORDS: Words = {
    "purchase_order_number": (
        "po number", "purchase order number", "customer po", "customer po number", "po no", "po",
    ),
    "ordered_on": (
        "order date", "ordered on", "order placed", "effective date", "close date", "sales date",
    ),
    "requested_ship_on": (
        "requested ship date", "requested ship", "ship by", "ship by date", "needed by",
        "need by date", "requested delivery date", "required date",
    ),
    "cancel_after_on": ("cancel after", "cancel by", "cancel date", "cancel after date"),
    "ship_method": (
        "ship method", "shipping method", "delivery method", "ship via", "shipping service",
        "service level", "delivery",
    ),
    "carrier_account": (
        "carrier account", "carrier account number", "freight account", "third party account",
    ),
    "gift_message": ("gift message", "gift note", "greeting"),
    "instructions": (
        "shipping instructions", "delivery instructions", "packing note", "packing instructions",
        "shipping notes", "special instructions", "instructions", "notes",
    ),
    **_prefixed(
        "ship_to",
        _address(_SHIP),
        {"name": ("attention", "deliver to", "recipient"), "company": ("account name",),
         "phone": ("account phone",)},
    ),
    **_prefixed("bill_to", _address(_BILL), {"name": ("account name",)}),
    "subtotal": ("subtotal", "sub total", "goods total"),
    "shipping_total": ("shipping total", "shipping cost", "shipping charge", "freight"),
    "tax_total": ("tax total", "tax", "total tax"),
    "discount_total": ("discount total", "discount", "total discount"),
    "order_total": ("total amount", "order total", "grand total", "total", "amount"),
}  # fmt: skip

LINE_WORDS: Words = {
    "sku": (
        "sku", "product sku", "stock keeping unit", "item code", "item number", "product code",
        "part number", "item sku",
    ),
    "quantity": ("quantity", "qty", "order quantity", "ordered quantity", "units"),
    "unit_of_measure": ("unit of measure", "uom", "unit"),
    "unit_price": ("unit price", "price", "sales price", "list price"),
    "description": ("description", "item description", "item text", "product name", "name"),
}  # fmt: skip

SHIPMENT_WORDS: Words = {
    "tracking_numbers": (
        "tracking numbers", "tracking number", "tracking no", "tracking", "tracking id",
        "waybills", "waybill", "waybill number", "consignment number",
    ),
    "carrier": ("carrier", "shipping carrier", "shipped via", "carrier name"),
    "service": ("carrier service", "ship service", "delivery service", "service"),
    "ship_date": ("ship date", "shipped on", "shipped date", "date shipped", "actual ship date"),
    "fulfillment_status": (
        "fulfillment status", "shipping status", "warehouse status", "wms status", "3pl status",
    ),
    "status_message": (
        "fulfillment message", "fulfillment note", "status message", "wms remark", "hold reason",
        "shipping message", "shipping note",
        "fulfillment comment",
    ),
    "warehouse_reference": (
        "warehouse reference", "warehouse order", "wms order", "3pl reference", "3pl order",
    ),
    "sent_to_warehouse_at": (
        "sent to warehouse", "sent to warehouse at", "handed over", "sent to 3pl",
    ),
}  # fmt: skip

INVENTORY_WORDS: Words = {
    "sku": LINE_WORDS["sku"],
    "warehouse": ("warehouse", "warehouse code", "location", "site"),
    "available": (
        "available", "available to sell", "quantity available", "available quantity", "stock",
        "warehouse stock", "stock level", "free stock", "quantity",
    ),
    "on_hand": ("on hand", "quantity on hand", "physical stock", "physical"),
    "allocated": ("allocated", "quantity allocated", "reserved"),
    "on_hold": ("on hold", "quantity on hold", "blocked"),
    "as_of": ("as of", "stock as of", "counted at", "last count", "updated at", "last sync"),
}  # fmt: skip

WORDS_OF_STATUS: Words = {
    "Received": ("new", "open"),
    "On hold": ("held", "hold"),
    "Sent to warehouse": ("released", "sent", "sent to 3pl", "in fulfillment", "processing"),
    "Refused by warehouse": ("rejected", "refused", "error"),
    "At warehouse": ("in warehouse", "picking", "in progress", "processing"),
    "Partially shipped": ("partial", "partly shipped", "partially fulfilled"),
    "Shipped": ("fulfilled", "completed", "complete", "closed"),
    "Shipped short": ("closed short", "short shipped", "short"),
    "Cancellation asked": ("cancel requested", "cancellation requested"),
    "Canceled": ("cancelled", "void", "voided"),
}
"""What we say of an order, and what the value of a merchant's picklist may be called."""

RECIPIENT = _SHIP

PLAIN_WORDS: Words = {
    "ship_to.street": ("street", "street address", "address"),
    "ship_to.city": ("city", "town"),
    "ship_to.state": ("region", "province"),
    "ship_to.postal_code": ("zip", "zip code", "postal code", "postcode"),
    "ship_to.country": ("country",),
    "ship_to.phone": ("phone", "telephone"),
    "ship_to.email": ("email",),
}
"""What parts of the only address of an order are called; nothing may stand beside the word."""

READY_CHECKBOXES = ("ready", "ready for fulfillment", "ready to ship", "release", "approved")
READY_VALUES = (
    "Activated", "Closed Won", "Approved", "Ready to Ship", "Ready", "Released", "Paid",
    "Confirmed", "Open",
)  # fmt: skip
CANCEL_VALUES = ("Canceled", "Cancelled", "Void", "Voided")
