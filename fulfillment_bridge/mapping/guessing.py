"""A first filling of a workbook for an org never seen before, by the names and types of its fields.

Every guess is for a person to look at; what is not recognized stays blank.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fulfillment_bridge.domain.org_schema import OrgField, OrgObject, OrgSchema
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.mapping.contents import AppliesTo
from fulfillment_bridge.mapping.demanded import demanded_of_lines, ticked_for
from fulfillment_bridge.mapping.filling import Filling, From, To
from fulfillment_bridge.mapping.guess_details import (
    SHIP_METHODS,
    STATUSES,
    Values,
    method_map,
    name_in_two_parts,
    status_map,
    with_demands,
    with_status_map,
    with_transforms,
)
from fulfillment_bridge.mapping.guess_words import (
    CANCEL_VALUES,
    INVENTORY_WORDS,
    LINE_WORDS,
    ORDER_WORDS,
    PLAIN_WORDS,
    READY_CHECKBOXES,
    READY_VALUES,
    SHIPMENT_WORDS,
    Words,
)
from fulfillment_bridge.mapping.guessing_objects import Shape, lookups_of, words_of
from fulfillment_bridge.mapping.our_fields import (
    INVENTORY_FIELDS,
    LINE_FIELDS,
    ORDER_FIELDS,
    SHIPMENT_FIELDS,
    Catalog,
    OurField,
)
from fulfillment_bridge.mapping.rules import DATE_TYPES, NUMBER_TYPES, TEXT_TYPES

GUESSED = "A guess: please check."
_EXACT, _WITHIN, _PLAIN, _LEAST = 100, 80, 56, 55
_FAR, _LATEST_PHRASE, _EXTRA_WORD = 15, 14, 10
"""What counts against a field; a far one by more than any phrase, so that addresses stay whole."""
_MOST_CHOICES = 2_000
_NUMBER_WORDS = ("order no", "order number", "order reference", "reference", "name")
Rule = tuple[AppliesTo, str, str, str, str, str]


@dataclass(frozen=True)
class Reachable:
    """A field and its path from a base object; ``far`` behind a lookup."""

    path: str
    field: OrgField
    owner: OrgObject
    far: bool = False

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """What it is called: by its API name, by its label, and with its lookup in front."""
        own = (words_of(self.field.name), words_of(self.field.label))
        if not self.far:
            return own
        over = words_of(self.path.partition(".")[0])
        return (*own, *((*over, *name) for name in own))


def reachable(schema: OrgSchema, object_name: str) -> list[Reachable]:
    """The fields of an object and, behind its lookups, of the objects the schema knows."""
    base = schema.object(object_name)
    if base is None:
        return []
    found = [Reachable(field.name, field, base) for field in _usable(base)]
    for lookup in lookups_of(base):
        target = schema.object(lookup.reference_to[0])
        if target is not None and target.name not in ("User", base.name):
            found += [
                Reachable(f"{lookup.relationship_name}.{field.name}", field, target, far=True)
                for field in _usable(target)
                if not field.reference_to
            ]
    return found[:_MOST_CHOICES]


def guess(
    schema: OrgSchema,
    shape: Shape,
    *,
    earliest: str,
    blank: Collection[str] = (),
    needs: WarehouseNeeds = NO_NEEDS,
) -> Filling:
    """The workbook as far as names and types tell; ``earliest`` is the earliest order date.

    ``blank`` are fields of lines and stock, as ``Object.path``, that are known to hold nothing:
    others are taken instead where there are any. What the warehouse ``needs`` is ticked.
    """
    orders = reachable(schema, shape.order_object)
    own = [each for each in orders if not each.far]
    fields = {each.path: each.field for each in orders}
    sources = _matches(orders, ORDER_WORDS, ORDER_FIELDS)
    order_rows = with_transforms(_order_rows(sources, fields), fields)
    lines = [
        each
        for each in reachable(schema, shape.line_object)
        if each.owner.name != shape.order_object  # what the order says, no line has for itself
    ]
    fuller = [each for each in lines if f"{shape.line_object}.{each.path}" not in blank]
    line_sources = _matches(lines, LINE_WORDS, LINE_FIELDS)
    line_sources |= _matches(fuller, LINE_WORDS, LINE_FIELDS)
    line_rows = {key: From(path, notes=_note(key)) for key, path in line_sources.items()}
    targets = _targets(own, SHIPMENT_WORDS, SHIPMENT_FIELDS)
    maps = _value_maps(order_rows, targets, fields, needs)
    stock = reachable(schema, shape.inventory_object)
    stock = [each for each in stock if f"{shape.inventory_object}.{each.path}" not in blank]
    return Filling(
        settings=_settings(shape, own, sources.get("ordered_on", ""), earliest),
        rules=tuple(_rules(own)),
        order_fields=with_demands(order_rows, needs, ticked_for(needs)),
        line_fields=with_demands(line_rows, needs, demanded_of_lines(needs)),
        shipment_fields=with_status_map(targets, maps),
        inventory_fields=_targets(stock, INVENTORY_WORDS, INVENTORY_FIELDS),
        value_maps=maps,
    )


def _order_rows(sources: Mapping[str, str], fields: Mapping[str, OrgField]) -> dict[str, From]:
    left_out = _streets_twice(sources)
    rows = {
        key: From(path, notes=_note(key)) for key, path in sources.items() if key not in left_out
    }
    in_two_parts = name_in_two_parts(fields)
    if in_two_parts and "." in sources.get("ship_to.name", "."):
        rows["ship_to.name"] = From(in_two_parts, notes=_note("ship_to.name"))
    return rows


def _streets_twice(sources: Mapping[str, str]) -> set[str]:
    """A street is mapped as a whole or line by line: fields of the order itself go first."""
    left_out: set[str] = set()
    for prefix in ("ship_to", "bill_to"):
        street = f"{prefix}.street"
        lines = [f"{prefix}.line_{number}" for number in (1, 2, 3)]
        own_lines = [key for key in lines if "." not in sources.get(key, ".")]
        by_lines = lines[0] in own_lines and ("." in sources.get(street, ".") or len(own_lines) > 1)
        left_out.update([street] if by_lines else lines)
    return left_out


def _value_maps(
    rows: Mapping[str, From],
    targets: Mapping[str, To],
    fields: Mapping[str, OrgField],
    needs: WarehouseNeeds,
) -> dict[str, Values]:
    method, status = rows.get("ship_method", From()), targets.get("fulfillment_status", To())
    maps = {
        SHIP_METHODS: method_map(fields.get(method.source), needs.ship_methods),
        STATUSES: status_map(fields.get(status.target)),
    }
    return {name: values for name, values in maps.items() if values}


def _usable(known: OrgObject) -> Iterator[OrgField]:
    for field in known.fields.values():
        if field.type.lower() not in ("address", "location", "base64"):
            yield field


def _matches(fields: Sequence[Reachable], words: Words, catalog: Catalog) -> dict[str, str]:
    """For each of our fields the path that fits best; each path is used once."""
    scored = [
        (score, -place, each.path, ours.key)
        for place, each in enumerate(fields)
        for ours in catalog
        if _fits(ours, each.field)
        and (score := max(_score(each, words.get(ours.key, ())), _plain_score(each, ours.key)))
        >= _LEAST
    ]
    found: dict[str, str] = {}
    for _, _, path, key in sorted(scored, reverse=True):
        # A record behind a lookup may be the company of both addresses; an own field is one thing.
        if key not in found and (path not in found.values() or "." in path):
            found[key] = path
    return {ours.key: found[ours.key] for ours in catalog if ours.key in found}


def _score(each: Reachable, phrases: Sequence[str]) -> int:
    best = 0
    for place, phrase in enumerate(phrases):
        wanted = tuple(phrase.split())
        for name in each.names:
            best = max(best, _likeness(wanted, name) - min(place // 2, _LATEST_PHRASE))
    return best - _FAR * each.far


def _plain_score(each: Reachable, key: str) -> int:
    """An order's own Country is where it goes, where nothing says so in more words."""
    plain = {tuple(phrase.split()) for phrase in PLAIN_WORDS.get(key, ())}
    return _PLAIN if not each.far and plain & set(each.names) else 0


