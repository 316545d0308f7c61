"""Saving records: what is checked, and in which words it is refused.

Sources: REST guide: Status Codes and Error Responses, Insert or Update (Upsert) a Record; SOAP
guide: create(), update(), StatusCode; recorded error bodies.
"""

from __future__ import annotations

from typing import Any

import pytest

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.errors import MultipleMatches
from fulfillment_bridge.simulator.org import Operation
from tests.simulator.engine.desk import Desk

REFUSED_VALUES = [
    (
        {"Must__c": None},
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [Must__c]",
        ("Must__c",),
    ),
    ({"Foo": 1}, "INVALID_FIELD", "No such column 'Foo' on sobject of type Thing__c", ()),
    (
        {"Id": "a00000000000001"},
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "cannot specify Id in an insert call",
        ("Id",),
    ),
    (
        {"Worth__c": 1, "CreatedDate": "2026-01-01T00:00:00Z"},
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: Worth__c, CreatedDate. Please check the security settings "
        "of this field and verify that it is read/write for your profile or permission set.",
        ("Worth__c", "CreatedDate"),
    ),
    (
        {"Code__c": "12345678901"},
        "STRING_TOO_LONG",
        "Code: data value too large: 12345678901 (max length=10)",
        ("Code__c",),
    ),
    (
        {"Count__c": 100000},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Count: value outside of valid range on numeric field: 100000",
        ("Count__c",),
    ),
    (
        {"Mail__c": "nobody"},
        "INVALID_EMAIL_ADDRESS",
        "Mail: invalid email address: nobody",
        ("Mail__c",),
    ),
    (
        {"Account__c": "abc"},
        "MALFORMED_ID",
        "Account: id value of incorrect type: abc",
        ("Account__c",),
    ),
    (
        {"Account__c": "005000000000001AAA"},
        "MALFORMED_ID",
        "Account: id value of incorrect type: 005000000000001AAA",
        ("Account__c",),
    ),
    (
        {"Account__c": "001000000000001AAA"},
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        (),
    ),
]


@pytest.mark.parametrize(("values", "code", "message", "fields"), REFUSED_VALUES)
def test_a_wrong_value_is_refused_in_salesforces_words(
    admin: Desk, values: dict[str, Any], code: str, message: str, fields: tuple[str, ...]
) -> None:
    """Code, text and fields, as clients show them."""
    error = admin.refused_create("Thing__c", **{"Must__c": "x", **values})
    assert (error.code, error.message, error.fields) == (code, message, fields)


WRONG_TYPES = [
    ("Code__c", 5, "string from VALUE_NUMBER_INT value 5"),
    ("Code__c", {"a": 1}, "string from START_OBJECT value {"),
    ("Code__c", True, "string from VALUE_TRUE value true"),
    ("Count__c", "many", "double from VALUE_STRING value many"),
    ("Whole__c", 1.5, "int from VALUE_NUMBER_FLOAT value 1.5"),
    ("Flag__c", "yes", "boolean from VALUE_STRING value yes"),
    ("Day__c", "11/22/2026", "date from VALUE_STRING value 11/22/2026"),
    ("At__c", "noon", "datetime from VALUE_STRING value noon"),
]


@pytest.mark.parametrize(("name", "value", "text"), WRONG_TYPES)
def test_json_of_the_wrong_type_is_a_parser_error(
    admin: Desk, name: str, value: Any, text: str
) -> None:
    """Salesforce's parser complains before anything is saved."""
    error = admin.refused_create("Thing__c", **{"Must__c": "x", name: value})
    assert error.code == "JSON_PARSER_ERROR"
    assert error.message.startswith(f"Cannot deserialize instance of {text} or request may be")


def test_values_are_tidied_as_salesforce_does(admin: Desk) -> None:
    """Texts are trimmed, empty ones are blank, numbers may be texts and are rounded."""
    admin.create(
        "Thing__c", Must__c="  x ", Group__c="", Count__c="3.6", Price__c=1.005, Flag__c="true"
    )
    row = admin.rows("SELECT Must__c, Group__c, Count__c, Price__c, Flag__c FROM Thing__c")[0]
    assert row == {
        "Must__c": "x",
        "Group__c": None,
        "Count__c": 4.0,
        "Price__c": 1.0,
        "Flag__c": True,
    }


