"""``test-connection``: what is wrong, and what to click."""

from __future__ import annotations

from typing import Any

import yaml

from tests.cli.conftest import Traded
from tests.cli.keyboard import Answer, type_command
from tests.flows.world import SAMPLES, FlowWorld, change_config

WORKBOOK = SAMPLES / "acme" / "SalesForce_Data_Mapping.xlsx"


def try_it(world: FlowWorld, *words: str) -> Answer:
    return type_command("test-connection", "acme", *words, config=world.config)


def set_connection(world: FlowWorld, **values: Any) -> None:
    """Change keys of the connection; None takes one out."""
    connections = yaml.safe_load(world.config.read_text())["connections"]
    merged = connections["acme_org"] | values
    connections["acme_org"] = {key: value for key, value in merged.items() if value is not None}
    change_config(world, connections=connections)


def test_all_is_well_before_and_after_a_workbook_is_loaded(new_world: FlowWorld) -> None:
    """What a person sees on the first day."""
    before = try_it(new_world)
    with_file = try_it(new_world, "--workbook", str(WORKBOOK))
    new_world.set_up(live=False)
    after = try_it(new_world)
    assert (before.code, with_file.code, after.code) == (0, 0, 0)
    assert "mapping load FILE --cart acme" in before.out
    assert "✓ logged in as bridge@acme.example to Acme Outdoor" in after.out
    assert "SOAP login is retired on 2027-06-01" in after.out
    for answer in (with_file, after):
        assert "✓ workbook: every object and field is there" in answer.out
        assert "our user sees no Inventory__c record" in answer.out
        assert "Create one per SKU in Salesforce, even with 0" in answer.out


def test_a_wrong_password_suspends_the_connection_until_it_is_changed(
    new_world: FlowWorld,
) -> None:
    """It is not tried again, so that the user is not locked out; a new password is."""
    password = new_world.folder / "credentials" / "acme_password"
    right = password.read_text()
    password.write_text("wrong-password")
    first, second = try_it(new_world), try_it(new_world)
    assert (first.code, second.code) == (1, 1)
    assert "INVALID_LOGIN" in first.out
    assert "connections resume acme_org" in first.out
    assert "has been suspended since" in second.out
    logins = [entry for entry in new_world.control("GET", "/requests") if entry["method"] == "POST"]
    assert len(logins) == 1
    status = type_command("status", config=new_world.config)
    assert status.code == 1
    assert "! connection acme_org is suspended: login refused (INVALID_LOGIN)" in status.out
    password.write_text(right)
    assert try_it(new_world).code == 0
    assert "is suspended" not in type_command("status", config=new_world.config).out


def test_a_missing_token_is_called_by_its_name(new_world: FlowWorld) -> None:
    """Salesforce says so only where the address is not trusted."""
    set_connection(new_world, security_token=None)
    answer = try_it(new_world)
    assert answer.code == 1
    assert "LOGIN_MUST_USE_SECURITY_TOKEN" in answer.out
    assert "Reset My Security Token" in answer.out
    resumed = type_command("connections", "resume", "acme_org", config=new_world.config)
    assert (resumed.code, resumed.out) == (0, "The connection acme_org runs again.\n")


def test_an_org_that_cannot_be_reached_is_no_reason_to_suspend(new_world: FlowWorld) -> None:
    """Nobody listens there; the service goes on trying."""
    set_connection(new_world, host="http://127.0.0.1:9")
    answer = try_it(new_world)
    assert answer.code == 1
    assert "✗ log in: SOAP login at http://127.0.0.1:9" in answer.out
    assert "firewall" in answer.out
    assert "suspended" not in try_it(new_world).out


def test_plain_http_is_for_this_machine_only(new_world: FlowWorld) -> None:
    """Before anything is sent."""
    set_connection(new_world, host="http://login.salesforce.com")
    answer = try_it(new_world)
    assert answer.code == 1
    assert "https only" in answer.out


def test_a_workbook_that_does_not_fit_fails_with_its_cells(new_world: FlowWorld) -> None:
    """As `mapping check` says it."""
    globex = SAMPLES / "globex" / "SalesForce_Data_Mapping.xlsx"
    answer = try_it(new_world, "--workbook", str(globex))
    assert answer.code == 1
    assert "✗ Cart!B2: the org has no such object" in answer.out


def test_as_json_it_is_one_document_for_all_carts(traded: Traded) -> None:
    """One list of checks per cart."""
    answer = traded.type("test-connection", "--json")
    assert (answer.code, answer.err) == (0, "")
    document = answer.json()
    assert list(document) == ["acme", "globex"]
    assert {check["mark"] for checks in document.values() for check in checks} == {"ok", "warning"}
