"""The checker: silent after a round that is right, and not deceived by one that is not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fulfillment_bridge.simulator.checker import check
from fulfillment_bridge.simulator.merchants import planted_document, trade
from fulfillment_bridge.simulator.merchants.api import AdminApi
from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from fulfillment_bridge.simulator.warehouse.building import SimulatedWarehouse
from fulfillment_bridge.simulator.warehouse.control import ControlServer
from tests.simulator.demo.clerk import Clerk

NAMES = ("acme", "globex", "initech")
ORDERS = 12


@dataclass
class Round:
    """Three merchants and a warehouse, and what is known of them beside the orgs."""

    orgs: list[OrgHandle]
    warehouse: SimulatedWarehouse
    url: str
    planted: dict[str, Any]
    held: list[dict[str, Any]]
    clerks: dict[str, Clerk]

    def differences(self) -> list[str]:
        """What the checker says now."""
        endpoints = [org.endpoint() for org in self.orgs]
        return [
            str(found) for found in check(endpoints, self.url, self.planted, self.held).differences
        ]

    def update(self, name: str, object_name: str, record_id: str, **values: Any) -> None:
        """Change a record as the merchant's administrator."""
        with AdminApi(self.clerks[name].endpoint) as api:
            api.update(object_name, [{"Id": record_id, **values}])


@contextmanager
def whole_round(folder: Path) -> Iterator[Round]:
    """Three orgs and a warehouse after a whole round, done by hand."""
    with (
        SimulatorServer(tls=False) as simulator,
        closing(SimulatedWarehouse(folder, [name.upper() for name in NAMES])) as warehouse,
        ControlServer(warehouse) as control,
    ):
        orgs = [simulator.add_org(name) for name in NAMES]
        summaries = [trade(org.endpoint(), ORDERS) for org in orgs]
        clerks = {
            org.name: Clerk(org.endpoint(), warehouse, summary)
            for org, summary in zip(orgs, summaries, strict=True)
        }
        for clerk in clerks.values():
            clerk.deliver()
        warehouse.tick()
        warehouse.correct()
        for clerk in clerks.values():
            clerk.write_back()
        held = [entry for clerk in clerks.values() for entry in clerk.held()]
        yield Round(orgs, warehouse, control.url, planted_document(summaries), held, clerks)


@pytest.fixture
def finished(tmp_path: Path) -> Iterator[Round]:
    """A round of this test's own."""
    with whole_round(tmp_path) as done:
        yield done


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """A round that several tests spoil, each in another place."""
    with whole_round(tmp_path_factory.mktemp("shared")) as done:
        yield done


def test_a_round_that_is_right_has_no_differences(finished: Round) -> None:
    """Every order and every level was compared."""
    endpoints = [org.endpoint() for org in finished.orgs]
    report = check(endpoints, finished.url, finished.planted, finished.held)
    assert report.differences == []
    assert [merchant.orders for merchant in report.merchants] == [ORDERS - 3] * 3
    assert [merchant.planted for merchant in report.merchants] == [3] * 3
    assert all(merchant.levels > 5 for merchant in report.merchants)


def order_of(done: Round, name: str, place: int) -> dict[str, Any]:
    """One of the merchant's orders; every spoiler takes another."""
    return list(done.clerks[name].orders.values())[place]


def spoil_tracking(done: Round) -> None:
    """One character of one tracking number."""
    order = order_of(done, "acme", 0)
    done.update("acme", "Order", order["Id"], Tracking_Numbers__c="1Z5R89390300000000")


def spoil_status(done: Round) -> None:
    """An order that says it is still at the warehouse."""
    order = order_of(done, "globex", 0)
    done.update("globex", "Sales_Order__c", order["Id"], WMS_Status__c="At warehouse")


def spoil_ship_date(done: Round) -> None:
    """An order that left on another day."""
    order = order_of(done, "globex", 1)
    done.update("globex", "Sales_Order__c", order["Id"], Shipped_On__c="2020-01-01")


def spoil_carrier(done: Round) -> None:
    """An order that left with somebody else."""
    order = order_of(done, "globex", 2)
    done.update("globex", "Sales_Order__c", order["Id"], Shipped_Via__c="FedEx")


def spoil_reference(done: Round) -> None:
    """An order that shows no reference, although the warehouse has it."""
    order = order_of(done, "initech", 0)
    done.update("initech", "Opportunity", order["Id"], Warehouse_Order__c=None)


def spoil_sent_time(done: Round) -> None:
    """An order that does not say when it was sent."""
    order = order_of(done, "initech", 1)
    done.update("initech", "Opportunity", order["Id"], Sent_to_Warehouse_At__c=None)


def spoil_address(done: Round) -> None:
    """An account that moved: the parcel went elsewhere."""
    clerk = done.clerks["initech"]
    with AdminApi(clerk.endpoint) as api:
        (account,) = api.query("SELECT Id FROM Account WHERE Name = 'Aspen Trading'")
        row = {"Id": account["Id"], "ShippingCity": "Sparks"}
        api.update("Account", [row])
        won = api.query(
            "SELECT Id FROM Opportunity WHERE Account.Name = 'Aspen Trading'"
            " AND StageName = 'Closed Won'"
        )
    if not won:
        order = order_of(done, "initech", 2)
        done.update("initech", "Opportunity", order["Id"], AccountId=account["Id"])


