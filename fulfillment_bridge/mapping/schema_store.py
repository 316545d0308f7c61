"""Keeping what we know of an org: just the part a workbook touches, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from fulfillment_bridge.domain.org_schema import OrgField, OrgObject, OrgSchema
from fulfillment_bridge.mapping.contents import Workbook
from fulfillment_bridge.mapping.touched import child_paths, touched_paths

_ALWAYS_KEPT = ("id", "systemmodstamp", "name")
_BASES = ("order", "line", "inventory", "package")
_TUPLES = frozenset({"picklist_values", "reference_to"})


def merge(first: OrgSchema, second: OrgSchema) -> OrgSchema:
    """Both schemas as one; where both know an object, the second one's word counts."""
    return OrgSchema(
        objects={**first.objects, **second.objects},
        organization_id=second.organization_id or first.organization_id,
        default_currency=second.default_currency or first.default_currency,
    )


def excerpt(workbook: Workbook, schema: OrgSchema) -> OrgSchema:
    """Only the objects and fields that the workbook touches: what a loaded version keeps."""
    kept: dict[str, set[str]] = {}
    for base in _BASES:
        name = workbook.object_of(base)
        if name and schema.object(name):
            kept[name.lower()] = set(_ALWAYS_KEPT)
    for placed in touched_paths(workbook):
        _keep(schema, workbook.object_of(placed.base), placed.path, kept)
    for child in child_paths(workbook):
        _keep_lookups(schema, workbook.object_of("order"), child.object_name, kept)
    objects = {
        name: _trimmed(schema.objects[name], wanted) for name, wanted in sorted(kept.items())
    }
    return replace(schema, objects=objects)


def _keep_lookups(
    schema: OrgSchema, order_object: str, child_object: str, kept: dict[str, set[str]]
) -> None:
    """The fields by which a child record may hang on an order."""
    child = schema.object(child_object)
    for field in child.fields.values() if child else ():
        if order_object.lower() in (name.lower() for name in field.reference_to):
            kept.setdefault(child_object.lower(), set()).add(field.name.lower())


def _keep(schema: OrgSchema, object_name: str, path: str, kept: dict[str, set[str]]) -> None:
    *relationships, last = path.split(".")
    current = [found] if (found := schema.object(object_name)) else []
    for relationship in relationships:
        targets: list[OrgObject] = []
        for known in current:
            reference = known.by_relationship(relationship)
            if reference:
                kept.setdefault(known.name.lower(), set()).add(reference.name.lower())
                names = reference.reference_to
                targets += [found for name in names if (found := schema.object(name))]
        current = targets
        for known in current:
            kept.setdefault(known.name.lower(), set()).update(_ALWAYS_KEPT)
    for known in current:
        kept.setdefault(known.name.lower(), set()).add(last.lower())


def _trimmed(known: OrgObject, wanted: set[str]) -> OrgObject:
    return replace(
        known, fields={key: known.fields[key] for key in sorted(wanted) if key in known.fields}
    )


def schema_to_json(schema: OrgSchema) -> dict[str, Any]:
    """JSON-ready values; what has its usual value is left out."""
    return {
        "organization_id": schema.organization_id,
        "default_currency": schema.default_currency,
        "objects": {name: object_to_json(known) for name, known in schema.objects.items()},
    }


def object_to_json(known: OrgObject) -> dict[str, Any]:
    """One object of it."""
    return {
        "name": known.name,
        "label": known.label,
        "updateable": known.updateable,
        "queryable": known.queryable,
        "key_prefix": known.key_prefix,
        "fields": {name: _field_to_json(field) for name, field in known.fields.items()},
    }


def _field_to_json(field: OrgField) -> dict[str, Any]:
    values = {item.name: getattr(field, item.name) for item in fields(field)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value != _USUAL.get(name)
    }


_USUAL = {item.name: item.default for item in fields(OrgField)}


def schema_from_json(stored: Mapping[str, Any]) -> OrgSchema:
    """The schema that ``schema_to_json`` wrote."""
    return OrgSchema(
        objects={name: object_from_json(known) for name, known in stored["objects"].items()},
        organization_id=stored["organization_id"],
        default_currency=stored["default_currency"],
    )


def object_from_json(stored: Mapping[str, Any]) -> OrgObject:
    """The object that ``object_to_json`` wrote."""
    fields_by_name = {name: _field_from_json(field) for name, field in stored["fields"].items()}
    return OrgObject(
        name=stored["name"],
        label=stored["label"],
        fields=fields_by_name,
        updateable=stored["updateable"],
        queryable=stored["queryable"],
        key_prefix=stored["key_prefix"],
    )


def _field_from_json(stored: Mapping[str, Any]) -> OrgField:
    values: dict[str, Any] = {
        name: tuple(value) if name in _TUPLES else value for name, value in stored.items()
    }
    return OrgField(**values)
