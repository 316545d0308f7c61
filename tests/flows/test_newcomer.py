"""A newcomer connects an org that nobody has seen before, by docs/mapping.md alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import openpyxl
import pytest
import yaml

from tests.cli.keyboard import Answer, type_command
from tests.flows.orgs import ask
from tests.flows.world import FlowWorld, open_world

CELLAR = Path(__file__).with_name("cellar.yaml")
ORDER = {
    "Recipient__c": "Ada Buyer", "Street__c": "1 Market St", "Town__c": "Reno", "Zip__c": "89501",
    "Region__c": "Nevada", "Country__c": "USA", "Phone__c": "775-555-0100", "Speed__c": "Fast",
    "Paid__c": True, "Bought_On__c": "2026-11-20",
}  # fmt: skip
CART = {
    "Order object": "Purchase__c",
    "Order date field": "Bought_On__c",
    "Earliest order date": "2026-11-01",
    "Package object": "Box__c",
    "Package's order field": "Of_Purchase__c",
    "Package's key field": "Box_Key__c",
}
ORDER_FIELDS = {"Ship method": "Speed__c"}
"""What no word of the org tells; the address is guessed."""
SHIPMENT_FIELDS = {
    "Tracking numbers": "Tracking__c",
    "Fulfillment status": "Depot_State__c",
    "Status message": "Depot_Remark__c",
    "Line: shipped quantity": "Bottles_Gone__c",
    "Package: tracking number": "Box_Tracking__c",
}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlowWorld]:
    """The wine merchant's org, and a warehouse that lists its ship methods."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    described = yaml.safe_load(CELLAR.read_text(encoding="utf-8"))
    with open_world(tmp_path, ["cellar"], descriptions={"cellar": described}) as opened:
        document = yaml.safe_load(opened.config.read_text(encoding="utf-8"))
        document["warehouses"]["reno"]["ship_methods"] = ["Ground", "2nd Day", "Next Day"]
        opened.config.write_text(yaml.safe_dump(document), encoding="utf-8")
        yield opened


def fill(path: Path, sheet: str, wanted: Mapping[str, str], column: str = "B") -> None:
    """Write into the rows of these labels, as a person does."""
    book = openpyxl.load_workbook(path)
    rows = {cell.value: cell.row for cell in book[sheet]["A"]}
    for label, value in wanted.items():
        book[sheet][f"{column}{rows[label]}"] = value
    book.save(path)


def fill_in(path: Path) -> None:
    """Everything that the guide asks for after the template was made."""
    fill(path, "Cart", CART)
    fill(path, "Rules", {"ready": "Paid__c"}, column="C")
    fill(path, "Rules", {"ready": "true"}, column="E")
    fill(path, "Order fields", ORDER_FIELDS)
    fill(path, "Order fields", {"Ship method": "map(ship methods)"}, column="D")
    fill(path, "Line fields", {"SKU": "Wine_Code__c", "Quantity": "Bottles__c"})
    fill(path, "Shipment fields", SHIPMENT_FIELDS)
    book = openpyxl.load_workbook(path)
    for row in (("Fast", "2nd Day"), ("Gentle", "Slow"), ("(blank)", "Ground")):
        book["Value maps"].append(["ship methods", row[0], None, None, row[1]])
    book.save(path)


def sell(world: FlowWorld, speed: str) -> str:
    """The merchant sells two sorts of wine; the record's id."""
    org = world.orgs["cellar"].org
    stamp = world.simulator.clock.now()
    [order] = org.insert_raw("Purchase__c", [{**ORDER, "Speed__c": speed}], stamp=stamp)
    rows = [{"Purchase__c": order, "Wine_Code__c": code, "Bottles__c": count}
            for code, count in (("RED-1", 6), ("WHITE-2", 3))]  # fmt: skip
    org.insert_raw("Purchase_Row__c", rows, stamp=stamp)
    world.simulator.clock.advance(60)
    return str(order)


def test_from_a_dump_to_tracking_on_records_of_their_own(world: FlowWorld) -> None:
    """Template, cells, check, preview, load, go; then an order goes there and its news back."""
    path, dump = world.folder / "cellar.xlsx", world.folder / "dump"

    def typed(*words: str | Path, code: int = 0) -> Answer:
        answer = type_command(*words, config=world.config)
        assert answer.code == code, answer.text
        return answer

    typed("describe-dump", "cellar", dump)
    offline = ("--describe", dump, "--warehouse", "reno")
    typed("mapping", "template", path, *offline, "--order-object", "Purchase__c")
    typed("mapping", "check", path, *offline, code=1)
    fill_in(path)
    checked = typed("mapping", "check", path, *offline)
    assert "has no ship method 'Slow': orders with it wait" in " ".join(checked.out.split())
    fast, gentle = sell(world, "Fast"), sell(world, "Gentle")
    typed("mapping", "check", path, "--cart", "cellar")
    preview = typed("mapping", "preview", path, "--cart", "cellar", code=1)
    assert "2 orders, 1 of them would be held" in preview.out
    typed("mapping", "load", path, "--cart", "cellar", "--note", "first version")
    typed("carts", "go-live", "cellar", "--yes")
    typed("run", "order_download", code=1)
    number = str(ask(world.orgs["cellar"], "SELECT Id, Name FROM Purchase__c")[0]["Name"])
    typed("test-connection", "cellar", "--write-probe", number)
    typed("run", "order_delivery")
    assert "warehouse    reno" in typed("orders", "show", number).out
    world.building.tick()
    typed("run", "shipment_collection")
    typed("run", "shipment_upload")
    assert_told(world, fast=fast, gentle=gentle)


def assert_told(world: FlowWorld, *, fast: str, gentle: str) -> None:
    """Tracking on the order, its lines and its boxes; of the other one why it waits."""
    org = world.orgs["cellar"]
    told = "SELECT Id, Tracking__c, Depot_State__c, Depot_Remark__c FROM Purchase__c"
    seen = {row["Id"]: row for row in ask(org, told)}
    assert seen[fast]["Depot_State__c"] == "Shipped"
    assert seen[gentle]["Depot_State__c"] == "On hold"
    assert "has no ship method 'Slow'" in seen[gentle]["Depot_Remark__c"]
    boxes = ask(org, "SELECT Of_Purchase__c, Box_Tracking__c FROM Box__c")
    assert {box["Of_Purchase__c"] for box in boxes} == {fast}
    assert all(box["Box_Tracking__c"] in seen[fast]["Tracking__c"] for box in boxes)
    gone = ask(org, "SELECT Purchase__c, Bottles__c, Bottles_Gone__c FROM Purchase_Row__c")
    assert all(row["Bottles_Gone__c"] == (row["Bottles__c"] if row["Purchase__c"] == fast else None)
               for row in gone)  # fmt: skip
