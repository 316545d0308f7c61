"""Look at just as much of an org as a workbook needs."""

from __future__ import annotations

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.mapping.preflight import merge, objects_to_describe
from fulfillment_bridge.mapping.workbook import Workbook

DEEPEST_PATH = 5
"""Salesforce follows five relationships in one path, so no more rounds can help."""


def describe_org(workbook: Workbook, cart: Cart) -> OrgSchema:
    """The objects on the workbook's paths, as our user sees them.

    A path through a relationship shows its next object only when the one before is known, so
    this asks in rounds; each round is one API call.
    """
    identity = cart.identity()
    schema = OrgSchema(
        organization_id=identity.organization_id, default_currency=identity.default_currency
    )
    asked: set[str] = set()
    for _ in range(DEEPEST_PATH + 1):
        missing = objects_to_describe(workbook, schema) - asked
        if not missing:
            break
        asked |= missing
        schema = merge(schema, cart.describe(missing))
    return schema
