"""What Salesforce itself insists on for standard objects, object by object."""

from __future__ import annotations

from typing import Any

from fulfillment_bridge.simulator.changes import Change, Refused, integrity, locked, no_access
from fulfillment_bridge.simulator.errors import RecordError
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.store import Row

_LOCKED = (
    "Unable to modify activated or superseded Order:  cannot delete Order, or add or remove "
    "Order Products"
)


class Rules:
    """The rules of an object; this one has none.

    ``before_…`` may change the new values and raise Refused; ``after`` follows every change of
    a record, be it made, changed or deleted. ``derive`` fills what follows from the row alone.
    """

    def derive(self, sobject: SObject, row: Row) -> None:
        """Fill fields that follow from the others."""

    def prepare(self, change: Change, row: Row, values: Row) -> None:
        """Complete a new record from the ``values`` given, before it is asked what is missing."""

    def before_create(self, change: Change, row: Row) -> None:
        """Check and complete a new record."""

    def before_update(self, change: Change, old: Row, values: Row) -> None:
        """Check and complete the values that change."""

    def before_delete(self, change: Change, row: Row) -> None:
        """Refuse a deletion that must not be."""

    def after(self, change: Change, row: Row) -> None:
        """What else changes with the record."""


class OrderRules(Rules):
    """Draft first; activated only with products, and closed to most changes from then on."""

    def derive(self, sobject: SObject, row: Row) -> None:
        """StatusCode is the category of Status."""
        row["StatusCode"] = _category(sobject, "Status", row.get("Status")) or "Draft"

    def before_create(self, change: Change, row: Row) -> None:
        """An order begins as a draft."""
        _check_status(change, row)
        if row["StatusCode"] != "Draft":
            raise _bad_status()

    def before_update(self, change: Change, old: Row, values: Row) -> None:
        """Activation, and what only a draft, or only some people, may change."""
        if old["StatusCode"] == "Activated" and not change.user.has("EditActivatedOrders"):
            raise no_access()
        new = {**old, **values}
        _check_status(change, new)
        self.derive(change.object("Order"), new)
        if old["StatusCode"] != "Draft" and new["AccountId"] != old["AccountId"]:
            raise integrity("Account ID: can be changed on draft orders only", "AccountId")
        has_items = bool(change.live("OrderItem", "OrderId", old["Id"]))
        if has_items and new["Pricebook2Id"] != old["Pricebook2Id"]:
            message = "Price Book ID: can not be changed on an order that has order products"
            raise integrity(message, "Pricebook2Id")
        if has_items and new.get("CurrencyIsoCode") != old.get("CurrencyIsoCode"):
            message = "Currency: can not be changed on an order that has order products"
            raise integrity(message, "CurrencyIsoCode")
        if new["StatusCode"] == "Activated" != old["StatusCode"]:
            if not has_items:
                message = "An order must have at least one product."
                raise Refused(RecordError("FAILED_ACTIVATION", message))
            values |= {"ActivatedDate": change.now, "ActivatedById": change.user.user_id}
        values["StatusCode"] = new["StatusCode"]

    def before_delete(self, change: Change, row: Row) -> None:
        """An activated order stays."""
        if row["StatusCode"] == "Activated":
            raise locked(_LOCKED)


