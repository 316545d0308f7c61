"""SOAP create, update, upsert, delete: what is read, what comes back, what refuses the call."""

from __future__ import annotations

import pytest

from fulfillment_bridge.simulator.server import OrgHandle
from tests.simulator.soap.wire import Wire, names, record, texts, told
from tests.simulator.web_client import OrgClient

ALL_OR_NONE = "<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>"


def parcel(client: OrgClient, record_id: str | None, *fields: str) -> list[object]:
    """These fields of a parcel, by REST."""
    found = client.get(f"sobjects/Parcel__c/{record_id}").json()
    return [found[name] for name in fields]


def ids(*given: str | None) -> str:
    """The ids of a request."""
    return "".join(f"<ids>{each}</ids>" for each in given)


def test_each_record_has_a_result_of_its_own(wire: Wire) -> None:
    """Errors with fields, message and code in this order; then id and success."""
    made, refused = wire.create(
        record("Parcel__c", Code__c="A"), record("Parcel__c", Code__c="x" * 41)
    ).results
    assert names(made) == ["id", "success"]
    assert told(made, "success") == "true"
    assert names(refused) == ["errors", "id", "success"]
    assert texts(refused)[1:] == [("id", None), ("success", "false")]
    assert texts(refused[0]) == [
        ("fields", "Code__c"),
        ("message", f"Code: data value too large: {'x' * 41} (max length=40)"),
        ("statusCode", "STRING_TOO_LONG"),
    ]


def test_texts_become_values_of_the_fields_types(wire: Wire, client: OrgClient) -> None:
    """A number is a number, whatever it was written like."""
    made = wire.create(record("Parcel__c", Code__c="007", Weight__c=" 1.25e1 ")).result
    assert parcel(client, told(made, "id"), "Code__c", "Weight__c") == ["007", 12.5]


@pytest.mark.parametrize(
    ("object_name", "field", "text", "kind"),
    [
        ("Parcel__c", "Weight__c", "heavy", "double"),
        ("Parcel__c", "Weight__c", "", "double"),
        ("Order", "EffectiveDate", "22/11/2026", "date"),
        ("Order", "EffectiveDate", "2026-02-30", "date"),
        ("Product2", "IsActive", "TRUE", "boolean"),
    ],
)
def test_a_text_of_another_type_refuses_the_call(
    wire: Wire, object_name: str, field: str, text: str, kind: str
) -> None:
    """The machinery says so before any record is looked at, without a detail."""
    good, bad = record("Account", Name="A"), record(object_name, **{field: text})
    reply = wire.create(good, bad)
    assert reply.fault == (500, "soapenv:Client", "")
    assert reply.message == f"'{text}' is not a valid value for the type xsd:{kind}"
    assert wire.query("SELECT Id FROM Account").records == []


def test_a_date_may_carry_a_zone(wire: Wire) -> None:
    """XML Schema allows it; the day is what it says."""
    account = told(wire.create(record("Account", Name="A")).result, "id")
    made = wire.create(
        record("Order", AccountId=account, EffectiveDate="2026-11-22Z", Status="Draft")
    ).result
    assert told(made, "success") == "true"
    (order,) = wire.query("SELECT EffectiveDate FROM Order").records
    assert told(order, "EffectiveDate") == "2026-11-22"


@pytest.mark.parametrize(
    ("sent", "code", "kind", "text"),
    [
        (record("Foo__c"), "INVALID_TYPE", "InvalidSObjectFault", "sObject type 'Foo__c' is not"),
        ("<sObjects/>", "INVALID_TYPE", "InvalidSObjectFault", "Must send a concrete entity type."),
        (
            record("Account", Foo="1"),
            "INVALID_FIELD",
            "InvalidFieldFault",
            "No such column 'Foo' on entity 'Account'. If you are attempting to use a custom field",
        ),
        (
            record("OrderStatus", MasterLabel="New"),
            "INVALID_TYPE_FOR_OPERATION",
            "UnexpectedErrorFault",
            "entity type OrderStatus does not support create",
        ),
    ],
)
def test_what_the_schema_does_not_know_refuses_the_call(
    wire: Wire, sent: str, code: str, kind: str, text: str
) -> None:
    """Where REST would refuse the one record, SOAP refuses all."""
    reply = wire.create(record("Account", Name="Good"), sent)
    assert reply.fault == (500, f"sf:{code}", kind)
    assert reply.message.startswith(f"{code}: {text}")


