"""Initech Systems: won opportunities are orders, stock has a record per SKU and warehouse."""

from __future__ import annotations

from fulfillment_bridge.mapping.filling import Filling, From, To

INITECH = Filling(
    about="Initech Systems: an opportunity that is won is an order; countries are written out, "
    "streets have several lines.",
    settings={
        "order_object": "Opportunity",
        "line_object": "OpportunityLineItem",
        "line_order_field": "OpportunityId",
        "order_number_field": "Order_Reference__c",
        "order_date_field": "CloseDate",
        "earliest_order_date": "2020-01-01",
        "inventory_object": "Stock__c",
        "time_zone": "America/Chicago",
    },
    rules=(
        ("ready", "1", "StageName", "=", "Closed Won", ""),
        ("cancel", "1", "StageName", "=", "Closed Lost", "Won first, then lost after all"),
        ("inventory", "1", "Warehouse__c", "=", "RENO", "Other warehouses' records stay alone"),
    ),
    order_fields={
        "purchase_order_number": From("PO_Number__c"),
        "ordered_on": From("CloseDate"),
        "requested_ship_on": From("Requested_Ship_Date__c"),
        "ship_method": From("Ship_Method__c", "map(ship methods)"),
        "instructions": From("Shipping_Notes__c"),
        "ship_to.name": From("Deliver_To__c"),
        "ship_to.company": From("Account.Name"),
        "ship_to.street": From("Account.ShippingStreet", required=True),
        "ship_to.city": From("Account.ShippingCity"),
        "ship_to.state": From("Account.ShippingState"),
        "ship_to.postal_code": From("Account.ShippingPostalCode"),
        "ship_to.country": From("Account.ShippingCountry", "country_iso"),
        "ship_to.phone": From("Account.Phone", "phone"),
        "bill_to.name": From("Account.Name"),
        "bill_to.street": From("Account.BillingStreet"),
        "bill_to.city": From("Account.BillingCity"),
        "bill_to.state": From("Account.BillingState"),
        "bill_to.postal_code": From("Account.BillingPostalCode"),
        "bill_to.country": From("Account.BillingCountry", "country_iso"),
        "order_total": From("Amount"),
    },
    line_fields={
        "sku": From("Product2.ProductCode"),
        "quantity": From("Quantity"),
        "unit_of_measure": From("constant: EA"),
        "unit_price": From("UnitPrice"),
        "description": From("Description"),
    },
    shipment_fields={
        "tracking_numbers": To("Tracking__c"),
        "carrier": To("Shipping_Carrier__c"),
        "service": To("Shipping_Service__c"),
        "ship_date": To("Shipped_Date__c"),
        "fulfillment_status": To("Shipping_Status__c", "map(statuses)"),
        "status_message": To("Shipping_Message__c"),
        "warehouse_reference": To("Warehouse_Order__c"),
        "sent_to_warehouse_at": To("Sent_to_Warehouse_At__c"),
    },
    inventory_fields={
        "sku": To("SKU__c"),
        "warehouse": To("Warehouse__c", "map(warehouses)"),
        "available": To("Quantity__c"),
        "on_hand": To("Physical__c"),
        "as_of": To("Updated_At__c"),
    },
    value_maps={
        "ship methods": {
            "UPS Ground": "Ground",
            "UPS 2nd Day Air": "2nd Day",
            "UPS Next Day Air": "Next Day",
            "(blank)": "Ground",
        },
        "statuses": {"Shipped short": "Closed short", "(anything else)": "(unchanged)"},
        "warehouses": {"RENO": "reno", "(anything else)": "(unchanged)"},
    },
)
