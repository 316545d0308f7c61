"""Following a path such as ``Account__r.ShippingCity`` through what we know of an org."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from fulfillment_bridge.domain.org_schema import (
    OrgField,
    OrgObject,
    OrgSchema,
    PathFault,
    ResolvedPath,
)
from fulfillment_bridge.mapping.contents import ChildPath
from fulfillment_bridge.mapping.findings import nearest

_MOST_TARGETS = 5


def resolve(schema: OrgSchema, object_name: str, path: str) -> ResolvedPath | PathFault:
    """The field at the end of ``path`` from ``object_name``, or where the path breaks off."""
    *relationships, last = path.split(".")
    current = schema.object(object_name)
    if current is None:
        return PathFault(
            path,
            object_name,
            object_name,
            suggestions=nearest(object_name, [known.name for known in schema.objects.values()]),
        )
    for relationship, next_name in pairwise((*relationships, last)):
        reference = current.by_relationship(relationship)
        if reference is None:
            return PathFault(
                path,
                current.name,
                relationship,
                is_relationship=True,
                suggestions=_relationships_like(current, relationship),
            )
        target = _target(schema, reference, next_name)
        if target is None:
            unseen = ", ".join(reference.reference_to) or relationship
            return PathFault(path, unseen, unseen)
        current = target
    field = current.field(last)
    if field is None:
        return PathFault(path, current.name, last, suggestions=_fields_like(current, last))
    return ResolvedPath(path, current.name, field, tuple(relationships))


def lookups_of(schema: OrgSchema, child: ChildPath, order_object: str) -> tuple[OrgField, ...]:
    """The lookups by which the child's records may hang on an order."""
    known = schema.object(child.object_name)
    return tuple(
        each
        for each in (known.fields.values() if known else ())
        if order_object.lower() in (name.lower() for name in each.reference_to)
        and each.relationship_name
        and child.lookup.lower() in ("", each.name.lower())
    )


def lookup_of(schema: OrgSchema, child: ChildPath, order_object: str) -> OrgField:
    """The one lookup that the check of the workbook has found."""
    (found,) = lookups_of(schema, child, order_object)
    return found


def _target(schema: OrgSchema, reference: OrgField, next_name: str) -> OrgObject | None:
    """The object a lookup leads to; of several, the one that has what comes next."""
    targets = [found for name in reference.reference_to if (found := schema.object(name))]
    fitting = [t for t in targets if t.field(next_name) or t.by_relationship(next_name)]
    return next(iter(fitting or targets), None)


def unknown_objects(schema: OrgSchema, object_name: str, path: str) -> Iterator[str]:
    """The objects along the path that the schema does not have yet, as far as it can be seen."""
    current = schema.object(object_name)
    if current is None:
        yield object_name
        return
    for relationship in path.split(".")[:-1]:
        reference = current.by_relationship(relationship)
        if reference is None:
            return
        names = reference.reference_to[:_MOST_TARGETS]
        missing = [name for name in names if schema.object(name) is None]
        yield from missing
        known = [found for name in names if (found := schema.object(name))]
        if not known:
            return
        current = known[0]


def _fields_like(current: OrgObject, word: str) -> tuple[str, ...]:
    """Field names like ``word``: by name, and by the label people see."""
    names = {field.name: field.name for field in current.fields.values()}
    by_label = {field.label: field.name for field in current.fields.values() if field.label}
    words = nearest(word, [*names, *by_label])
    return tuple(dict.fromkeys(names.get(w) or by_label[w] for w in words))


def _relationships_like(current: OrgObject, word: str) -> tuple[str, ...]:
    names = [f.relationship_name for f in current.fields.values() if f.relationship_name]
    return nearest(word, names)