@pytest.mark.parametrize(
    "inside",
    [
        "<r:Code__c>A</r:Code__c>",
        "<r:fieldsToNull>Code__c</r:fieldsToNull>",
        "<r:Account__r><r:type>Account</r:type><r:Id>001000000000000AAA</r:Id></r:Account__r>",
    ],
)
def test_a_hidden_field_does_not_exist(org: OrgHandle, wire: Wire, inside: str) -> None:
    """Neither as a value, nor to be emptied, nor as a way to a parent."""
    org.org.users[org.username].hidden_fields = {"Parcel__c": {"Code__c", "Account__c"}}
    assert wire.create(record("Parcel__c", inside=inside)).fault[1] == "sf:INVALID_FIELD"


@pytest.mark.parametrize(
    "inside",
    [
        "<r:Code__c><r:x/></r:Code__c>",
        "<r:Account__r/>",
        "<r:Code__c>A</r:Code__c><r:code__C>B</r:code__C>",
        "<r:fieldsToNull/>",
        "<r:type>Account</r:type>",
        "<r:Account__r><r:Name>A</r:Name></r:Account__r>",
        "<r:Account__r><r:type>Account</r:type><r:Weight__c>1</r:Weight__c></r:Account__r>",
    ],
)
def test_records_that_make_no_sense_are_refused(wire: Wire, inside: str) -> None:
    """Elements within a text, empty parents, fields twice, a second type, parents without one."""
    status, code, _ = wire.create(record("Parcel__c", inside=inside)).fault
    assert (status, code[:3]) == (500, "sf:")


def test_nobody_is_made_to_empty_a_field(wire: Wire) -> None:
    """A nil fieldsToNull, which some clients always send, names none."""
    nil = '<r:fieldsToNull xsi:nil="true"/>'
    assert told(wire.create(record("Parcel__c", inside=nil)).result, "success") == "true"


def test_nil_leaves_a_field_alone_and_fields_to_null_empties_it(
    wire: Wire, client: OrgClient
) -> None:
    """A field can't be both set and emptied."""
    made = wire.create(record("Parcel__c", Code__c="A", Batch__c="B", Weight__c="1")).result
    parcel_id = told(made, "id") or ""
    emptied = f"<r:fieldsToNull>Weight__c</r:fieldsToNull><r:Id>{parcel_id}</r:Id>"
    wire.call("update", record("Parcel__c", inside=emptied, Code__c=None))
    assert parcel(client, parcel_id, "Code__c", "Batch__c", "Weight__c") == ["A", "B", None]
    both = "<r:fieldsToNull>Code__c</r:fieldsToNull>"
    reply = wire.call("update", record("Parcel__c", inside=both, Code__c="C"))
    assert reply.fault[1] == "sf:DUPLICATE_VALUE"


def test_an_update_needs_an_id_and_a_creation_must_not_have_one(wire: Wire) -> None:
    """A nil Id is none: the schema makes clients send it."""
    assert told(wire.create(record("Account", Id=None, Name="A")).result, "success") == "true"
    (refused,) = wire.create(record("Account", Id="001000000000000AAA", Name="A")).results
    assert told(refused[0], "statusCode") == "INVALID_FIELD_FOR_INSERT_UPDATE"
    (missing,) = wire.call("update", record("Account", Name="A")).results
    assert told(missing[0], "message") == "Id not specified in an update call"
    assert told(missing[0], "statusCode") == "MISSING_ARGUMENT"


