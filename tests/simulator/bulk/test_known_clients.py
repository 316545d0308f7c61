"""A bulk client that nobody here wrote works against the simulated org as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.bulk2 import SFBulk2Type

from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from tests.simulator.conftest import small_org
from tests.simulator.web_client import OrgClient

POLL_SECONDS = 0


@pytest.fixture
def secure_org() -> Iterator[OrgHandle]:
    """An org behind TLS, which this library insists on."""
    with SimulatorServer() as server:
        yield server.add_org(small_org("secure"))


@pytest.fixture
def salesforce(secure_org: OrgHandle) -> Iterator[Salesforce]:
    """The library, with a session of the integration user."""
    with requests.Session() as session, OrgClient(secure_org) as client:
        session.trust_env = False
        session.verify = client.http.verify = secure_org.ca_file
        instance = secure_org.base_url.removeprefix("https://")
        yield Salesforce(session_id=client.login(), instance=instance, session=session)


def bulk(salesforce: Salesforce, name: str) -> SFBulk2Type:
    """The library's bulk jobs for an object."""
    found: SFBulk2Type = getattr(salesforce.bulk2, name)
    return found


def test_it_loads_and_reads_back(salesforce: Salesforce) -> None:
    """Insert in two jobs, upsert, query in pages, delete; failures are listed."""
    records = [{"Name": f"P{n}", "Code__c": f"C{n}"} for n in range(6)]
    loaded = bulk(salesforce, "Parcel__c").insert(records=records, batch_size=4, wait=POLL_SECONDS)
    assert [(job["numberRecordsProcessed"], job["numberRecordsFailed"]) for job in loaded] == [
        (4, 0),
        (2, 0),
    ]
    changed = [{"Code__c": "C1", "Name": "new"}, {"Code__c": "C9", "Name": "nine"}]
    bulk(salesforce, "Parcel__c").upsert(
        records=changed, external_id_field="Code__c", wait=POLL_SECONDS
    )
    soql = "SELECT Id, Name FROM Parcel__c ORDER BY Code__c"
    pages = list(bulk(salesforce, "Parcel__c").query(soql, max_records=3, wait=POLL_SECONDS))
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(str(page)))]
    assert [row["Name"] for row in rows] == ["P0", "new", "P2", "P3", "P4", "P5", "nine"]
    assert len(pages) == 3
    ids = [{"Id": row["Id"]} for row in rows[:2]]
    bulk(salesforce, "Parcel__c").delete(records=ids, wait=POLL_SECONDS)
    everything = bulk(salesforce, "Parcel__c").query_all(
        "SELECT Id FROM Parcel__c", wait=POLL_SECONDS
    )
    assert sum(len(page.splitlines()) - 1 for page in everything) == 7
    twice = bulk(salesforce, "Parcel__c").insert(
        records=[{"Name": "again", "Code__c": "C2"}], wait=POLL_SECONDS
    )
    outcome = bulk(salesforce, "Parcel__c").get_all_ingest_records(str(twice[0]["job_id"]))
    assert outcome["successfulRecords"] == []
    assert outcome["failedRecords"][0]["sf__Error"].startswith("DUPLICATE_VALUE:")
