"""Every check of ``test-connection``: what it says when all is well, and when it is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fulfillment_bridge.actions.connection_check import Check, Subject
from fulfillment_bridge.actions.test_connection import checklist
from fulfillment_bridge.app import Bridge
from fulfillment_bridge.mapping.workbook import read_workbook
from fulfillment_bridge.simulator.declarations import automations
from fulfillment_bridge.simulator.model import User
from fulfillment_bridge.simulator.schema import SObject
from tests.flows.world import FlowWorld, change_config, edited_workbook, open_world
from tests.salesforce.bad_hosts import byte_by_byte, host_that, silent

ORDERS = 4
MOST_CALLS = 15


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlowWorld]:
    """Acme with its workbook, orders that wait and inventory records."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with open_world(tmp_path, ["acme"]) as opened:
        opened.set_up()
        opened.trade("acme", ORDERS)
        yield opened


def examine(world: FlowWorld, *, patience: float = 50, **changes: Any) -> list[Check]:
    """The checklist of acme."""
    with world.bridge() as bridge:
        trial = bridge.trial("acme_org", "acme")
        with closing(trial.connection):
            subject = replace(_subject(bridge, trial.cart), **changes)
            steps = list(checklist(subject, patience=patience))
    return [step for step in steps if isinstance(step, Check)]


def _subject(bridge: Bridge, cart: Any) -> Subject:
    with bridge.store.read() as uow:
        version = uow.mappings.active("acme")
    return Subject(
        cart_name="acme",
        connection="acme_org",
        login=bridge.settings.connections["acme_org"].login,
        cart=cart,
        store=bridge.store,
        clock=bridge.clock,
        actor="test",
        workbook=read_workbook(version.content) if version else None,
        merchant="acme",
        warehouses=("reno",),
    )


def failures(checks: list[Check]) -> list[Check]:
    """Those with a ✗, each of which must say what to do."""
    found = [check for check in checks if check.mark == "failed"]
    assert all(check.remedy for check in found)
    return found


def only(checks: list[Check], mark: str, words: str) -> Check:
    """The one line with these words, which has this mark."""
    [found] = [check for check in checks if words in check.what]
    assert found.mark == mark
    return found


def user_of(world: FlowWorld) -> User:
    handle = world.orgs["acme"]
    return handle.org.users[handle.username.lower()]


def order_object(world: FlowWorld) -> SObject:
    known = world.orgs["acme"].org.schema.get("Order")
    assert known is not None
    return known


def test_a_healthy_cart_says_all_that_it_looked_at(world: FlowWorld) -> None:
    """Every part of the checklist is there, and nothing failed."""
    checks = examine(world)
    assert failures(checks) == []
    assert {check.check for check in checks} == {
        "network", "login", "org", "login_method", "api_version", "objects", "fields",
        "write_back", "rules", "values", "orders", "sight", "clock", "access", "inventory",
        "api_calls",
    }  # fmt: skip
    only(checks, "ok", f"{ORDERS} Order records ready in Salesforce: {ORDERS} to download")
    only(checks, "ok", f"may edit all of a sample of {ORDERS} Order records")
    only(checks, "ok", "reno sent no stock yet")


def test_what_was_downloaded_does_not_wait(world: FlowWorld) -> None:
    """And once the warehouse counted, SKUs are compared."""
    with world.bridge() as bridge:
        world.round(bridge)
    checks = examine(world)
    only(checks, "ok", f"0 to download, {ORDERS} downloaded before")
    only(checks, "ok", "the warehouses count all")


@pytest.mark.parametrize("login", ["soap", "client_credentials"])
def test_it_costs_few_calls_and_changes_nothing(world: FlowWorld, login: str) -> None:
    """At most 15 calls with everything that can be asked; by the org's own count."""
    if login == "client_credentials":
        _use_app(world)
    before = stamps(world)
    world.forget_requests()
    examine(world)
    assert stamps(world) == before
    paths = {entry["path"] for entry in world.control("GET", "/requests?org=acme")}
    assert {path for path in paths if path.endswith("/composite/sobjects")} == set()
    assert world.charged("acme").total() <= 8
    world.forget_requests()
    examine(world, probe=an_order(world))
    assert 0 < world.charged("acme").total() <= MOST_CALLS


