"""Workbooks of the small world, worked out once."""

from __future__ import annotations

from typing import Any

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.mapping.filling import Filling
from fulfillment_bridge.mapping.preflight import excerpt, merge, objects_to_describe, schema_to_json
from fulfillment_bridge.mapping.template import write_workbook
from fulfillment_bridge.mapping.workbook import read_workbook

_LOADED: list[tuple[Filling, bytes, dict[str, Any]]] = []


def loaded(filling: Filling, cart: Cart) -> tuple[bytes, dict[str, Any]]:
    """The workbook file and the schema kept with it; all these orgs are alike, so worked out once.

    Fillings hold dicts and have no hash: they are compared.
    """
    for known, content, schema in _LOADED:
        if known == filling:
            return content, schema
    content = write_workbook(filling)
    _LOADED.append((filling, content, schema_of(cart, content)))
    return content, _LOADED[-1][2]


def schema_of(cart: Cart, content: bytes) -> dict[str, Any]:
    """What a loaded workbook keeps of its org, asked for the way the load command does."""
    workbook = read_workbook(content)
    schema, asked = OrgSchema(), set[str]()
    while missing := objects_to_describe(workbook, schema) - asked:
        asked |= missing
        schema = merge(schema, cart.describe(missing))
    return schema_to_json(excerpt(workbook, schema))