def test_the_id_of_an_update_that_was_refused_is_nil(wire: Wire) -> None:
    """Whose it was the caller knows by its place."""
    made = told(wire.create(record("Parcel__c")).result, "id")
    (refused,) = wire.call("update", record("Parcel__c", Id=made, Code__c="x" * 41)).results
    assert texts(refused)[1:] == [("id", None), ("success", "false")]


def test_upsert_finds_records_by_external_id(wire: Wire, client: OrgClient) -> None:
    """Its results begin with whether the record is new."""
    sent = record("Parcel__c", Code__c="A", Weight__c="1")
    key = "<externalIDFieldName>Code__c</externalIDFieldName>"
    first = wire.call("upsert", key + sent).result
    assert texts(first)[0] == ("created", "true")
    assert names(first) == ["created", "id", "success"]
    again = wire.call("upsert", key + record("Parcel__c", Code__c="A", Weight__c="2")).result
    assert texts(again) == [
        ("created", "false"),
        ("id", told(first, "id")),
        ("success", "true"),
    ]
    assert parcel(client, told(first, "id"), "Weight__c") == [2.0]


def test_upsert_by_id_changes_what_has_one_and_adds_the_rest(wire: Wire) -> None:
    """Id is an external id, too."""
    made = told(wire.create(record("Account", Name="A")).result, "id")
    key = "<externalIDFieldName>Id</externalIDFieldName>"
    both = record("Account", Id=made, Name="B") + record("Account", Name="C")
    results = wire.call("upsert", key + both).results
    assert [told(each, "created") for each in results] == ["false", "true"]


def test_upsert_needs_a_field_that_identifies(wire: Wire) -> None:
    """A value of it in each record, too, and only one record that has it."""
    reply = wire.call(
        "upsert", "<externalIDFieldName>Weight__c</externalIDFieldName>" + record("Parcel__c")
    )
    assert reply.fault[1:] == ("sf:INVALID_FIELD", "InvalidFieldFault")
    assert "Field name provided, Weight__c does not match an External ID" in reply.message
    wire.create(record("Parcel__c", Batch__c="B"), record("Parcel__c", Batch__c="B"))
    key = "<externalIDFieldName>Batch__c</externalIDFieldName>"
    sent = record("Parcel__c", Batch__c="B") + record("Parcel__c", Code__c="C")
    several, missing = wire.call("upsert", key + sent).results
    assert told(several[1], "statusCode") == "DUPLICATE_EXTERNAL_ID"
    assert told(missing[1], "statusCode") == "MISSING_ARGUMENT"


def test_a_parent_may_be_named_by_its_external_id(wire: Wire) -> None:
    """As a record within the record."""
    wire.create(record("Parcel__c", Code__c="A"))
    unknown = (
        '<r:Account__r xsi:type="r:sObject"><r:type>Account</r:type><r:Foo>1</r:Foo></r:Account__r>'
    )
    assert wire.create(record("Parcel__c", inside=unknown)).fault[1] == "sf:INVALID_FIELD"
    account = told(wire.create(record("Account", Name="A")).result, "id")
    by_id = f"<r:Account__r><r:type>Account</r:type><r:Id>{account}</r:Id></r:Account__r>"
    made = wire.create(record("Parcel__c", inside=by_id)).result
    assert told(made, "success") == "true", made


def test_one_bad_record_undoes_all_where_the_header_says_so(wire: Wire) -> None:
    """The others tell why; without the header they are saved."""
    sent = (record("Parcel__c", Code__c="A"), record("Parcel__c", Code__c="x" * 41))
    good, _ = wire.create(*sent, header=ALL_OR_NONE).results
    assert told(good[0], "statusCode") == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert told(good, "success") == "false"
    assert wire.query("SELECT Id FROM Parcel__c").records == []
    wire.create(*sent)
    assert len(wire.query("SELECT Id FROM Parcel__c").records) == 1


