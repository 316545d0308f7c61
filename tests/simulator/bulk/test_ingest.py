"""What ingest jobs do with their rows."""

from __future__ import annotations

import pytest

from tests.simulator.bulk.desk import BulkDesk
from tests.simulator.web_client import OrgClient


def test_rows_become_records(desk: BulkDesk) -> None:
    """Numbers, checkboxes, dates and quotes; the result repeats the row and adds id and outcome."""
    text = 'Name,Weight__c,Code__c\n"A, ""big"" one",12.5,C-1\nB,,\n'
    job, good, bad = desk.load(text, object="Parcel__c", operation="insert")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (
        "JobComplete",
        2,
        0,
    )
    assert bad == []
    assert list(good[0]) == ["sf__Id", "sf__Created", "Name", "Weight__c", "Code__c"]
    assert good[0]["sf__Created"] == "true"
    assert good[0]["Name"] == 'A, "big" one'
    stored = desk.client.get(f"sobjects/Parcel__c/{good[0]['sf__Id']}").json()
    assert (stored["Name"], stored["Weight__c"], stored["Code__c"]) == ('A, "big" one', 12.5, "C-1")


def test_each_row_fails_by_itself(desk: BulkDesk) -> None:
    """With code, message and fields in sf__Error; the job is complete all the same."""
    text = f"Name,Weight__c,Code__c\nok,1,C-1\n,1,C-2\n{'x' * 81},1,C-3\nno,heavy,C-4\ntwo,1,C-1\n"
    job, good, bad = desk.load(text, object="Account", operation="insert")
    assert job["errorMessage"] == "InvalidBatch : Field name not found : Weight__c"
    job, good, bad = desk.load(text, object="Parcel__c", operation="insert")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (
        "JobComplete",
        5,
        3,
    )
    errors = {row["Code__c"]: row["sf__Error"] for row in bad}
    assert errors["C-3"].startswith("STRING_TOO_LONG:")
    assert errors["C-3"].endswith(":Name --")
    assert errors["C-4"] == (
        "INVALID_TYPE_ON_FIELD_IN_RECORD:Weight: value not of required type: heavy:Weight__c --"
    )
    assert errors["C-1"].startswith("DUPLICATE_VALUE:duplicate value found: Code__c")
    assert errors["C-1"].endswith(":--")
    assert {row["sf__Id"] for row in bad} == {""}
    assert len(good) == 2


def test_a_blank_cell_leaves_alone_and_a_mark_clears(desk: BulkDesk) -> None:
    """#N/A is nothing; an empty cell says nothing."""
    parcel = desk.client.create("Parcel__c", Name="P", Code__c="C", Weight__c=3)
    text = f"Id,Name,Code__c,Weight__c\n{parcel},Q,,#N/A\n"
    _, good, bad = desk.load(text, object="Parcel__c", operation="update")
    assert bad == []
    assert (good[0]["sf__Id"], good[0]["sf__Created"]) == (parcel, "false")
    stored = desk.client.get(f"sobjects/Parcel__c/{parcel}").json()
    assert (stored["Name"], stored["Code__c"], stored["Weight__c"]) == ("Q", "C", None)


def test_an_update_needs_ids(desk: BulkDesk) -> None:
    """A row without one fails, and so does one of a record that is not there."""
    text = "Id,Name\n,Q\na00000000000001AAA,R\n"
    _, good, bad = desk.load(text, object="Parcel__c", operation="update")
    assert good == []
    assert bad[0]["sf__Error"] == "MISSING_ARGUMENT:Id not specified in an update call:Id --"
    assert bad[1]["sf__Id"] == "a00000000000001AAA"


def test_upserts_go_by_external_id(desk: BulkDesk) -> None:
    """A known one changes its record, a new one makes one, an ambiguous one fails."""
    parcel = desk.client.create("Parcel__c", Name="old", Code__c="C-1")
    text = "Code__c,Name\nC-1,changed\nC-2,made\n,nameless\n"
    order = {"object": "Parcel__c", "operation": "upsert", "externalIdFieldName": "code__c"}
    job, good, bad = desk.load(text, **order)
    assert job["externalIdFieldName"] == "Code__c"
    assert [(row["Code__c"], row["sf__Created"]) for row in good] == [
        ("C-1", "false"),
        ("C-2", "true"),
    ]
    assert good[0]["sf__Id"] == parcel
    assert bad[0]["sf__Error"].startswith("MISSING_ARGUMENT:Code__c not specified")
    for name in "AB":
        desk.client.create("Parcel__c", Name=name, Batch__c="twice")
    order["externalIdFieldName"] = "Batch__c"
    _, _, bad = desk.load("Batch__c,Name\ntwice,X\n", **order)
    assert bad[0]["sf__Error"].startswith("DUPLICATE_EXTERNAL_ID:")


def test_parents_may_be_named_by_their_own_fields(desk: BulkDesk) -> None:
    """Relationship, dot, indexed field; a parent that is not there fails the row."""
    account = desk.client.create("Account", Name="Acme")
    text = f"Name,Account__r.Id\nwith,{account}\ncleared,#N/A\nlost,001000000000001AAA\n"
    _, good, bad = desk.load(text, object="Parcel__c", operation="insert")
    found = desk.client.get(f"sobjects/Parcel__c/{good[0]['sf__Id']}?fields=Account__c").json()
    assert found["Account__c"] == account
    assert [row["Name"] for row in good] == ["with", "cleared"]
    assert "Foreign key external ID" in bad[0]["sf__Error"]


