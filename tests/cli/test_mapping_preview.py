"""``mapping preview``: real orders through a workbook, and nothing stored."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.cli.conftest import Traded
from tests.cli.keyboard import Answer, type_command
from tests.flows.world import SAMPLES, FlowWorld

ACME = SAMPLES / "acme" / "SalesForce_Data_Mapping.xlsx"
GLOBEX = SAMPLES / "globex" / "SalesForce_Data_Mapping.xlsx"


def preview(traded: Traded, *words: str | Path) -> Answer:
    """Type ``mapping preview`` for acme."""
    return traded.type("mapping", "preview", str(ACME), "--cart", "acme", *map(str, words))


def test_orders_stand_beside_their_records(traded: Traded) -> None:
    """What goes out with every value and its source; what would be held with every reason."""
    answer = preview(traded, "--json")
    assert answer.code == 1
    found = answer.json()
    planted = {order.order_number for order in traded.made["acme"].planted}
    assert {one["order_number"] for one in found if one["held"]} == planted
    assert len(found) == 6
    for one in found:
        assert bool(one["reasons"]) == one["held"] == (one["order"] is None)
    (good, *_) = [one for one in found if not one["held"]]
    pairs = {(pair["line"], pair["our_field"]): pair for pair in good["fields"]}
    city = pairs[None, "Ship-to city"]
    assert city["warehouse"] == good["order"]["ship_to"]["city"] == city["salesforce"]
    assert city["salesforce_field"] == "ShippingCity"
    assert pairs[1, "SKU"]["warehouse"] == good["order"]["lines"][0]["sku"]
    assert pairs[None, "Order number"]["warehouse"] == good["order_number"]


def test_people_read_a_table_for_each_order(traded: Traded) -> None:
    """The result first, then the values."""
    answer = preview(traded, "--count", "2")
    assert answer.out.count("Salesforce has") == 2
    assert "2 orders, " in answer.out
    assert "Nothing was stored or sent." in answer.out


def test_one_order_can_be_looked_at_by_its_number(traded: Traded) -> None:
    """Ready or not."""
    number = traded.made["acme"].planted[0].order_number
    (one,) = preview(traded, "--number", number, "--json").json()
    assert (one["order_number"], one["held"]) == (number, True)
    assert preview(traded, "--number", "nothing", "--json").json() == []


def test_the_merchant_gets_an_excel_file_to_approve(traded: Traded, tmp_path: Path) -> None:
    """A summary and every value; an existing file is left alone."""
    path = tmp_path / "for-acme.xlsx"
    answer = preview(traded, "--xlsx", path)
    assert f"Wrote {path}" in answer.out
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Summary", "Side by side"]
    results = [str(row[1].value) for row in book["Summary"].iter_rows(min_row=2, max_row=7)]
    assert sorted(results) == ["goes out"] * 3 + ["held"] * 3
    rows = [[cell.value for cell in row] for row in book["Side by side"].iter_rows(min_row=2)]
    assert any(row[2] == "Ship-to city" and row[3] == row[4] for row in rows)
    assert preview(traded, "--xlsx", path).code == 2


def test_nothing_is_stored(new_world: FlowWorld) -> None:
    """No workbook, no order, no cursor; the org was only read."""
    new_world.trade("acme", 2)
    answer = type_command(
        "mapping", "preview", ACME, "--cart", "acme", "--json", config=new_world.config
    )
    assert len(answer.json()) == 2
    with new_world.bridge() as bridge, bridge.store.read() as uow:
        assert uow.mappings.versions("acme") == []
        assert uow.orders.by_number("00000100", "acme") == []
        assert uow.cursors.get("acme").read_until is None


def test_a_workbook_that_does_not_fit_is_told_cell_by_cell(traded: Traded) -> None:
    """Nothing is mapped with it; and a count must make sense."""
    answer = traded.type("mapping", "preview", str(GLOBEX), "--cart", "acme")
    assert (answer.code, "Cart!B2" in answer.err) == (2, True)
    assert preview(traded, "--count", "0").code == 2
