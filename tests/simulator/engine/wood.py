"""A small wood of three trees, which the tests of SOQL's guide look at."""

from __future__ import annotations

from typing import Any

from tests.simulator.engine.desk import Desk

TREE: dict[str, Any] = {
    "fields": {
        "Kind__c": {"type": "picklist", "values": ["Oak", "Elm", "Ash"]},
        "Tags__c": {"type": "multipicklist", "values": ["tall", "old", "wet"]},
        "Exact__c": {"type": "text", "case_sensitive": True, "unique": True, "external_id": True},
        "Old__c": {"type": "checkbox"},
        "Opens__c": {"type": "time"},
        "Planted__c": {"type": "date"},
        "Seen__c": {"type": "datetime"},
        "Height__c": {"type": "number", "precision": 6, "scale": 1},
        "Story__c": {"type": "long_text", "length": 1000},
        "Shout__c": {"type": "formula", "returns": "text", "formula": "UPPER(Name)"},
        "Owner__c": {"type": "lookup", "to": "Account", "children": "Trees__r"},
        "Parent__c": {"type": "lookup", "to": "Tree__c", "children": "Saplings__r"},
    }
}


def plant(desk: Desk) -> None:
    """Two trees with all they need, and one without anything but its name."""
    account = desk.create("Account", Name="Forest", ShippingCity="Reno")
    oak = desk.create(
        "Tree__c", Name="a", Kind__c="Oak", Tags__c="tall;old", Exact__c="Ab", Old__c=True,
        Opens__c="09:30:00Z", Planted__c="2026-11-18", Seen__c="2026-11-18T10:00:00Z",
        Height__c=2.5, Owner__c=account,
    )  # fmt: skip
    desk.create(
        "Tree__c", Name="b", Kind__c="Ash", Tags__c="wet", Exact__c="ab", Height__c=1.5,
        Opens__c="17:00:00Z", Parent__c=oak,
    )  # fmt: skip
    desk.create("Tree__c", Name="c")
