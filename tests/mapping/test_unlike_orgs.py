"""An org that calls everything by words of its own: what is still guessed, and what is offered."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from fulfillment_bridge.domain.org_schema import OrgField, OrgObject, OrgSchema
from fulfillment_bridge.mapping.filling import Filling
from fulfillment_bridge.mapping.guessing import guess
from fulfillment_bridge.mapping.guessing_objects import (
    Shape,
    guess_shape,
    others_like,
    parcel_objects,
    shape_around,
)
from fulfillment_bridge.mapping.org_template import OrgPicture, org_workbook
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.workbook import read_workbook
from tests.mapping.test_guessing import schema_of
from tests.mapping.test_org_template import offers

REQUEST = "Shipment_Request__c"


def known(name: str, *fields: OrgField) -> tuple[str, OrgObject]:
    """An object as a schema keeps it."""
    label = name.removesuffix("__c").replace("_", " ")
    return name.lower(), OrgObject(name, label, {each.name.lower(): each for each in fields})


def field(name: str, type_: str = "string", **more: Any) -> OrgField:
    """A field; what is not said of it is as usual."""
    label = name.removesuffix("__c").replace("_", " ")
    usual: dict[str, Any] = {"label": label, "length": 80, "updateable": True}
    return OrgField(name=name, type=type_, **(usual | more))


def parent(name: str, to: str, **more: Any) -> OrgField:
    """A lookup."""
    relationship = name.replace("__c", "__r")
    return field(name, "reference", reference_to=(to,), relationship_name=relationship, **more)


SCHEMA = OrgSchema(
    {
        **schema_of("initech").objects,
        **dict(
            (
                known(
                    REQUEST,
                    field("Name", updateable=False),
                    parent("Account__c", "Account"),
                    field("Consignee_First_Name__c"), field("Consignee_Last_Name__c"),
                    field("Dest_Street_1__c"), field("Dest_Street_2__c"), field("Dest_Town__c"),
                    field("Dest_Province__c"), field("Dest_Nation__c"),
                    field("Depot_State__c", "picklist", picklist_values=("New", "Cancelled")),
                    field("Stage__c", "picklist", picklist_values=("Cleared", "Void")),
                    field("Waybills__c"),
                ),
                known(
                    "Request_Item__c",
                    field("Name", label="Item Number", updateable=False),
                    parent("Request__c", REQUEST, nillable=False),
                    field("Crates__c", "double"), field("Crates_Gone__c", "double"),
                ),
                known("Request_Note__c", parent("Request__c", REQUEST), field("Words__c")),
                known(
                    "Carton__c",
                    parent("Request__c", REQUEST),
                    field("Key__c", external_id=True, unique=True),
                    field("Waybill__c"),
                ),
            )
        ),
    }
)  # fmt: skip
SHAPE = shape_around(SCHEMA, Shape(order_object=REQUEST))


@pytest.fixture(scope="module")
def filling() -> Filling:
    """What is guessed once a person has named the object."""
    return guess(SCHEMA, SHAPE, earliest="2026-11-01")


@pytest.fixture(scope="module")
def book(filling: Filling) -> openpyxl.Workbook:
    """The workbook as Excel opens it."""
    return openpyxl.load_workbook(BytesIO(org_workbook(OrgPicture(SCHEMA, SHAPE), filling)))


def test_the_objects_that_may_be_meant_are_named() -> None:
    """Where the guess is another one; and a named order gets the lines that hang on it."""
    shape = guess_shape(SCHEMA)
    assert shape.order_object == "Opportunity"
    assert others_like(SCHEMA, shape) == [REQUEST, "Order"]
    assert others_like(SCHEMA, SHAPE) == []
    assert (SHAPE.line_object, SHAPE.line_order_field) == ("Request_Item__c", "Request__c")


def test_an_address_is_never_made_of_two(filling: Filling) -> None:
    """The order's own fields go before those of its account, whatever their names begin with."""
    rows = {key: row.source for key, row in filling.order_fields.items()}
    assert rows["ship_to.name"] == "Consignee_First_Name__c + Consignee_Last_Name__c"
    assert (rows["ship_to.line_1"], rows["ship_to.line_2"]) == (
        "Dest_Street_1__c", "Dest_Street_2__c"
    )  # fmt: skip
    assert "ship_to.street" not in rows
    assert (rows["ship_to.city"], rows["ship_to.country"]) == ("Dest_Town__c", "Dest_Nation__c")
    assert filling.order_fields["ship_to.state"].transform == "state_code"
    assert rows["bill_to.street"] == "Account__r.BillingStreet"
    assert filling.shipment_fields["tracking_numbers"].target == "Waybills__c"


def test_a_number_that_salesforce_counts_is_neither_a_sku_nor_a_description(
    filling: Filling,
) -> None:
    """Nor is anything of the order a field of its lines; a blank cell is better."""
    assert filling.line_fields == {}


def test_a_rule_that_nobody_could_guess_has_its_row(filling: Filling) -> None:
    """Its cells are faults until somebody fills them in; the record's own stage says canceled."""
    assert [rule[:5] for rule in filling.rules] == [
        ("ready", "1", "", "=", ""),
        ("cancel", "1", "Stage__c", "=", "Void"),
    ]
    content = org_workbook(OrgPicture(SCHEMA, SHAPE), filling)
    faults = [one.place for one in check(read_workbook(content), SCHEMA) if one.severity == "fault"]
    assert {"Rules!C2", "Rules!E2", "Line fields!B2", "Line fields!B3"} <= set(faults)


def test_rows_about_lines_and_parcels_offer_their_own_fields(book: openpyxl.Workbook) -> None:
    """A field of the order would be refused there."""
    sheet = book["Shipment fields"]
    rows = {str(cell.value): cell.row for cell in sheet["A"]}

    def offered(label: str) -> list[str]:
        found = offers(book, "Shipment fields", f"B{rows[label]}")
        return [text.split(" ")[0] for text in found]

    assert offered("Line: shipped quantity") == ["Crates__c", "Crates_Gone__c", "Request__c"]
    assert offered("Package: contents") == ["Waybill__c"]
    assert "Waybills__c" in offered("Tracking link")
    assert [known.name for known in parcel_objects(SCHEMA, SHAPE)] == ["Carton__c"]
    settings = {str(cell.value): cell.row for cell in book["Cart"]["A"]}
    place = settings["Package's key field"]
    assert offers(book, "Cart", f"B{place}") == ["Key__c · Key · text 80 · read and write"]


def test_the_only_address_of_an_order_may_have_plain_names() -> None:
    """Words that say nothing else are enough then; beside another word they are none."""
    name, order = known(
        "Purchase__c",
        field("Name", updateable=False),
        field("Town__c", label="Town"),
        field("Country__c", label="Country"),
        field("Zip__c", label="Zip"),
        field("Country_Of_Origin__c", label="Country of Origin"),
        field("Billing_Town__c", label="Billing Town"),
    )
    rows = guess(OrgSchema({name: order}), Shape("Purchase__c"), earliest="2026-11-01").order_fields
    assert {key: row.source for key, row in rows.items()} == {
        "ship_to.city": "Town__c",
        "ship_to.country": "Country__c",
        "ship_to.postal_code": "Zip__c",
        "bill_to.city": "Billing_Town__c",
    }