class OrderItemRules(Rules):
    """A product of the order's price book; none comes or goes once the order is activated."""

    def before_create(self, change: Change, row: Row) -> None:
        """The order is a draft and the price book is its own."""
        order = change.row("Order", row["OrderId"])
        if order["StatusCode"] != "Draft":
            raise locked(_LOCKED)
        entry = change.row("PricebookEntry", row["PricebookEntryId"])
        if entry["Pricebook2Id"] != order["Pricebook2Id"]:
            message = (
                "Order Products must have a Price Book Entry that belongs to the Price Book "
                "related to the parent Order."
            )
            raise integrity(message, "PricebookEntryId")
        _check_active(entry)
        _settle_currency(row, order, entry)
        row |= {"Product2Id": entry["Product2Id"], "ListPrice": entry["UnitPrice"]}

    def before_update(self, change: Change, old: Row, values: Row) -> None:
        """Items of an activated order need the permission to edit it."""
        order = change.row("Order", old["OrderId"])
        if order.get("StatusCode") == "Activated" and not change.user.has("EditActivatedOrders"):
            raise no_access()

    def before_delete(self, change: Change, row: Row) -> None:
        """Nothing leaves an activated order."""
        if change.row("Order", row["OrderId"]).get("StatusCode") == "Activated":
            raise locked(_LOCKED)

    def after(self, change: Change, row: Row) -> None:
        """The order's amount is the sum of its items; a new sum moves the order's stamp."""
        order = change.row("Order", row["OrderId"])
        items = change.live("OrderItem", "OrderId", row["OrderId"])
        total = round(sum(_price(item) for item in items), 2)
        if order and not order["IsDeleted"] and order["TotalAmount"] != total:
            change.touch(change.object("Order"), order, {"TotalAmount": total})


class OpportunityRules(Rules):
    """Won and closed follow from the stage; the amount from the products."""

    def derive(self, sobject: SObject, row: Row) -> None:
        """IsClosed and IsWon from the stage."""
        category = _category(sobject, "StageName", row.get("StageName"))
        row |= {"IsClosed": int(category in ("Won", "Lost")), "IsWon": int(category == "Won")}

    def before_create(self, change: Change, row: Row) -> None:
        """The stage brings its probability."""
        if row.get("Probability") is None:
            row["Probability"] = _probability(change, row)

    def before_update(self, change: Change, old: Row, values: Row) -> None:
        """A new stage brings its probability; products fix price book and amount."""
        new = {**old, **values}
        self.derive(change.object("Opportunity"), new)
        values |= {"IsClosed": new["IsClosed"], "IsWon": new["IsWon"]}
        if new["StageName"] != old["StageName"] and "Probability" not in values:
            values["Probability"] = _probability(change, new)
        if old["HasOpportunityLineItem"]:
            values.pop("Amount", None)
            if new["Pricebook2Id"] != old["Pricebook2Id"]:
                message = "Price Book ID: can not be changed while the opportunity has products"
                raise integrity(message, "Pricebook2Id")


class OpportunityLineItemRules(Rules):
    """A product of the opportunity's price book, with a price or a total."""

    def before_create(self, change: Change, row: Row) -> None:
        """The entry is of the opportunity's price book, which it sets when there is none."""
        opportunity = change.row("Opportunity", row["OpportunityId"])
        entry = change.row("PricebookEntry", row["PricebookEntryId"])
        if opportunity["Pricebook2Id"] is None:
            values = {"Pricebook2Id": entry["Pricebook2Id"]}
            change.touch(change.object("Opportunity"), opportunity, values)
        elif entry["Pricebook2Id"] != opportunity["Pricebook2Id"]:
            message = (
                "field integrity exception: PricebookEntryId (pricebook entry is in a different "
                "pricebook than the one assigned to the opportunity)"
            )
            raise integrity(message, "PricebookEntryId")
        _check_active(entry)
        _settle_currency(row, opportunity, entry)
        row |= {"Product2Id": entry["Product2Id"], "ListPrice": entry["UnitPrice"]}
        _settle_prices(row, row)

    def before_update(self, change: Change, old: Row, values: Row) -> None:
        """Price, quantity and total stay in step."""
        if {"Quantity", "UnitPrice", "TotalPrice"} & set(values):
            _settle_prices(values, {**old, "TotalPrice": None, **values})

    def after(self, change: Change, row: Row) -> None:
        """The opportunity's amount and quantity are the sums of its products."""
        opportunity = change.row("Opportunity", row["OpportunityId"])
        if not opportunity or opportunity["IsDeleted"]:
            return
        items = change.live("OpportunityLineItem", "OpportunityId", row["OpportunityId"])
        values: Row = {"HasOpportunityLineItem": int(bool(items))}
        if items:
            values["Amount"] = round(sum(item["TotalPrice"] or 0 for item in items), 2)
            values["TotalOpportunityQuantity"] = sum(item["Quantity"] or 0 for item in items)
        if any(opportunity[name] != value for name, value in values.items()):
            change.touch(change.object("Opportunity"), opportunity, values)