@pytest.mark.parametrize(
    "title", ["Nope__c", "Account__r.Name", "Nope__r.Id", "Account__r.Nope", "Account__c.Id"]
)
def test_an_unknown_column_fails_the_job(desk: BulkDesk, title: str) -> None:
    """So does a parent's field that is not indexed; no row is processed."""
    job_id = desk.send(f"Name,{title}\nA,B\n", object="Parcel__c", operation="insert")
    job = desk.finish(job_id)
    assert job["state"] == "Failed"
    assert job["errorMessage"] == f"InvalidBatch : Field name not found : {title}"
    assert desk.rows(job_id, "unprocessedrecords") == [{"Name": "A", title: "B"}]


def test_deleted_records_lie_in_the_recycle_bin(desk: BulkDesk) -> None:
    """Unless they are deleted hard, which needs a permission of its own."""
    soft, hard = (desk.client.create("Parcel__c", Name=name) for name in ("soft", "hard"))
    desk.load(f"Id\n{soft}\n", object="Parcel__c", operation="delete")
    desk.client.org.org.users[desk.client.username].permissions.add("BulkApiHardDelete")
    _, good, _ = desk.load(f"Id\n{hard}\n", object="Parcel__c", operation="hardDelete")
    assert good[0]["sf__Id"] == hard
    left = desk.client.get("queryAll?q=SELECT+Id,IsDeleted+FROM+Parcel__c").json()["records"]
    assert [(record["Id"], record["IsDeleted"]) for record in left] == [(soft, True)]


def test_a_deletion_knows_ids_only(desk: BulkDesk) -> None:
    """Any other column fails the job."""
    parcel = desk.client.create("Parcel__c", Name="P")
    text = f"Id,Name\n{parcel},P\n"
    job, _, _ = desk.load(text, object="Parcel__c", operation="delete")
    assert job["state"] == "Failed"
    assert desk.client.get(f"sobjects/Parcel__c/{parcel}").status_code == 200


@pytest.mark.parametrize(
    ("delimiter", "character"),
    [("BACKQUOTE", "`"), ("CARET", "^"), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")],
)
def test_columns_may_be_parted_otherwise(desk: BulkDesk, delimiter: str, character: str) -> None:
    """The results are written in the same way."""
    job_id = desk.send(
        f"Name{character}Code__c\r\nP{character}C\r\n",
        object="Parcel__c",
        operation="insert",
        columnDelimiter=delimiter,
        lineEnding="CRLF",
    )
    assert desk.finish(job_id)["columnDelimiter"] == delimiter
    text = desk.client.get(f"jobs/ingest/{job_id}/successfulResults").text
    assert text.startswith(f'"sf__Id"{character}"sf__Created"{character}"Name"')
    assert text.endswith(f'"P"{character}"C"\r\n')


@pytest.mark.parametrize(
    ("text", "line_ending", "message"),
    [
        (
            "Name\r\nP\r\n",
            "LF",
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting "
            "is LF",
        ),
        (
            "Name\nP\n",
            "CRLF",
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting "
            "is CRLF",
        ),
        ("Name;Code__c\nP;C\n", "LF", "InvalidBatch : Field name not found : Name;Code__c"),
        ("Name,Code__c\nP\n", "LF", "InvalidBatch : A row has 1 columns where the header has 2"),
        ("Name,name\nP,Q\n", "LF", "InvalidBatch : Field name provided more than once : name"),
        (f"Name\n{'x' * 32_001}\n", "LF", "InvalidBatch : A field has more than 32000 characters"),
        ('Name\n"P\n', "LF", "InvalidBatch : Failed to parse CSV: unexpected end of data"),
    ],
)
def test_data_that_is_no_table_fails_the_job(
    desk: BulkDesk, text: str, line_ending: str, message: str
) -> None:
    """The job says why."""
    order = {"object": "Parcel__c", "operation": "insert", "lineEnding": line_ending}
    job, good, bad = desk.load(text, **order)
    assert (job["state"], job["errorMessage"]) == ("Failed", message)
    assert (good, bad) == ([], [])


def test_thousands_of_rows_are_taken(desk: BulkDesk) -> None:
    """In chunks, each a transaction of its own."""
    rows = "".join(f"P{number},C{number}\n" for number in range(1050))
    job, good, _ = desk.load(f"Name,Code__c\n{rows}", object="Parcel__c", operation="insert")
    assert job["numberRecordsProcessed"] == 1050
    assert len(good) == 1050


def test_rights_hold_for_bulk_jobs_too(desk: BulkDesk) -> None:
    """What the user may not do or see fails as it does elsewhere."""
    user = desk.client.org.org.users[desk.client.username]
    user.read_only_fields = {"Parcel__c": {"Code__c"}}
    user.hidden_fields = {"Parcel__c": {"Weight__c"}}
    _, _, bad = desk.load("Name,Code__c\nP,C\n", object="Parcel__c", operation="insert")
    assert bad[0]["sf__Error"].startswith("INVALID_FIELD_FOR_INSERT_UPDATE:")
    job, _, _ = desk.load("Name,Weight__c\nP,1\n", object="Parcel__c", operation="insert")
    assert job["errorMessage"] == "InvalidBatch : Field name not found : Weight__c"


@pytest.mark.parametrize(
    ("given", "stored"), [("yes", True), ("0", False), ("TRUE", True), ("off", False)]
)
def test_checkboxes_have_many_words(admin: OrgClient, given: str, stored: bool) -> None:
    """Yes and no, on and off, one and zero."""
    text = f"Name,IsActive\nP,{given}\n"
    _, good, _ = BulkDesk(admin).load(text, object="Product2", operation="insert")
    found = admin.get(f"sobjects/Product2/{good[0]['sf__Id']}?fields=IsActive").json()
    assert found["IsActive"] is stored
