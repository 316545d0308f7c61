"""The simulated warehouse: what it takes, ships, says and notes."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fulfillment_bridge.simulator.warehouse.building import SimulatedWarehouse
from fulfillment_bridge.simulator.warehouse.tracking import check_digit
from tests.simulator.demo.order_texts import order_text, put_order


def rows(folder: Path, pattern: str) -> list[dict[str, str]]:
    """The rows of all files of this pattern, oldest name first."""
    found: list[dict[str, str]] = []
    for path in sorted(folder.glob(pattern)):
        with path.open(encoding="utf-8", newline="") as file:
            found += csv.DictReader(file)
    return found


def order(warehouse: SimulatedWarehouse, merchant: str, reference: str) -> dict[str, Any]:
    """What the ledger says of an order."""
    found: dict[str, Any] = warehouse.ledger()["merchants"][merchant]["orders"][reference]
    return found


def test_an_order_is_taken_shipped_and_told_of(warehouse: SimulatedWarehouse, acme: Path) -> None:
    """An order file leads to one shipment file with its reference, and moves to the archive."""
    path = put_order(acme, "SO-1")
    counts = warehouse.tick()["ACME"]
    assert (counts["order_files"], counts["shipments"], counts["set_aside"]) == (1, 1, 0)
    assert not path.exists()
    assert (acme / "archive" / path.name).exists()
    sent = rows(acme, "shipments/shp_*.csv")
    assert [(row["order_number"], row["sku"], row["quantity_shipped"]) for row in sent] == [
        ("SO-1", "MUG-1", "2"),
        ("SO-1", "TENT-4", "3"),
    ]
    (package,) = order(warehouse, "ACME", "SO-1")["shipments"][0]["packages"]
    assert {row["tracking_number"] for row in sent} == {package["tracking_number"]}


def test_two_files_for_one_reference_are_shipped_twice(
    warehouse: SimulatedWarehouse, acme: Path
) -> None:
    """The warehouse does not de-duplicate, and its ledger shows it."""
    put_order(acme, "SO-1", "261122091500")
    put_order(acme, "SO-1", "261122091501")
    warehouse.tick()
    noted = order(warehouse, "ACME", "SO-1")
    assert (len(noted["received"]), len(noted["shipments"])) == (2, 2)


def test_the_same_reference_of_two_merchants_is_two_orders(
    warehouse: SimulatedWarehouse, acme: Path, globex: Path
) -> None:
    """Merchants have folders, files and ledgers of their own."""
    put_order(acme, "00000100")
    put_order(globex, "00000100", lines=[("1", "MUG-1", "1")])
    warehouse.tick()
    ours = order(warehouse, "ACME", "00000100")["shipments"][0]["packages"][0]
    theirs = order(warehouse, "GLOBEX", "00000100")["shipments"][0]["packages"][0]
    assert ours["tracking_number"] != theirs["tracking_number"]
    assert [line["quantity"] for line in theirs["lines"]] == ["1"]


def test_half_written_files_are_left_alone(warehouse: SimulatedWarehouse, acme: Path) -> None:
    """A name with a dot before it or .tmp behind it is not read."""
    for name in (".ord_SO-1_261122091500.csv", "ord_SO-1_261122091500.csv.tmp"):
        (acme / "orders" / name).write_text('"PH","SO-1', encoding="utf-8")
    assert warehouse.tick()["ACME"]["order_files"] == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (order_text("SO-1", changes={5: "1 Market St\nApt 4"}), "not one record on one line"),
        (order_text("SO-1", changes={5: "1 Market St\u2028Apt 4"}), "line break"),
        (order_text("SO-1", changes={10: ""}), "ship_to_country is missing"),
        (order_text("SO-1", changes={10: "United States"}), "not a country code"),
        (order_text("SO-1", changes={20: "Zeppelin"}), "unknown ship method"),
        (order_text("SO 1"), "cannot be a reference"),
        (order_text("SO-1", lines=[]), "has no lines"),
        (order_text("SO-1", lines=[("1", "", "2")]), "sku is missing"),
        (order_text("SO-1", lines=[("1", "MUG-1", "0")]), "not a quantity"),
        (order_text("SO-1", lines=[("1", "MUG-1", "1,000")]), "not a quantity"),
        (order_text("SO-1", lines=[("1", "A", "1"), ("1", "B", "1")]), "two lines of one number"),
        ('"PD","SO-1","1","MUG-1","2","0.00"\r\n', "neither PH nor a PD after a PH"),
        ("", "an empty line"),
    ],
)
def test_a_file_that_is_not_as_agreed_is_set_aside_with_the_reason(
    warehouse: SimulatedWarehouse, acme: Path, text: str, reason: str
) -> None:
    """Nothing of it is shipped, and the reason stands beside it."""
    name = "ord_SO-1_261122091500.csv"
    (acme / "orders" / name).write_text(text, encoding="utf-8", newline="")
    counts = warehouse.tick()["ACME"]
    assert (counts["set_aside"], counts["shipments"]) == (1, 0)
    assert reason in (acme / "set_aside" / f"{name}.reason.txt").read_text(encoding="utf-8")
    assert reason in warehouse.ledger()["merchants"]["ACME"]["set_aside"][0]["reason"]


def test_some_orders_leave_in_two_packages(warehouse: SimulatedWarehouse, acme: Path) -> None:
    """The quantities of both packages add up, and their numbers differ."""
    warehouse.configure({"two_packages_every": 1})
    put_order(acme, "SO-1")
    put_order(acme, "SO-2", lines=[("1", "MUG-1", "5")])
    warehouse.tick()
    for reference in ("SO-1", "SO-2"):
        packages = order(warehouse, "ACME", reference)["shipments"][0]["packages"]
        assert len({package["tracking_number"] for package in packages}) == 2
        total = sum(Decimal(line["quantity"]) for p in packages for line in p["lines"])
        assert total == 5
    assert {row["package_id"] for row in rows(acme, "shipments/shp_*.csv")} == {"1", "2"}


def test_a_short_order_is_closed_with_the_last_row(
    warehouse: SimulatedWarehouse, acme: Path
) -> None:
    """Something is missing, the file says it will not come, and it does not come."""
    warehouse.configure({"short_every": 1})
    put_order(acme, "SO-1")
    warehouse.tick()
    sent = rows(acme, "shipments/shp_*.csv")
    assert [(row["quantity_shipped"], row["order_complete"]) for row in sent] == [
        ("2", ""),
        ("1", "Y"),
    ]
    assert warehouse.tick()["ACME"]["shipments"] == 0


def test_a_line_of_one_that_is_missing_is_a_row_with_nothing(
    warehouse: SimulatedWarehouse, acme: Path
) -> None:
    """Quantity 0 has neither carrier, tracking number nor package."""
    warehouse.configure({"short_every": 1, "short_orders": "open"})
    put_order(acme, "SO-1", lines=[("1", "MUG-1", "2"), ("2", "TENT-4", "1")])
    warehouse.tick()
    last = rows(acme, "shipments/shp_*.csv")[-1]
    assert (last["quantity_shipped"], last["tracking_number"], last["package_id"]) == ("0", "", "")
    assert last["order_complete"] == ""


def test_the_rest_may_leave_later(warehouse: SimulatedWarehouse, acme: Path) -> None:
    """With short_orders later the next round sends what was missing, as another shipment."""
    warehouse.configure({"short_every": 1, "short_orders": "later"})
    put_order(acme, "SO-1")
    warehouse.tick()
    assert [row["waiting"] for row in order(warehouse, "ACME", "SO-1")["received"]] == [
        [{"line": "2", "sku": "TENT-4", "quantity": "2"}]
    ]
    assert warehouse.tick()["ACME"]["shipments"] == 1
    shipments = order(warehouse, "ACME", "SO-1")["shipments"]
    assert len({shipment["shipment_id"] for shipment in shipments}) == 2


def test_a_correction_is_a_later_file_about_the_same_shipment(
    warehouse: SimulatedWarehouse, acme: Path
) -> None:
    """Same shipment id, later stamp, another number; the ledger knows the last one only."""
    put_order(acme, "SO-1")
    warehouse.tick()
    correction = warehouse.correct("ACME")["ACME"]
    first, second = sorted(path.name for path in (acme / "shipments").iterdir())
    assert first.split("_")[:2] == second.split("_")[:2]
    assert first < second
    sent = rows(acme, f"shipments/{second}")
    assert {row["tracking_number"] for row in sent} == {correction["new"]}
    (shipment,) = order(warehouse, "ACME", "SO-1")["shipments"]
    assert shipment["packages"][0]["tracking_number"] == correction["new"]
    assert shipment["files"] == [first, second]


def test_nothing_to_correct_is_said(warehouse: SimulatedWarehouse) -> None:
    """Before anything was shipped there is nothing to correct."""
    assert warehouse.correct() == {"ACME": None, "GLOBEX": None}


def test_tracking_numbers_have_valid_check_digits(
    warehouse: SimulatedWarehouse, acme: Path
) -> None:
    """Also those of the other services; two published numbers prove the formula."""
    assert check_digit("999AA1012345678") == 4
    assert check_digit("5R8939035756712") == 7
    for number, method in enumerate(("Ground", "2nd Day", "Next Day")):
        put_order(acme, f"SO-{number}", changes={20: method})
    warehouse.tick()
    sent = rows(acme, "shipments/shp_*.csv")
    assert {row["service"] for row in sent} == {"Ground", "2nd Day Air", "Next Day Air"}
    for row in sent:
        number_text = row["tracking_number"]
        assert check_digit(number_text[2:-1]) == int(number_text[-1])


def test_stock_goes_down_and_is_published_per_merchant(
    warehouse: SimulatedWarehouse, acme: Path, globex: Path
) -> None:
    """One code, two merchants, two levels; what was shipped is gone from one of them."""
    put_order(acme, "SO-1")
    warehouse.tick()
    levels = {
        folder.name: {row["sku"]: row["available"] for row in rows(folder, "stock/inv_*.csv")}
        for folder in (acme, globex)
    }
    assert (levels["ACME"]["MUG-1"], levels["GLOBEX"]["MUG-1"]) == ("1238", "77")
    published = warehouse.ledger()["merchants"]["ACME"]["stock"]["levels"]
    assert published["MUG-1"] == {"on_hand": "1238", "allocated": "0", "available": "1238"}


def test_lots_on_hold_are_on_hand_and_not_available(
    warehouse: SimulatedWarehouse, acme: Path
) -> None:
    """The level of a SKU is the sum of its rows."""
    warehouse.publish_stock()
    tents = [row for row in rows(acme, "stock/inv_*.csv") if row["sku"] == "TENT-2"]
    assert [(row["on_hand"], row["available"], row["lot"]) for row in tents] == [
        ("310", "310", ""),
        ("12", "0", "LOT42"),
    ]
    level = warehouse.ledger()["merchants"]["ACME"]["stock"]["levels"]["TENT-2"]
    assert level == {"on_hand": "322", "allocated": "0", "available": "310"}


def test_goods_of_orders_that_wait_are_allocated(warehouse: SimulatedWarehouse, acme: Path) -> None:
    """A warehouse that does not ship yet still promises the goods."""
    warehouse.configure({"ships": False})
    put_order(acme, "SO-1")
    warehouse.tick()
    level = warehouse.ledger()["merchants"]["ACME"]["stock"]["levels"]["MUG-1"]
    assert level == {"on_hand": "1240", "allocated": "2", "available": "1238"}


def test_goods_are_counted_anew_and_arrive_when_they_run_out(
    warehouse: SimulatedWarehouse, acme: Path
) -> None:
    """A delivery comes just in time, so that no order waits for goods."""
    warehouse.set_stock("ACME", {"MUG-1": Decimal(1)})
    put_order(acme, "SO-1")
    warehouse.tick()
    level = warehouse.ledger()["merchants"]["ACME"]["stock"]["levels"]["MUG-1"]
    assert level["on_hand"] == "499"


def test_a_partner_may_empty_the_folder_unseen(warehouse: SimulatedWarehouse, acme: Path) -> None:
    """Then the file is in no folder, and yet it was shipped."""
    warehouse.configure({"empties_unseen": True})
    put_order(acme, "SO-1")
    warehouse.tick()
    assert not list((acme / "archive").iterdir())
    assert len(order(warehouse, "ACME", "SO-1")["shipments"]) == 1


def test_the_column_order_complete_is_optional(warehouse: SimulatedWarehouse, acme: Path) -> None:
    """Without it the heading ends with the lot."""
    warehouse.configure({"order_complete_column": False})
    put_order(acme, "SO-1")
    warehouse.tick()
    (path,) = (acme / "shipments").iterdir()
    assert path.read_text(encoding="utf-8").splitlines()[0].endswith(",lot")


@pytest.mark.parametrize(
    "changes", [{"typo": 1}, {"short_orders": "never"}, {"short_every": "3"}, {"now": "noon"}]
)
def test_settings_that_make_no_sense_are_refused(
    warehouse: SimulatedWarehouse, changes: dict[str, object]
) -> None:
    """Nothing is changed then."""
    before = warehouse.configure({})
    with pytest.raises(ValueError, match=r"unknown|cannot be|Invalid"):
        warehouse.configure(changes)
    assert warehouse.configure({}) == before


def test_the_ledger_survives_a_restart(
    warehouse: SimulatedWarehouse, acme: Path, tmp_path: Path
) -> None:
    """A second building over the same folder goes on where the first stopped."""
    put_order(acme, "SO-1")
    warehouse.tick()
    again = SimulatedWarehouse(tmp_path / "reno", ["ACME", "GLOBEX"])
    try:
        assert again.ledger() == warehouse.ledger()
    finally:
        again.close()
