"""What every merchant does alike: make the catalog once, then orders again and again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from fulfillment_bridge.simulator.merchants.api import AdminApi, Record
from fulfillment_bridge.simulator.merchants.catalog import goods_of
from fulfillment_bridge.simulator.merchants.people import CUSTOMERS, Customer
from fulfillment_bridge.simulator.merchants.purchases import Purchase
from fulfillment_bridge.simulator.merchants.summary import CreatedOrder


@dataclass(frozen=True)
class Inventory:
    """The inventory records of a merchant, and those of them that nobody may change."""

    record_ids: tuple[str, ...]
    untouched: dict[str, dict[str, Any]]


class Merchant(ABC):
    """A merchant at work in its org, as its administrator."""

    name: ClassVar[str]
    faults: ClassVar[tuple[str, ...]]
    """The kinds of planted orders that this merchant's records can have."""

    def __init__(self, api: AdminApi) -> None:
        self.api = api
        self.goods = goods_of(self.name)
        self.today = datetime.now(UTC).date()

    @abstractmethod
    def make_catalog(self) -> None:
        """Make products, prices and inventory records, where they are not there yet."""

    @abstractmethod
    def make_orders(self, purchases: Sequence[Purchase]) -> list[CreatedOrder]:
        """Make the orders, and those that are ready ready; in the order of the purchases."""

    @abstractmethod
    def inventory(self) -> Inventory:
        """The inventory records there are now."""

    def accounts(self, faulty: Mapping[str, Record]) -> dict[str, str]:
        """The ids of all customers' accounts by name, made where missing.

        ``faulty`` are further accounts: name -> what differs from an ordinary one.
        """
        known = {row["Name"]: row["Id"] for row in self.api.query("SELECT Id, Name FROM Account")}
        rows = [self.account(customer) for customer in CUSTOMERS]
        rows += [{**rows[0], "Name": name, **changes} for name, changes in faulty.items()]
        missing = [row for row in rows if row["Name"] not in known]
        ids = self.api.create("Account", missing)
        return known | dict(zip([row["Name"] for row in missing], ids, strict=True))

    def account(self, customer: Customer) -> Record:
        """The account of an ordinary customer."""
        return {
            "Name": customer.company,
            "Phone": customer.phone,
            **self.address("Shipping", customer),
            **self.address("Billing", customer),
        }

    def address(self, prefix: str, customer: Customer) -> Record:
        """The five address fields, with a country code."""
        return {
            f"{prefix}Street": customer.street,
            f"{prefix}City": customer.city,
            f"{prefix}State": customer.state or None,
            f"{prefix}PostalCode": customer.postal_code,
            f"{prefix}Country": customer.country_code,
        }

    def price_entries(self, products: Mapping[str, str], price_book: str) -> dict[str, str]:
        """Price book entries by SKU, made where missing; the standard price comes first."""
        standard = "SELECT Id FROM Pricebook2 WHERE IsStandard = true"
        (standard_book,) = [row["Id"] for row in self.api.query(standard)]
        books = [standard_book] if price_book == standard_book else [standard_book, price_book]
        entries: dict[str, str] = {}
        for book in books:
            entries = self._entries_of(book, products)
        return entries

    def _entries_of(self, book: str, products: Mapping[str, str]) -> dict[str, str]:
        soql = f"SELECT Id, Product2Id FROM PricebookEntry WHERE Pricebook2Id = '{book}'"  # noqa: S608
        known = {row["Product2Id"]: row["Id"] for row in self.api.query(soql)}
        prices = {good.sku: float(good.price) for good in self.goods}
        rows = [
            {
                "Pricebook2Id": book,
                "Product2Id": product,
                "UnitPrice": prices.get(sku, 1.0),
                "IsActive": True,
            }
            for sku, product in products.items()
            if product not in known
        ]
        made = self.api.create("PricebookEntry", rows)
        known |= dict(zip([row["Product2Id"] for row in rows], made, strict=True))
        return {sku: known[product] for sku, product in products.items()}


def day(value: date) -> str:
    """A date as the API wants it."""
    return value.isoformat()
