"""What describe tells about objects and fields.

Sources: SOAP guide: DescribeSObjectResult; bodies recorded from REST describes of Account and a
custom object.
"""

from __future__ import annotations

from typing import Any

import pytest

from fulfillment_bridge.simulator.errors import SalesforceError
from tests.simulator.engine.desk import Desk


def field(desk: Desk, object_name: str, name: str) -> dict[str, Any]:
    """One field of an object's describe."""
    fields: list[dict[str, Any]] = desk.org.describe(desk.user, object_name, "64.0")["fields"]
    return next(each for each in fields if each["name"] == name)


def test_an_object_is_described_in_any_case_with_its_urls(admin: Desk) -> None:
    """Name, prefix, what may be done, addresses of this version."""
    body = admin.org.describe(admin.user, "ORDER", "62.0")
    assert (body["name"], body["keyPrefix"], body["labelPlural"]) == ("Order", "801", "Orders")
    assert body["urls"]["sobject"] == "/services/data/v62.0/sobjects/Order"
    assert body["createable"] is body["deletable"] is True
    assert {"actionOverrides", "recordTypeInfos", "supportedScopes", "triggerable"} <= set(body)


def test_an_object_that_is_not_there_is_not_found(admin: Desk) -> None:
    """404."""
    with pytest.raises(SalesforceError) as caught:
        admin.org.describe(admin.user, "Nothing__c", "64.0")
    assert (caught.value.code, caught.value.http_status) == ("NOT_FOUND", 404)


def test_fields_carry_the_properties_clients_go_by(admin: Desk) -> None:
    """Types, lengths, references, picklists, formulas, auto-numbers."""
    text = field(admin, "Thing__c", "Code__c")
    assert (text["type"], text["length"], text["byteLength"]) == ("string", 10, 30)
    assert (text["externalId"], text["unique"], text["idLookup"]) == (True, True, True)
    lookup = field(admin, "Thing__c", "Account__c")
    assert (lookup["referenceTo"], lookup["relationshipName"]) == (["Account"], "Account__r")
    number = field(admin, "Thing__c", "Count__c")
    assert (number["type"], number["precision"], number["scale"]) == ("double", 5, 0)
    formula = field(admin, "Thing__c", "Worth__c")
    assert (formula["calculated"], formula["updateable"]) == (True, False)
    picklist = field(admin, "Order", "Carrier__c")
    assert picklist["restrictedPicklist"] is True
    assert [each["value"] for each in picklist["picklistValues"]] == ["UPS", "FedEx"]
    numbered = field(admin, "Part__c", "Name")
    assert (numbered["autoNumber"], numbered["createable"], numbered["nameField"]) == (
        True,
        False,
        True,
    )
    required = field(admin, "Thing__c", "Must__c")
    assert (required["nillable"], required["defaultedOnCreate"]) == (False, False)
    assert len(required) == 57


def test_details_hang_on_their_master(admin: Desk) -> None:
    """Child relationships say what a subquery may name and what deletion takes along."""
    children = admin.org.describe(admin.user, "Thing__c", "64.0")["childRelationships"]
    assert [
        (each["childSObject"], each["relationshipName"], each["cascadeDelete"]) for each in children
    ] == [("Part__c", "Parts__r", True)]
    names = [each["name"] for each in admin.org.describe(admin.user, "Part__c", "64.0")["fields"]]
    assert "OwnerId" not in names


def test_custom_objects_get_prefixes_of_their_own(admin: Desk) -> None:
    """a00, a01 and so on; records begin with them."""
    listed = admin.org.describe_global(admin.user, "64.0")["sobjects"]
    prefixes = {each["name"]: each["keyPrefix"] for each in listed}
    assert (prefixes["Thing__c"], prefixes["Part__c"]) == ("a00", "a01")
    assert admin.thing("a").startswith("a00")
