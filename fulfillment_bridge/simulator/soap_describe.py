"""SOAP: describeGlobal, describeSObject and describeSObjects.

The bodies of REST's describe, in the order and with the elements of the partner schema of the
version that was asked for. In the lists below ``?`` marks what is left out when it is null or
false, ``~`` what is nil when it is null, and ``@47`` the first version that knows the element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.soap_envelope import element, written
from fulfillment_bridge.simulator.soap_request import Result, SoapRequest

MOST_DESCRIBED = 100
MARKED = re.compile(r"(\w+)([?~]?)(?:@(\d+))?")


@dataclass(frozen=True)
class Part:
    """One element of a sequence."""

    name: str
    mark: str
    since: int


def sequence(text: str) -> tuple[Part, ...]:
    """The elements that the words of a text stand for."""
    found = (MARKED.fullmatch(word) for word in text.split())
    return tuple(Part(each[1], each[2], int(each[3] or 0)) for each in found if each)


SUMMARY = sequence("""
    activateable associateEntityType~@50 associateParentEntity~@50 createable custom customSetting
    dataTranslationEnabled?@47 deepCloneable@47 deletable deprecatedAndHidden feedEnabled
    hasSubtypes@38 idEnabled isInterface@47 isSubtype@39 keyPrefix~ label labelPlural layoutable
    mergeable mruEnabled@38 name queryable replicateable retrieveable searchable triggerable
    undeletable updateable
""")
SOBJECT = sequence("""
    actionOverrides? activateable associateEntityType~@50 associateParentEntity~@50
    childRelationships? compactLayoutable createable custom customSetting dataTranslationEnabled?@47
    deepCloneable@47 defaultImplementation~@47 deletable deprecatedAndHidden feedEnabled fields?
    hasSubtypes@38 idEnabled implementedBy~@47 implementsInterfaces~@47 isInterface@47 isSubtype@39
    keyPrefix~ label labelPlural layoutable mergeable mruEnabled name namedLayoutInfos?
    networkScopeFieldName~ queryable recordTypeInfos? replicateable retrieveable searchLayoutable
    searchable supportedScopes? triggerable undeletable updateable urlDetail~ urlEdit~ urlNew~
""")
PARTS = {
    "childRelationships": sequence("""
        cascadeDelete childSObject deprecatedAndHidden field junctionIdListNames?@38
        junctionReferenceTo? relationshipName? restrictedDelete?
    """),
    "fields": sequence("""
        aggregatable aiPredictionField@47 autoNumber byteLength calculated calculatedFormula?
        cascadeDelete? caseSensitive compoundFieldName?@38 controllerName? createable custom
        dataTranslationEnabled?@47 defaultValue? defaultValueFormula? defaultedOnCreate
        dependentPicklist? deprecatedAndHidden digits displayLocationInDecimal? encrypted?
        externalId? extraTypeInfo? filterable formulaTreatNullNumberAsZero?@47 groupable
        highScaleNumber? htmlFormatted? idLookup inlineHelpText? label length mask? maskType? name
        nameField namePointing nillable permissionable picklistValues? polymorphicForeignKey@40
        precision queryByDistance referenceTargetField? referenceTo? relationshipName?
        relationshipOrder? restrictedDelete? restrictedPicklist scale searchPrefilterable@40
        soapType sortable type unique updateable writeRequiresMasterRead?
    """),
    "namedLayoutInfos": sequence("name"),
    "picklistValues": sequence("active defaultValue label~ validFor? value"),
    "recordTypeInfos": sequence("""
        active@41 available defaultRecordTypeMapping developerName@43 master name recordTypeId~
    """),
    "supportedScopes": sequence("label name"),
}


def describe_global(request: SoapRequest) -> Result:
    """All objects that the user knows of."""
    body = request.org.describe_global(request.user, request.version_text)
    objects = "".join(
        f"<sobjects>{_elements(SUMMARY, {**each, 'idEnabled': True}, request.version)}</sobjects>"
        for each in body["sobjects"]
    )
    head = element("encoding", body["encoding"]) + element("maxBatchSize", body["maxBatchSize"])
    return Result(f"<result>{head}{objects}</result>")


def describe_sobject(request: SoapRequest) -> Result:
    """One object with its fields."""
    return _described(request, [request.envelope.argument("sObjectType")])


def describe_sobjects(request: SoapRequest) -> Result:
    """Several objects with their fields."""
    return _described(request, request.envelope.arguments("sObjectType"))


def _described(request: SoapRequest, names: list[str]) -> Result:
    if len(names) > MOST_DESCRIBED:
        text = f"cannot describe more than {MOST_DESCRIBED} objects in one call"
        raise SalesforceError("EXCEEDED_MAX_TYPES_LIMIT", text)
    sobjects = [request.object(name) for name in names]
    shown = "".join(f"<result>{_sobject(request, each)}</result>" for each in sobjects)
    return Result(shown, ("xsd",), operations=len(names))


def _sobject(request: SoapRequest, sobject: SObject) -> str:
    body = request.org.describe(request.user, sobject.name, request.version_text)
    body |= {"idEnabled": True, **_pages(request.tenant.base_url, body["keyPrefix"])}
    return _elements(SOBJECT, body, request.version)


def _pages(base_url: str, key_prefix: str | None) -> dict[str, str]:
    """Where a browser would see, edit and make such records."""
    if key_prefix is None:
        return {}
    return {
        "urlDetail": f"{base_url}/{{ID}}",
        "urlEdit": f"{base_url}/{{ID}}/e",
        "urlNew": f"{base_url}/{key_prefix}/e",
    }


def _elements(parts: tuple[Part, ...], values: Mapping[str, Any], version: int) -> str:
    return "".join(
        _element(part, values.get(part.name), version) for part in parts if version >= part.since
    )


def _element(part: Part, value: Any, version: int) -> str:
    if part.mark == "?" and value in (None, False, []) and not _is_default(part, value):
        return ""
    if part.name == "defaultValue" and part.mark:
        return _default_value(value)
    if isinstance(value, list):
        return "".join(_element(Part(part.name, "", 0), each, version) for each in value)
    if isinstance(value, dict):
        return f"<{part.name}>{_elements(PARTS[part.name], value, version)}</{part.name}>"
    if part.name == "soapType":
        value = f"tns:{value.partition(':')[2]}" if value.startswith("urn:") else value
    return element(part.name, value)


def _is_default(part: Part, value: Any) -> bool:
    """Whether a false is told all the same: it is what a checkbox begins with."""
    return part.name == "defaultValue" and value is False


def _default_value(value: Any) -> str:
    kind = "boolean" if isinstance(value, bool) else "string"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'<defaultValue xsi:type="xsd:{kind}">{written(text)}</defaultValue>'