def stamps(world: FlowWorld) -> list[Any]:
    """When each record of the org changed last."""
    org = world.orgs["acme"].org
    return [
        org.query(user_of(world), f"SELECT Id, SystemModstamp FROM {name} ORDER BY Id").records  # noqa: S608 - our own words
        for name in ("Order", "OrderItem", "Inventory__c", "Account")
    ]


def an_order(world: FlowWorld) -> str:
    found = world.orgs["acme"].org.query(
        user_of(world),
        "SELECT OrderNumber FROM Order WHERE Ready_for_Fulfillment__c = true LIMIT 1",
    )
    return str(found.records[0]["OrderNumber"])


def _use_app(world: FlowWorld) -> None:
    org = world.orgs["acme"]
    for name, text in (("key", org.consumer_key), ("app_secret", org.consumer_secret)):
        (world.folder / "credentials" / f"acme_{name}").write_text(text, encoding="utf-8")
    app = {
        "type": "salesforce",
        "login": "client_credentials",
        "host": org.base_url,
        "consumer_key": {"secret": "acme_key"},
        "consumer_secret": {"secret": "acme_app_secret"},
    }
    change_config(world, connections={"acme_org": app})


def test_a_hidden_field_names_cell_and_clicks(world: FlowWorld) -> None:
    """Absent or only hidden: Salesforce does not say which, so both are told."""
    user_of(world).hidden_fields.setdefault("Order", set()).add("Packing_Note__c")
    [failed] = failures(examine(world))
    assert failed.check == "fields"
    assert failed.what.startswith("Order fields!B")
    assert "Packing_Note__c" in failed.what
    assert "Set Field-Level Security" in failed.remedy


def test_a_hidden_object_names_its_cell(world: FlowWorld) -> None:
    """The setting of the sheet Cart, and where the permission stands."""
    user_of(world).object_permissions["Inventory__c"] = set()
    failed = failures(examine(world))[0]
    assert failed.what.startswith("Cart!B")
    assert "Object Settings > Read" in failed.remedy


def test_a_read_only_field_names_what_to_clear(world: FlowWorld) -> None:
    """It can be read, and tracking would never arrive in it."""
    user_of(world).read_only_fields.setdefault("Order", set()).add("Tracking_Numbers__c")
    [failed] = failures(examine(world))
    assert failed.check == "write_back"
    assert failed.what.startswith("Shipment fields!")
    assert "clear Read-Only" in failed.remedy


def test_a_rule_that_cannot_be_is_found_before_the_file_is_loaded(world: FlowWorld) -> None:
    """The workbook in force is another one, and stays."""
    path = edited_workbook(world, "acme", "Rules", "E2", "perhaps")
    [failed] = failures(examine(world, workbook=read_workbook(path), file=path.name))
    assert failed.check == "rules"
    assert failed.what.startswith("Rules!E2: Ready_for_Fulfillment__c is a checkbox")
    assert failures(examine(world)) == []


def test_a_picklist_that_lost_a_value_is_compared_with_the_value_map(world: FlowWorld) -> None:
    """Both ways: rows for values that are gone, and values that no row speaks of."""
    known = order_object(world)
    field = known.fields["ship_method__c"]
    renamed = tuple(
        replace(each, value="Express") if each.value == "Expedited" else each
        for each in field.picklist
    )
    known.fields["ship_method__c"] = replace(field, picklist=renamed)
    checks = examine(world)
    assert "expedited" in only(checks, "warning", "does not have").what
    assert "Express" in only(checks, "warning", "has no row for").what


