"""Describe: objects and fields as the REST API tells them, key by key."""

from __future__ import annotations

import re
from typing import Any

from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.model import User
from fulfillment_bridge.simulator.schema import Schema, SObject

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
    "address": "urn:address",
}
_BYTES_PER_CHARACTER = 3
_MASTER_RECORD_TYPE = "012000000000000AAA"
_SYSTEM = (
    "Id",
    "IsDeleted",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
    "OwnerId",
)


def describe_global(schema: Schema, user: User, version: str) -> dict[str, Any]:
    """All objects the user may read, without their fields."""
    known = [each for each in schema if user.may("read", each.name)]
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [
            _summary(each, user, version) for each in sorted(known, key=lambda each: each.name)
        ],
    }


def describe(schema: Schema, sobject: SObject, user: User, version: str) -> dict[str, Any]:
    """The object with all fields that the user may see."""
    if sobject.recorded:
        return _recorded(sobject, sobject.recorded, user, version)
    body = _summary(sobject, user, version) | {
        "actionOverrides": [],
        "childRelationships": [_child(schema, each) for each in _children(schema, sobject, user)],
        "compactLayoutable": not sobject.virtual,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [
            _field(sobject, each, user)
            for each in sobject.fields.values()
            if not user.hides(sobject.name, each.name)
        ],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": _record_types(sobject, version),
        "searchLayoutable": not sobject.virtual,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": _scopes(sobject),
    }
    return dict(sorted(body.items()))


def _recorded(sobject: SObject, body: dict[str, Any], user: User, version: str) -> dict[str, Any]:
    """The describe of an object copied from another org: as it was there, for this user."""
    fields = [
        each | _less(each, writable=not user.only_reads(sobject.name, each["name"]))
        for each in body["fields"]
        if not user.hides(sobject.name, each["name"])
    ]
    infos = [
        each | {"urls": _in_version(each.get("urls", {}), version)}
        for each in body.get("recordTypeInfos", ())
    ]
    own = _allowed(sobject, user) | {"urls": _in_version(body.get("urls", {}), version)}
    return body | own | {"fields": fields, "recordTypeInfos": infos}


def _less(field: dict[str, Any], *, writable: bool) -> dict[str, bool]:
    return {name: bool(field.get(name)) and writable for name in ("createable", "updateable")}


def _in_version(urls: dict[str, str], version: str) -> dict[str, str]:
    """The addresses in another version of the API."""
    return {
        name: re.sub(r"/services/data/v\d+\.\d+/", f"/services/data/v{version}/", url)
        for name, url in urls.items()
    }


def _allowed(sobject: SObject, user: User) -> dict[str, bool]:
    return {
        "createable": sobject.createable and user.may("create", sobject.name),
        "deletable": sobject.deletable and user.may("delete", sobject.name),
        "updateable": sobject.updateable and user.may("edit", sobject.name),
    }


def _summary(sobject: SObject, user: User, version: str) -> dict[str, Any]:
    plain = dict(sorted(_plain_summary(sobject, user, version).items()))
    if sobject.recorded is None:
        return plain
    body = _recorded(sobject, sobject.recorded, user, version)
    return {name: body.get(name, value) for name, value in plain.items()}


def _plain_summary(sobject: SObject, user: User, version: str) -> dict[str, Any]:
    stored = not sobject.virtual
    return {
        **_allowed(sobject, user),
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.key_prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": stored and sobject.createable,
        "mergeable": sobject.name in ("Account", "Contact"),
        "mruEnabled": stored,
        "name": sobject.name,
        "queryable": True,
        "replicateable": stored,
        "retrieveable": stored,
        "searchable": stored,
        "triggerable": stored,
        "undeletable": sobject.deletable,
        "urls": _urls(sobject, version),
    }


def _urls(sobject: SObject, version: str) -> dict[str, str]:
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    if sobject.virtual or not sobject.createable:
        # Without pages of their own, such as the organization.
        return {"rowTemplate": f"{base}/{{ID}}", "describe": f"{base}/describe", "sobject": base}
    return {
        "compactLayouts": f"{base}/describe/compactLayouts",
        "rowTemplate": f"{base}/{{ID}}",
        "approvalLayouts": f"{base}/describe/approvalLayouts",
        "listviews": f"{base}/listviews",
        "describe": f"{base}/describe",
        "quickActions": f"{base}/quickActions",
        "layouts": f"{base}/describe/layouts",
        "sobject": base,
    }


def _children(schema: Schema, sobject: SObject, user: User) -> list[tuple[str, Field]]:
    """The fields of other objects that point here, as far as the user may see them."""
    found = []
    for each in sobject.children:
        child = schema.get(each.object_name)
        field = child.field(each.field_name) if child else None
        if child is None or field is None or not user.may("read", child.name):
            continue
        if not user.hides(child.name, field.name):
            found.append((child.name, field))
    return found


