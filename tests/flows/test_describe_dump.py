"""A copy of an org's schema is as good as the org for checking a workbook."""

from __future__ import annotations

import json
from pathlib import Path

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.org import Org
from tests.flows.world import FlowWorld


def test_a_dump_of_an_org_makes_an_org_with_the_same_fields(
    two_merchants: FlowWorld, tmp_path: Path
) -> None:
    """Every object and field that our user sees is in the folder, and in an org made of it."""
    folder = tmp_path / "dump"
    code, said, _ = two_merchants.run_command("describe-dump", "globex", str(folder))
    assert code == 0, said
    names = {path.stem for path in folder.glob("*.json")}
    assert {"Sales_Order__c", "Sales_Order_Line__c", "Account", "organization"} <= names
    copy = Org.from_describe(folder, clock=SimulatedClock())
    original = two_merchants.orgs["globex"].org
    user = original.users[two_merchants.orgs["globex"].username]
    seen = original.describe(user, "Sales_Order__c", "64.0")
    copied = json.loads((folder / "Sales_Order__c.json").read_text(encoding="utf-8"))
    assert [field["name"] for field in copied["fields"]] == [f["name"] for f in seen["fields"]]
    admins = [each for each in copy.users.values() if each.is_admin]
    again = copy.describe(admins[0], "Sales_Order__c", "64.0")
    assert {field["name"] for field in again["fields"]} >= {f["name"] for f in seen["fields"]}
    copy.close()


def test_a_dump_costs_a_call_per_25_objects(two_merchants: FlowWorld, tmp_path: Path) -> None:
    """One list of objects, and one composite call of describes."""
    two_merchants.forget_requests()
    two_merchants.run_command("describe-dump", "globex", str(tmp_path / "dump"))
    charged = two_merchants.charged("globex")
    del charged["login"]
    assert charged == {"describe": 2}
