"""Acme: standard orders, activated and then ticked ready."""

from __future__ import annotations

from collections.abc import Sequence

from fulfillment_bridge.simulator.merchants.api import AdminApi, Record
from fulfillment_bridge.simulator.merchants.people import CUSTOMERS
from fulfillment_bridge.simulator.merchants.purchases import Purchase
from fulfillment_bridge.simulator.merchants.shape import Inventory, Merchant, day
from fulfillment_bridge.simulator.merchants.summary import CreatedOrder

WITHOUT_SKU = "Engraving to order"
METHODS = {"standard": "Standard", "expedited": "Expedited", "overnight": "Overnight"}


class Acme(Merchant):
    """Order and OrderItem, stock in Inventory__c."""

    name = "acme"
    faults = ("no_country", "no_sku", "no_city")

    def __init__(self, api: AdminApi) -> None:
        super().__init__(api)
        self._products: dict[str, str] = {}
        self._book = ""
        self._entries: dict[str, str] = {}

    def make_catalog(self) -> None:
        """Products (one has no SKU), a price book of Acme's own, inventory records."""
        self._products = self._make_products()
        self._book = self._make_book()
        self._entries = self.price_entries(self._products, self._book)
        self._make_inventory()

    def make_orders(self, purchases: Sequence[Purchase]) -> list[CreatedOrder]:
        """Drafts with products; all but one of those not ready are activated, the ready ticked."""
        accounts = self.accounts({})
        contacts = self._contacts(accounts)
        rows = [self._order(purchase, accounts, contacts) for purchase in purchases]
        ids = self.api.create("Order", rows)
        self.api.create("OrderItem", self._items(purchases, ids))
        self._activate(purchases, ids)
        numbers = {
            row["Id"]: row["OrderNumber"]
            for row in self.api.query("SELECT Id, OrderNumber FROM Order")
        }
        return [CreatedOrder(numbers[record_id], record_id) for record_id in ids]

    def inventory(self) -> Inventory:
        """All records of Inventory__c; each may change."""
        records = self.api.query("SELECT Id FROM Inventory__c")
        return Inventory(tuple(row["Id"] for row in records), untouched={})

    def _activate(self, purchases: Sequence[Purchase], ids: Sequence[str]) -> None:
        waiting = {ids[-1]} if not purchases[-1].ready else set()
        active = [{"Id": each, "Status": "Activated"} for each in ids if each not in waiting]
        self.api.update("Order", active)
        ready = [each for each, purchase in zip(ids, purchases, strict=True) if purchase.ready]
        self.api.update("Order", [{"Id": each, "Ready_for_Fulfillment__c": True} for each in ready])

    def _order(
        self, purchase: Purchase, accounts: dict[str, str], contacts: dict[str, str]
    ) -> Record:
        customer = purchase.customer
        order: Record = {
            "AccountId": accounts[customer.company],
            "ShipToContactId": contacts[customer.email],
            "BillToContactId": contacts[customer.email],
            "EffectiveDate": day(self.today),
            "Status": "Draft",
            "Pricebook2Id": self._book,
            "PoNumber": purchase.po_number,
            "Ship_Method__c": METHODS[purchase.method],
            "Packing_Note__c": purchase.note or None,
            **self.address("Shipping", customer),
            **self.address("Billing", customer),
        }
        if purchase.fault == "no_country":
            order["ShippingCountry"] = None
        if purchase.fault == "no_city":
            order["ShippingCity"] = None
        return order

    def _items(self, purchases: Sequence[Purchase], ids: Sequence[str]) -> list[Record]:
        items = []
        for purchase, order_id in zip(purchases, ids, strict=True):
            for place, line in enumerate(purchase.lines):
                bad = purchase.fault == "no_sku" and place == 1
                items.append(
                    {
                        "OrderId": order_id,
                        "PricebookEntryId": self._entries[WITHOUT_SKU if bad else line.good.sku],
                        "Quantity": line.quantity,
                        "UnitPrice": float(line.good.price),
                        "Description": line.good.name,
                    }
                )
        return items

    def _contacts(self, accounts: dict[str, str]) -> dict[str, str]:
        records = self.api.query("SELECT Id, Email FROM Contact")
        known = {row["Email"]: row["Id"] for row in records}
        rows = [
            {
                "AccountId": accounts[customer.company],
                "FirstName": customer.first_name,
                "LastName": customer.last_name,
                "Email": customer.email,
                "Phone": customer.phone,
            }
            for customer in CUSTOMERS
            if customer.email not in known
        ]
        made = self.api.create("Contact", rows)
        return known | dict(zip([row["Email"] for row in rows], made, strict=True))

    def _make_products(self) -> dict[str, str]:
        """Ids by SKU; the product without one goes by its name."""
        soql = "SELECT Id, Name, StockKeepingUnit FROM Product2"
        known = {row["StockKeepingUnit"] or row["Name"]: row["Id"] for row in self.api.query(soql)}
        rows = [
            {"Name": good.name, "ProductCode": f"AC-{good.sku}", "StockKeepingUnit": good.sku,
             "IsActive": True}
            for good in self.goods
        ]  # fmt: skip
        rows.append({"Name": WITHOUT_SKU, "IsActive": True})
        missing = [row for row in rows if _key(row) not in known]
        made = self.api.create("Product2", missing)
        return known | dict(zip(map(_key, missing), made, strict=True))

    def _make_book(self) -> str:
        soql = "SELECT Id FROM Pricebook2 WHERE Name = 'Acme Retail'"
        found = [str(row["Id"]) for row in self.api.query(soql)]
        row = {"Name": "Acme Retail", "IsActive": True}
        return (found or self.api.create("Pricebook2", [row]))[0]

    def _make_inventory(self) -> None:
        """A record per SKU that has one, with levels from long ago."""
        known = {row["SKU__c"] for row in self.api.query("SELECT SKU__c FROM Inventory__c")}
        wanted = [good for good in self.goods if good.in_org and good.sku not in known]
        rows = [{"SKU__c": good.sku, "Available__c": 7, "On_Hand__c": 7} for good in wanted]
        self.api.create("Inventory__c", rows)


def _key(row: Record) -> str:
    return str(row.get("StockKeepingUnit") or row["Name"])
