"""A describe of Salesforce, as the org's schema in our words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fulfillment_bridge.domain.org_schema import (
    ChildRelationship,
    OrgField,
    OrgObject,
    OrgSchema,
)
from fulfillment_bridge.errors import UserError

ORGANIZATION = "organization.json"


def described_folder(directory: Path) -> OrgSchema:
    """The schema that describe-dump wrote into a folder. UserError where it is not one."""
    paths = sorted(directory.glob("*.json")) if directory.is_dir() else []
    bodies = {path.name: _document(path) for path in paths}
    organization = bodies.pop(ORGANIZATION, {})
    objects = [_dumped(directory / name, body) for name, body in bodies.items()]
    if not objects:
        raise UserError(
            f"{directory} holds no description of an org",
            remedy="fulfillment-bridge describe-dump CART DIRECTORY writes one.",
        )
    return OrgSchema(
        objects={known.name.lower(): known for known in objects},
        organization_id=str(organization.get("id") or ""),
        default_currency=organization.get("default_currency"),
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as JSON: {error}") from error
    return document if isinstance(document, dict) else {}


def _dumped(path: Path, body: Mapping[str, Any]) -> OrgObject:
    try:
        return org_object(body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{path} is no description of an object",
            remedy="Take it out of the folder, or write the folder anew with describe-dump.",
        ) from error


def org_object(body: Mapping[str, Any]) -> OrgObject:
    """The object that a describe tells of."""
    fields = [_field(each) for each in body.get("fields") or ()]
    return OrgObject(
        name=str(body["name"]),
        label=str(body.get("label") or body["name"]),
        fields={field.name.lower(): field for field in fields},
        updateable=bool(body.get("updateable")),
        queryable=bool(body.get("queryable", True)),
        key_prefix=body.get("keyPrefix"),
        children=tuple(_children(body)),
    )


def _children(body: Mapping[str, Any]) -> Iterator[ChildRelationship]:
    """Lists of child records; those without a name cannot be named in a query."""
    for each in body.get("childRelationships") or ():
        if each.get("relationshipName") and each.get("field"):
            yield ChildRelationship(
                str(each["relationshipName"]), str(each["childSObject"]), str(each["field"])
            )


def _field(body: Mapping[str, Any]) -> OrgField:
    return OrgField(
        name=str(body["name"]),
        label=str(body.get("label") or body["name"]),
        type=str(body["type"]),
        length=int(body.get("length") or 0),
        precision=int(body.get("precision") or 0),
        scale=int(body.get("scale") or 0),
        nillable=bool(body.get("nillable")),
        createable=bool(body.get("createable")),
        updateable=bool(body.get("updateable")),
        filterable=bool(body.get("filterable")),
        sortable=bool(body.get("sortable")),
        calculated=bool(body.get("calculated")),
        unique=bool(body.get("unique")),
        external_id=bool(body.get("externalId")),
        defaulted_on_create=bool(body.get("defaultedOnCreate")),
        restricted_picklist=bool(body.get("restrictedPicklist")),
        picklist_values=_active_values(body),
        reference_to=tuple(body.get("referenceTo") or ()),
        relationship_name=body.get("relationshipName"),
    )


def _active_values(body: Mapping[str, Any]) -> tuple[str, ...]:
    values = body.get("picklistValues") or ()
    return tuple(str(each["value"]) for each in values if each.get("active", True))