def _child(schema: Schema, child: tuple[str, Field]) -> dict[str, Any]:
    name, field = child
    return {
        "cascadeDelete": field.on_delete == "cascade",
        "childSObject": name,
        "deprecatedAndHidden": False,
        "field": field.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": field.child_relationship,
        "restrictedDelete": field.on_delete == "restrict",
    }


def _record_types(sobject: SObject, version: str) -> list[dict[str, Any]]:
    """The record types, the master that every object has being the last."""
    infos = [
        _record_type(
            sobject, version, each.developer_name, sobject.record_type_ids[each.developer_name]
        )
        | {
            "active": each.active,
            "available": each.active,
            "defaultRecordTypeMapping": each.default,
            "name": each.label,
        }
        for each in sobject.record_types
    ]
    master = _record_type(sobject, version, "Master", _MASTER_RECORD_TYPE)
    has_default = any(each.default for each in sobject.record_types)
    return [*infos, master | {"defaultRecordTypeMapping": not has_default, "master": True}]


def _record_type(
    sobject: SObject, version: str, developer_name: str, record_id: str
) -> dict[str, Any]:
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": False,
        "developerName": developer_name,
        "master": False,
        "name": developer_name,
        "recordTypeId": record_id,
        "urls": {"layout": f"{base}/describe/layouts/{record_id}"},
    }


def _scopes(sobject: SObject) -> list[dict[str, str]]:
    scopes = [{"label": f"All {sobject.plural.lower()}", "name": "everything"}]
    if sobject.field("OwnerId"):
        scopes.append({"label": f"My {sobject.plural.lower()}", "name": "mine"})
    return scopes


def _field(sobject: SObject, field: Field, user: User) -> dict[str, Any]:
    body = _UNUSED | _nature(field) | _meaning(field) | _use(sobject, field, user)
    return dict(sorted(body.items()))


def _nature(field: Field) -> dict[str, Any]:
    """Name, type and size."""
    is_text = field.kind == "string"
    return {
        "byteLength": field.length * (_BYTES_PER_CHARACTER if is_text else 1),
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "custom": field.custom,
        "digits": field.digits,
        "extraTypeInfo": _extra_type(field),
        "inlineHelpText": field.help,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.name_field,
        "precision": field.precision,
        "scale": field.scale,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "type": field.type,
    }


def _meaning(field: Field) -> dict[str, Any]:
    """What its values are and where they come from."""
    return {
        "autoNumber": field.auto_number is not None,
        "calculated": field.calculated,
        "calculatedFormula": field.formula,
        "cascadeDelete": field.on_delete == "cascade",
        "defaultValue": field.default if field.type == "boolean" else None,
        "externalId": field.external_id,
        "picklistValues": [_value(each) for each in field.picklist],
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "relationshipOrder": 0 if field.is_master else None,
        "restrictedDelete": field.on_delete == "restrict",
        "restrictedPicklist": field.restricted,
        "unique": field.unique,
    }


def _use(sobject: SObject, field: Field, user: User) -> dict[str, Any]:
    """What may be done with it, by this user and in queries."""
    writable = not user.only_reads(sobject.name, field.name)
    is_system = field.name in _SYSTEM
    return {
        "aggregatable": field.filterable and field.kind != "boolean",
        "createable": field.createable and writable,
        "defaultedOnCreate": _is_defaulted(field),
        "filterable": field.filterable,
        "groupable": field.groupable,
        "idLookup": field.id_lookup,
        "nillable": field.nillable,
        "permissionable": not is_system and not field.required,
        "queryByDistance": field.type == "address",
        "searchPrefilterable": field.type == "reference" and field.createable and not is_system,
        "sortable": field.sortable,
        "updateable": field.updateable and writable,
    }


# Keys of features this org does not have: they are there all the same, always like this.
_UNUSED: dict[str, Any] = {
    "aiPredictionField": False,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "mask": None,
    "maskType": None,
    "namePointing": False,
    "polymorphicForeignKey": False,
    "referenceTargetField": None,
    "writeRequiresMasterRead": False,
}


def _is_defaulted(field: Field) -> bool:
    """Whether the platform fills the field when a new record leaves it out."""
    system = field.name in _SYSTEM
    return system or field.default is not None or field.auto_number is not None


def _extra_type(field: Field) -> str | None:
    if field.type != "textarea":
        return None
    return "plaintextarea"


def _value(each: Any) -> dict[str, Any]:
    return {
        "active": each.active,
        "defaultValue": each.default,
        "label": each.label,
        "validFor": None,
        "value": each.value,
    }