def _likeness(wanted: tuple[str, ...], name: tuple[str, ...]) -> int:
    if wanted == name:
        return _EXACT
    extra = len(name) - len(wanted)
    at = range(max(0, extra) + 1)
    if extra > 0 and any(name[start : start + len(wanted)] == wanted for start in at):
        return _WITHIN - _EXTRA_WORD * extra
    return 0


def _fits(ours: OurField, field: OrgField) -> bool:
    type_ = field.type.lower()
    if ours.key in ("sku", "description") and field.name == "Name" and not field.updateable:
        return False  # a number that Salesforce counts up
    if ours.kind in ("date", "moment"):
        return type_ in DATE_TYPES
    if ours.kind in ("money", "quantity", "number"):
        return type_ in NUMBER_TYPES
    return type_ in TEXT_TYPES - {"id", "reference"}


def _targets(fields: Sequence[Reachable], words: Words, catalog: Catalog) -> dict[str, To]:
    keys = [ours for ours in catalog if ours.group == "Key"]
    read = _matches(fields, words, Catalog(keys))
    writable = [
        each for each in fields
        if each.field.updateable and not each.far and each.path not in read.values()
    ]  # fmt: skip
    written = _matches(writable, words, Catalog([o for o in catalog if o not in keys]))
    return {key: To(path, notes=GUESSED) for key, path in {**read, **written}.items()}


