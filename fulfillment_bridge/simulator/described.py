"""Orgs from describe answers that were dumped from another org.

A dump is a folder::

    organization.json      {"id", "name", "is_sandbox", "default_currency"}, each may be left out
    <ApiName>.json         the body of GET sobjects/<ApiName>/describe, one file for each object
    records/<ApiName>.json a list of records as queries answer them; this folder may be left out

Every object has exactly the fields its describe names. What a describe does not say is
chosen: formulas and roll-ups are not computed but keep the values that records bring; records
of OrderStatus and OpportunityStage tell what statuses and stages mean, else their names do;
a record type called something with "Person" makes persons. The integration user may do what
the describes tell; the administrator makes and changes the merchant's records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fulfillment_bridge.simulator.declarations import RecordTypeEntry
from fulfillment_bridge.simulator.dumped_rights import opened, users_like
from fulfillment_bridge.simulator.fields import (
    COMPOUND_TYPES,
    Field,
    PicklistValue,
    field_from,
)
from fulfillment_bridge.simulator.sobjects import SObject

Body = Mapping[str, Any]
_NEEDED = ("name", "fields", "keyPrefix")


def read_dump(directory: Path) -> dict[str, Any]:
    """The org description that the folder amounts to; ValueError when it is no dump."""
    organization = _load(directory / "organization.json", {})
    described = {
        body["name"]: body
        for path in sorted(directory.glob("*.json"))
        if path.name != "organization.json" and (body := _body(path))
    }
    if not described:
        raise ValueError(f"{directory} holds no describe answers")
    records = {path.stem: _load(path, []) for path in sorted(directory.glob("records/*.json"))}
    name = _slug(directory.resolve().name)
    return {
        "name": name,
        "label": organization.get("name") or directory.resolve().name,
        "organization_id": organization.get("id"),
        "is_sandbox": bool(organization.get("is_sandbox", False)),
        "default_currency": organization.get("default_currency") or "USD",
        "features": _features(described, organization.get("default_currency")),
        "described": described,
        "records": records,
        "users": users_like(name, described.values()),
    }


def _features(described: Mapping[str, Body], currency: str | None) -> dict[str, Any]:
    """A currency field makes it an org of several currencies, whose rates nobody knows."""
    codes = {
        value["value"]
        for body in described.values()
        for field in body["fields"]
        if field["name"] == "CurrencyIsoCode"
        for value in field.get("picklistValues", ())
    }
    if not codes:
        return {}
    corporate = currency if currency in codes else min(codes)
    return {"multi_currency": {"corporate": corporate, "rates": dict.fromkeys(sorted(codes), 1.0)}}


def _body(path: Path) -> Any:
    body = _load(path, None)
    if not isinstance(body, dict) or any(key not in body for key in _NEEDED):
        raise ValueError(f"{path.name} is not the body of a describe")
    return body


def _load(path: Path, otherwise: Any) -> Any:
    if not path.exists():
        return otherwise
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "described"


_KEPT = tuple(
    field_from(name, {"type": kind})
    for name, kind in (
        ("IsDeleted", "checkbox"),
        ("CreatedDate", "datetime"),
        ("CreatedById", "text"),
        ("LastModifiedDate", "datetime"),
        ("LastModifiedById", "text"),
        ("SystemModstamp", "datetime"),
    )
)


def described_objects(
    description: Mapping[str, Any], standard: Mapping[str, SObject]
) -> dict[str, SObject]:
    """The objects of a dump; ``standard`` is what the engine knows of them by itself."""
    described: Mapping[str, Body] = description.get("described") or {}
    known = {*described, *(each.name for each in standard.values())}
    links = _links(described)
    objects = {}
    for name, told in described.items():
        body = opened(told, standard.get(name.lower()))
        fields = [_field(name, each, known, links) for each in body["fields"]]
        objects[name] = _object(body, _compounded(fields, body), standard.get(name.lower()))
        _give_meaning(objects[name], description.get("records") or {})
    return objects


def _links(described: Mapping[str, Body]) -> dict[tuple[str, str], Body]:
    """What the parents' describes say about the fields that point at them."""
    return {
        (each["childSObject"], each["field"]): each
        for body in described.values()
        for each in body.get("childRelationships", ())
    }


def _object(body: Body, fields: list[Field], standard: SObject | None) -> SObject:
    by_name = {each.name.lower(): each for each in fields}
    # What the engine keeps of every record, whether the original shows it or not.
    internal = {each.name.lower(): each for each in _KEPT if each.name.lower() not in by_name}
    if standard:
        for lower, each in standard.fields.items():
            if lower not in by_name and each.stored:
                internal[lower] = each
        for lower, each in by_name.items():
            known = standard.field(lower)
            if known and each.auto_number:
                by_name[lower] = replace(each, auto_number=known.auto_number)
    return SObject(
        name=body["name"],
        label=body.get("label") or body["name"],
        plural=body.get("labelPlural") or body["name"],
        key_prefix=body["keyPrefix"],
        fields=by_name,
        internal=internal,
        createable=bool(body.get("createable", True)),
        updateable=bool(body.get("updateable", True)),
        deletable=bool(body.get("deletable", True)),
        virtual=bool(standard and standard.virtual),
        record_types=tuple(_record_types(body)) if "recordtypeid" in by_name else (),
        recorded=dict(body),
    )


