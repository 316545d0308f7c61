"""Duplicate rules over REST: the body of the refusal, and the header that puts up with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fulfillment_bridge.simulator.server import SimulatorServer
from tests.simulator.conftest import small_org
from tests.simulator.web_client import OrgClient

ALLOW = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}
TWIN = {"LastName": "Doe", "Email": "doe@acme.example"}


@pytest.fixture
def strict_client(simulator: SimulatorServer) -> Iterator[OrgClient]:
    """A user of an org that wants no two contacts with one address, and one with that address."""
    description = small_org("twins")
    rules = {"One_Per_Address": {"match": ["Email"], "message": "Use one of these records?"}}
    description["objects"]["Contact"] = {"duplicate_rules": rules}
    handle = simulator.add_org(description)
    with OrgClient(handle) as client:
        client.login()
        client.create("Contact", **TWIN)
        yield client
    simulator.remove_org(handle.name)


def test_a_duplicate_is_refused_with_what_it_duplicates(strict_client: OrgClient) -> None:
    """Under a key that real orgs misspell; addresses have the version of the request."""
    refused = strict_client.post("sobjects/Contact", TWIN, version="58.0")
    assert refused.status_code == 400
    body: dict[str, Any] = refused.json()[0]
    assert (body["errorCode"], body["message"]) == (
        "DUPLICATES_DETECTED",
        "Use one of these records?",
    )
    match = body["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]
    assert match["attributes"]["url"].startswith("/services/data/v58.0/sobjects/Contact/003")


def test_a_caller_may_save_a_duplicate_all_the_same(strict_client: OrgClient) -> None:
    """By a header that versions before 52.0 do not know."""
    old = strict_client.post("sobjects/Contact", TWIN, headers=ALLOW, version="51.0")
    assert old.status_code == 400
    new = strict_client.post("sobjects/Contact", TWIN, headers=ALLOW, version="52.0")
    assert new.status_code == 201


def test_the_header_holds_for_collections_and_subrequests(strict_client: OrgClient) -> None:
    """In a composite each subrequest has headers of its own."""
    record = {"attributes": {"type": "Contact"}, **TWIN}
    refused = strict_client.post("composite/sobjects", {"records": [record]}).json()[0]
    assert refused["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"
    saved = strict_client.post("composite/sobjects", {"records": [record]}, headers=ALLOW)
    assert saved.json()[0]["success"] is True
    subrequest = {
        "method": "POST",
        "url": "/services/data/v62.0/sobjects/Contact",
        "referenceId": "twin",
        "body": TWIN,
    }
    both = [subrequest, subrequest | {"referenceId": "allowed", "httpHeaders": ALLOW}]
    answers = strict_client.post("composite", {"compositeRequest": both}).json()
    codes = [each["httpStatusCode"] for each in answers["compositeResponse"]]
    assert codes == [400, 201]
