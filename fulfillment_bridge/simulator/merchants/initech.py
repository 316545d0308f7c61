"""Initech: a won opportunity is an order, shipped to the account's address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fulfillment_bridge.simulator.merchants.api import AdminApi, Record
from fulfillment_bridge.simulator.merchants.people import Customer
from fulfillment_bridge.simulator.merchants.purchases import Purchase
from fulfillment_bridge.simulator.merchants.shape import Inventory, Merchant, day
from fulfillment_bridge.simulator.merchants.summary import CreatedOrder

FIRST_NUMBER = 10001
METHODS = {
    "standard": "UPS Ground",
    "expedited": "UPS 2nd Day Air",
    "overnight": "UPS Next Day Air",
}
NO_COUNTRY = "Nettle Ltd"
UNKNOWN_COUNTRY = "Oak Atlantis"
FAULTY: dict[str, Record] = {
    NO_COUNTRY: {"ShippingCountry": None},
    UNKNOWN_COUNTRY: {"ShippingCountry": "Atlantis"},
}
WITHOUT_SKU = "Installation on site"
NOT_READY = ("Negotiation/Review", "Closed Lost")
STOCK_FIELDS = ("SKU__c", "Warehouse__c", "Quantity__c", "Physical__c", "Updated_At__c")


class Initech(Merchant):
    """Opportunity and OpportunityLineItem, stock per SKU and warehouse in Stock__c."""

    name = "initech"
    faults = ("unknown_country", "no_country", "no_sku")

    def __init__(self, api: AdminApi) -> None:
        super().__init__(api)
        self._accounts: dict[str, str] = {}
        self._book = ""
        self._entries: dict[str, str] = {}

    def make_catalog(self) -> None:
        """Products (one has no code), standard prices, stock records of two warehouses."""
        products = self._make_products()
        soql = "SELECT Id FROM Pricebook2 WHERE IsStandard = true"
        self._book = self.api.query(soql)[0]["Id"]
        self._entries = self.price_entries(products, self._book)
        self._make_stock()
        self._accounts = self.accounts(FAULTY)

    def account(self, customer: Customer) -> Record:
        """As usual, but with countries written out."""
        account = super().account(customer)
        return account | {
            "ShippingCountry": customer.country_name,
            "BillingCountry": customer.country_name,
        }

    def make_orders(self, purchases: Sequence[Purchase]) -> list[CreatedOrder]:
        """Open opportunities with products, then won where they are ready."""
        first = self._next_number()
        numbers = [f"INI-{first + place}" for place in range(len(purchases))]
        rows = [
            self._opportunity(purchase, number)
            for purchase, number in zip(purchases, numbers, strict=True)
        ]
        ids = self.api.create("Opportunity", rows)
        self.api.create("OpportunityLineItem", self._lines(purchases, ids))
        self.api.update("Opportunity", _stages(purchases, ids))
        return [CreatedOrder(number, each) for number, each in zip(numbers, ids, strict=True)]

    def inventory(self) -> Inventory:
        """All records of Stock__c; those of other warehouses with their values."""
        records = self.api.query(f"SELECT Id, {', '.join(STOCK_FIELDS)} FROM Stock__c")  # noqa: S608
        others = {
            row["Id"]: {name: row[name] for name in STOCK_FIELDS}
            for row in records
            if row["Warehouse__c"] != "RENO"
        }
        return Inventory(tuple(row["Id"] for row in records), untouched=others)

    def _next_number(self) -> int:
        soql = (
            "SELECT Order_Reference__c FROM Opportunity WHERE Order_Reference__c LIKE 'INI-%'"
            " ORDER BY Order_Reference__c DESC LIMIT 1"
        )
        last = [int(row["Order_Reference__c"][4:]) for row in self.api.query(soql)]
        return last[0] + 1 if last else FIRST_NUMBER

    def _opportunity(self, purchase: Purchase, number: str) -> Record:
        customer = purchase.customer
        companies = {"no_country": NO_COUNTRY, "unknown_country": UNKNOWN_COUNTRY}
        company = companies.get(purchase.fault, customer.company)
        return {
            "Name": f"{company} {number}",
            "AccountId": self._accounts[company],
            "StageName": "Prospecting",
            "CloseDate": day(self.today),
            "Pricebook2Id": self._book,
            "Order_Reference__c": number,
            "Deliver_To__c": customer.person,
            "Ship_Method__c": METHODS[purchase.method],
            "PO_Number__c": purchase.po_number,
            "Requested_Ship_Date__c": day(self.today + timedelta(days=2)),
            "Shipping_Notes__c": purchase.note or None,
        }

    def _lines(self, purchases: Sequence[Purchase], ids: Sequence[str]) -> list[Record]:
        lines = []
        for purchase, order_id in zip(purchases, ids, strict=True):
            for place, line in enumerate(purchase.lines):
                bad = purchase.fault == "no_sku" and place == 1
                lines.append(
                    {
                        "OpportunityId": order_id,
                        "PricebookEntryId": self._entries[WITHOUT_SKU if bad else line.good.sku],
                        "Quantity": line.quantity,
                        "UnitPrice": float(line.good.price),
                        "Description": line.good.name,
                    }
                )
        return lines

    def _make_products(self) -> dict[str, str]:
        """Ids by SKU; the product without one goes by its name."""
        soql = "SELECT Id, Name, ProductCode FROM Product2"
        known = {row["ProductCode"] or row["Name"]: row["Id"] for row in self.api.query(soql)}
        rows = [
            {"Name": good.name, "ProductCode": good.sku, "IsActive": True} for good in self.goods
        ]
        rows.append({"Name": WITHOUT_SKU, "IsActive": True})
        missing = [row for row in rows if _key(row) not in known]
        made = self.api.create("Product2", missing)
        return known | dict(zip(map(_key, missing), made, strict=True))

    def _make_stock(self) -> None:
        """RENO for every SKU that has a record, CHICAGO for every second; levels of long ago."""
        if self.api.query("SELECT Id FROM Stock__c LIMIT 1"):
            return
        reno = [_stock(good.sku, "RENO", 7) for good in self.goods if good.in_org]
        chicago = [_stock(good.sku, "CHICAGO", 31) for good in self.goods[::2]]
        self.api.create("Stock__c", reno + chicago)


def _stages(purchases: Sequence[Purchase], ids: Sequence[str]) -> list[Record]:
    rows = []
    for place, (purchase, order_id) in enumerate(zip(purchases, ids, strict=True)):
        stage = "Closed Won" if purchase.ready else NOT_READY[place % len(NOT_READY)]
        rows.append({"Id": order_id, "StageName": stage})
    return rows


def _stock(sku: str, warehouse: str, quantity: int) -> Record:
    return {
        "SKU__c": sku,
        "Warehouse__c": warehouse,
        "Quantity__c": quantity,
        "Physical__c": quantity,
    }


def _key(row: Record) -> str:
    return str(row.get("ProductCode") or row["Name"])
