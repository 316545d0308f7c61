"""An invented merchant that uses a little of everything, as an example to look things up in."""

from __future__ import annotations

from fulfillment_bridge.mapping.filling import Filling, From, To

EXAMPLE = Filling(
    about="An example to look things up in: an invented merchant that uses a little of everything.",
    settings={
        "order_object": "Order",
        "line_object": "OrderItem",
        "line_order_field": "OrderId",
        "order_number_field": "OrderNumber",
        "order_date_field": "EffectiveDate",
        "earliest_order_date": "2026-01-01",
        "marker_field": "Sent_to_3PL__c",
        "marker_value": "true",
        "inventory_object": "Warehouse_Stock__c",
        "tracking_separator": "; ",
        "time_zone": "America/New_York",
    },
    rules=(
        ("ready", "1", "StatusCode", "=", "Activated", "Group 1: paid orders of the web shop"),
        ("ready", "1", "Payment__c", "IN", "Paid; Invoiced", "Several values: with semicolons"),
        ("ready", "2", "Rush__c", "=", "true", "Group 2: or anything marked as rush …"),
        ("ready", "2", "Hold_Reason__c", "=", "(blank)", "… that nobody holds"),
        ("cancel", "1", "StatusCode", "IN", "Canceled; Expired", ""),
        ("inventory", "1", "Building__c", "=", "NJ-1", "Only this warehouse's records"),
    ),
    order_fields={
        "purchase_order_number": From("PoNumber"),
        "ordered_on": From("EffectiveDate"),
        "requested_ship_on": From("Ship_On__c"),
        "cancel_after_on": From("Cancel_After__c", "date(MM/DD/YYYY)", notes="A text field there"),
        "ship_method": From("Shipping_Option__c", "map(ship methods)", required=True),
        "carrier_account": From("Account.UPS_Account__c", "upper"),
        "gift_message": From("Gift_Message__c", "cut(200)"),
        "instructions": From("Description"),
        "ship_to.name": From("ShipToContact.FirstName + ShipToContact.LastName", "join"),
        "ship_to.company": From("Account.Name", "cut(35)"),
        "ship_to.line_1": From("ShippingStreet", "street_line(1)"),
        "ship_to.line_2": From("ShippingStreet", "street_line(2)"),
        "ship_to.city": From("ShippingCity", "trim"),
        "ship_to.state": From("ShippingState", "state_code"),
        "ship_to.postal_code": From("ShippingPostalCode"),
        "ship_to.country": From("ShippingCountry", default="US"),
        "ship_to.phone": From("ShipToContact.Phone", "phone", default="2015550100"),
        "ship_to.email": From("ShipToContact.Email", "lower"),
        "currency": From("constant: USD"),
        "order_total": From("TotalAmount"),
        "extra.sales channel": From("Channel__c", notes="Goes along under its own name"),
    },
    line_fields={
        "sku": From("Product2.StockKeepingUnit"),
        "quantity": From("Quantity"),
        "unit_of_measure": From("Product2.QuantityUnitOfMeasure", default="EA"),
        "unit_price": From("UnitPrice"),
        "description": From("Product2.Name", "cut(60)"),
        "extra.engraving": From("Engraving__c"),
    },
    shipment_fields={
        "tracking_numbers": To("Tracking_Numbers__c"),
        "carrier": To("Carrier__c", "map(carriers)"),
        "ship_date": To("Shipped_On__c"),
        "fulfillment_status": To("Fulfillment_Status__c", "map(statuses)"),
        "status_message": To("Fulfillment_Message__c"),
    },
    inventory_fields={
        "sku": To("Product__r.StockKeepingUnit", notes="A path works for the SKU"),
        "warehouse": To("Building__c", "map(buildings)"),
        "available": To("Available__c"),
        "on_hand": To("On_Hand__c"),
        "as_of": To("Counted_At__c"),
    },
    value_maps={
        "ship methods": {
            "Standard": "Ground",
            "Express": "2nd Day",
            "Overnight": "Next Day",
            "(blank)": "Ground",
        },
        "carriers": {"UPS": "United Parcel Service", "(anything else)": "(unchanged)"},
        "statuses": {
            "On hold": "Needs attention",
            "Partially shipped": "In progress",
            "(anything else)": "(unchanged)",
        },
        "buildings": {"NJ-1": "newark"},
    },
    sku_aliases=(
        ("MUG-6PK", "MUG-1", "6", "A pack of six is six mugs on the shelf"),
        ("0042-RED", "42R", "1", "Typed as text, so the zeros stay"),
    ),
)