def test_a_restricted_picklist_takes_its_own_values_only(admin: Desk, shop: Any) -> None:
    """In any case; an unrestricted one takes everything."""
    admin.update("Order", shop.order, Carrier__c="ups", Type="Rush")
    assert admin.rows("SELECT Carrier__c, Type FROM Order") == [
        {"Carrier__c": "UPS", "Type": "Rush"}
    ]
    error = admin.refused_update("Order", shop.order, Carrier__c="DHL")
    assert error.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert error.message == "Carrier: bad value for restricted picklist field: DHL"


def test_a_unique_value_is_taken_once(admin: Desk) -> None:
    """Case does not tell values apart; the message has the other record's short id."""
    first = admin.thing("ABC")
    error = admin.refused_create("Thing__c", Code__c="abc", Must__c="x")
    assert error.code == "DUPLICATE_VALUE"
    assert error.message == (
        f"duplicate value found: Code__c duplicates value on record with id: {first[:15]}"
    )
    admin.delete("Thing__c", first)
    admin.thing("abc")


def test_an_error_about_a_record_always_names_its_fields(admin: Desk) -> None:
    """Even when there are none; one about the request does not."""
    about_record = admin.refused_create("Thing__c", Must__c="x", Account__c="001000000000001AAA")
    assert about_record.rest_body()[0]["fields"] == []
    about_request = admin.refused_create("Thing__c", Foo=1)
    assert "fields" not in about_request.rest_body()[0]


def test_every_change_moves_the_stamps(admin: Desk, clerk: Desk, clock: SimulatedClock) -> None:
    """Whole seconds, by whom, and also when nothing changes."""
    record_id = admin.thing("a")
    clock.advance(60)
    clerk.update("Thing__c", record_id)
    row = admin.rows(
        "SELECT CreatedDate, LastModifiedDate, SystemModstamp, CreatedById, LastModifiedById, "
        "OwnerId FROM Thing__c"
    )[0]
    assert row["CreatedDate"] == "2026-11-18T10:30:15.000+0000"
    assert row["LastModifiedDate"] == row["SystemModstamp"] == "2026-11-18T10:31:15.000+0000"
    assert row["CreatedById"] == row["OwnerId"] == admin.user.user_id
    assert row["LastModifiedById"] == clerk.user.user_id


def test_a_record_that_is_not_there_cannot_be_changed(admin: Desk) -> None:
    """Never was, was deleted, or is no id of this object."""
    gone = admin.thing("gone")
    admin.delete("Thing__c", gone)
    error = admin.refused_update("Thing__c", gone, Must__c="y")
    assert (error.code, error.message, error.http_status) == (
        "ENTITY_IS_DELETED",
        "entity is deleted",
        404,
    )
    error = admin.refused_update("Thing__c", gone[:8] + "9999999", Must__c="y")
    assert (error.code, error.http_status) == ("INVALID_CROSS_REFERENCE_KEY", 404)
    error = admin.refused_update("Thing__c", "001000000000001", Must__c="y")
    assert error.message == "Thing ID: id value of incorrect type: 001000000000001"


def test_the_same_record_twice_in_one_request_is_refused(admin: Desk) -> None:
    """Both times, in either length of its id; the others go through."""
    record_id, other = admin.thing("a"), admin.thing("b")
    results = admin.save(
        Operation("update", "Thing__c", record_id, {"Must__c": "1"}),
        Operation("update", "Thing__c", record_id[:15], {"Must__c": "2"}),
        Operation("update", "Thing__c", other, {"Must__c": "3"}),
    )
    assert [result.success for result in results] == [False, False, True]
    assert results[0].errors[0].code == "DUPLICATE_VALUE"
    assert "duplicate id specified" in results[0].errors[0].message


def test_all_or_none_undoes_the_good_with_the_bad(admin: Desk) -> None:
    """Rolled-back rows keep their id: only success tells."""
    record_id = admin.thing("a")
    results = admin.save(
        Operation("update", "Thing__c", record_id, {"Must__c": "changed"}),
        Operation("create", "Thing__c", values={"Code__c": "b"}),
        all_or_none=True,
    )
    assert [result.success for result in results] == [False, False]
    assert results[0].id == record_id
    assert results[0].errors[0].code == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert results[1].errors[0].code == "REQUIRED_FIELD_MISSING"
    assert admin.column("SELECT Must__c FROM Thing__c") == ["x"]


def test_without_all_or_none_each_record_stands_for_itself(admin: Desk) -> None:
    """The good one stays."""
    results = admin.save(
        Operation("create", "Thing__c", values={"Code__c": "a", "Must__c": "x"}),
        Operation("create", "Thing__c", values={"Code__c": "b"}),
    )
    assert [result.success for result in results] == [True, False]
    assert admin.column("SELECT Code__c FROM Thing__c") == ["a"]


