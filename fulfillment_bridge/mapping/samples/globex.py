"""Globex Office: everything in custom objects, addresses on the account, stock on Product2."""

from __future__ import annotations

from fulfillment_bridge.mapping.filling import Filling, From, To

GLOBEX = Filling(
    about="Globex Office: Sales Order and Sales Order Line are objects of their own; the goods go "
    "to the account's shipping address.",
    settings={
        "order_object": "Sales_Order__c",
        "line_object": "Sales_Order_Line__c",
        "line_order_field": "Sales_Order__c",
        "order_number_field": "Order_No__c",
        "order_date_field": "Ordered_On__c",
        "earliest_order_date": "2020-01-01",
        "inventory_object": "Product2",
        "time_zone": "America/Los_Angeles",
    },
    rules=(
        ("ready", "1", "Status__c", "=", "Approved", ""),
        ("cancel", "1", "Status__c", "=", "Cancelled", ""),
        ("inventory", "1", "ProductCode", "!=", "(blank)", "Products without a code are no goods"),
    ),
    order_fields={
        "purchase_order_number": From("Customer_PO__c"),
        "ordered_on": From("Ordered_On__c"),
        "requested_ship_on": From("Needed_By__c", notes="The day the customer needs it"),
        "ship_method": From(
            "Delivery__c", "map(delivery)", notes="A word that is not in the map holds the order"
        ),
        "gift_message": From("Gift_Note__c"),
        "instructions": From("Notes__c"),
        "ship_to.name": From("Attention__c"),
        "ship_to.company": From("Account__r.Name"),
        "ship_to.street": From("Account__r.ShippingStreet", required=True),
        "ship_to.city": From("Account__r.ShippingCity"),
        "ship_to.state": From("Account__r.ShippingState"),
        "ship_to.postal_code": From("Account__r.ShippingPostalCode"),
        "ship_to.country": From("Account__r.ShippingCountry"),
        "ship_to.phone": From("Account__r.Phone"),
        "bill_to.name": From("Account__r.Name"),
        "bill_to.street": From("Account__r.BillingStreet"),
        "bill_to.city": From("Account__r.BillingCity"),
        "bill_to.state": From("Account__r.BillingState"),
        "bill_to.postal_code": From("Account__r.BillingPostalCode"),
        "bill_to.country": From("Account__r.BillingCountry"),
        "order_total": From("Total__c"),
    },
    line_fields={
        "sku": From("Item_Code__c", "trim"),
        "quantity": From("Qty__c"),
        "unit_of_measure": From("Unit__c", default="EA"),
        "unit_price": From("Price__c"),
        "description": From("Item_Text__c"),
    },
    shipment_fields={
        "tracking_numbers": To("Tracking_No__c"),
        "carrier": To("Shipped_Via__c"),
        "service": To("Delivery_Service__c"),
        "ship_date": To("Shipped_On__c"),
        "fulfillment_status": To("WMS_Status__c", "map(statuses)"),
        "status_message": To("WMS_Remark__c"),
        "warehouse_reference": To("WMS_Order__c"),
        "sent_to_warehouse_at": To("Handed_Over__c"),
    },
    inventory_fields={
        "sku": To("ProductCode"),
        "available": To("Warehouse_Stock__c"),
        "as_of": To("Stock_As_Of__c"),
    },
    value_maps={
        "delivery": {
            "Regular": "Ground",
            "Two Day Air": "2nd Day",
            "Next Day Air": "Next Day",
        },
        "statuses": {"Shipped short": "Closed short", "(anything else)": "(unchanged)"},
    },
)