def _record_types(body: Body) -> list[RecordTypeEntry]:
    return [
        RecordTypeEntry(
            developer_name=each["developerName"],
            label=each["name"],
            default=bool(each.get("defaultRecordTypeMapping")),
            active=bool(each.get("active", True)),
            person=body["name"] == "Account" and "person" in each["developerName"].lower(),
            record_id=each["recordTypeId"],
        )
        for each in body.get("recordTypeInfos", ())
        if not each.get("master")
    ]


def _field(
    object_name: str, body: Body, known: set[str], links: Mapping[tuple[str, str], Body]
) -> Field:
    targets = tuple(each for each in body.get("referenceTo", ()) if each in known)
    link = links.get((object_name, body["name"]), {}) if targets else {}
    values = tuple(map(_picklist_value, body.get("picklistValues", ())))
    default = next((each.value for each in values if each.default), None)
    return Field(
        name=body["name"],
        label=body.get("label") or body["name"],
        type=body["type"],
        length=int(body.get("length") or 0),
        precision=int(body.get("precision") or 0),
        scale=int(body.get("scale") or 0),
        digits=int(body.get("digits") or 0),
        nillable=bool(body.get("nillable", True)),
        createable=bool(body.get("createable", True)),
        updateable=bool(body.get("updateable", True)),
        default=bool(body.get("defaultValue")) if body["type"] == "boolean" else default,
        defaulted=bool(body.get("defaultedOnCreate", False)),
        external_id=bool(body.get("externalId", False)),
        unique=bool(body.get("unique", False)),
        case_sensitive=bool(body.get("caseSensitive", False)),
        filterable=bool(body.get("filterable", True)),
        sortable=bool(body.get("sortable", True)),
        name_field=bool(body.get("nameField", False)),
        auto_number="{00000000}" if body.get("autoNumber") else None,
        never_computed=bool(body.get("calculated", False)),
        help=body.get("inlineHelpText"),
        picklist=values,
        restricted=bool(body.get("restrictedPicklist", False)),
        reference_to=targets,
        relationship_name=body.get("relationshipName") if targets else None,
        child_relationship=link.get("relationshipName"),
        on_delete=_on_delete(link),
        compound=body.get("compoundFieldName"),
    )


def _picklist_value(body: Body) -> PicklistValue:
    return PicklistValue(
        value=str(body["value"]),
        label=str(body.get("label") or body["value"]),
        default=bool(body.get("defaultValue", False)),
        active=bool(body.get("active", True)),
    )


def _on_delete(link: Body) -> str:
    if link.get("cascadeDelete"):
        return "cascade"
    return "restrict" if link.get("restrictedDelete") else "clear"


def _compounded(fields: list[Field], body: Body) -> list[Field]:
    """Addresses and locations with their parts, whose names begin or end like the whole."""
    parts: dict[str, list[str]] = {}
    for each in body["fields"]:
        if whole := each.get("compoundFieldName"):
            parts.setdefault(whole, []).append(each["name"])
    return [
        replace(field, components=tuple(_part(field.name, part) for part in parts[field.name]))
        if field.type in COMPOUND_TYPES and field.name in parts
        else field
        for field in fields
    ]


def _part(whole: str, name: str) -> tuple[str, str]:
    """What a part is called inside the whole: ``ShippingCity`` is the ``city``."""
    if name.endswith("__s"):
        short = name.removesuffix("__s").rpartition("__")[2]
    else:
        short = name.removeprefix(whole.removesuffix("Address"))
    return short[:1].lower() + short[1:], name


def _give_meaning(sobject: SObject, records: Mapping[str, list[dict[str, Any]]]) -> None:
    """What the statuses of orders and the stages of opportunities stand for."""
    if sobject.name == "Order":
        told = {
            each.get("ApiName"): each.get("StatusCode") for each in records.get("OrderStatus", ())
        }
        _categorize(sobject, "status", lambda value: told.get(value) or _status_category(value))
    elif sobject.name == "Opportunity":
        stages = records.get("OpportunityStage", ())
        told = {each.get("ApiName") or each.get("MasterLabel"): _stage(each) for each in stages}
        _categorize(sobject, "stagename", lambda value: told.get(value) or _stage_category(value))


def _categorize(sobject: SObject, lower: str, category: Any) -> None:
    if found := sobject.fields.get(lower):
        values = tuple(replace(each, category=category(each.value)) for each in found.picklist)
        sobject.fields[lower] = replace(found, picklist=values)


def _stage(record: Mapping[str, Any]) -> str:
    if not record.get("IsClosed"):
        return "Open"
    return "Won" if record.get("IsWon") else "Lost"


def _status_category(value: str) -> str:
    return "Draft" if "draft" in value.lower() else "Activated"


def _stage_category(value: str) -> str:
    if not value.lower().startswith("closed"):
        return "Open"
    return "Won" if "won" in value.lower() else "Lost"
