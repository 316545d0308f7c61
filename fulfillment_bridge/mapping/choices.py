"""The org's objects and fields as entries of drop-down lists: name, label, type, what we may do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fulfillment_bridge.domain.org_schema import OrgField, OrgObject, OrgSchema
from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.mapping.guessing import Reachable, reachable
from fulfillment_bridge.mapping.guessing_objects import Shape, parcel_objects
from fulfillment_bridge.mapping.layout import (
    ANYTHING_ELSE,
    BLANK,
    CART,
    DESCRIBED,
    HOLD,
    INVENTORY_FIELDS,
    LINE_FIELDS,
    ORDER_FIELDS,
    RULES,
    SHIPMENT_FIELDS,
    UNCHANGED,
    VALUE_MAPS,
)
from fulfillment_bridge.mapping.rules import DATE_TYPES, TEXT_TYPES

_SIZED = frozenset({"string", "textarea", "phone", "email", "url", "encryptedstring"})
_TYPE_WORDS = {
    "string": "text",
    "textarea": "long text",
    "boolean": "checkbox",
    "reference": "lookup",
    "double": "number",
    "int": "whole number",
    "datetime": "date and time",
    "multipicklist": "picklist, several",
}


@dataclass(frozen=True)
class ChoiceList:
    """One list: its heading on the hidden sheet, its entries, and where it is offered.

    ``place`` is (sheet, key of the column), or of the sheet Cart (sheet, key of the setting).
    ``warns``: Excel says so where something else is typed. ``group`` narrows it to the rows of
    our fields of that group.
    """

    name: str
    entries: tuple[str, ...]
    place: tuple[str, str]
    warns: bool = True
    group: str = ""


def choice_lists(schema: OrgSchema, shape: Shape) -> list[ChoiceList]:
    """Every list that the org's objects give."""
    orders, lines, stock = (
        reachable(schema, name)
        for name in (shape.order_object, shape.line_object, shape.inventory_object)
    )
    own = [each for each in orders if not each.far]
    filters = [each for each in orders if each.field.filterable]
    targets = _writable(own)
    kept = [each for each in stock if each.field.updateable or each.field.type in TEXT_TYPES]
    lists = [
        ChoiceList("Fields to filter by", described(filters), (RULES, "field")),
        ChoiceList("Order's fields", described(orders), (ORDER_FIELDS, "salesforce_field")),
        ChoiceList("Line's fields", described(lines), (LINE_FIELDS, "salesforce_field")),
        ChoiceList("Fields to write", described(targets), (SHIPMENT_FIELDS, "salesforce_field")),
        ChoiceList(
            "Line's fields to write",
            described(_writable(each for each in lines if not each.far)),
            (SHIPMENT_FIELDS, "salesforce_field"),
            group="Line",
        ),
        *_parcel_lists(schema, shape),
        ChoiceList("Stock's fields", described(kept), (INVENTORY_FIELDS, "salesforce_field")),
        *_cart_lists(schema, shape, own, lines),
    ]
    return [each for each in lists if each.entries]


def _writable(fields: Iterable[Reachable]) -> list[Reachable]:
    return [each for each in fields if each.field.updateable]


def _parcel_lists(schema: OrgSchema, shape: Shape) -> list[ChoiceList]:
    """Objects that may hold a record per parcel; the fields of the likeliest one."""
    found = parcel_objects(schema, shape)
    if not found:
        return []
    fields = [each for each in reachable(schema, found[0].name) if not each.far]
    lookups = [each for each in fields if shape.order_object in each.field.reference_to]
    keys = [each for each in fields if each.field.external_id]
    targets = [each for each in _writable(fields) if each not in (*lookups, *keys)]
    objects = tuple(described_object(known) for known in found)
    return [
        ChoiceList("Objects for parcels", objects, (CART, "package_object")),
        ChoiceList("Parcel's lookups", described(lookups), (CART, "package_order_field")),
        ChoiceList("Parcel's keys", described(keys), (CART, "package_key_field")),
        ChoiceList(
            "Parcel's fields to write",
            described(targets),
            (SHIPMENT_FIELDS, "salesforce_field"),
            group="Package",
        ),
    ]


def word_lists(needs: WarehouseNeeds) -> list[ChoiceList]:
    """What the cells of value maps offer: words in brackets, and codes of the warehouse.

    Other maps stand in the same column, so nothing is said of other words.
    """
    targets = (*needs.ship_methods, HOLD, BLANK, UNCHANGED)
    return [
        ChoiceList("Found", (BLANK, ANYTHING_ELSE), (VALUE_MAPS, "from"), warns=False),
        ChoiceList("Ship methods", targets, (VALUE_MAPS, "to"), warns=False),
    ]


def described(fields: Iterable[Reachable]) -> tuple[str, ...]:
    """Entries for fields: those of the object itself first, each group by name."""
    ordered = sorted(fields, key=lambda each: (each.far, each.path.lower()))
    return tuple(described_field(each) for each in ordered)


def described_field(each: Reachable) -> str:
    """``ShippingCity · Shipping City · text 40 · read and write``."""
    label = f"{each.owner.label}: {each.field.label}" if each.far else each.field.label
    access = "read and write" if each.field.updateable and not each.far else "read only"
    return DESCRIBED.join((each.path, _plain(label), type_words(each.field), access))


def described_object(known: OrgObject) -> str:
    """``Sales_Order__c · Sales Order · object``."""
    return DESCRIBED.join((known.name, _plain(known.label), "object"))


def type_words(field: OrgField) -> str:
    """Its type as people say it, with the length of a text."""
    if field.calculated:
        return "formula"
    type_ = field.type.lower()
    word = _TYPE_WORDS.get(type_, type_)
    return f"{word} {field.length}" if type_ in _SIZED and field.length else word


def _cart_lists(
    schema: OrgSchema, shape: Shape, own: Sequence[Reachable], lines: Sequence[Reachable]
) -> list[ChoiceList]:
    queryable = [known for known in schema.objects.values() if known.queryable]
    objects = tuple(described_object(o) for o in sorted(queryable, key=lambda o: o.name.lower()))
    parents = [each for each in lines if shape.order_object in each.field.reference_to]
    texts = [each for each in own if each.field.type.lower() in TEXT_TYPES - {"id", "reference"}]
    dates = [each for each in own if each.field.type.lower() in DATE_TYPES]
    marks = [each for each in own if each.field.updateable]
    return [
        ChoiceList("Objects", objects, (CART, "order_object")),
        ChoiceList("Objects for lines", objects, (CART, "line_object")),
        ChoiceList("Objects for stock", objects, (CART, "inventory_object")),
        ChoiceList("Lookups to the order", described(parents), (CART, "line_order_field")),
        ChoiceList("Fields for a number", described(texts), (CART, "order_number_field")),
        ChoiceList("Dates", described(dates), (CART, "order_date_field")),
        ChoiceList("Fields for a mark", described(marks), (CART, "marker_field")),
    ]


def _plain(label: str) -> str:
    return " ".join(label.replace(DESCRIBED.strip(), "-").split())
