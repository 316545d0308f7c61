"""SOAP describes: the elements of the partner schema, in its order, version by version."""

from __future__ import annotations

import pytest
from lxml import etree

from fulfillment_bridge.simulator.server import OrgHandle
from tests.simulator.soap.wire import PARTNER, Wire, names, texts, told, xsi_type

PLAIN_FIELD_41 = """
    aggregatable autoNumber byteLength calculated caseSensitive createable custom
    defaultedOnCreate deprecatedAndHidden digits filterable groupable idLookup label length name
    nameField namePointing nillable permissionable polymorphicForeignKey precision queryByDistance
    restrictedPicklist scale searchPrefilterable soapType sortable type unique updateable
"""
OBJECT_41 = """
    activateable compactLayoutable createable custom customSetting deletable deprecatedAndHidden
    feedEnabled hasSubtypes idEnabled isSubtype keyPrefix label labelPlural layoutable mergeable
    mruEnabled name networkScopeFieldName queryable recordTypeInfos replicateable retrieveable
    searchLayoutable searchable supportedScopes triggerable undeletable updateable urlDetail
    urlEdit urlNew
"""


def described(wire: Wire, name: str) -> etree._Element:
    """The describe of one object."""
    return wire.call("describeSObject", f"<sObjectType>{name}</sObjectType>").result


def field(wire: Wire, object_name: str, name: str) -> etree._Element:
    """One field of a describe."""
    fields = described(wire, object_name).findall(f"{PARTNER}fields")
    return next(each for each in fields if told(each, "name") == name)


def test_a_plain_field_has_the_elements_of_a_recorded_one(wire: Wire) -> None:
    """Version 41: what is false or missing is mostly left out, some is told all the same."""
    assert names(field(Wire(wire.client, "41.0"), "Account", "Id")) == PLAIN_FIELD_41.split()


def test_an_object_has_the_elements_of_a_recorded_one(wire: Wire) -> None:
    """Version 41, repeated elements counted once."""
    found = dict.fromkeys(names(described(Wire(wire.client, "41.0"), "Account")))
    assert [name for name in found if name not in ("fields", "childRelationships")] == (
        OBJECT_41.split()
    )


@pytest.mark.parametrize(
    ("element", "first"),
    [
        ("isSubtype", 39),
        ("deepCloneable", 47),
        ("isInterface", 47),
        ("associateEntityType", 50),
    ],
)
def test_elements_begin_with_a_version(wire: Wire, element: str, first: int) -> None:
    """A client built from an older schema would stumble over them."""
    for version, expected in ((first - 1, False), (first, True)):
        older = Wire(wire.client, f"{version}.0")
        assert (element in names(described(older, "Account"))) is expected


@pytest.mark.parametrize(
    ("element", "first"),
    [("polymorphicForeignKey", 40), ("searchPrefilterable", 40), ("aiPredictionField", 47)],
)
def test_elements_of_fields_begin_with_a_version(wire: Wire, element: str, first: int) -> None:
    """Likewise."""
    for version, expected in ((first - 1, False), (first, True)):
        older = Wire(wire.client, f"{version}.0")
        assert (element in names(field(older, "Account", "Name"))) is expected


def test_a_field_tells_its_types(wire: Wire) -> None:
    """References, their object and path; external ids; the default of a checkbox with its type."""
    link = field(wire, "Parcel__c", "Account__c")
    assert (told(link, "type"), told(link, "soapType")) == ("reference", "tns:ID")
    assert (told(link, "referenceTo"), told(link, "relationshipName")) == ("Account", "Account__r")
    assert told(field(wire, "Parcel__c", "Code__c"), "externalId") == "true"
    assert told(field(wire, "Account", "BillingAddress"), "soapType") == "tns:address"
    default = field(wire, "Parcel__c", "IsDeleted").find(f"{PARTNER}defaultValue")
    assert default is not None
    assert (default.text, xsi_type(default)) == ("false", "xsd:boolean")


def test_a_picklist_tells_its_values(wire: Wire) -> None:
    """Whether active, whether the default, label and value."""
    value = field(wire, "Order", "Status").find(f"{PARTNER}picklistValues")
    assert value is not None
    assert names(value) == ["active", "defaultValue", "label", "value"]
    assert told(value, "value") == "Draft"


def test_an_object_tells_what_points_at_it(wire: Wire) -> None:
    """With the name that a subquery would use."""
    children = described(wire, "Account").findall(f"{PARTNER}childRelationships")
    (parcels,) = (each for each in children if told(each, "childSObject") == "Parcel__c")
    assert texts(parcels) == [
        ("cascadeDelete", "false"),
        ("childSObject", "Parcel__c"),
        ("deprecatedAndHidden", "false"),
        ("field", "Account__c"),
        ("relationshipName", "Parcels__r"),
    ]


def test_an_object_tells_where_a_browser_finds_its_records(org: OrgHandle, wire: Wire) -> None:
    """On the org's own host."""
    found = described(wire, "Account")
    assert told(found, "urlDetail") == f"{org.base_url}/{{ID}}"
    assert told(found, "urlNew") == f"{org.base_url}/001/e"


def test_a_hidden_field_is_not_described(org: OrgHandle, wire: Wire) -> None:
    """It does not exist for this user."""
    org.org.users[org.username].hidden_fields = {"Parcel__c": {"Code__c"}}
    fields = described(wire, "Parcel__c").findall(f"{PARTNER}fields")
    assert "Code__c" not in {told(each, "name") for each in fields}


def test_several_objects_come_in_the_order_asked(wire: Wire) -> None:
    """Names in any case."""
    asked = ("order", "Account", "Parcel__c")
    body = "".join(f"<sObjectType>{name}</sObjectType>" for name in asked)
    found = wire.call("describeSObjects", body).results
    assert [told(each, "name") for each in found] == ["Order", "Account", "Parcel__c"]


def test_one_hundred_objects_are_the_most(wire: Wire) -> None:
    """One more is refused unread."""
    reply = wire.call("describeSObjects", "<sObjectType>Account</sObjectType>" * 101)
    assert reply.fault[1] == "sf:EXCEEDED_MAX_TYPES_LIMIT"


@pytest.mark.parametrize("operation", ["describeSObject", "describeSObjects"])
def test_an_unknown_object_is_a_fault(wire: Wire, operation: str) -> None:
    """With no place in any query."""
    reply = wire.call(operation, "<sObjectType>Foo__c</sObjectType>")
    assert reply.fault == (500, "sf:INVALID_TYPE", "InvalidSObjectFault")
    assert "<sf:row>-1</sf:row><sf:column>-1</sf:column>" in reply.text


def test_all_objects_are_listed_without_their_fields(wire: Wire) -> None:
    """After the encoding and the most records of a call."""
    result = wire.call("describeGlobal").result
    assert texts(result)[:2] == [("encoding", "UTF-8"), ("maxBatchSize", "200")]
    objects = result.findall(f"{PARTNER}sobjects")
    assert {"Account", "Order", "Parcel__c"} <= {told(each, "name") for each in objects}
    assert names(objects[0])[:4] == [
        "activateable",
        "associateEntityType",
        "associateParentEntity",
        "createable",
    ]


def test_objects_that_a_user_may_not_read_are_not_there(org: OrgHandle, wire: Wire) -> None:
    """Neither in the list nor by name."""
    org.org.users[org.username].object_permissions = {"Parcel__c": set()}
    assert "Parcel__c" not in wire.call("describeGlobal").text
    reply = wire.call("describeSObject", "<sObjectType>Parcel__c</sObjectType>")
    assert reply.fault[1] == "sf:INVALID_TYPE"
