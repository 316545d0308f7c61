"""``test-connection``: what is wrong, and what to click."""

from __future__ import annotations

from typing import Any

import pytest
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
    assert "✓ logged in as bridge@acme.example (soap)" in after.out
    assert "✓ the org is Acme Outdoor" in after.out
    assert "new to us" in before.out
    assert "the org we know" in after.out
    assert "SOAP login is retired on 2027-06-01" in after.out
    for answer in (with_file, after):
        assert "objects can be read: Inventory__c, Order, OrderItem" in answer.out
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
    assert "✗ log in: acme_org: login refused (INVALID_LOGIN)" in first.out
    assert "✗ no login was tried, it was refused before: acme_org: login refused" in second.out
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
    for cure in ("Reset My Security Token", "Login IP Ranges", "Network Access"):
        assert cure in answer.out
    assert new_world.orgs["acme"].password not in answer.text
    resumed = type_command("connections", "resume", "acme_org", config=new_world.config)
    assert (resumed.code, resumed.out) == (0, "The connection acme_org runs again.\n")


def test_an_org_that_cannot_be_reached_is_no_reason_to_suspend(new_world: FlowWorld) -> None:
    """Nobody listens there; the service goes on trying."""
    set_connection(new_world, host="http://127.0.0.1:9")
    answer = try_it(new_world)
    assert answer.code == 1
    assert "✗ connect to 127.0.0.1 port 9" in answer.out
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
    """One report per cart, with its checks."""
    answer = traded.type("test-connection", "--json")
    assert (answer.code, answer.err) == (0, "")
    reports = answer.json()
    assert [report["cart"] for report in reports] == ["acme", "globex"]
    assert {report["result"] for report in reports} == {"warning"}
    checks = [check for report in reports for check in report["checks"]]
    assert {check["mark"] for check in checks} == {"ok", "warning"}
    assert set(checks[0]) == {"check", "mark", "what", "remedy", "raw", "code"}


def test_each_cart_has_its_own_header(traded: Traded) -> None:
    """One after another; one that fails does not keep the next from being tested."""
    out = traded.type("test-connection").out
    assert out.index("acme (connection acme_org)") < out.index("globex (connection globex_org)")
    assert out.count("0 ✗ in ") == 2


def test_a_connection_without_a_cart_is_tested_too(new_world: FlowWorld) -> None:
    """By its own name, and among all others."""
    connections = yaml.safe_load(new_world.config.read_text())["connections"]
    change_config(new_world, connections={**connections, "spare_org": connections["acme_org"]})
    alone = type_command("test-connection", "spare_org", config=new_world.config)
    assert (alone.code, "✓ logged in as" in alone.out) == (0, True)
    assert "connection spare_org" in type_command("test-connection", config=new_world.config).out


def test_one_cart_that_cannot_begin_does_not_stop_the_next(new_world: FlowWorld) -> None:
    """Its secret is missing; the other one is tested all the same."""
    document = yaml.safe_load(new_world.config.read_text())
    broken = {**document["connections"]["acme_org"], "password": {"secret": "nobody_has_it"}}
    carts = {"broken": {**document["carts"]["acme"], "connection": "broken_org"}}
    change_config(
        new_world,
        connections={"broken_org": broken, **document["connections"]},
        carts={**carts, **document["carts"]},
    )
    answer = type_command("test-connection", config=new_world.config)
    assert answer.code == 1
    assert "✗ the secret 'nobody_has_it' was not found" in answer.out
    assert "✓ logged in as" in answer.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("acne",), "Did you mean acme?"),
        (("acme", "--workbook", "no-such.xlsx"), "cannot be read"),
        (("--write-probe", "1001"), "need the CART"),
    ],
)
def test_what_cannot_begin_ends_with_two(
    new_world: FlowWorld, words: tuple[str, ...], said: str
) -> None:
    """Wrong use is no finding about the org."""
    answer = type_command("test-connection", *words, config=new_world.config)
    assert answer.code == 2
    assert said in answer.err


def test_a_suspended_connection_is_tried_once_more_only_when_asked(new_world: FlowWorld) -> None:
    """The cure was made in Salesforce: the same password, one attempt, and it goes on."""
    user = new_world.orgs["acme"].org.users[new_world.orgs["acme"].username.lower()]
    user.is_active = False
    assert try_it(new_world).code == 1
    assert try_it(new_world).code == 1
    assert attempts(new_world) == 1
    refused = try_it(new_world, "--try-login")
    assert (refused.code, attempts(new_world)) == (1, 2)
    assert "one login is tried now" in refused.out
    assert "suspended since" in try_it(new_world).out
    assert attempts(new_world) == 2
    user.is_active = True
    assert try_it(new_world, "--try-login").code == 0
    assert "suspended" not in try_it(new_world).out


def test_an_attempt_that_did_not_come_to_an_answer_changes_nothing(new_world: FlowWorld) -> None:
    """The connection is as suspended as before, so no job tries by itself."""
    password = new_world.folder / "credentials" / "acme_password"
    password.write_text("wrong-password")
    assert try_it(new_world).code == 1
    new_world.simulator.faults.add(
        {"path": "/services/Soap", "action": "status", "status": 503, "times": 1}
    )
    assert try_it(new_world, "--try-login").code == 1
    again = try_it(new_world)
    assert "has been suspended since" in again.out
    assert attempts(new_world) == 2


def attempts(world: FlowWorld) -> int:
    """Logins that the org has seen."""
    return len(world.control("GET", "/requests?org=acme&path=/services/Soap"))