def test_orders_that_may_not_be_edited_are_counted(world: FlowWorld) -> None:
    """A describe shows nothing of sharing."""
    org = world.orgs["acme"].org
    ids = [row["Id"] for row in org.query(user_of(world), "SELECT Id FROM Order").records]
    org.settings.read_only_records[user_of(world).username.lower()] = set(ids[:2])
    [failed] = failures(examine(world))
    assert f"may not edit 2 of a sample of {ORDERS} Order records" in failed.what
    assert "Share these records" in failed.remedy


def test_activated_orders_need_a_permission_of_their_own(world: FlowWorld) -> None:
    """Only where orders are activated, and only for the standard object."""
    user_of(world).permissions.discard("EditActivatedOrders")
    [failed] = failures(examine(world))
    assert "no 'Edit Activated Orders', and orders are activated" in failed.what
    assert "System Permissions" in failed.remedy


def test_who_sees_everything_is_told_so(world: FlowWorld) -> None:
    """Without View All Data nobody can say what is missing."""
    only(examine(world), "warning", "no 'View All Data'")
    user_of(world).permissions.add("ViewAllData")
    only(examine(world), "ok", "our user sees every record")


def test_permissions_that_cannot_be_asked_for_are_no_failure(world: FlowWorld) -> None:
    """An org may lack the object; what can be known by other ways is known."""
    known = world.orgs["acme"].org.schema.get("UserPermissionAccess")
    assert known is not None
    del known.fields["permissionsviewalldata"]
    del known.fields["permissionseditactivatedorders"]
    checks = examine(world)
    assert failures(checks) == []
    assert len([check for check in checks if "could not be found out" in check.what]) == 2


def test_inventory_that_the_warehouse_does_not_know_is_named(world: FlowWorld) -> None:
    """One strange SKU is something to know; all of them are a wrong field."""
    with world.bridge() as bridge:
        world.round(bridge)
    org = world.orgs["acme"].org
    org.insert_raw("Inventory__c", [{"SKU__c": "ODD-1"}])
    only(examine(world), "warning", "not: ODD-1")
    rows = org.query(user_of(world), "SELECT Id FROM Inventory__c").records
    for number, row in enumerate(rows):
        org.update_raw("Inventory__c", row["Id"], {"SKU__c": f"OTHER-{number}"})
    [failed] = failures(examine(world))
    assert "none of" in failed.what
    assert "SKU aliases" in failed.remedy


def test_a_clock_that_is_wrong_is_told(world: FlowWorld) -> None:
    """The org's own clock is what it is compared with."""
    world.simulator.clock.advance(3600)
    assert "behind the org's" in only(examine(world), "warning", "machine's clock").what


def test_an_org_that_runs_short_of_calls_is_told(world: FlowWorld) -> None:
    """By its own last word."""
    settings = world.orgs["acme"].org.settings
    settings.daily_api_limit, settings.api_usage_by_others = 1000, 950
    only(examine(world), "warning", "of 1,000 are left")


def test_an_org_that_does_not_speak_our_version_fails(world: FlowWorld) -> None:
    """Before anything is asked with it."""
    document = {"api_version": "20.0"}
    _change_connection(world, document)
    [failed] = failures(examine(world))
    assert failed.code == "UNSUPPORTED_API_VERSION"
    assert "api_version" in failed.remedy


def _change_connection(world: FlowWorld, changes: dict[str, Any]) -> None:
    with world.bridge() as bridge:
        settings = bridge.settings.connections["acme_org"]
    known = {
        "type": "salesforce",
        "host": settings.host,
        "username": settings.username,
        "password": {"secret": "acme_password"},
        "security_token": {"secret": "acme_token"},
    }
    change_config(world, connections={"acme_org": known | changes})


def test_a_held_answer_ends_with_the_checklist_as_far_as_it_came(world: FlowWorld) -> None:
    """The org accepts the login and never answers."""
    held = world.simulator.faults.add({"path": "/services/Soap", "action": "hold"})
    checks = examine(world, patience=1)
    held.release()
    assert [check.mark for check in checks] == ["ok", "ok", "failed"]
    assert "gave up after 1 seconds while logging in" in checks[-1].what


