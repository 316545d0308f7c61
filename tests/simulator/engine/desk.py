"""A desk in the simulated org: shorthand for what the engine's tests do over and over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import Operation, Org, SaveResult, User

DESCRIPTION: dict[str, Any] = {
    "name": "testing",
    "label": "Testing Inc.",
    "instance": "TST1",
    "objects": {
        "Order": {
            "fields": {
                "Ready__c": {"type": "checkbox", "label": "Ready"},
                "Tracking__c": {"type": "text", "length": 20, "label": "Tracking"},
                "Carrier__c": {"type": "picklist", "restricted": True, "values": ["UPS", "FedEx"]},
                "Shipped_On__c": {"type": "date"},
                "Sent_At__c": {"type": "datetime"},
                "Secret__c": {"type": "text"},
                "Locked__c": {"type": "text"},
            },
            "validation_rules": {
                "Tracking_Needs_Carrier": {
                    "when": "NOT(ISBLANK(Tracking__c)) && ISBLANK(Carrier__c)",
                    "message": "Say who carries it",
                    "field": "Carrier__c",
                },
                "Never_Unready": {
                    "when": "ISCHANGED(Ready__c) && PRIORVALUE(Ready__c) && NOT(ISNEW())",
                    "message": "Ready stays ready",
                },
            },
        },
        "Thing__c": {
            "label": "Thing",
            "fields": {
                "Code__c": {"type": "text", "length": 10, "external_id": True, "unique": True},
                "Group__c": {"type": "text", "length": 20, "external_id": True},
                "Must__c": {"type": "text", "required": True, "label": "Must Have"},
                "Count__c": {"type": "number", "precision": 5, "scale": 0},
                "Price__c": {"type": "currency"},
                "Whole__c": {"type": "int"},
                "Flag__c": {"type": "checkbox"},
                "Day__c": {"type": "date"},
                "At__c": {"type": "datetime"},
                "Tags__c": {"type": "multipicklist", "values": ["red", "green", "blue"]},
                "Mail__c": {"type": "email"},
                "Story__c": {"type": "long_text", "length": 1000},
                "Account__c": {"type": "lookup", "to": "Account", "children": "Things__r"},
                "Worth__c": {
                    "type": "formula",
                    "returns": "currency",
                    "formula": "Count__c * Price__c",
                },
                "Owner_Name__c": {
                    "type": "formula",
                    "returns": "text",
                    "formula": 'IF(ISBLANK(Account__c), "nobody", Account__r.Name)',
                },
            },
        },
        "Part__c": {
            "label": "Part",
            "name_field": {"type": "autonumber", "format": "P-{0000}", "start": 7},
            "fields": {
                "Thing__c": {"type": "master_detail", "to": "Thing__c", "children": "Parts__r"},
                "Size__c": {"type": "number", "scale": 1},
            },
        },
    },
    "users": [
        {
            "username": "clerk@testing.example",
            "role": "integration",
            "hidden_fields": {"Order": ["Secret__c"], "Part__c": ["Size__c"]},
            "read_only_fields": {"Order": ["Locked__c"]},
            "object_permissions": {"Contact": ["read"], "Opportunity": []},
        },
        {"username": "admin@testing.example", "role": "admin", "full_name": "Ada Min"},
    ],
}


@dataclass
class Desk:
    """One user at work in the org."""

    org: Org
    user: User

    def save(self, *operations: Operation, all_or_none: bool = False) -> list[SaveResult]:
        """The results of these operations in one request."""
        return self.org.save(self.user, list(operations), all_or_none=all_or_none)

    def create(self, object_name: str, **values: Any) -> str:
        """The id of a new record, which must succeed."""
        result = self.save(Operation("create", object_name, values=values))[0]
        assert result.success, result.errors
        assert result.id is not None
        return result.id

    def update(self, object_name: str, record_id: str, **values: Any) -> None:
        """Change a record, which must succeed."""
        result = self.save(Operation("update", object_name, record_id, values))[0]
        assert result.success, result.errors

    def delete(self, object_name: str, record_id: str) -> None:
        """Delete a record, which must succeed."""
        result = self.save(Operation("delete", object_name, record_id))[0]
        assert result.success, result.errors

    def refusal(self, operation: Operation) -> SalesforceError:
        """The first reason why an operation fails, as it must."""
        result = self.save(operation)[0]
        assert not result.success
        return result.errors[0]

    def refused_create(self, object_name: str, **values: Any) -> SalesforceError:
        """Why such a record cannot be made."""
        return self.refusal(Operation("create", object_name, values=values))

    def refused_update(self, object_name: str, record_id: str, **values: Any) -> SalesforceError:
        """Why a record cannot be changed like this."""
        return self.refusal(Operation("update", object_name, record_id, values))

    def rows(self, soql: str, *, include_deleted: bool = False) -> list[dict[str, Any]]:
        """The records of a query without their attributes."""
        result = self.org.query(self.user, soql, include_deleted=include_deleted)
        return [without_attributes(record) for record in result.records]

    def column(self, soql: str) -> list[Any]:
        """The first column of a query."""
        return [next(iter(row.values())) for row in self.rows(soql)]

    def thing(self, code: str, **values: Any) -> str:
        """A Thing__c with this code."""
        return self.create("Thing__c", Code__c=code, Must__c="x", **values)


def without_attributes(record: dict[str, Any]) -> dict[str, Any]:
    """The values of a record; of a parent its values too."""
    return {
        name: without_attributes(value) if isinstance(value, dict) else value
        for name, value in record.items()
        if name != "attributes"
    }


@dataclass
class Shop:
    """An account, a price book with one product in it, and a draft order."""

    account: str
    product: str
    pricebook: str
    entry: str
    order: str

    @classmethod
    def of(cls, desk: Desk) -> Shop:
        """Set the shop up as its administrator would."""
        account = desk.create("Account", Name="Acme", ShippingCity="Reno")
        product = desk.create("Product2", Name="Mug", StockKeepingUnit="MUG-1", IsActive=True)
        pricebook = desk.column("SELECT Id FROM Pricebook2 WHERE IsStandard = TRUE")[0]
        entry = desk.create(
            "PricebookEntry",
            Pricebook2Id=pricebook,
            Product2Id=product,
            UnitPrice=9.5,
            IsActive=True,
        )
        order = desk.create(
            "Order",
            AccountId=account,
            Status="Draft",
            EffectiveDate="2026-11-22",
            Pricebook2Id=pricebook,
        )
        return cls(account, product, pricebook, entry, order)

    def add_item(self, desk: Desk, quantity: float = 2, price: float = 9.5) -> str:
        """One more product on the order."""
        return desk.create(
            "OrderItem",
            OrderId=self.order,
            PricebookEntryId=self.entry,
            Quantity=quantity,
            UnitPrice=price,
        )
