"""What an org's duplicate rules and features change in SOAP answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fulfillment_bridge.simulator.server import SimulatorServer
from tests.simulator.conftest import small_org
from tests.simulator.soap.wire import Wire, names, record, texts, told, xsi_type
from tests.simulator.web_client import OrgClient

MAX = record("Contact", LastName="Power", Email="max@power.example")


@pytest.fixture
def org_with(simulator: SimulatorServer) -> Iterator[Callable[..., Wire]]:
    """Opens an org of its own with more in its description; the integration user in it."""
    clients: list[OrgClient] = []

    def opened(**description: Any) -> Wire:
        handle = simulator.add_org({**small_org("featured"), **description})
        client = OrgClient(handle)
        clients.append(client)
        client.login()
        return Wire(client)

    yield opened
    for client in clients:
        client.http.close()
        simulator.remove_org(client.org.name)


def test_a_duplicate_is_told_with_the_records_it_resembles(org_with: Callable[..., Wire]) -> None:
    """An error of a type of its own, the result of the rule after what every error has."""
    rules = {"Same_Person": {"match": ["Email"], "message": "Max again?"}}
    wire = org_with(objects={"Contact": {"duplicate_rules": rules}})
    first = told(wire.create(MAX).result, "id")
    (refused,) = wire.create(MAX).results
    error = refused[0]
    assert xsi_type(error) == "DuplicateError"
    assert names(error) == ["message", "statusCode", "duplicateResult"]
    assert told(error, "statusCode") == "DUPLICATES_DETECTED"
    found = error[2]
    assert texts(found)[:4] == [
        ("allowSave", "true"),
        ("duplicateRule", "Same_Person"),
        ("duplicateRuleEntityType", "Contact"),
        ("errorMessage", "Max again?"),
    ]
    match = found[4]
    assert names(match) == ["entityType", "matchEngine", "matchRecords", "rule", "size", "success"]
    assert texts(match[2])[0] == ("matchConfidence", "100.0")
    assert texts(match[2][1]) == [("type", "Contact"), ("Id", first), ("Id", first)]


def test_the_header_saves_what_only_looks_like_another(org_with: Callable[..., Wire]) -> None:
    """DuplicateRuleHeader allowSave."""
    wire = org_with(objects={"Contact": {"duplicate_rules": {"Same": {"match": ["Email"]}}}})
    header = "<DuplicateRuleHeader><allowSave>true</allowSave></DuplicateRuleHeader>"
    wire.create(MAX)
    assert told(wire.create(MAX, header=header).result, "success") == "true"


def test_the_user_info_tells_of_features(org_with: Callable[..., Wire]) -> None:
    """Person accounts; with several currencies the org has no one currency to tell of."""
    currencies = {"corporate": "EUR", "rates": {"USD": 1.1}}
    wire = org_with(features={"person_accounts": True, "multi_currency": currencies})
    info = dict(texts(wire.call("getUserInfo").result))
    assert info["orgHasPersonAccounts"] == "true"
    assert info["organizationMultiCurrency"] == "true"
    assert (info["currencySymbol"], info["orgDefaultCurrencyIsoCode"]) == (None, None)
    assert info["userDefaultCurrencyIsoCode"] == "EUR"
    assert info["userTimeZone"] == "GMT"