@pytest.mark.parametrize("talk", [silent, byte_by_byte])
def test_a_host_that_never_comes_to_an_end_is_given_up(world: FlowWorld, talk: Any) -> None:
    """Silent, or a byte now and then, which no time-out of a socket ends."""
    with host_that(talk) as place:
        _change_connection(world, {"host": f"http://{place}"})
        checks = examine(world, patience=1)
    assert "gave up after 1 seconds while logging in" in checks[-1].what
    assert "proxy" in checks[-1].remedy


def test_a_query_that_the_org_refuses_names_its_cell(world: FlowWorld) -> None:
    """What describe shows and a query refuses all the same."""
    world.simulator.faults.add(
        {
            "path": "/composite",
            "contains": "OrderNumber",
            "action": "error",
            "status": 400,
            "code": "INVALID_FIELD",
            "message": "\nSELECT Id, Packing_Note__c\n ^\nERROR at Row:1:Column:12\nNo such column "
            "'Packing_Note__c' on entity 'Order'.",
        }
    )
    [failed] = failures(examine(world))
    assert failed.code == "INVALID_FIELD"
    assert "workbook cell Order fields!B" in failed.what


def test_a_write_probe_writes_one_value_as_it_is(world: FlowWorld) -> None:
    """One record is written, none has another value than before."""
    number = an_order(world)
    before = values_of(world, number)
    stamps_before = stamps(world)[0]
    world.simulator.clock.advance(5)
    told = only(examine(world, probe=number), "ok", f"order {number}: Tracking_Numbers__c")
    assert "objected" in told.what
    assert values_of(world, number) == before
    moved = [
        old["Id"]
        for old, new in zip(stamps_before, stamps(world)[0], strict=True)
        if old["SystemModstamp"] != new["SystemModstamp"]
    ]
    assert len(moved) == 1
    with world.bridge() as bridge, bridge.store.read() as uow:
        assert "write probe" in {entry.action for entry in uow.audit.find()}


def values_of(world: FlowWorld, number: str) -> Any:
    columns = "Tracking_Numbers__c, Carrier__c, Ship_Date__c, Fulfillment_Status__c"
    query = f"SELECT {columns} FROM Order WHERE OrderNumber = '{number}'"  # noqa: S608 - our words
    return world.orgs["acme"].org.query(user_of(world), query).records


def order_id(world: FlowWorld, number: str) -> str:
    query = f"SELECT Id FROM Order WHERE OrderNumber = '{number}'"  # noqa: S608 - our own words
    return str(world.orgs["acme"].org.query(user_of(world), query).records[0]["Id"])


def test_a_write_probe_brings_validation_rules_to_light(world: FlowWorld) -> None:
    """Record, field, cell, the rule's own text, and where rules stand."""
    number = an_order(world)
    org = world.orgs["acme"].org
    org.update_raw("Order", order_id(world, number), {"Tracking_Numbers__c": "1Z999"})
    [failed] = failures(examine(world, probe=number))
    assert failed.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    for said in (number, order_id(world, number), "Tracking_Numbers__c", "Shipment fields!"):
        assert said in failed.what
    assert "A tracking number needs its carrier." in failed.what
    assert "Validation Rules" in failed.remedy


def test_a_write_probe_tells_what_automation_changed(world: FlowWorld) -> None:
    """What we write may not stay."""
    meddling = {"kind": "flow", "on": ["update"], "set": {"Carrier__c": "'Pigeon'"}}
    order_object(world).automations = tuple(automations({"Meddle": meddling}))
    told = only(examine(world, probe=an_order(world)), "warning", "was written with the value")
    assert "then changed Carrier__c" in told.what
    assert "Flows" in told.remedy


def test_a_write_probe_needs_one_order_by_that_number(world: FlowWorld) -> None:
    """Nothing is written where it is not clear onto what."""
    [failed] = failures(examine(world, probe="no-such-order"))
    assert "no order is called no-such-order" in failed.what