class PricebookEntryRules(Rules):
    """A product's standard price comes before any other, and each price book has one."""

    def before_create(self, change: Change, row: Row) -> None:
        """Refuse a second price in one book, and a price where there is no standard one."""
        others = change.live("PricebookEntry", "Product2Id", row["Product2Id"])
        same = ("Pricebook2Id", "CurrencyIsoCode")
        if any(all(each.get(name) == row.get(name) for name in same) for each in others):
            message = "This price definition already exists in this price book"
            raise Refused(RecordError("DUPLICATE_VALUE", message))
        if change.row("Pricebook2", row["Pricebook2Id"])["IsStandard"]:
            return
        books = (change.row("Pricebook2", each["Pricebook2Id"]) for each in others)
        if not any(book["IsStandard"] for book in books):
            message = "No standard price defined for this product"
            raise Refused(RecordError("STANDARD_PRICE_NOT_DEFINED", message))


class PersonRules(Rules):
    """A person's Name is made of first and last name."""

    def derive(self, sobject: SObject, row: Row) -> None:
        """Name, from its parts."""
        parts = (row.get("FirstName"), row.get("LastName"))
        row["Name"] = " ".join(part for part in parts if part)

    def before_update(self, change: Change, old: Row, values: Row) -> None:
        """A new part makes a new name."""
        if {"FirstName", "LastName"} & set(values):
            new = {**old, **values}
            self.derive(change.object("Contact"), new)
            values["Name"] = new["Name"]


def _category(sobject: SObject, field_name: str, value: Any) -> str | None:
    """What a status or stage means; None for a value the picklist does not know."""
    field = sobject.engine_field(field_name)
    found = field.picklist_value(value) if field else None
    return found.category if found else None


def _probability(change: Change, row: Row) -> float:
    field = change.object("Opportunity").engine_field("StageName")
    found = field.picklist_value(row["StageName"]) if field else None
    return float(found.probability) if found else 0.0


def _check_status(change: Change, row: Row) -> None:
    if _category(change.object("Order"), "Status", row["Status"]) is None:
        raise _bad_status()


def _bad_status() -> Refused:
    message = (
        "Choose a valid order status and save your changes. Ask your Salesforce admin for details."
    )
    return Refused(RecordError("FAILED_ACTIVATION", message, ("Status",)))


def _check_active(entry: Row) -> None:
    if not entry["IsActive"]:
        message = "field integrity exception: PricebookEntryId (pricebook entry is inactive)"
        raise integrity(message, "PricebookEntryId")


def _settle_currency(row: Row, parent: Row, entry: Row) -> None:
    """A product line is in the currency of what it is part of; so must its price be."""
    if parent.get("CurrencyIsoCode") != entry.get("CurrencyIsoCode"):
        message = (
            "field integrity exception: PricebookEntryId (pricebook entry currency code does not "
            "match the currency code of the parent)"
        )
        raise integrity(message, "PricebookEntryId")
    if "CurrencyIsoCode" in parent:
        row["CurrencyIsoCode"] = parent["CurrencyIsoCode"]


def _price(item: Row) -> float:
    return float((item["Quantity"] or 0) * (item["UnitPrice"] or 0))


def _settle_prices(values: Row, row: Row) -> None:
    """Set price and total so that quantity times price is the total."""
    total, price, quantity = row.get("TotalPrice"), row.get("UnitPrice"), row.get("Quantity") or 0
    if "TotalPrice" in values and "UnitPrice" in values and None not in (total, price):
        message = "field integrity exception: TotalPrice (cannot be given together with UnitPrice)"
        raise integrity(message, "TotalPrice")
    if total is not None and quantity:
        values["UnitPrice"] = total / quantity
    elif price is not None:
        values["TotalPrice"] = round(price * quantity, 2)
    else:
        message = "Required fields are missing: [UnitPrice]"
        raise Refused(RecordError("REQUIRED_FIELD_MISSING", message, ("UnitPrice",)))
