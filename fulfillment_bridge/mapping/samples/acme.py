"""Acme Outdoor: standard orders, ready when a checkbox says so, stock in Inventory__c."""

from __future__ import annotations

from fulfillment_bridge.mapping.filling import Filling, From, To

ACME = Filling(
    about="Acme Outdoor: standard Order and Order Product; activated orders are taken once "
    "'Ready for Fulfillment' is ticked.",
    settings={
        "order_object": "Order",
        "line_object": "OrderItem",
        "line_order_field": "OrderId",
        "order_number_field": "OrderNumber",
        "order_date_field": "EffectiveDate",
        "earliest_order_date": "2020-01-01",
        "inventory_object": "Inventory__c",
        "time_zone": "America/Denver",
    },
    rules=(
        ("ready", "1", "Ready_for_Fulfillment__c", "=", "true", "Ticked once payment is checked"),
        ("ready", "1", "StatusCode", "=", "Activated", "The category, not the label of a status"),
        ("cancel", "1", "StatusCode", "=", "Canceled", ""),
    ),
    order_fields={
        "purchase_order_number": From("PoNumber"),
        "ordered_on": From("EffectiveDate"),
        "ship_method": From("Ship_Method__c", "map(ship methods)"),
        "instructions": From("Packing_Note__c"),
        "ship_to.name": From("ShipToContact.Name"),
        "ship_to.company": From("Account.Name"),
        "ship_to.street": From("ShippingStreet", required=True),
        "ship_to.city": From("ShippingCity"),
        "ship_to.state": From("ShippingState", "state_code"),
        "ship_to.postal_code": From("ShippingPostalCode"),
        "ship_to.country": From("ShippingCountry"),
        "ship_to.phone": From("ShipToContact.Phone"),
        "ship_to.email": From("ShipToContact.Email"),
        "bill_to.name": From("BillToContact.Name"),
        "bill_to.street": From("BillingStreet"),
        "bill_to.city": From("BillingCity"),
        "bill_to.state": From("BillingState"),
        "bill_to.postal_code": From("BillingPostalCode"),
        "bill_to.country": From("BillingCountry"),
        "order_total": From("TotalAmount"),
    },
    line_fields={
        "sku": From("Product2.StockKeepingUnit"),
        "quantity": From("Quantity"),
        "unit_of_measure": From("constant: EA"),
        "unit_price": From("UnitPrice"),
        "description": From("Description"),
    },
    shipment_fields={
        "tracking_numbers": To("Tracking_Numbers__c"),
        "carrier": To("Carrier__c"),
        "service": To("Ship_Service__c"),
        "ship_date": To("Ship_Date__c"),
        "fulfillment_status": To("Fulfillment_Status__c", "map(statuses)"),
        "status_message": To("Fulfillment_Message__c"),
        "warehouse_reference": To("Warehouse_Reference__c"),
        "sent_to_warehouse_at": To("Sent_to_Warehouse__c"),
    },
    inventory_fields={
        "sku": To("SKU__c"),
        "available": To("Available__c"),
        "on_hand": To("On_Hand__c"),
        "as_of": To("As_Of__c"),
    },
    value_maps={
        "ship methods": {
            "Standard": "Ground",
            "Expedited": "2nd Day",
            "Overnight": "Next Day",
            "(blank)": "Ground",
        },
        "statuses": {"Shipped short": "Closed short", "(anything else)": "(unchanged)"},
    },
)