def spoil_lines(done: Round) -> None:
    """A quantity that is not what the warehouse was asked for."""
    clerk = done.clerks["globex"]
    order = order_of(done, "globex", 3)
    with AdminApi(clerk.endpoint) as api:
        soql = f"SELECT Id FROM Sales_Order_Line__c WHERE Sales_Order__c = '{order['Id']}'"  # noqa: S608
        line = api.query(soql)[0]["Id"]
        api.update("Sales_Order_Line__c", [{"Id": line, "Qty__c": 99}])


def spoil_once_only(done: Round) -> None:
    """The same order file a second time."""
    clerk = done.clerks["acme"]
    path = next(iter((clerk.folder / "archive").glob("ord_*.csv")))
    twin = clerk.folder / "orders" / path.name.replace("261122", "261123")
    twin.write_bytes(path.read_bytes())
    done.warehouse.tick()
    clerk.write_stock()


def spoil_planted(done: Round) -> None:
    """An order that cannot be mapped, mapped somehow."""
    planted = done.clerks["acme"].summary.planted[0]
    done.update("acme", "Order", planted.record_id, Warehouse_Reference__c="X")


def spoil_not_ready(done: Round) -> None:
    """An order that nobody released, touched."""
    draft = done.clerks["globex"].summary.not_ready[0]
    done.update("globex", "Sales_Order__c", draft.record_id, WMS_Status__c="Shipped")


def spoil_level(done: Round) -> None:
    """A level that is off by some."""
    clerk = done.clerks["globex"]
    with AdminApi(clerk.endpoint) as api:
        (mug,) = api.query("SELECT Id FROM Product2 WHERE ProductCode = 'MUG-1'")
        api.update("Product2", [{"Id": mug["Id"], "Warehouse_Stock__c": 1238}])


def spoil_other_warehouse(done: Round) -> None:
    """A record of another warehouse, changed."""
    with AdminApi(done.clerks["initech"].endpoint) as api:
        (row, *_) = api.query("SELECT Id FROM Stock__c WHERE Warehouse__c = 'CHICAGO'")
        api.update("Stock__c", [{"Id": row["Id"], "Quantity__c": 1}])


def spoil_no_new_records(done: Round) -> None:
    """An inventory record that the merchant never made."""
    with AdminApi(done.clerks["acme"].endpoint) as api:
        api.create("Inventory__c", [{"SKU__c": "NEW-1", "Available__c": 1}])


def spoil_held_missing(done: Round) -> None:
    """A planted order that nobody held."""
    done.held.pop(0)


def spoil_held_extra(done: Round) -> None:
    """A good order, held."""
    number = done.clerks["acme"].summary.orders[-1].order_number
    entry = {"merchant": "acme", "order_number": number, "reasons": ["no idea"]}
    done.held.append(entry)


def spoil_held_reason(done: Round) -> None:
    """A planted order held for a reason that is not its own."""
    done.held[0]["reasons"] = ["the moon is full"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_tracking, "tracking numbers"),
        (spoil_status, "fulfillment status"),
        (spoil_ship_date, "ship date"),
        (spoil_carrier, "carrier"),
        (spoil_reference, "warehouse reference"),
        (spoil_sent_time, "Sent_to_Warehouse_At__c is empty"),
        (spoil_address, "ship-to city"),
        (spoil_lines, "lines"),
        (spoil_once_only, "order files at the warehouse: expected 1, found 2"),
        (spoil_planted, "cannot be mapped, and yet Warehouse_Reference__c says X"),
        (spoil_not_ready, "is not ready, and yet WMS_Status__c says Shipped"),
        (spoil_level, "MUG-1: level"),
        (spoil_other_warehouse, "not ours to change"),
        (spoil_no_new_records, "is a new inventory record"),
        (spoil_held_missing, "is not held, though planted"),
        (spoil_held_extra, "is held and should not be (no idea)"),
        (spoil_held_reason, "is held for another reason"),
    ],
)
def test_a_planted_difference_is_found(
    shared: Round, spoil: Callable[[Round], None], said: str
) -> None:
    """One more thing is made wrong, and the checker names it."""
    before = set(shared.differences())
    spoil(shared)
    new = set(shared.differences()) - before
    assert [line for line in new if said in line]


def test_the_command_prints_differences_and_exits_1(finished: Round, tmp_path: Path) -> None:
    """Without differences it exits 0, with --json it prints one document."""
    arguments = _arguments(finished, tmp_path)
    right = _run(arguments)
    assert (right.returncode, "0 differences" in right.stdout) == (0, True)
    spoil_level(finished)
    wrong = _run(arguments)
    assert (wrong.returncode, "MUG-1: level" in wrong.stdout) == (1, True)
    document = json.loads(_run([*arguments, "--json"]).stdout)
    assert document["verified"] is False
    assert [found["subject"] for found in document["merchants"][1]["differences"]] == ["MUG-1"]


def test_a_silent_side_is_no_difference_but_an_error(finished: Round, tmp_path: Path) -> None:
    """Exit code 2: nothing could be compared."""
    arguments = _arguments(finished, tmp_path)
    arguments[arguments.index(finished.url)] = f"{finished.url}/nothing"
    ran = _run(arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "cannot check" in ran.stderr


def _arguments(done: Round, folder: Path) -> list[str]:
    documents = {
        "orgs": {"orgs": [org.endpoint() for org in done.orgs]},
        "planted": done.planted,
        "held": done.held,
    }
    arguments = ["--warehouse", done.url]
    for name, content in documents.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        arguments += [f"--{name}", str(path)]
    return arguments


def _run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fulfillment_bridge.simulator.checker", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
