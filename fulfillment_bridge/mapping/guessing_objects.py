"""Which objects of an org never seen before are its orders, lines and stock."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from fulfillment_bridge.domain.org_schema import OrgField, OrgObject, OrgSchema
from fulfillment_bridge.mapping.rules import NUMBER_TYPES

_NEVER_ORDERS = frozenset({"quote", "contract", "case", "invoice", "work", "purchase", "return"})
_LINE_WORDS = frozenset({"line", "item", "items", "lines", "detail", "product", "position"})
_STOCK_WORDS = frozenset({"inventory", "stock"})
_SHIP_WORDS = frozenset({"tracking", "ship", "shipped", "shipping", "warehouse", "fulfillment"})
_PARCEL_WORDS = frozenset({"parcel", "package", "shipment", "box", "carton", "tracking"})
_COUNTED = frozenset({"quantity", "qty", "units"})
_LEVELS = frozenset({"available", "stock", "inventory", "hand"})
_ITEM_WORDS = frozenset({"sku", "item", "product", "part"})
_LEAST_ORDER, _LEAST_LINE, _LEAST_STOCK = 8, 6, 5
_LEAST_NAMED_LINE = 3
"""Where a person has named the order, less is enough: its lines are among what hangs on it."""


@dataclass(frozen=True)
class Shape:
    """Where an org keeps what; empty where nothing looks like it."""

    order_object: str = ""
    line_object: str = ""
    line_order_field: str = ""
    inventory_object: str = ""


def guess_shape(schema: OrgSchema, *, filled: Collection[str] = ()) -> Shape:
    """The likeliest objects. ``filled`` are objects known to hold records."""
    ranked = sorted(
        ((_order_score(known, line, score, filled), known.name, line, field)
         for known in schema.objects.values()
         for line, field, score in _lines_of(schema, known)),
        reverse=True,
    )  # fmt: skip
    stock = max(
        ((_stock_score(known), known.name) for known in schema.objects.values()), default=(0, "")
    )
    stock_name = stock[1] if stock[0] >= _LEAST_STOCK else ""
    if not ranked or ranked[0][0] < _LEAST_ORDER:
        return Shape(inventory_object=stock_name)
    _, order, line, field = ranked[0]
    return Shape(order, line, field, stock_name)


def order_candidates(schema: OrgSchema) -> list[str]:
    """Objects that may be orders, the likeliest first; whether they hold records decides."""
    scores = {
        known.name: max(_order_score(known, line, score, ()) for line, _, score in lines)
        for known in schema.objects.values()
        if (lines := list(_lines_of(schema, known)))
    }
    return sorted(scores, key=lambda name: -scores[name])


def others_like(schema: OrgSchema, shape: Shape) -> list[str]:
    """Other objects that something hangs on which may be lines: the merchant's own ones first.

    Who has made an object for orders does not keep them in a standard one.
    """
    standard = () if shape.order_object.endswith("__c") else ("Order", "Opportunity")
    known = [
        each.name for each in schema.objects.values()
        if each.name != shape.order_object
        and (each.name.endswith("__c") or each.name in standard)
        and any(_lines_of(schema, each, least=_LEAST_NAMED_LINE))
    ]  # fmt: skip
    return sorted(known, key=lambda name: not name.endswith("__c"))


def parcel_objects(schema: OrgSchema, shape: Shape) -> list[OrgObject]:
    """Objects that hang on the order and have a key of their own: a record per parcel fits there.

    The likeliest first.
    """
    known = [
        each for each in schema.objects.values()
        if each.name not in (shape.order_object, shape.line_object)
        and any(shape.order_object in field.reference_to for field in lookups_of(each))
        and any(field.external_id and field.type == "string" for field in each.fields.values())
    ]  # fmt: skip
    return sorted(known, key=lambda each: not _PARCEL_WORDS & set(_said(each)))


def shape_around(schema: OrgSchema, shape: Shape) -> Shape:
    """The shape completed where a person named some of its objects."""
    order = schema.object(shape.order_object)
    if order is None or (shape.line_object and shape.line_order_field):
        return shape
    lines = [
        each for each in _lines_of(schema, order, least=_LEAST_NAMED_LINE)
        if not shape.line_object or each[0].lower() == shape.line_object.lower()
    ]  # fmt: skip
    line, field, _ = max(lines, key=lambda each: each[2], default=(shape.line_object, "", 0))
    return Shape(order.name, line, field, shape.inventory_object)


def words_of(text: str) -> tuple[str, ...]:
    """``Ship_To_City__c``, ``ShipToCity`` and ``Ship-To City`` are all ship, to, city."""
    bare = re.sub(r"__[cr]$", "", text)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", bare)
    return tuple(re.findall(r"[a-z0-9]+", spaced.lower()))


def lookups_of(known: OrgObject) -> Iterator[OrgField]:
    """Its fields that lead to another object."""
    for field in known.fields.values():
        if field.reference_to and field.relationship_name:
            yield field


def _lines_of(
    schema: OrgSchema, order: OrgObject, *, least: int = _LEAST_LINE
) -> Iterator[tuple[str, str, int]]:
    """Objects that hang on it and may be its lines: name, lookup, and how likely."""
    for known in schema.objects.values():
        for field in lookups_of(known):
            targets = {name.lower() for name in field.reference_to}
            if known.name != order.name and targets == {order.name.lower()}:
                score = _line_score(known, field, order)
                if score >= least:
                    yield known.name, field.name, score


def _line_score(known: OrgObject, lookup: OrgField, order: OrgObject) -> int:
    own, above = set(_said(known)), set(words_of(order.name))
    return (
        4 * any(_counts(field, _COUNTED) for field in known.fields.values())
        + 3 * bool(own & _LINE_WORDS)
        + 2 * bool(above and above <= own)
        + 2 * any(set(words_of(field.name)) & _ITEM_WORDS for field in known.fields.values())
        + (not lookup.nillable)
    )


def _order_score(known: OrgObject, line: str, line_score: int, filled: Collection[str]) -> int:
    said, own = set(_said(known)), known.fields.values()
    return (
        line_score
        + 5 * ("order" in said or "orders" in said)
        + 2 * (known.name == "Opportunity")
        + 4 * any(_SHIP_WORDS & set(words_of(f.name)) for f in own if f.name.endswith("__c"))
        + 2 * any(field.reference_to == ("Account",) for field in own)
        - 8 * bool(said & _NEVER_ORDERS)
        - 5 * bool(said & _LINE_WORDS)
        + 6 * (known.name in filled)
        + (line in filled)
    )


def _stock_score(known: OrgObject) -> int:
    said = set(_said(known))
    if known.name == "Product2":
        return 5 * any(
            field.name.endswith("__c") and field.updateable and _counts(field, _LEVELS)
            for field in known.fields.values()
        )
    levels = any(_counts(field, _COUNTED | _LEVELS) for field in known.fields.values())
    return 6 * bool(said & _STOCK_WORDS) * levels


def _counts(field: OrgField, words: Collection[str]) -> bool:
    return field.type.lower() in NUMBER_TYPES and bool(set(words_of(field.name)) & set(words))


def _said(known: OrgObject) -> tuple[str, ...]:
    return (*words_of(known.name), *words_of(known.label))
