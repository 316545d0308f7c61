"""A client that nobody here wrote works against the simulated org as it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from simple_salesforce.api import Salesforce, SFType
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)
from simple_salesforce.login import SalesforceLogin

from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from tests.simulator.conftest import small_org


@pytest.fixture
def secure_org() -> Iterator[OrgHandle]:
    """An org behind TLS, which this library insists on."""
    with SimulatorServer() as server:
        yield server.add_org(small_org("secure"))


@pytest.fixture
def session(secure_org: OrgHandle) -> Iterator[requests.Session]:
    """A session that trusts the simulator's authority."""
    with requests.Session() as trusting:
        trusting.trust_env = False
        trusting.verify = secure_org.ca_file
        yield trusting


def log_in(org: OrgHandle, session: requests.Session, password: str) -> tuple[str, str]:
    """The library's own SOAP login; session id and instance."""
    return SalesforceLogin(
        username=org.username,
        password=password,
        security_token=org.security_token,
        scratch_url=org.base_url,
        session=session,
    )


@pytest.fixture
def salesforce(secure_org: OrgHandle, session: requests.Session) -> Salesforce:
    """The library, logged in."""
    session_id, instance = log_in(secure_org, session, secure_org.password)
    return Salesforce(session_id=session_id, instance=instance, session=session)


def sobject(salesforce: Salesforce, name: str) -> SFType:
    """What `salesforce.Account` gives, with its real type."""
    found = getattr(salesforce, name)
    assert isinstance(found, SFType)
    return found


def test_its_login_finds_session_and_instance(
    secure_org: OrgHandle, session: requests.Session
) -> None:
    """The instance is the org's own address; faults are understood."""
    session_id, instance = log_in(secure_org, session, secure_org.password)
    assert session_id.startswith(secure_org.organization_id[:15])
    assert f"https://{instance}" == secure_org.base_url
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        log_in(secure_org, session, "wrong")


def test_it_reads_every_page(salesforce: Salesforce, secure_org: OrgHandle) -> None:
    """query_all follows the locators to the end."""
    secure_org.org.insert_raw("Account", [{"Name": f"A{n:03d}"} for n in range(450)])
    secure_org.org.settings.query_batch_limit = 200
    found = salesforce.query_all("SELECT Name FROM Account ORDER BY Name")
    assert found["totalSize"] == 450
    assert [record["Name"] for record in found["records"]] == [f"A{n:03d}" for n in range(450)]


def test_its_objects_live_their_life(salesforce: Salesforce) -> None:
    """Create, read, change, upsert, delete."""
    created = sobject(salesforce, "Account").create({"Name": "Acme"})
    assert sobject(salesforce, "Account").update(created["id"], {"Name": "Acme & Sons"}) == 204
    assert sobject(salesforce, "Account").get(created["id"])["Name"] == "Acme & Sons"
    assert sobject(salesforce, "Parcel__c").upsert("Code__c/C-1", {"Name": "P"}) == 201
    assert sobject(salesforce, "Parcel__c").upsert("Code__c/C-1", {"Name": "Q"}) == 200
    assert sobject(salesforce, "Parcel__c").get_by_custom_id("Code__c", "C-1")["Name"] == "Q"
    assert sobject(salesforce, "Account").delete(created["id"]) == 204
    described = sobject(salesforce, "Account").describe()
    assert "Name" in {field["name"] for field in described["fields"]}


def test_it_recognizes_what_went_wrong(salesforce: Salesforce, secure_org: OrgHandle) -> None:
    """Its own errors for each status."""
    with pytest.raises(SalesforceMalformedRequest):
        salesforce.query("SELECT Nope FROM Account")
    with pytest.raises(SalesforceResourceNotFound):
        sobject(salesforce, "Account").get("001000000000001AAA")
    for name in "AB":
        sobject(salesforce, "Parcel__c").create({"Name": name, "Batch__c": "B"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        sobject(salesforce, "Parcel__c").get_by_custom_id("Batch__c", "B")
    secure_org.tenant.sessions.expire()
    with pytest.raises(SalesforceExpiredSession):
        salesforce.query("SELECT Id FROM Account")


def test_it_learns_the_usage(salesforce: Salesforce) -> None:
    """From the header of the latest answer."""
    salesforce.query("SELECT Id FROM Account")
    assert salesforce.api_usage["api-usage"].used == 2
    assert salesforce.api_usage["api-usage"].total == 100_000