def test_a_record_without_id_undoes_all_likewise(wire: Wire, client: OrgClient) -> None:
    """Also what the engine never gets to see counts."""
    made = told(wire.create(record("Parcel__c", Code__c="A")).result, "id")
    sent = record("Parcel__c", Id=made, Code__c="B") + record("Parcel__c", Code__c="C")
    first, second = wire.call("update", sent, header=ALL_OR_NONE).results
    assert told(first[0], "statusCode") == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert told(second[0], "statusCode") == "MISSING_ARGUMENT"
    assert parcel(client, made, "Code__c") == ["A"]


@pytest.mark.parametrize("operation", ["create", "update", "delete"])
def test_two_hundred_records_are_the_most(wire: Wire, operation: str) -> None:
    """One more refuses the call, and nothing of it is done."""
    body = ids(*["x"] * 201) if operation == "delete" else record("Account", Name="A") * 201
    reply = wire.call(operation, body)
    assert reply.fault == (500, "sf:EXCEEDED_ID_LIMIT", "UnexpectedErrorFault")
    text = "record limit reached. cannot submit more than 200 records into this call"
    assert reply.message == f"EXCEEDED_ID_LIMIT: {text}"


def test_ten_runs_of_one_type_are_the_most(wire: Wire) -> None:
    """Types that alternate make many runs of few records."""
    pair = record("Account", Name="A") + record("Parcel__c")
    assert len(wire.call("create", pair * 5).results) == 10
    assert wire.call("create", pair * 6).fault[1] == "sf:LIMIT_EXCEEDED"


def test_a_text_is_cut_only_where_the_header_allows_it(wire: Wire) -> None:
    """AllowFieldTruncationHeader; otherwise it is too long."""
    cut = (
        "<AllowFieldTruncationHeader><allowFieldTruncation>true</allowFieldTruncation>"
        "</AllowFieldTruncationHeader>"
    )
    wire.create(record("Parcel__c", Code__c="x" * 41), header=cut)
    (found,) = wire.query("SELECT Code__c FROM Parcel__c").records
    assert told(found, "Code__c") == "x" * 40


def test_deleting_takes_ids_of_any_object(wire: Wire) -> None:
    """What is no id is refused in its place."""
    account = told(wire.create(record("Account", Name="A")).result, "id")
    made = told(wire.create(record("Parcel__c")).result, "id")
    results = wire.call("delete", ids(account, "006i000004DAKd", made, account)).results
    bad = results[1]
    assert texts(bad[0]) == [
        ("message", "bad id 006i000004DAKd"),
        ("statusCode", "MALFORMED_ID"),
    ]
    assert texts(results[2]) == [("id", made), ("success", "true")]
    assert told(results[0][0], "statusCode") == "DUPLICATE_VALUE"
    (again,) = wire.call("delete", ids(made)).results
    assert told(again[0], "statusCode") == "ENTITY_IS_DELETED"


def test_what_is_in_the_recycle_bin_comes_back_or_goes_for_good(wire: Wire) -> None:
    """undelete and emptyRecycleBin, each with results like those of a deletion."""
    made = told(wire.create(record("Parcel__c")).result, "id")
    wire.call("delete", ids(made))
    assert texts(wire.call("undelete", ids(made)).result) == [("id", made), ("success", "true")]
    assert len(wire.query("SELECT Id FROM Parcel__c").records) == 1
    wire.call("delete", ids(made))
    assert told(wire.call("emptyRecycleBin", ids(made)).result, "success") == "true"
    assert wire.query("SELECT Id FROM Parcel__c", operation="queryAll").records == []
    (gone,) = wire.call("undelete", ids(made)).results
    assert told(gone[0], "statusCode") == "UNDELETE_FAILED"
