"""Which rules hold for which object."""

from __future__ import annotations

from fulfillment_bridge.simulator.person_accounts import AccountRules, ContactRules
from fulfillment_bridge.simulator.rules import (
    OpportunityLineItemRules,
    OpportunityRules,
    OrderItemRules,
    OrderRules,
    PersonRules,
    PricebookEntryRules,
    Rules,
)
from fulfillment_bridge.simulator.schema import SObject

_NONE = Rules()
_RULES: dict[str, Rules] = {
    "Account": AccountRules(),
    "Contact": ContactRules(),
    "Opportunity": OpportunityRules(),
    "OpportunityLineItem": OpportunityLineItemRules(),
    "Order": OrderRules(),
    "OrderItem": OrderItemRules(),
    "PricebookEntry": PricebookEntryRules(),
    "User": PersonRules(),
}


def rules_of(sobject: SObject) -> Rules:
    """The rules of this object."""
    return _RULES.get(sobject.name, _NONE)