def _settings(
    shape: Shape, own: Sequence[Reachable], ordered_on: str, earliest: str
) -> Mapping[str, str]:
    settings = {
        "order_object": shape.order_object,
        "line_object": shape.line_object,
        "line_order_field": shape.line_order_field,
        "order_number_field": _number_field(own),
        "inventory_object": shape.inventory_object,
    }
    dates = {each.path for each in own if each.field.filterable}
    if ordered_on in dates:
        settings |= {"order_date_field": ordered_on, "earliest_order_date": earliest}
    return {key: text for key, text in settings.items() if text}


def _number_field(own: Sequence[Reachable]) -> str:
    texts = [each for each in own if each.field.type.lower() in TEXT_TYPES - {"id", "reference"}]
    ranked = sorted(
        ((_score(each, _NUMBER_WORDS), each.field.unique, each.path) for each in texts),
        reverse=True,
    )
    return ranked[0][2] if ranked and ranked[0][0] >= _LEAST else ""


def _rules(own: Sequence[Reachable]) -> Iterator[Rule]:
    """A checkbox that says ready, else the first status that sounds like it."""
    usable = [each for each in own if each.field.filterable]
    boxes = [each for each in usable if each.field.type.lower() == "boolean"]
    ticked = max(boxes, key=lambda each: _score(each, READY_CHECKBOXES), default=None)
    if ticked and _score(ticked, READY_CHECKBOXES) >= _LEAST:
        yield ("ready", "1", ticked.path, "=", "true", GUESSED)
    elif status := _status(usable, READY_VALUES):
        yield ("ready", "1", status[0], "=", status[1], GUESSED)
    elif own:
        yield ("ready", "1", "", "=", "", "Which orders are to be taken? Choose a field.")
    if canceled := _status(usable, CANCEL_VALUES):
        yield ("cancel", "1", canceled[0], "=", canceled[1], GUESSED)


def _status(usable: Sequence[Reachable], values: Sequence[str]) -> tuple[str, str] | None:
    stated = [
        each for each in usable
        if {word for name in each.names for word in name} & {"status", "stage", "state"}
    ]  # fmt: skip
    # Status before Warehouse Status: the shortest name is the record's own.
    stated.sort(key=lambda each: len(words_of(each.field.name)))
    for each in stated:
        for value in values:
            if value in each.field.picklist_values:
                return each.path, value
    return None


def _note(key: str) -> str:
    ours = ORDER_FIELDS.find(key) or LINE_FIELDS.find(key)
    return f"{GUESSED} {ours.note if ours else ''}".strip()
