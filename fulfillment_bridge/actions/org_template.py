"""A workbook made for one org, with its fields to choose from and everything guessed filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.domain.org_schema import OrgSchema, Record, ResolvedPath, value_at
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import Rejected, UserError
from fulfillment_bridge.mapping.filling import Filling
from fulfillment_bridge.mapping.findings import did_you_mean, nearest
from fulfillment_bridge.mapping.guessing import guess
from fulfillment_bridge.mapping.guessing_objects import (
    Shape,
    guess_shape,
    order_candidates,
    others_like,
    shape_around,
)
from fulfillment_bridge.mapping.org_template import OrgPicture, org_workbook
from fulfillment_bridge.mapping.paths import resolve
from fulfillment_bridge.mapping.touched import Base

MOST_CANDIDATES = 3
"""Objects that are asked whether they hold any record; a call each."""


@dataclass(frozen=True)
class Made:
    """The workbook, the objects it stands on, and others that may be the orders."""

    content: bytes
    shape: Shape
    others: tuple[str, ...]


def org_template(
    schema: OrgSchema,
    cart: Cart | None,
    named: Shape,
    *,
    today: date,
    needs: WarehouseNeeds = NO_NEEDS,
) -> Made:
    """The workbook, and which objects it stands on. Without a cart there are no examples.

    ``named`` are objects that a person knows; the others are guessed. UserError where the org
    does not have them. What the cart's warehouse ``needs`` is ticked and offered.
    """
    shape = _shape(schema, cart, named)
    filling = guess(schema, shape, earliest=today.isoformat(), needs=needs)
    examples = _examples(schema, cart, shape, filling) if cart else {}
    blank = _blank_skus(shape, filling, examples)
    if cart and blank:
        filling = guess(schema, shape, earliest=today.isoformat(), blank=blank, needs=needs)
        examples = _examples(schema, cart, shape, filling)
    about = "Made for this org by looking at its fields. Everything filled in is a guess: look at "
    about += "each yellow cell, then: fulfillment-bridge mapping check FILE --cart NAME"
    picture = OrgPicture(schema, shape, examples, needs)
    content = org_workbook(picture, replace(filling, about=about))
    return Made(content, shape, tuple(others_like(schema, shape)))


def _shape(schema: OrgSchema, cart: Cart | None, named: Shape) -> Shape:
    for name in (named.order_object, named.line_object, named.inventory_object):
        if name and schema.object(name) is None:
            known = [each.name for each in schema.objects.values()]
            raise UserError(
                f"the org has no object {name}, or our user cannot see it",
                remedy=did_you_mean(nearest(name, known)) or "Setup > Object Manager has its name.",
            )
    filled = _filled(schema, cart) if cart and not named.order_object else []
    guessed = guess_shape(schema, filled=filled)
    if not named.order_object:
        named = replace(named, order_object=guessed.order_object)
    if named.order_object == guessed.order_object and not named.line_object:
        named = replace(
            named, line_object=guessed.line_object, line_order_field=guessed.line_order_field
        )
    stock = named.inventory_object or guessed.inventory_object
    return shape_around(schema, replace(named, inventory_object=stock))


def _filled(schema: OrgSchema, cart: Cart) -> list[str]:
    candidates = order_candidates(schema)[:MOST_CANDIDATES]
    return [name for name in candidates if _newest(cart, name, [])]


def _newest(cart: Cart, object_name: str, paths: Sequence[str]) -> Record | None:
    try:
        return next(iter(cart.find_newest_records(object_name, paths, 1)), None)
    except Rejected:
        return None  # an object that cannot be asked this has no example; the check says why


def _blank_skus(shape: Shape, filling: Filling, examples: Mapping[Base, Record]) -> set[str]:
    """SKU fields that hold nothing: many objects have several, and merchants use one."""
    guessed: dict[Base, tuple[str, str]] = {}
    if "sku" in filling.line_fields:
        guessed["line"] = (shape.line_object, filling.line_fields["sku"].source)
    if "sku" in filling.inventory_fields:
        guessed["inventory"] = (shape.inventory_object, filling.inventory_fields["sku"].target)
    return {
        f"{name}.{path}"
        for base, (name, path) in guessed.items()
        if base in examples and value_at(examples[base], path) in (None, "")
    }


def _examples(schema: OrgSchema, cart: Cart, shape: Shape, filling: Filling) -> dict[Base, Record]:
    """The newest order, line and inventory record, with the columns that were guessed."""
    wanted: dict[Base, tuple[str, list[str]]] = {
        "order": (
            shape.order_object,
            [
                *(
                    part
                    for row in filling.order_fields.values()
                    for part in row.source.split(" + ")
                ),
                *(row.target for row in filling.shipment_fields.values()),
                *(rule[2] for rule in filling.rules),
                *filling.settings.values(),
            ],
        ),
        "line": (shape.line_object, [row.source for row in filling.line_fields.values()]),
        "inventory": (
            shape.inventory_object,
            [row.target for row in filling.inventory_fields.values()],
        ),
    }
    found: dict[Base, Record] = {}
    for base, (name, paths) in wanted.items():
        real = [path for path in paths if isinstance(resolve(schema, name, path), ResolvedPath)]
        record = _newest(cart, name, list(dict.fromkeys(real))) if name else None
        if record is not None:
            found[base] = record
    return found
