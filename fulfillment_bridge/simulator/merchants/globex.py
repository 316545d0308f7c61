"""Globex: orders in objects of its own, shipped to the account's address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fulfillment_bridge.simulator.merchants.api import AdminApi, Record
from fulfillment_bridge.simulator.merchants.purchases import Purchase
from fulfillment_bridge.simulator.merchants.shape import Inventory, Merchant, day
from fulfillment_bridge.simulator.merchants.summary import CreatedOrder

FIRST_NUMBER = 100
METHODS = {"standard": "Regular", "expedited": "Two Day Air", "overnight": "Next Day Air"}
NO_COUNTRY = "Nettle Ltd"
NOT_READY = ("Draft", "On Hold", "Cancelled")


class Globex(Merchant):
    """Sales_Order__c and Sales_Order_Line__c, stock on Product2."""

    name = "globex"
    faults = ("unknown_ship_method", "no_country", "no_sku")

    def __init__(self, api: AdminApi) -> None:
        super().__init__(api)
        self._accounts: dict[str, str] = {}

    def make_catalog(self) -> None:
        """Products with levels from long ago; some goods are sold by code alone."""
        known = {row["ProductCode"] for row in self.api.query("SELECT ProductCode FROM Product2")}
        rows = [
            {"Name": good.name, "ProductCode": good.sku, "IsActive": True, "Warehouse_Stock__c": 7}
            for good in self.goods
            if good.in_org and good.sku not in known
        ]
        self.api.create("Product2", rows)
        self._accounts = self.accounts({NO_COUNTRY: {"ShippingCountry": None}})

    def make_orders(self, purchases: Sequence[Purchase]) -> list[CreatedOrder]:
        """Drafts with lines, then approved where they are ready."""
        first = self._next_number()
        numbers = [f"{first + place:08d}" for place in range(len(purchases))]
        rows = [
            self._order(purchase, number)
            for purchase, number in zip(purchases, numbers, strict=True)
        ]
        ids = self.api.create("Sales_Order__c", rows)
        self.api.create("Sales_Order_Line__c", self._lines(purchases, ids))
        self.api.update("Sales_Order__c", _statuses(purchases, ids))
        return [CreatedOrder(number, each) for number, each in zip(numbers, ids, strict=True)]

    def inventory(self) -> Inventory:
        """All products; each may change."""
        records = self.api.query("SELECT Id FROM Product2")
        return Inventory(tuple(row["Id"] for row in records), untouched={})

    def _next_number(self) -> int:
        soql = "SELECT Order_No__c FROM Sales_Order__c ORDER BY Order_No__c DESC LIMIT 1"
        last = [int(row["Order_No__c"]) for row in self.api.query(soql)]
        return last[0] + 1 if last else FIRST_NUMBER

    def _order(self, purchase: Purchase, number: str) -> Record:
        customer = purchase.customer
        company = NO_COUNTRY if purchase.fault == "no_country" else customer.company
        unknown = purchase.fault == "unknown_ship_method"
        return {
            "Order_No__c": number,
            "Account__c": self._accounts[company],
            "Attention__c": customer.person,
            "Status__c": "Draft",
            "Delivery__c": "Zeppelin" if unknown else METHODS[purchase.method],
            "Customer_PO__c": purchase.po_number,
            "Ordered_On__c": day(self.today),
            "Needed_By__c": day(self.today + timedelta(days=10)),
            "Gift_Note__c": "Thank you!" if purchase.note else None,
            "Notes__c": purchase.note or None,
            "Total__c": float(purchase.total),
        }

    def _lines(self, purchases: Sequence[Purchase], ids: Sequence[str]) -> list[Record]:
        lines = []
        for purchase, order_id in zip(purchases, ids, strict=True):
            for place, line in enumerate(purchase.lines):
                bad = purchase.fault == "no_sku" and place == 1
                lines.append(
                    {
                        "Sales_Order__c": order_id,
                        "Item_Code__c": None if bad else line.good.sku,
                        "Item_Text__c": line.good.name,
                        "Qty__c": line.quantity,
                        "Unit__c": "EA",
                        "Price__c": float(line.good.price),
                    }
                )
        return lines


def _statuses(purchases: Sequence[Purchase], ids: Sequence[str]) -> list[Record]:
    rows = []
    for place, (purchase, order_id) in enumerate(zip(purchases, ids, strict=True)):
        status = "Approved" if purchase.ready else NOT_READY[place % len(NOT_READY)]
        rows.append({"Id": order_id, "Status__c": status})
    return rows
