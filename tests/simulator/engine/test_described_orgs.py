"""Orgs made from the describe answers of another org.

Sources: the simulator's own design; the describes are shaped as recorded ones are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.descriptions import BadDescription, load_description
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.ids import to_18
from fulfillment_bridge.simulator.org import Org
from tests.simulator.engine.desk import DESCRIPTION, Desk, Shop

DUMPED = (
    "Account",
    "Contact",
    "Opportunity",
    "OpportunityContactRole",
    "OpportunityLineItem",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Organization",
    "Part__c",
    "Pricebook2",
    "PricebookEntry",
    "Product2",
    "RecordType",
    "Thing__c",
    "User",
)
ORGANIZATION = {
    "id": "00D5g000004UxyzEAC",
    "name": "Dumped Inc.",
    "is_sandbox": True,
    "default_currency": "EUR",
}


def dump(org: Org, directory: Path) -> Path:
    """What a tool would write that logs in to this org as its administrator."""
    admin = org.users["admin@testing.example"]
    (directory / "organization.json").write_text(json.dumps(ORGANIZATION))
    for name in DUMPED:
        body = org.describe(admin, name, "61.0")
        (directory / f"{name}.json").write_text(json.dumps(body))
    return directory


@pytest.fixture
def directory(org: Org, tmp_path: Path) -> Path:
    folder = tmp_path / "Acme Copy"
    folder.mkdir()
    return dump(org, folder)


@pytest.fixture
def copy(directory: Path) -> Iterator[Desk]:
    clock = SimulatedClock(frozen_at=datetime(2026, 11, 18, 10, 30, tzinfo=UTC))
    org = Org.from_describe(directory, clock=clock)
    yield Desk(org, org.users["admin@acme-copy.example"])
    org.close()


def test_the_copy_is_the_organization_that_was_dumped(copy: Desk) -> None:
    """Id, name, sandbox and currency; the name it is reached by comes from the folder."""
    org = copy.org
    assert (org.name, org.label, org.organization_id) == (
        "acme-copy",
        "Dumped Inc.",
        "00D5g000004UxyzEAC",
    )
    assert (org.settings.is_sandbox, org.default_currency) == (True, "EUR")
    row = copy.rows("SELECT Id, Name, IsSandbox FROM Organization")[0]
    assert row == {"Id": "00D5g000004UxyzEAC", "Name": "Dumped Inc.", "IsSandbox": True}


@pytest.mark.parametrize("name", DUMPED)
def test_the_copy_describes_its_objects_as_the_original_did(
    copy: Desk, org: Org, name: str
) -> None:
    """Every field with every key, in the version that is asked for."""
    original = org.describe(org.users["admin@testing.example"], name, "64.0")
    assert copy.org.describe(copy.user, name, "64.0") == original


def test_the_list_of_objects_shows_the_copied_ones(copy: Desk) -> None:
    """Beside the standard ones that every org has."""
    shown = {each["name"]: each for each in copy.org.describe_global(copy.user, "64.0")["sobjects"]}
    assert shown["Thing__c"]["label"] == "Thing"
    assert (
        shown["Thing__c"]["urls"]["describe"] == "/services/data/v64.0/sobjects/Thing__c/describe"
    )
    assert "Organization" in shown


def test_fields_of_the_copy_hold_to_their_describe(copy: Desk) -> None:
    """Lengths, picklists, requirements and uniqueness are those of the original."""
    copy.thing("A", Tags__c="red;blue", Price__c=2.5)
    assert copy.refused_create("Thing__c", Code__c="B").code == "REQUIRED_FIELD_MISSING"
    too_long = copy.refused_create("Thing__c", Must__c="x", Code__c="x" * 11)
    assert too_long.code == "STRING_TOO_LONG"
    twice = copy.refused_create("Thing__c", Must__c="x", Code__c="A")
    assert twice.code == "DUPLICATE_VALUE"
    refused = copy.refused_create("Order", Carrier__c="Pigeon")
    assert refused.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_references_of_the_copy_lead_to_parents_and_children(copy: Desk) -> None:
    """By the names of the original, and details go along with their master."""
    account = copy.create("Account", Name="Acme")
    thing = copy.thing("A", Account__c=account)
    copy.create("Part__c", Thing__c=thing)
    assert copy.rows("SELECT Account__r.Name FROM Thing__c") == [{"Account__r": {"Name": "Acme"}}]
    record = copy.org.query(copy.user, "SELECT (SELECT Id FROM Things__r) FROM Account").records[0]
    assert record["Things__r"].total_size == 1
    copy.delete("Thing__c", thing)
    assert copy.column("SELECT Id FROM Part__c") == []


def test_standard_objects_of_the_copy_keep_their_rules(copy: Desk) -> None:
    """An order begins as a draft and is activated with products; totals follow."""
    shop = Shop.of(copy)
    shop.add_item(copy, quantity=2, price=5)
    copy.update("Order", shop.order, Status="Activated")
    row = copy.rows("SELECT StatusCode, TotalAmount, OrderNumber FROM Order")[0]
    assert row == {"StatusCode": "Activated", "TotalAmount": 10.0, "OrderNumber": "00000001"}


def test_a_formula_of_the_original_is_a_value_that_nobody_writes(copy: Desk) -> None:
    """The engine does not compute it; records may be loaded with it."""
    copy.thing("A", Count__c=2, Price__c=3)
    assert copy.column("SELECT Worth__c FROM Thing__c") == [None]
    error = copy.refused_create("Thing__c", Must__c="x", Worth__c=1)
    assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    copy.org.insert_raw("Thing__c", [{"Code__c": "B", "Worth__c": 6}])
    assert copy.column("SELECT Worth__c FROM Thing__c WHERE Code__c = 'B'") == [6.0]


def test_a_field_that_the_dump_does_not_know_does_not_exist(directory: Path) -> None:
    """Even where the engine's own rules need it: the original's user could not see it."""
    body = json.loads((directory / "Order.json").read_text())
    body["fields"] = [each for each in body["fields"] if each["name"] != "TotalAmount"]
    (directory / "Order.json").write_text(json.dumps(body))
    org = Org.from_describe(directory, clock=SimulatedClock())
    desk = Desk(org, org.users["admin@acme-copy.example"])
    Shop.of(desk).add_item(desk)
    with pytest.raises(SalesforceError, match="No such column 'TotalAmount'"):
        desk.rows("SELECT TotalAmount FROM Order")
    org.close()


def test_who_made_the_dump_may_do_as_much_in_the_copy_and_its_administrator_more(
    directory: Path,
) -> None:
    """An integration user who cannot make things leaves a copy in which somebody can."""
    path = directory / "Thing__c.json"
    body = json.loads(path.read_text())
    rights = {"createable": False, "updateable": False, "deletable": False}
    fields = [{**each, "createable": False, "updateable": False} for each in body["fields"]]
    path.write_text(json.dumps(body | rights | {"fields": fields}))
    org = Org.from_describe(directory, clock=SimulatedClock())
    bridge, admin = (org.users[f"{name}@acme-copy.example"] for name in ("bridge", "admin"))
    assert org.describe(bridge, "Thing__c", "61.0") == json.loads(path.read_text())
    seen = org.describe(admin, "Thing__c", "61.0")
    assert [each for each in seen["fields"] if each not in body["fields"]] == []
    assert seen == body
    refused = Desk(org, bridge).refused_create("Thing__c", Code__c="x", Must__c="x")
    assert refused.code == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert Desk(org, admin).thing("A").startswith("a0")
    org.close()


def test_an_object_without_system_fields_can_be_written_and_deleted(directory: Path) -> None:
    """Some have no stamps, no owner and no flag of deletion; the engine keeps its own."""
    body = json.loads((directory / "Thing__c.json").read_text())
    shown = ("Id", "Name", "Code__c", "Must__c")
    body["fields"] = [each for each in body["fields"] if each["name"] in shown]
    (directory / "Thing__c.json").write_text(json.dumps(body))
    org = Org.from_describe(directory, clock=SimulatedClock())
    desk = Desk(org, org.users["admin@acme-copy.example"])
    first, second = desk.thing("first"), desk.thing("second")
    desk.update("Thing__c", first, Code__c="A")
    desk.delete("Thing__c", second)
    assert desk.rows("SELECT Id, Code__c FROM Thing__c") == [{"Id": first, "Code__c": "A"}]
    with pytest.raises(SalesforceError, match="No such column 'IsDeleted'"):
        desk.rows("SELECT IsDeleted FROM Thing__c")
    org.close()


def test_records_of_a_dump_are_loaded_with_their_ids(directory: Path) -> None:
    """What queries answered goes in as it is; unknown columns and parents are left out."""
    records = directory / "records"
    records.mkdir()
    account = {
        "attributes": {"type": "Account", "url": "/x"},
        "Id": to_18("0015g00000AAAAA"),
        "Name": "Loaded",
        "CreatedDate": "2020-01-02T03:04:05.000+0000",
        "Owner": {"Name": "Somebody"},
        "Unknown__c": 1,
    }
    (records / "Account.json").write_text(json.dumps([account]))
    statuses = [
        {"ApiName": "Draft", "StatusCode": "Draft", "IsDefault": True, "MasterLabel": "Draft"},
        {"ApiName": "Activated", "StatusCode": "Draft", "MasterLabel": "Activated"},
    ]
    (records / "OrderStatus.json").write_text(json.dumps(statuses))
    org = Org.from_describe(directory, clock=SimulatedClock())
    desk = Desk(org, org.users["admin@acme-copy.example"])
    assert desk.rows("SELECT Id, Name, CreatedDate FROM Account") == [
        {key: account[key] for key in ("Id", "Name", "CreatedDate")}
    ]
    order = {"AccountId": account["Id"], "EffectiveDate": "2026-11-22", "Status": "Activated"}
    desk.create("Order", **order)
    assert desk.column("SELECT StatusCode FROM Order") == ["Draft"]
    org.close()


def test_record_types_and_currencies_come_from_the_describes(tmp_path: Path) -> None:
    """With the ids of the original; a currency field makes it an org of many currencies."""
    clock = SimulatedClock()
    description: dict[str, Any] = {
        **DESCRIPTION,
        "features": {"multi_currency": {"corporate": "USD", "rates": {"EUR": 0.9}}},
        "objects": {"Account": {"record_types": {"Shop": {"default": True}, "Chain": None}}},
    }
    original = Org.from_description(description, clock=clock)
    admin = original.users["admin@testing.example"]
    for name in ("Account", "Contact"):
        body = original.describe(admin, name, "61.0")
        (tmp_path / f"{name}.json").write_text(json.dumps(body))
    (tmp_path / "organization.json").write_text('{"default_currency": "USD"}')
    org = Org.from_describe(tmp_path, clock=clock)
    desk = Desk(org, next(each for each in org.users.values() if each.is_admin))
    account = desk.create("Account", Name="A")
    row = desk.rows("SELECT RecordTypeId, CurrencyIsoCode FROM Account")[0]
    sobject = original.schema.get("Account")
    assert sobject is not None
    assert row == {"RecordTypeId": sobject.default_record_type, "CurrencyIsoCode": "USD"}
    desk.update("Account", account, CurrencyIsoCode="EUR")
    original.close()
    org.close()


def test_a_reference_to_an_object_that_was_not_dumped_leads_nowhere(directory: Path) -> None:
    """The field takes any id, and queries cannot follow it."""
    (directory / "Thing__c.json").unlink()
    org = Org.from_describe(directory, clock=SimulatedClock())
    desk = Desk(org, org.users["admin@acme-copy.example"])
    desk.create("Part__c", Thing__c="a0A5g000001AAAAEA4")
    with pytest.raises(SalesforceError, match="Didn't understand relationship 'Thing__r'"):
        desk.rows("SELECT Thing__r.Name FROM Part__c")
    org.close()


def test_field_level_security_of_the_copy_hides_fields(copy: Desk) -> None:
    """A dump is what one user saw; others may see less."""
    clerk = Desk(copy.org, copy.org.users["bridge@acme-copy.example"])
    clerk.user.hidden_fields = {"Thing__c": {"Price__c"}}
    clerk.user.read_only_fields = {"Thing__c": {"Count__c"}}
    body = copy.org.describe(clerk.user, "Thing__c", "64.0")
    fields = {each["name"]: each for each in body["fields"]}
    assert "Price__c" not in fields
    assert not fields["Count__c"]["updateable"]
    assert fields["Flag__c"]["updateable"]


def test_a_folder_that_is_no_dump_says_what_is_wrong(tmp_path: Path) -> None:
    """As any other description that cannot be read."""
    with pytest.raises(BadDescription, match="holds no describe answers"):
        load_description(str(tmp_path))
    (tmp_path / "Account.json").write_text("[]")
    with pytest.raises(BadDescription, match=r"Account\.json is not the body of a describe"):
        load_description(str(tmp_path))
    (tmp_path / "Account.json").write_text("{")
    with pytest.raises(BadDescription, match=r"Account\.json: Expecting"):
        load_description(str(tmp_path))
