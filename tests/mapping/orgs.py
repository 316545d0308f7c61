"""The demo merchants' orgs as their integration users see them, and how to change a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from typing import Any

import openpyxl

from fulfillment_bridge.domain.org_schema import OrgField, OrgObject, OrgSchema, RawOrder
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.filling import Filling
from fulfillment_bridge.mapping.preflight import merge, objects_to_describe
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.mapping.template import write_workbook
from fulfillment_bridge.mapping.workbook import Workbook, read_workbook
from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.descriptions import load_description
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import Org

STAMP = datetime(2026, 11, 22, 9, tzinfo=UTC)


@lru_cache
def org(name: str) -> Org:
    """The merchant's simulated org."""
    return Org.from_description(load_description(name), clock=SimulatedClock())


def schema_for(workbook: Workbook, name: str) -> OrgSchema:
    """What the workbook needs to know of the org, asked for the way a caller does."""
    schema, asked = OrgSchema(default_currency="USD"), set[str]()
    while missing := objects_to_describe(workbook, schema) - asked:
        asked |= missing
        found = {item.name.lower(): item for each in missing if (item := described(name, each))}
        schema = merge(schema, OrgSchema(found))
    return schema


@lru_cache
def described(name: str, object_name: str) -> OrgObject | None:
    """One object as the integration user sees it; None where there is none."""
    try:
        body = org(name).describe(org(name).users[f"bridge@{name}.example"], object_name, "64.0")
    except SalesforceError:
        return None
    fields = {each["name"].lower(): _field(each) for each in body["fields"]}
    return OrgObject(body["name"], body["label"], fields, updateable=body["updateable"])


def _field(body: Mapping[str, Any]) -> OrgField:
    return OrgField(
        name=body["name"],
        label=body["label"],
        type=body["type"],
        length=body["length"],
        precision=body["precision"],
        scale=body["scale"],
        updateable=body["updateable"],
        filterable=body["filterable"],
        calculated=body["calculated"],
        restricted_picklist=body["restrictedPicklist"],
        picklist_values=tuple(value["value"] for value in body["picklistValues"]),
        reference_to=tuple(body["referenceTo"]),
        relationship_name=body["relationshipName"],
    )


def workbook_of(filling: Filling) -> Workbook:
    """The filling, written to a file and read again."""
    return read_workbook(write_workbook(filling))


def field_map_of(name: str, **changes: Any) -> FieldMap:
    """The merchant's field map; ``changes`` replace parts of its workbook."""
    workbook = workbook_of(replace(DEMO[name], **changes))
    return FieldMap(workbook, schema_for(workbook, name))


def raw(record: Mapping[str, Any], *lines: Mapping[str, Any]) -> RawOrder:
    """A raw order, as a cart gives it."""
    return RawOrder(record, lines, STAMP)


ACME_ORDER: dict[str, Any] = {
    "Id": "801000000000001AAA",
    "SystemModstamp": "2026-11-22T09:00:00.000+0000",
    "OrderNumber": "00000100",
    "PoNumber": "PO-1",
    "EffectiveDate": "2026-11-22",
    "StatusCode": "Activated",
    "Ready_for_Fulfillment__c": True,
    "Ship_Method__c": "Overnight",
    "Packing_Note__c": "Leave at the dock\nRing twice",
    "ShipToContact": {"Name": "Cleo Nguyen", "Phone": "775-555-0100", "Email": "c@cedar.example"},
    "BillToContact": {"Name": "Cleo Nguyen"},
    "Account": {"Name": "Cedar Works"},
    "ShippingStreet": "Building 4\r\nDock 7",
    "ShippingCity": "Tulsa",
    "ShippingState": "Oklahoma",
    "ShippingPostalCode": "74103",
    "ShippingCountry": "US",
    "BillingStreet": None,
    "BillingCity": None,
    "BillingState": None,
    "BillingPostalCode": None,
    "BillingCountry": None,
    "TotalAmount": Decimal("61.5"),
}