def test_an_exception_in_a_transaction_undoes_all_saves_inside(admin: Desk) -> None:
    """As a composite request that must succeed as a whole needs it."""

    def stop_halfway() -> None:
        with admin.org.transaction():
            admin.thing("a")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stop_halfway()
    assert admin.rows("SELECT Id FROM Thing__c") == []


def upsert(value: Any, field: str = "Code__c", **values: Any) -> Operation:
    """An upsert of a Thing__c by external id."""
    return Operation(
        "upsert", "Thing__c", values=values, external_id_field=field, external_id=value
    )


def test_upsert_creates_then_updates(admin: Desk) -> None:
    """By external id, in any case."""
    first, second = (admin.save(upsert(code, Must__c="x"))[0] for code in ("New", "NEW"))
    assert (first.success, first.created) == (True, True)
    assert (second.success, second.created, second.id) == (True, False, first.id)


def test_upsert_by_an_ambiguous_external_id_is_refused_with_all_matches(admin: Desk) -> None:
    """HTTP 300 with every record that fits."""
    ids = {admin.thing("a", Group__c="same"), admin.thing("b", Group__c="same")}
    error = admin.refusal(upsert("same", "Group__c", Must__c="y"))
    assert isinstance(error, MultipleMatches)
    assert error.http_status == 300
    assert set(error.record_ids) == ids


def test_upsert_needs_an_external_id_field_and_only_one_row_per_value(admin: Desk) -> None:
    """A field that is none, the field in the body, the value twice, nothing to update."""
    error = admin.refusal(upsert("x", "Must__c"))
    assert (error.code, error.http_status) == ("NOT_FOUND", 404)
    error = admin.refusal(upsert("x", Code__c="x", Must__c="y"))
    assert error.message == "The Code__c field should not be specified in the sobject data."
    results = admin.save(upsert("x", Must__c="1"), upsert("X", Must__c="2"))
    assert [result.errors[0].code for result in results] == ["DUPLICATE_VALUE"] * 2
    only = upsert("x", Must__c="1")
    only.update_only = True
    assert admin.refusal(only).code == "NOT_FOUND"


def test_a_parent_may_be_named_by_its_external_id(admin: Desk) -> None:
    """Through the relationship; an unknown value is refused."""
    thing = admin.thing("parent")
    admin.create("Part__c", Thing__r={"Code__c": "PARENT"})
    assert admin.column("SELECT Thing__c FROM Part__c") == [thing]
    error = admin.refused_create("Part__c", Thing__r={"Code__c": "nobody"})
    assert error.message == (
        "Foreign key external ID: nobody not found for field Code__c in entity Thing__c"
    )


def test_names_number_themselves_or_fall_back_to_the_id(admin: Desk) -> None:
    """Auto-numbers start where they are told to and are not given out twice."""
    thing = admin.thing("a")
    assert admin.column("SELECT Name FROM Thing__c") == [thing[:15]]
    for _ in range(2):
        admin.create("Part__c", Thing__c=thing)
    assert admin.column("SELECT Name FROM Part__c ORDER BY Name") == ["P-0007", "P-0008"]


def test_deleting_takes_details_along_and_clears_lookups(admin: Desk) -> None:
    """Master-detail children go too; a lookup is emptied."""
    account = admin.create("Account", Name="A")
    thing = admin.thing("a", Account__c=account)
    admin.create("Part__c", Thing__c=thing)
    admin.delete("Account", account)
    assert admin.column("SELECT Account__c FROM Thing__c") == [None]
    admin.delete("Thing__c", thing)
    assert admin.rows("SELECT Id FROM Part__c") == []
    error = admin.refused_create("Part__c", Thing__c=thing)
    assert error.code == "ENTITY_IS_DELETED"


def test_every_validation_rule_that_is_true_speaks(admin: Desk, shop: Any) -> None:
    """Several errors for one record, with the field a rule names."""
    admin.update("Order", shop.order, Ready__c=True)
    result = admin.save(
        Operation("update", "Order", shop.order, {"Ready__c": False, "Tracking__c": "1Z"})
    )[0]
    found = [(error.code, error.message, error.fields) for error in result.errors]
    assert found == [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Say who carries it", ("Carrier__c",)),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Ready stays ready", ()),
    ]
    assert admin.rows("SELECT Ready__c, Tracking__c FROM Order") == [
        {"Ready__c": True, "Tracking__c": None}
    ]
