"""Several requests in one."""

from __future__ import annotations

from typing import Any

from tests.simulator.web_client import ControlClient, OrgClient

ROOT = "/services/data/v62.0"


def sub(reference_id: str, method: str, path: str, **more: Any) -> dict[str, Any]:
    """A subrequest."""
    return {"referenceId": reference_id, "method": method, "url": f"{ROOT}/{path}", **more}


def send(client: OrgClient, *subrequests: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Send a composite; the answers to its parts."""
    response = client.post("composite", {"compositeRequest": list(subrequests), **more})
    assert response.status_code == 200, response.text
    answers: list[dict[str, Any]] = response.json()["compositeResponse"]
    return answers


def total(client: OrgClient) -> int:
    """How many accounts there are."""
    return int(client.query("SELECT COUNT() FROM Account").json()["totalSize"])


def test_later_parts_use_what_earlier_ones_answered(client: OrgClient) -> None:
    """An id of a created record, a field of a found one, in addresses and bodies."""
    answers = send(
        client,
        sub("account", "POST", "sobjects/Account", body={"Name": "Acme"}),
        sub("found", "GET", "query?q=SELECT Id, Name FROM Account WHERE Id = '@{account.id}'"),
        sub("parcel", "POST", "sobjects/Parcel__c",
            body={"Name": "for @{found.records[0].Name}", "Account__c": "@{account.id}"}),
        sub("read", "GET", "sobjects/Parcel__c/@{parcel.id}?fields=Name,Account__c"),
    )  # fmt: skip
    assert [answer["httpStatusCode"] for answer in answers] == [201, 200, 201, 200]
    assert [answer["referenceId"] for answer in answers] == ["account", "found", "parcel", "read"]
    account = answers[0]["body"]["id"]
    assert answers[0]["httpHeaders"] == {"Location": f"{ROOT}/sobjects/Account/{account}"}
    assert answers[3]["body"]["Name"] == "for Acme"
    assert answers[3]["body"]["Account__c"] == account


def test_parts_fail_by_themselves(client: OrgClient) -> None:
    """The others go on; only those that refer to a failed one are halted."""
    answers = send(
        client,
        sub("bad", "POST", "sobjects/Account", body={}),
        sub("after", "GET", "sobjects/Account/@{bad.id}"),
        sub("good", "POST", "sobjects/Account", body={"Name": "A"}),
    )
    assert [answer["httpStatusCode"] for answer in answers] == [400, 400, 201]
    assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert "No value for bad.id found in bad" in answers[1]["body"][0]["message"]


def test_all_or_none_undoes_every_part(client: OrgClient) -> None:
    """The failed one keeps its reason, the rest say that they were rolled back."""
    answers = send(
        client,
        sub("good", "POST", "sobjects/Account", body={"Name": "A"}),
        sub("bad", "POST", "sobjects/Account", body={}),
        sub("later", "POST", "sobjects/Account", body={"Name": "B"}),
        allOrNone=True,
    )
    codes = [answer["body"][0]["errorCode"] for answer in answers]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert total(client) == 0


def test_all_or_none_keeps_what_worked_together(client: OrgClient) -> None:
    """Nothing is undone when nothing failed."""
    parts = [sub(f"r{n}", "POST", "sobjects/Account", body={"Name": "A"}) for n in range(3)]
    answers = send(client, *parts, allOrNone=True)
    assert [answer["httpStatusCode"] for answer in answers] == [201, 201, 201]
    assert total(client) == 3


def test_collections_work_inside(client: OrgClient) -> None:
    """And their results can be referred to by position."""
    records = [{"attributes": {"type": "Account"}, "Name": name} for name in "AB"]
    answers = send(
        client,
        sub("many", "POST", "composite/sobjects", body={"allOrNone": False, "records": records}),
        sub("second", "GET", "sobjects/Account/@{many[1].id}?fields=Name"),
    )
    assert answers[1]["body"]["Name"] == "B"


def test_locators_are_followed_inside(client: OrgClient, control: ControlClient) -> None:
    """The second page of a query, through a composite."""
    control.post(f"/orgs/{client.org.name}/settings", {"query_batch_limit": 2})
    for name in "ABC":
        client.create("Account", Name=name)
    first = send(client, sub("q", "GET", "query?q=SELECT Name FROM Account ORDER BY Name"))[0]
    next_url = first["body"]["nextRecordsUrl"]
    second = send(client, {"referenceId": "q", "method": "GET", "url": next_url})[0]
    assert [record["Name"] for record in second["body"]["records"]] == ["C"]


def test_a_part_may_have_headers_of_its_own(client: OrgClient, control: ControlClient) -> None:
    """Such as the wished page size."""
    records = [{"Name": f"P{number}"} for number in range(201)]
    body = {"object": "Parcel__c", "records": records}
    control.post(f"/orgs/{client.org.name}/records", body)
    part = sub("q", "GET", "query?q=SELECT Id FROM Parcel__c",
               httpHeaders={"Sforce-Query-Options": "batchSize=200"})  # fmt: skip
    assert len(send(client, part)[0]["body"]["records"]) == 200


def test_a_composite_has_at_most_25_parts(client: OrgClient) -> None:
    """With one more none is done."""
    parts = [sub(f"r{n}", "POST", "sobjects/Account", body={"Name": "A"}) for n in range(26)]
    assert len(send(client, *parts[:25])) == 25
    refused = send(client, *parts)
    assert len(refused) == 1
    assert refused[0]["referenceId"] is None
    assert refused[0]["httpStatusCode"] == 400
    assert refused[0]["body"] == [
        {"message": "The request can’t contain more than 25 operations.",
         "errorCode": "LIMIT_EXCEEDED"}
    ]  # fmt: skip
    assert total(client) == 25


def test_at_most_five_parts_are_queries_or_collections(client: OrgClient) -> None:
    """The others of the 25 are single records."""
    queries = [sub(f"q{n}", "GET", "query?q=SELECT Id FROM Account") for n in range(6)]
    assert len(send(client, *queries[:5])) == 5
    refused = send(client, *queries)
    assert refused[0]["body"][0]["errorCode"] == "LIMIT_EXCEEDED"


def test_reference_ids_are_needed_and_unique(client: OrgClient) -> None:
    """Twice the same, none, or one with other characters: refused."""
    one = sub("a", "GET", "sobjects")
    for parts in ([one, one], [sub("a b", "GET", "sobjects")], [{**one, "referenceId": None}]):
        assert send(client, *parts)[0]["httpStatusCode"] == 400


def test_an_unknown_address_fails_its_part_only(client: OrgClient) -> None:
    """404 inside, 200 outside; a composite inside a composite is not possible."""
    answers = send(
        client,
        sub("foo", "GET", "sobjects/Foo"),
        sub("inner", "POST", "composite", body={"compositeRequest": []}),
    )
    assert answers[0]["httpStatusCode"] == 404
    assert answers[0]["body"][0]["errorCode"] == "NOT_FOUND"
    assert answers[1]["httpStatusCode"] == 400


def test_a_composite_is_one_charged_call(client: OrgClient, control: ControlClient) -> None:
    """The log counts its operations as well."""
    send(client, *[sub(f"r{n}", "GET", "sobjects/Account/describe") for n in range(7)])
    entry = control.get("/requests", org=client.org.name, path="/composite")[-1]
    assert (entry["charged"], entry["calls"], entry["operations"]) == (True, 1, 7)


def test_a_batch_is_charged_for_each_part(client: OrgClient, control: ControlClient) -> None:
    """Its parts know nothing of one another."""
    body = {
        "batchRequests": [
            {"method": "POST", "url": "v62.0/sobjects/Account", "richInput": {"Name": "A"}},
            {"method": "GET", "url": "v62.0/sobjects/Foo"},
            {"method": "GET", "url": "v62.0/query?q=SELECT+Name+FROM+Account"},
        ]
    }
    answer = client.post("composite/batch", body).json()
    assert answer["hasErrors"] is True
    assert [result["statusCode"] for result in answer["results"]] == [201, 404, 200]
    entry = control.get("/requests", org=client.org.name, path="/batch")[-1]
    assert entry["calls"] == 3


def test_a_batch_may_stop_at_an_error(client: OrgClient) -> None:
    """What comes after it is not done."""
    parts = [{"method": "GET", "url": "v62.0/sobjects/Foo"}, {"method": "GET", "url": "v62.0/x"}]
    answer = client.post("composite/batch", {"haltOnError": True, "batchRequests": parts}).json()
    assert answer["results"][1]["statusCode"] == 412
    assert answer["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