ACME_LINES: tuple[dict[str, Any], ...] = (
    {
        "Id": "802000000000001AAA",
        "OrderId": "801000000000001AAA",
        "Product2": {"StockKeepingUnit": "MUG-1"},
        "Quantity": Decimal("2.0"),
        "UnitPrice": Decimal("9.5"),
        "Description": "Enamel camping mug",
    },
    {
        "Id": "802000000000002AAA",
        "OrderId": "801000000000001AAA",
        "Product2": {"StockKeepingUnit": "TENT-2"},
        "Quantity": 1,
        "UnitPrice": Decimal("42.5"),
        "Description": None,
    },
)

GLOBEX_ORDER: dict[str, Any] = {
    "Id": "a01000000000001AAA",
    "Order_No__c": "00000100",
    "Status__c": "Approved",
    "Delivery__c": "next day air",
    "Customer_PO__c": None,
    "Ordered_On__c": "2026-11-22",
    "Needed_By__c": "2026-12-02",
    "Gift_Note__c": "Thank you!",
    "Notes__c": None,
    "Attention__c": None,
    "Total__c": Decimal("72.0"),
    "Account__r": {
        "Name": "Dogwood Ltd",
        "Phone": "775-555-0100",
        "ShippingStreet": "Unit 3\n14 Mill Lane\nLower Green\nYard",
        "ShippingCity": "Leeds",
        "ShippingState": "West Yorkshire",
        "ShippingPostalCode": "LS1 4DY",
        "ShippingCountry": "GB",
        "BillingStreet": "1 High St",
        "BillingCity": "Leeds",
        "BillingState": None,
        "BillingPostalCode": "LS1 4DY",
        "BillingCountry": "GB",
    },
}

GLOBEX_LINE: dict[str, Any] = {
    "Id": "a02000000000001AAA",
    "Item_Code__c": " MUG-1 ",
    "Qty__c": Decimal("2.00"),
    "Unit__c": None,
    "Price__c": Decimal("36"),
    "Item_Text__c": "Porcelain mugs, set of six",
}

INITECH_ORDER: dict[str, Any] = {
    "Id": "006000000000001AAA",
    "Order_Reference__c": "INI-10001",
    "StageName": "Closed Won",
    "CloseDate": "2026-11-22",
    "Deliver_To__c": "Jürgen Groß",
    "Ship_Method__c": None,
    "PO_Number__c": "PO-9",
    "Requested_Ship_Date__c": "2026-11-24",
    "Shipping_Notes__c": None,
    "Amount": Decimal("289.0"),
    "Account": {
        "Name": "Eiche GmbH",
        "Phone": "+49 (221) 555-0100",
        "ShippingStreet": "Königstraße 12",
        "ShippingCity": "Köln",
        "ShippingState": None,
        "ShippingPostalCode": "50667",
        "ShippingCountry": "Germany",
        "BillingCountry": None,
    },
}

INITECH_LINE: dict[str, Any] = {
    "Id": "00k000000000001AAA",
    "Product2": {"ProductCode": "PRN-200"},
    "Quantity": 1,
    "UnitPrice": Decimal("289"),
    "Description": "Label printer 200",
}


@lru_cache
def file_of(name: str) -> bytes:
    """The merchant's workbook as it comes with the package."""
    return write_workbook(DEMO[name])


def changed_file(name: str, changes: Mapping[str, Any]) -> bytes:
    """The merchant's workbook after somebody typed ``{"Order fields!B5": value}`` in Excel."""
    book = openpyxl.load_workbook(BytesIO(file_of(name)))
    for place, value in changes.items():
        sheet, _, ref = place.partition("!")
        book[sheet][ref] = value
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The book as a file."""
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def place_of(name: str, sheet: str, label: str, column: str = "B") -> str:
    """Where the row with that label stands in the merchant's workbook."""
    book = openpyxl.load_workbook(BytesIO(file_of(name)))
    (row,) = [cell.row for cell in book[sheet]["A"] if cell.value == label]
    return f"{sheet}!{column}{row}"
