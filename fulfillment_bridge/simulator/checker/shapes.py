"""Where each merchant keeps what a round is about. Written from the orgs, not from any map."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """Paths of the ship-to address. ``names`` are what the parcel may be addressed to."""

    prefix: str
    names: tuple[str, ...]

    def path(self, part: str) -> str:
        """The path of Street, City, State, PostalCode or Country."""
        return f"{self.prefix}Shipping{part}"


@dataclass(frozen=True)
class WriteBack:
    """The merchant's fields that are written after the order left the org."""

    tracking: str
    carrier: str
    ship_date: str
    status: str
    reference: str
    sent: str

    def all(self) -> tuple[str, ...]:
        """All of these fields."""
        return (
            self.tracking,
            self.carrier,
            self.ship_date,
            self.status,
            self.reference,
            self.sent,
        )


@dataclass(frozen=True)
class Shape:
    """One merchant's objects and fields. ``ready`` is the field and the value that mean ready."""

    order_object: str
    number: str
    ready: tuple[str, object]
    address: Address
    write_back: WriteBack
    line_object: str
    line_parent: str
    line_sku: str
    line_quantity: str
    stock_object: str
    stock_sku: str
    stock_level: str
    stock_warehouse: tuple[str, str] | None = None


SHAPES = {
    "acme": Shape(
        order_object="Order",
        number="OrderNumber",
        ready=("Ready_for_Fulfillment__c", True),
        address=Address(prefix="", names=("ShipToContact.Name", "Account.Name")),
        write_back=WriteBack(
            tracking="Tracking_Numbers__c",
            carrier="Carrier__c",
            ship_date="Ship_Date__c",
            status="Fulfillment_Status__c",
            reference="Warehouse_Reference__c",
            sent="Sent_to_Warehouse__c",
        ),
        line_object="OrderItem",
        line_parent="OrderId",
        line_sku="Product2.StockKeepingUnit",
        line_quantity="Quantity",
        stock_object="Inventory__c",
        stock_sku="SKU__c",
        stock_level="Available__c",
    ),
    "globex": Shape(
        order_object="Sales_Order__c",
        number="Order_No__c",
        ready=("Status__c", "Approved"),
        address=Address(prefix="Account__r.", names=("Attention__c", "Account__r.Name")),
        write_back=WriteBack(
            tracking="Tracking_No__c",
            carrier="Shipped_Via__c",
            ship_date="Shipped_On__c",
            status="WMS_Status__c",
            reference="WMS_Order__c",
            sent="Handed_Over__c",
        ),
        line_object="Sales_Order_Line__c",
        line_parent="Sales_Order__c",
        line_sku="Item_Code__c",
        line_quantity="Qty__c",
        stock_object="Product2",
        stock_sku="ProductCode",
        stock_level="Warehouse_Stock__c",
    ),
    "initech": Shape(
        order_object="Opportunity",
        number="Order_Reference__c",
        ready=("StageName", "Closed Won"),
        address=Address(prefix="Account.", names=("Deliver_To__c", "Account.Name")),
        write_back=WriteBack(
            tracking="Tracking__c",
            carrier="Shipping_Carrier__c",
            ship_date="Shipped_Date__c",
            status="Shipping_Status__c",
            reference="Warehouse_Order__c",
            sent="Sent_to_Warehouse_At__c",
        ),
        line_object="OpportunityLineItem",
        line_parent="OpportunityId",
        line_sku="Product2.ProductCode",
        line_quantity="Quantity",
        stock_object="Stock__c",
        stock_sku="SKU__c",
        stock_level="Quantity__c",
        stock_warehouse=("Warehouse__c", "RENO"),
    ),
}

COUNTRIES = {
    "united states": "US",
    "germany": "DE",
    "united kingdom": "GB",
    "france": "FR",
    "canada": "CA",
}

REASON_WORDS = {
    "no_country": ("country",),
    "unknown_country": ("country", "atlantis"),
    "no_city": ("city",),
    "no_sku": ("sku", "stockkeepingunit", "item_code", "productcode"),
    "unknown_ship_method": ("ship method", "ship_method", "delivery__c", "zeppelin"),
}
"""For each kind of planted order, the words of which a reason must have at least one."""
